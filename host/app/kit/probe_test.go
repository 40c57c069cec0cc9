package kit_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/plugintest"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// probeScript starts a script in a host with the committed engine.
func probeScript(t *testing.T, source string) *kit.Probe {
	t.Helper()
	host, err := plugin.NewHost(t.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: plugintest.Cache()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close(context.WithoutCancel(t.Context())) })
	m, err := host.LoadScript(t.Context(), "s.js", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	probe, err := kit.Start(t.Context(), host, m, nil, slog.LevelInfo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(probe.Close)
	return probe
}

func emlFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.eml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBench_countsEachHook also when only some messages reach the second filter.
func TestBench_countsEachHook(t *testing.T) {
	probe := probeScript(t, `
		let n = 0
		function filterEnvelope(msg) { if (++n % 2) return skip("every other one") }
		function filterMessage(msg) { msg.text(); for (let i = 0; i < 1000; i++); }
	`)
	figures, err := kit.Bench(t.Context(), probe, kit.Folder{Name: "INBOX"}, kit.Message{EML: emlFile(t, "A: b\n\nhello\n")}, 50)
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 2 {
		t.Fatalf("got %+v, want two hooks", figures)
	}
	first, second := figures[0], figures[1]
	if first.Hook != abi.HookFilterEnvelope || first.N != 50 || second.Hook != abi.HookFilterMessage || second.N != 25 {
		t.Errorf("got %+v, want 50 and 25 calls", figures)
	}
	if first.Ticks <= 0 || second.Ticks < 10*first.Ticks || second.HostCalls == 0 || second.Memory == 0 {
		t.Errorf("got %+v, want a second hook that takes more", figures)
	}
	if first.Median <= 0 || first.Median > first.P99 {
		t.Errorf("a median of %s and a P99 of %s can not be", first.Median, first.P99)
	}
}

func TestBench_stopsWithItsCaller(t *testing.T) {
	probe := probeScript(t, `function mapFolder(folder) {}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := kit.Bench(ctx, probe, kit.Folder{Name: "INBOX"}, kit.Message{EML: emlFile(t, "A: b\n")}, 1<<30)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that it was stopped", err)
	}
}
