package app

import (
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

// TestShippedPlugins_answerTheirCases asks each plugin that is shipped the questions
// in its folder, in the real host with the real limits, as "mailweir plugin test"
// does.
func TestShippedPlugins_answerTheirCases(t *testing.T) {
	h, err := plugin.NewHost(t.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: plugintest.Cache()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close(t.Context()) })
	for _, file := range plugins.Builtin() {
		manifest, err := abi.ReadManifest(file.Wasm)
		if err != nil {
			t.Fatal(err)
		}
		if manifest.Implements(abi.HookAfterMessage) {
			continue // no case asks about what was copied; host/cmd/mailweir has tests with servers
		}
		t.Run(file.Name, func(t *testing.T) {
			folder := filepath.Join("..", "..", "plugins", file.Name, "tests")
			if _, err := os.Stat(folder); err != nil {
				t.Fatalf("it has no cases: %v", err)
			}
			cases, err := kit.ReadCases(filepath.Join(folder, "cases.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			m, err := h.Load(t.Context(), file.Name, file.Wasm)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close(t.Context())
			if err := kit.Test(t.Context(), h, m, cases, slog.LevelWarn, func(r kit.Tested) {
				if !r.Passed {
					t.Errorf("%s:\nwant %s\n got %s\n%v", r.Name, r.Want, r.Got, r.Log)
				}
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
