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
			hollow, err := meter.Outline(whole, "id")
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

// TestOutlineVersion_grows with what clampTables and meter.Outline write: see the test of the same kind in package meter.
func TestOutlineVersion_grows(t *testing.T) {
	const version, want = "outline-v2", "7b2b15bf22a06f25ee4393dc1cbc0e4bfa4c5e46cf9906f978c7cb68e84809cc"
	clamped, err := clampTables(guest{funcs: map[string][]byte{abi.HookMapFolder: i32(0)}, table: []byte{2, 0x70, 0, 1, 0x6f, 1, 2, 3}, data: "ab"}.bytes())
	if err != nil {
		t.Fatal(err)
	}
	hollow, err := meter.Outline(clamped, "id")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(append(clamped, hollow...))
	if got := hex.EncodeToString(sum[:]); got != want || outlineVersion != version {
		t.Errorf("%s: clampTables and meter.Outline write %s; where that is another one than %s of %s, raise meter.Version and enter both here", outlineVersion, got, want, version)
	}
}
