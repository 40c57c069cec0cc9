package kit_test

import (
	"bytes"
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
	"github.com/mailweir/mailweir/sdk/pack"
)

// TestMain lets the tests find the compiler that .ci/setup installs beside the PATH.
func TestMain(m *testing.M) {
	os.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+"/opt/mailweir-test/assemblyscript/node_modules/.bin")
	os.Exit(m.Run())
}

// TestNew_passesItsCases: the same plugin in every language, outside of our tree and by
// the compiler of this machine, answers the same cases in the real host.
func TestNew_passesItsCases(t *testing.T) {
	for _, language := range kit.Languages {
		t.Run(language, func(t *testing.T) {
			if testing.Short() && language != "js" {
				t.Skip("compiles a plugin")
			}
			dir := filepath.Join(t.TempDir(), "a folder [odd]")
			if _, err := kit.New(dir, "lists", language); err != nil {
				t.Fatal(err)
			}
			project, err := kit.OpenProject(dir)
			if err != nil {
				t.Fatal(err)
			}
			host, err := plugin.NewHost(t.Context(), plugin.Options{Engine: plugins.JavaScript(), CacheDir: plugintest.Cache()})
			if err != nil {
				t.Fatal(err)
			}
			defer host.Close(context.WithoutCancel(t.Context()))
			var module *plugin.Module
			if project.Script != "" {
				source, err := os.ReadFile(project.Script)
				if err != nil {
					t.Fatal(err)
				}
				module, err = host.LoadScript(t.Context(), "lists.js", source)
				if err != nil {
					t.Fatal(err)
				}
			} else {
				module, err = host.Load(t.Context(), "lists", build(t, dir))
				if err != nil {
					t.Fatal(err)
				}
			}
			cases, err := kit.ReadCases(filepath.Join(dir, "tests", "cases.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = kit.Test(t.Context(), host, module, cases, slog.LevelInfo, func(r kit.Tested) {
				if n++; !r.Passed {
					t.Errorf("%s: want %s; got %s", r.Name, r.Want, r.Got)
				}
			})
			if err != nil || n != len(cases.Cases) || n < 9 {
				t.Errorf("%d of %d cases, error %v", n, len(cases.Cases), err)
			}
		})
	}
}

// build builds twice, because the same sources give the same bytes.
func build(t testing.TB, dir string) []byte {
	t.Helper()
	first, err := kit.Build(t.Context(), dir)
	var missing *pack.ToolError
	if errors.As(err, &missing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "main.go")); err == nil {
		return first.Wasm // it takes long, and the shipped plugins are compared already
	}
	again, err := kit.Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Wasm, again.Wasm) {
		t.Error("built twice, it is not the same file")
	}
	return first.Wasm
}
