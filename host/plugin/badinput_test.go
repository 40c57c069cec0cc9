package plugin

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/sdk/abi"
)

// TestLoad_refusesBadFiles: whatever is loaded, the answer is one sentence, within
// bounded time and memory, and the next plugin works.
func TestLoad_refusesBadFiles(t *testing.T) {
	ok := map[string][]byte{abi.HookMapFolder: i32(0)}
	good := guest{funcs: ok}.bytes()
	manifest := func(s string) []byte { return guest{funcs: ok, manifest: s}.bytes() }
	id := func(id string) []byte {
		return manifest(fmt.Sprintf(`{"id":%q,"version":"1","abi":"1.0","description":"x","hooks":["map_folder"]}`, id))
	}
	custom := func(name string, body []byte) []byte {
		return abi.AppendBytes([]byte{0}, append(abi.AppendBytes(nil, []byte(name)), body...))
	}
	// The type of all functions is () -> i64.
	wrongType := bytes.Replace(good, []byte{0x60, 0, 1, byte(abi.I32)}, []byte{0x60, 0, 1, byte(abi.I64)}, 1)
	// The hook is a function () -> ().
	hook := append(abi.AppendBytes(nil, []byte(abi.HookMapFolder)), kindFunc)
	emptyHook := bytes.Replace(rawModule(1, nil), append(slices.Clone(hook), 1), append(slices.Clone(hook), 2), 1)
	tests := []struct {
		name string
		give []byte
		want string
	}{
		{"no WebAssembly", []byte("MZ this is a program for another system"), "is no WebAssembly module"},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), "is no WebAssembly module"},
		{"id that leads out of the folder", id("../x"), `has a faulty manifest: manifest: id "../x"`},
		{"id that is a path", id("a/b"), `has a faulty manifest: manifest: id "a/b"`},
		{"id with a line end", id("a\nb"), `has a faulty manifest: manifest: id "a\nb"`},
		{"long id", id(strings.Repeat("a", 65)), "up to 64 lower case letters"},
		{"two manifests", append(slices.Clone(good), custom(abi.ManifestSection, []byte("{}"))...), "has a faulty manifest: manifest: there are two"},
		{"large manifest", manifest(`{"id":"` + strings.Repeat("x", abi.MaxManifest) + `"}`), "has a faulty manifest: manifest: longer than 262144 bytes"},
		{"deep manifest", manifest(strings.Repeat("[", 100_000)), "has a faulty manifest: manifest: "},
		{"manifest that is not UTF-8", manifest("{\"id\":\"\xff\"}"), "manifest: not valid UTF-8"},
		{"hook that is not known", manifest(`{"id":"x","version":"1","abi":"1.0","description":"x","hooks":["launch"]}`), `hook "launch" is not known`},
		{"hook that is not exported", manifest(`{"id":"x","version":"1","abi":"1.0","description":"x","hooks":["filter_envelope"]}`), "names the hook filter_envelope in its manifest, but does not export it"},
		{"code of another type", wrongType, "is no valid WebAssembly module"},
		{"hook of another type", emptyHook, "exports map_folder with another signature than () -> (i32)"},
		{"bad signature", append(slices.Clone(good), custom("mailweir.signature", make([]byte, 97))...), "has a bad signature: it has a layout that this server does not know"},
		{"signature of something else", append(slices.Clone(good), custom("mailweir.signature", append([]byte{1}, make([]byte, 96)...))...), "has a bad signature: the file is not what was signed"},
		{"60,000 functions", manyFunctions(60_000), "is no valid WebAssembly module: functions: there are more than 50000 of them"},
		{"section that is larger than the file", append(slices.Clone(good), 0, 0xff, 0xff, 0xff, 0x7f), "the file ends early"},
		{"bytes behind the end", append(slices.Clone(good), 0x0b), "is no valid WebAssembly module"},
		{"unknown import", guest{funcs: ok, imports: []string{"env.abort"}}.bytes(), "imports env.abort, which this server does not have"},
		{"import with a strange name", guest{funcs: ok, imports: []string{"env.a\r\nb"}}.bytes(), `imports "env.a\r\nb", which this server does not have`},
		{"branches without end", branching(20_000), "it has more than 8000 branches"},
	}
	for n := range good {
		if cut := good[:n]; n%7 == 0 {
			tests = append(tests, struct {
				name string
				give []byte
				want string
			}{fmt.Sprintf("cut short after %d bytes", n), cut, "plugin x "})
		}
	}
	h := newHost(t, quick)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			_, err := h.Load(t.Context(), "x", tt.give)
			wantError(t, err, tt.want)
			if err != nil && (len(err.Error()) > 1000 || !strings.HasPrefix(err.Error(), "plugin x ")) {
				t.Errorf("the error is no sentence about the plugin: %v", err)
			}
			if took := time.Since(began); took > time.Minute { // on a machine that is very busy
				t.Errorf("it took %s", took)
			}
			if len(h.code) > 0 {
				t.Error("something of it was kept")
			}
			m, err := h.Load(t.Context(), "good", good)
			if err != nil {
				t.Fatalf("the next one: %v", err)
			}
			defer m.Close(t.Context())
			c, err := h.Chain(t.Context(), []Binding{{Module: m}}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatalf("the next one: %v", err)
			}
			defer c.Close()
			if _, err := c.MapFolder(t.Context(), question1()); err != nil {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

// rawModule assembles a module () -> i32, () -> i32 for the interface, and further
// functions () -> () that all have one body.
func rawModule(n int, code []byte) []byte {
	types := append(slices.Repeat([][]byte{{0}}, 2), slices.Repeat([][]byte{{1}}, n)...)
	bodies := append(slices.Repeat([][]byte{body(i32(0))}, 2), slices.Repeat([][]byte{body(code)}, n)...)
	export := func(name string, kind, index byte) []byte {
		return append(abi.AppendBytes(nil, []byte(name)), kind, index)
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, b []byte) { out = abi.AppendBytes(append(out, id), b) }
	section(1, vec([][]byte{{0x60, 0, 1, byte(abi.I32)}, {0x60, 0, 0}}))
	section(3, vec(types))
	section(5, []byte{1, 0, 1})
	section(sectionExport, vec([][]byte{export(abi.ExportMinor, kindFunc, 0), export(abi.HookMapFolder, kindFunc, 1), export("memory", kindMemory, 0)}))
	section(10, vec(bodies))
	section(0, append(abi.AppendBytes(nil, []byte(abi.ManifestSection)), fmt.Sprintf(testManifest, 0, `"map_folder"`, "headers")...))
	return out
}

func manyFunctions(n int) []byte { return rawModule(n, nil) }

// branching has one function with as many ifs in a row.
func branching(n int) []byte {
	return rawModule(1, bytes.Repeat(seq(i32(0), []byte{0x04, 0x40, 0x0b}), n))
}

// TestLoad_boundsTheTimeOfCompilation: what is within all bounds of size may still
// take too long.
func TestLoad_boundsTheTimeOfCompilation(t *testing.T) {
	opts := quick
	opts.CompileTime = time.Millisecond
	h := newHost(t, opts)
	_, err := h.Load(t.Context(), "slow", rawModule(20_000, bytes.Repeat(seq(i32(0), drop), 50)))
	wantError(t, err, "plugin slow takes longer than 1ms to compile")
	if len(h.code) > 0 || !h.compiling.TryAcquire(compiledAtOnce) {
		t.Error("something of it was kept")
	}
}
