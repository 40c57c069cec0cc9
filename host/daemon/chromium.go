package daemon

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Chromium starts a browser without a window, which asks for pages in English, and
// returns the context of its tab, for chromedp. Browser and tab end with the test, or
// with ctx. Without a Chromium the test is skipped, or fails with CI=true.
func Chromium(ctx context.Context, t testing.TB) context.Context {
	t.Helper()
	program := findChromium(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"),
		chromedp.WindowSize(1200, 900),
	)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return ctx
}

func findChromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return Find(t, "chromium", "chromium")
}

// profile is a directory for the browser's files. Its processes may still write there
// for a moment after the end, so that removing it is tried again.
func profile(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mailweir-browser")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Log(err)
	})
	return dir
}
