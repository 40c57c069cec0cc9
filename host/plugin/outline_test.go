package plugin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/plugin/meter"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// TestOutline_isWhatAnEmbedderSees: an instance of an outline has the same memory, tables,
// globals and exports as one of the module, and functions that trap.
func TestOutline_isWhatAnEmbedderSees(t *testing.T) {
	h := newHost(t, quick)
	for name, wasm := range map[string][]byte{
		"by hand":    one(abi.HookMapFolder, "some data", nil, i32(0)).bytes(),
		"JavaScript": plugins.JavaScript(),
	} {
		t.Run(name, func(t *testing.T) {
			clamped, err := clampTables(wasm)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := meter.Inject(clamped, meterOptions)
			if err != nil {
				t.Fatal(err)
			}
			hollow, err := outline(whole, "id")
			if err != nil {
				t.Fatal(err)
			}
			if len(hollow) > len(whole)/4+200 {
				t.Errorf("the outline has %d of %d bytes", len(hollow), len(whole))
			}
			want, got := seen(t, h, whole), seen(t, h, hollow)
			if got.exports != want.exports {
				t.Errorf("exports\n%s\nwant\n%s", got.exports, want.exports)
			}
			if !bytes.Equal(got.memory, want.memory) {
				t.Error("the memory is another one")
			}
			if _, err := got.module.ExportedFunction(abi.ExportMinor).Call(t.Context()); err == nil || !strings.Contains(err.Error(), "unreachable") {
				t.Errorf("a function answered, or said: %v", err)
			}
		})
	}
}

// sight is what can be seen of a module.
type sight struct {
	module  api.Module
	exports string
	memory  []byte
}

func seen(t *testing.T, h *Host, wasm []byte) sight {
	t.Helper()
	compiled, err := h.runtime.CompileModule(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name, f := range compiled.ExportedFunctions() {
		lines = append(lines, name+" "+string(f.ParamTypes())+" "+string(f.ResultTypes()))
	}
	for name := range compiled.ExportedMemories() {
		lines = append(lines, name)
	}
	slices.Sort(lines)
	m, err := h.runtime.InstantiateModule(t.Context(), compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	fuel := m.ExportedGlobal(fuelGlobal)
	if fuel == nil {
		t.Fatal("there is no meter")
	}
	lines = append(lines, fuel.String())
	memory, _ := m.Memory().Read(0, m.Memory().Size())
	return sight{m, strings.Join(lines, "\n"), memory}
}

// segmentsOf is a data section of segments; each is at an address and holds a text.
func segmentsOf(segments ...segment) []byte {
	out := abi.AppendUint(nil, uint32(len(segments)))
	for _, s := range segments {
		out = abi.AppendBytes(appendConst(append(out, 0), s.at), s.data)
	}
	return out
}

func TestJoinData(t *testing.T) {
	at := func(n uint32, data string) segment { return segment{n, []byte(data)} }
	gap := string(make([]byte, dataGap))
	for name, tt := range map[string]struct{ give, want []byte }{
		"none":           {segmentsOf(), segmentsOf()},
		"side by side":   {segmentsOf(at(8, "ab"), at(10, "c")), segmentsOf(at(8, "abc"))},
		"a small gap":    {segmentsOf(at(8, "ab"), at(12, "c")), segmentsOf(at(8, "ab\x00\x00c"))},
		"the widest gap": {segmentsOf(at(0, "a"), at(1+dataGap, "b")), segmentsOf(at(0, "a"+gap+"b"))},
		"a wider gap":    {segmentsOf(at(0, "a"), at(2+dataGap, "b")), segmentsOf(at(0, "a"), at(2+dataGap, "b"))},
		"out of order":   {segmentsOf(at(10, "c"), at(8, "ab")), segmentsOf(at(8, "abc"))},
		"overlapping":    {segmentsOf(at(8, "abc"), at(9, "x"), at(12, "d")), segmentsOf(at(8, "abc"), at(9, "x"), at(12, "d"))},
		"high addresses": {segmentsOf(at(0xfffffff0, "a"), at(0xfffffff1, "b")), segmentsOf(at(0xfffffff0, "ab"))},
		"passive":        {[]byte{2, 0, 0x41, 0, 0x0b, 1, 'a', 1, 1, 'b'}, []byte{2, 0, 0x41, 0, 0x0b, 1, 'a', 1, 1, 'b'}},
		"at a global":    {[]byte{1, 0, 0x23, 0, 0x0b, 1, 'a'}, []byte{1, 0, 0x23, 0, 0x0b, 1, 'a'}},
	} {
		got, err := joinData(tt.give)
		if err != nil || !bytes.Equal(got, tt.want) {
			t.Errorf("%s: got %x, %v, want %x", name, got, err, tt.want)
		}
	}
	for name, broken := range map[string][]byte{
		"nothing":           {},
		"a segment short":   {2, 0, 0x41, 0, 0x0b, 1, 'a'},
		"cut in an address": {1, 0, 0x41, 0x80},
		"cut in its bytes":  {1, 0, 0x41, 0, 0x0b, 9, 'a'},
	} {
		if got, err := joinData(broken); err == nil && !bytes.Equal(got, broken) {
			t.Errorf("%s became %x", name, got)
		}
	}
}

// FuzzJoinData: joined segments write what the given ones do, and any bytes are data or an error.
func FuzzJoinData(f *testing.F) {
	f.Add(segmentsOf(segment{8, []byte("ab")}, segment{10, []byte("c")}, segment{300, nil}, segment{290, []byte("xyz")}))
	f.Add([]byte{1, 0, 0x41, 0x7f, 0x0b, 1, 'a'})
	f.Fuzz(func(t *testing.T, section []byte) {
		joined, err := joinData(section)
		if err != nil {
			return
		}
		want, plain := written(section)
		if !plain {
			if !bytes.Equal(joined, section) {
				t.Fatalf("%x became %x", section, joined)
			}
			return
		}
		got, _ := written(joined)
		for at, b := range want {
			if got[at] != b {
				t.Fatalf("%d is %d, want %d", at, got[at], b)
			}
		}
		for at, b := range got {
			if want[at] != b { // a gap is zero, as memory is
				t.Fatalf("%d is %d, want %d", at, b, want[at])
			}
		}
	})
}

// written is what a section writes; plain is false when that can not be told.
func written(section []byte) (memory map[uint64]byte, plain bool) {
	memory = map[uint64]byte{}
	n, rest, err := abi.CutUint(section)
	if err != nil {
		return nil, false
	}
	for range n {
		var s segment
		if s, rest, plain, err = cutSegment(rest); err != nil || !plain {
			return nil, false
		}
		for i, b := range s.data {
			memory[uint64(s.at)+uint64(i)] = b
		}
	}
	return memory, true
}

// TestOutlineVersion_grows with what clampTables and outline write: see the test of the same kind in package meter.
func TestOutlineVersion_grows(t *testing.T) {
	const version, want = "outline-v2", "7b2b15bf22a06f25ee4393dc1cbc0e4bfa4c5e46cf9906f978c7cb68e84809cc"
	clamped, err := clampTables(guest{funcs: map[string][]byte{abi.HookMapFolder: i32(0)}, table: []byte{2, 0x70, 0, 1, 0x6f, 1, 2, 3}, data: "ab"}.bytes())
	if err != nil {
		t.Fatal(err)
	}
	hollow, err := outline(clamped, "id")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(clamped, hollow...))
	if got := hex.EncodeToString(sum[:]); got != want || outlineVersion != version {
		t.Errorf("%s: clampTables and outline write %s; where that is another one than %s of %s, raise the number in outlineVersion and enter both here", outlineVersion, got, want, version)
	}
}
