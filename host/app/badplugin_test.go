package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// smallPlugin is a plugin without an opinion about folders (WebAssembly core
// specification 5.5): abi_minor and map_folder are one function that returns 0.
func smallPlugin(t *testing.T, id, version string) []byte {
	t.Helper()
	wasm := []byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x05\x01\x60\x00\x01\x7f" + // type () -> i32
		"\x03\x02\x01\x00" + // a function of it
		"\x05\x03\x01\x00\x01" + // a page of memory
		"\x07\x23\x03\x09abi_minor\x00\x00\x0amap_folder\x00\x00\x06memory\x02\x00" +
		"\x0a\x06\x01\x04\x00\x41\x00\x0b")
	wasm, err := abi.WriteManifest(wasm, fmt.Appendf(nil,
		`{"id":%q,"version":%q,"abi":"1.0","description":"x","hooks":["map_folder"]}`, id, version))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// TestAuthor_refusesBadFiles: inspecting, installing and running a file that is no
// plugin give the same one sentence, nothing of it is left, and the next file works.
func TestAuthor_refusesBadFiles(t *testing.T) {
	dir := t.TempDir()
	good := smallPlugin(t, "good", "1")
	file := func(name string, content []byte, size int64) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if size > 0 { // without taking so much of the disk
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	endless := filepath.Join(dir, "endless.wasm")
	if err := os.Symlink("/dev/zero", endless); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, file, want string }{
		{"500 MB", file("huge.wasm", good, 500<<20), "is larger than 33554432 bytes"},
		{"a file without end", endless, "is larger than 33554432 bytes"},
		{"a script of 500 MB", file("huge.js", nil, 500<<20), "is larger than 33554432 bytes"},
		{"no plugin", file("text.wasm", []byte("hello"), 0), "is no WebAssembly module"},
		{"nothing", file("empty.wasm", nil, 0), "is no WebAssembly module"},
		{"cut short", file("short.wasm", good[:len(good)/2], 0), "is no valid WebAssembly module"},
		{"zeros at the end", file("zeros.wasm", good, int64(len(good)+100)), "is no valid WebAssembly module"},
	}
	author, err := NewAuthor(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer author.Close(t.Context())
	goodFile := file("good.wasm", good, 0)
	if _, err := author.Inspect(t.Context(), goodFile); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			try := map[string]func() error{
				"inspect": func() error { _, err := author.Inspect(t.Context(), tt.file); return err },
				"run": func() error {
					_, _, err := author.shelf.chain(t.Context(), []task.Hook{{Plugin: tt.file}}, outside{}, plugin.RunInfo{}, slog.New(slog.DiscardHandler))
					return err
				},
			}
			if !isScript(tt.file) {
				try["install"] = func() error {
					_, err := author.Install(t.Context(), tt.file, InstallOptions{Force: true, AllowUnsigned: true, AllowUntrusted: true})
					return err
				}
			}
			for verb, do := range try {
				err := do()
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.file) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: got %v, want one sentence with %q", verb, err, tt.want)
				}
				if OutcomeOf(err) != task.OutcomeNeedsUser {
					t.Errorf("%s: the outcome is %s", verb, OutcomeOf(err))
				}
			}
			runtime.ReadMemStats(&after)
			// An endless file is read up to the limit three times, into buffers that double.
			if took := after.TotalAlloc - before.TotalAlloc; took > 600<<20 || tt.name == "500 MB" && took > 1<<20 {
				t.Errorf("it took %d MiB", took>>20)
			}
			if _, err := author.Inspect(t.Context(), goodFile); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, "data", "plugins", "*")); err != nil || len(left) > 0 {
		t.Errorf("something was installed: %v, %v", left, err)
	}

	// A huge file that somebody put there by hand is listed with what is wrong.
	if err := os.MkdirAll(filepath.Join(dir, "data", "plugins"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "huge.wasm"), filepath.Join(dir, "data", "plugins", "huge.wasm")); err != nil {
		t.Fatal(err)
	}
	list, err := author.List()
	if err != nil || len(list) < 2 || list[len(list)-1].Fault != "is larger than 33554432 bytes" {
		t.Errorf("listed as %+v, %v", list, err)
	}
}

// TestInstall_upgradesOnlyWhenTold: the same ID with another digest is another
// plugin, until somebody says that it replaces the first.
func TestInstall_upgradesOnlyWhenTold(t *testing.T) {
	dir := t.TempDir()
	author, err := NewAuthor(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer author.Close(t.Context())
	install := func(version string, force bool) (*Installation, error) {
		path := filepath.Join(dir, "v"+version+".wasm")
		if err := os.WriteFile(path, smallPlugin(t, "good", version), 0o600); err != nil {
			t.Fatal(err)
		}
		return author.Install(t.Context(), path, InstallOptions{Force: force})
	}
	first, err := install("1", false)
	if err != nil {
		t.Fatal(err)
	}
	// A run that is under way, and a task that names the digest.
	pinned := []task.Hook{{Plugin: "good", Digest: first.Digest}}
	chain, done, err := author.shelf.chain(t.Context(), pinned, outside{}, plugin.RunInfo{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if _, err := install("2", false); err == nil || !strings.Contains(err.Error(), "--force replaces it") {
		t.Errorf("without being told: %v", err)
	}
	second, err := install("2", true)
	if err != nil || second.Before != first.Digest || second.Digest == first.Digest {
		t.Fatalf("told: %+v, %v", second, err)
	}
	if !chain.Asks("map_folder") || chain.Digest() == "" {
		t.Error("the run under way has lost its plugin")
	}
	if _, _, err := author.shelf.chain(t.Context(), pinned, outside{}, plugin.RunInfo{}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "the file is not the one that the task was made with") {
		t.Errorf("the task that names the first digest: %v", err)
	}
	_, doneNext, err := author.shelf.chain(t.Context(), []task.Hook{{Plugin: "good", Digest: second.Digest}}, outside{}, plugin.RunInfo{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	doneNext()
}
