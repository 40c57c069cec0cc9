package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/mailweir/mailweir/host/daemon"
)

// demoMessages is how many of the demo's messages are copied: all but those in
// the folder that its plugin leaves out.
const demoMessages = "2,454"

func TestServe_demoIsWatchedInABrowser(t *testing.T) {
	t.Parallel()
	demo := startDemo(t)
	ctx := daemon.Chromium(t.Context(), t)

	console := listen(ctx)
	b := &tab{t: t, ctx: ctx}

	b.do("open the run", chromedp.Navigate(demo.run), chromedp.WaitVisible(css("#password")))
	b.do("log in",
		chromedp.SendKeys(css("#name"), "admin"),
		chromedp.SendKeys(css("#password"), demo.password+"\r"),
		chromedp.WaitVisible(css("#run-head")))
	if at := b.text(chromedp.Location()); at != demo.run {
		t.Errorf("after the login the browser is at %s, want %s", at, demo.run)
	}
	b.do("see the run finish", chromedp.WaitVisible(css(".verdict.tone-good")))
	if totals := b.text(chromedp.Text(css("#run-totals"))); !strings.Contains(totals, demoMessages) {
		t.Errorf("the run's totals do not say %s:\n%s", demoMessages, totals)
	}
	report := b.text(chromedp.Text(css("#run")))
	for _, name := range []string{"Office/INBOX", "Office/Projects/Brücke", "Reisen/日本"} {
		if !strings.Contains(report, name) {
			t.Errorf("the run's folders do not name %q:\n%s", name, report)
		}
	}

	// Again: everything is there.
	b.do("run it again", chromedp.Click(css(`form[action$="/run"] button`)))
	b.until("another run has finished", fmt.Sprintf(
		`location.pathname.startsWith("/runs/") && location.href != %q && document.querySelector(".verdict.tone-good") != null`, demo.run))
	copied := b.text(chromedp.Text(css("#run-totals .tile .figure")))
	if strings.TrimSpace(copied) != "0" {
		t.Errorf("the second run copied %s messages", copied)
	}
	b.do("open the list of tasks", chromedp.Navigate(demo.address+"tasks"))
	if tasks := b.text(chromedp.Text(css("main"))); !strings.Contains(tasks, "Combine office and home") {
		t.Errorf("the list of tasks:\n%s", tasks)
	}
	if complaints := console(); complaints != "" {
		t.Errorf("the browser complains:\n%s", complaints)
	}
	if t.Failed() {
		t.Logf("stderr of the demo:\n%s", demo.stderr.String())
	}
}

type css = chromedp.CSS

// patience is how long the browser may take for one step.
const patience = time.Minute

// tab is the page that the test looks at.
type tab struct {
	t   *testing.T
	ctx context.Context // chromedp keeps the tab in it
}

// do takes steps, one after the other. A live page may replace an element between
// the moment in which it is looked up and the one in which it is used; nothing has
// been done then, and it is looked up again.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for len(steps) > 0 {
		err := chromedp.Do(ctx, steps[0])
		switch {
		case err == nil:
			steps = steps[1:]
		case ctx.Err() != nil || !strings.Contains(err.Error(), "Could not find node with given id"):
			b.t.Fatalf("%s: %v\nthe page:\n%s", what, err, b.text(chromedp.Text(css("body"))))
		}
	}
}

func (b *tab) text(a chromedp.Action[string]) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// until waits for an expression to be true, through changes of the page.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("not seen: %s (%v)\nthe page:\n%s", what, err, b.text(chromedp.Text(css("body"))))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// listen collects what the console says about faults.
func listen(ctx context.Context) (complaints func() string) {
	ctx, cancel := context.WithCancel(ctx)
	var out strings.Builder
	done := make(chan struct{})
	messages := chromedp.Console(ctx)
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			switch m.Type {
			case chromedp.ConsoleError, chromedp.ConsoleWarning, chromedp.ConsoleException:
				fmt.Fprintf(&out, "%s: %s\n", m.Type, m.Text)
			}
		}
	}()
	return func() string {
		cancel()
		<-done
		return out.String()
	}
}

// demo is the service with sample mail, as a process.
type demo struct {
	address, run, password string
	stderr                 *bytes.Buffer
}

// startDemo returns when the terminal shows the way in. The test's end stops the
// service as Ctrl-C would, and checks that it goes in peace and leaves nothing.
func startDemo(t *testing.T) *demo {
	t.Helper()
	tmp := t.TempDir()
	m := &mailweir{t, t.TempDir()}
	like := m.command("serve", "--demo", "--listen", "127.0.0.1:0")
	// Without the test's context, which ends before the cleanup and would kill it.
	cmd := exec.Command(like.Path, like.Args[1:]...)
	cmd.Env = append(like.Env, "TMPDIR="+tmp)
	d := &demo{stderr: &bytes.Buffer{}}
	cmd.Stderr = d.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo ended with %v\n%s", err, d.stderr.String())
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("the demo left %v behind (%v)", left, err)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		rest = strings.TrimSpace(rest)
		switch {
		case word == "Open":
			d.address = rest
		case word == "Password":
			d.password = rest
		case strings.Contains(word, "/runs/"):
			d.run = word
		case word == "and" && strings.HasPrefix(rest, "removes"):
			go func() { // so that the service never waits for a reader
				for lines.Scan() {
				}
			}()
			if d.address == "" || d.password == "" || d.run == "" {
				t.Fatalf("the greeting lacks something: %+v", d)
			}
			return d
		}
	}
	t.Fatalf("the demo did not start: %s", d.stderr.String())
	return nil
}
