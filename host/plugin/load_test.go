package plugin

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

func TestLoad_namesTheFault(t *testing.T) {
	ok := map[string][]byte{abi.HookMapFolder: i32(0)}
	manifest := func(s string) guest { return guest{funcs: ok, manifest: s} }
	tests := []struct {
		name string
		give guest
		want string
	}{
		{"empty file", guest{raw: []byte{}}, "plugin x is no WebAssembly module"},
		{"text", guest{raw: []byte("#!/bin/sh\necho hello\n")}, "plugin x is no WebAssembly module"},
		{"component", guest{raw: []byte("\x00asm\x0d\x00\x01\x00")}, "plugin x is a WebAssembly component"},
		{"cut short", guest{raw: guest{funcs: ok}.bytes()[:60]}, "plugin x is no valid WebAssembly module"},
		{"header only", guest{raw: []byte("\x00asm\x01\x00\x00\x00")}, "plugin x lacks the mailweir_v1 interface (no export abi_minor)"},
		{"no manifest", manifest("-"), "plugin x has no manifest"},
		{"manifest that is no JSON", manifest("hooks: all"), "plugin x has a faulty manifest"},
		{"manifest with unknown member", manifest(`{"name":"x"}`), `plugin x has a faulty manifest: manifest: json: unknown field "name"`},
		{"manifest that lies about hooks", guest{funcs: ok, manifest: fmt.Sprintf(testManifest, 0, `"map_folder","filter_message"`, "body")}, "plugin x names the hook filter_message in its manifest, but does not export it"},
		{"newer interface", guest{funcs: ok, minor: 9}, "plugin x was built for mailweir_v1 version 1.9, this server has 1.1"},
		{"unknown function", guest{funcs: ok, imports: []string{"mailweir_v1.kv_drop"}}, "plugin x imports mailweir_v1.kv_drop, which this server does not have"},
		{"unknown module", guest{funcs: ok, imports: []string{"env.system"}}, "plugin x imports env.system, which this server does not have"},
		{"network", guest{funcs: ok, imports: []string{"wasi_snapshot_preview1.sock_send"}}, "plugin x imports wasi_snapshot_preview1.sock_send, which this server does not have"},
		{"files", guest{funcs: ok, imports: []string{"wasi_snapshot_preview1.path_open"}}, "plugin x imports wasi_snapshot_preview1.path_open, which this server does not have"},
		{"another signature", guest{funcs: ok, imports: []string{"mailweir_v1.now_ms"}}, "plugin x imports mailweir_v1.now_ms with another signature"},
		{"huge table", guest{funcs: ok, table: abi.AppendUint([]byte{1, 0x70, 0}, 1<<30)}, "plugin x has a table of more than 131072 elements"},
		{"many tables", guest{funcs: ok, table: []byte{9}}, "plugin x has more than 8 tables"},
		{"faulty code", guest{funcs: map[string][]byte{abi.HookMapFolder: {0xff}}}, "plugin x is no valid WebAssembly module"},
		{"too large", guest{raw: make([]byte, 1<<20+1)}, "plugin x is larger than 1048576 bytes"},
	}
	h := newHost(t, Options{ModuleSize: 1 << 20})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// now_ms with the signature () -> () is asked for by its full name.
			_, err := h.Load(t.Context(), "x", tt.give.bytes())
			wantError(t, err, tt.want)
			if len(h.code) > 0 {
				t.Error("the compiled code was not given back")
			}
		})
	}
}

func TestLoad_sharesCodeOfEqualFiles(t *testing.T) {
	h := newHost(t, quick)
	wasm := guest{funcs: map[string][]byte{abi.HookMapFolder: i32(1)}}.bytes()
	a, b := load(t, h, "a", wasm), load(t, h, "b", wasm)
	if a.Digest() != b.Digest() || !strings.HasPrefix(a.Digest(), "sha256:") || a.code != b.code {
		t.Errorf("two codes of one file: %s, %s", a.Digest(), b.Digest())
	}
	c := chain(t, h, guest{funcs: map[string][]byte{abi.HookMapFolder: i32(1)}})
	for _, m := range []*Module{a, b} {
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.MapFolder(t.Context(), question1()); err != nil {
		t.Errorf("a chain outlives the modules: %v", err)
	}
}

func TestNewHost_keepsCompiledCodeInADirectory(t *testing.T) {
	dir := t.TempDir()
	wasm := guest{funcs: map[string][]byte{abi.HookMapFolder: i32(1)}}.bytes()
	for range 2 {
		h := newHost(t, Options{CacheDir: dir})
		load(t, h, "a", wasm)
	}
	if _, err := NewHost(t.Context(), Options{CacheDir: "/dev/null/cache"}); err == nil || !strings.Contains(err.Error(), "/dev/null/cache") {
		t.Errorf("got error %v, want one that names the directory", err)
	}
}

// TestChain_refusesWASIWithAnotherSignature: the host functions of WASI are
// compared when an instance is made.
func TestChain_refusesWASIWithAnotherSignature(t *testing.T) {
	h := newHost(t, quick)
	g := guest{funcs: map[string][]byte{abi.HookMapFolder: i32(0)}, imports: []string{"wasi_snapshot_preview1.sched_yield"}}
	_, err := h.Chain(t.Context(), []Binding{{Module: load(t, h, "x", g.bytes())}}, slog.New(slog.DiscardHandler))
	wantError(t, err, "plugin x: start: it can not run: ")
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	f.Add(guest{imports: []string{"note", "env.x"}, funcs: map[string][]byte{abi.HookMapFolder: i32(0)}, table: []byte{1, 0x70, 1, 2, 3}}.bytes())
	f.Fuzz(func(t *testing.T, wasm []byte) {
		s, err := inspect(wasm)
		if err != nil {
			return
		}
		_ = s.check()
		clamped, err := clampTables(wasm)
		if err != nil {
			return
		}
		again, err := inspect(clamped)
		if err != nil || len(again.exported) != len(s.exported) || len(again.imported) != len(s.imported) {
			t.Fatalf("clamping changed the module: %v", err)
		}
	})
}
