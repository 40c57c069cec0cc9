package meter

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// realHost answers what a folder-mapping plugin asks, always the same, and writes
// down what it is told.
func realHost(t *testing.T, m *machine, told *string) {
	t.Helper()
	if _, err := wasi_snapshot_preview1.Instantiate(t.Context(), m.Runtime); err != nil {
		t.Fatal(err)
	}
	texts := map[int32]string{abi.PropSource: "work", abi.PropFolder: "Old/Letters/2019", abi.PropTarget: "Old/Letters/2019"}
	read := func(mod api.Module, value string, dst, room uint64) uint64 {
		if uint64(len(value)) <= room {
			mod.Memory().WriteString(uint32(dst), value)
		}
		return uint64(len(value))
	}
	b := m.NewHostModuleBuilder(abi.Module)
	for _, imp := range abi.Imports {
		fn := func(_ context.Context, mod api.Module, a []uint64) {
			absent := api.EncodeI32(abi.ReadAbsent)
			switch imp.Name {
			case "prop_u64":
				a[0] = 3 // the hooks: map_folder and filter_envelope
			case "prop_str":
				if text, ok := texts[int32(a[0])]; ok {
					a[0] = read(mod, text, a[2], a[3])
				} else {
					a[0] = absent
				}
			case "config":
				a[0] = read(mod, `{"prefix":"Archive","rewrite":[{"match":"Letters/([0-9]+)","replace":"Post-$1"}]}`, a[2], a[3])
			case "set_folder", "fail", "note":
				text, _ := mod.Memory().Read(uint32(a[0]), uint32(a[1]))
				*told += fmt.Sprintf("%s %s\n", imp.Name, text)
				a[0] = 0
			default:
				if len(imp.Results) > 0 {
					a[0] = absent
				}
			}
		}
		types := func(from []abi.ValueType) (to []api.ValueType) {
			for _, v := range from {
				to = append(to, api.ValueType(v))
			}
			return to
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(fn), types(imp.Params), types(imp.Results)).Export(imp.Name)
	}
	if _, err := b.Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// trace is all that a plugin answers and has in its memory, step by step.
func (m *machine) trace(t *testing.T, wasm []byte, told *string) string {
	t.Helper()
	*m.budget, *told = budget{left: 1 << 40, slice: 777}, ""
	// The clock and the random numbers of wazero are the same each time.
	mod, err := m.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	defer mod.Close(t.Context())
	for _, name := range []string{abi.ExportInitialize, abi.ExportMinor, abi.ExportInit, abi.HookMapFolder, abi.HookMapFolder} {
		got, err := mod.ExportedFunction(name).Call(t.Context())
		h := fnv.New64a()
		mem, _ := mod.Memory().Read(0, mod.Memory().Size())
		h.Write(mem)
		*told += fmt.Sprintln(name, got, err, len(mem), h.Sum64())
	}
	return *told
}

// TestInject_changesNothingThatAPluginDoes compares what a Go plugin does, to the
// last byte of its memory.
func TestInject_changesNothingThatAPluginDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles megabytes twice")
	}
	m := newMachine(t, Options{})
	var told string
	realHost(t, m, &told)
	wasm := plugins.Builtin()[0].Wasm
	plain := m.trace(t, wasm, &told)
	metered := m.trace(t, inject(t, wasm, Options{}), &told)
	if plain != metered {
		t.Errorf("without:\n%s\nwith:\n%s", plain, metered)
	}
	if m.budget.asked < 50 || !strings.Contains(metered, "set_folder Archive") {
		t.Errorf("%d slices were asked for; the plugin can not have done much:\n%s", m.budget.asked, metered)
	}
}
