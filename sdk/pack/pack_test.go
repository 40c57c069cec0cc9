package pack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuild_namesTheFault(t *testing.T) {
	const manifest = `{"id":"x","version":"1","abi":"1.0","description":"x","hooks":["map_folder"]}`
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no manifest", map[string]string{"main.go": "package main"}, "it has no plugin.json"},
		{"no source", map[string]string{"plugin.json": manifest}, "no source in a language that can be built"},
		{"faulty manifest", map[string]string{"plugin.json": `{}`}, "plugin.json: manifest: id"},
		{"code that does not compile", map[string]string{"plugin.json": manifest, "go.mod": "module x\n", "main.go": "package main\n\nfunc main() { nonsense }\n"}, "undefined: nonsense"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := Build(t.Context(), dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got error %v, want one with %q and the folder", err, tt.want)
			}
		})
	}
}

// TestBuild_namesTheMissingCompiler, and says how to get it.
func TestBuild_namesTheMissingCompiler(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("RUSTC", "")
	const manifest = `{"id":"x","version":"1","abi":"1.1","description":"x","hooks":["map_folder"]}`
	for file, want := range map[string]string{
		"main.go":           "a plugin in Go is built with the Go tool, and there is no command go; see https://go.dev/dl/",
		"plugin.c":          "a plugin in C is built with clang, and there is no command clang that makes WebAssembly; on Debian: apt-get install clang-16 lld-16",
		"plugin.cc":         "a plugin in C++ is built with clang, ",
		"Cargo.toml":        "a plugin in Rust is built with cargo and the standard library for wasm32-unknown-unknown, and there is no command rustc; with rustup: ",
		"assembly/index.ts": "a plugin in AssemblyScript is built with Node.js, and there is no command node; see https://nodejs.org/",
	} {
		dir := filepath.Join(t.TempDir(), "odd [name]*")
		for name, text := range map[string]string{"plugin.json": manifest, file: ""} {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := Build(t.Context(), dir)
		var missing *ToolError
		if !errors.As(err, &missing) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", file, err, want)
		}
	}
}

// TestBuild_takesCAndCPlusPlus: the header is for both, and warns about nothing.
func TestBuild_takesCAndCPlusPlus(t *testing.T) {
	const plugin = `#pragma GCC diagnostic error "-Wall"
#pragma GCC diagnostic error "-Wextra"
#include "mailweir/mailweir.h"
MW_START { return mw_setting_number("n", 1) > 0 ? 0 : mw_error("n is too small"); }
MW_HOOK(map_folder) { return mw_skip("why"); }
`
	for _, name := range []string{"plugin.c", "plugin.cc"} {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "mailweir"), os.DirFS("../c")); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{
			name: plugin, "plugin.json": `{"id":"x","version":"1","abi":"1.1","description":"x","hooks":["map_folder"]}`,
			"other" + filepath.Ext(name): "#include \"mailweir/mailweir.h\"\n", // two files may include it
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		wasm, manifest, err := Build(t.Context(), dir)
		var missing *ToolError
		if errors.As(err, &missing) && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		if err != nil || manifest.ID != "x" {
			t.Fatalf("%s: %v", name, err)
		}
		for _, export := range []string{"abi_minor", "init", "map_folder", "memory"} {
			if !strings.Contains(string(wasm), string(rune(len(export)))+export) {
				t.Errorf("%s: it does not export %s", name, export)
			}
		}
	}
}

func TestBuild_tellsWhatTheCompilerSays(t *testing.T) {
	for file, text := range map[string]string{
		"plugin.c":   "int32_t nonsense",
		"Cargo.toml": "[package]\nname = 7\n",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{file: text, "plugin.json": `{"id":"x","version":"1","abi":"1.1","description":"x","hooks":["map_folder"]}`} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := Build(t.Context(), dir)
		var missing *ToolError
		if errors.As(err, &missing) && os.Getenv("CI") != "true" {
			t.Log(err)
			continue
		}
		var compiler *CompileError
		if !errors.As(err, &compiler) || compiler.Output == "" || compiler.Dir != dir {
			t.Errorf("%s: got error %v, want what the compiler says", file, err)
		}
	}
}
