package meter

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// outcome is all that can be seen of a run.
func (m *machine) outcome(t testing.TB, wasm []byte, left, slice int64) string {
	t.Helper()
	*m.budget = budget{left: left, slice: slice}
	inst, err := m.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	defer inst.Close(t.Context())
	results, err := inst.ExportedFunction("run").Call(t.Context())
	said := "ok"
	if err != nil {
		said, _, _ = strings.Cut(err.Error(), "\n")
	}
	if g := inst.ExportedGlobal(Options{}.Fuel()); g != nil {
		m.budget.left += int64(g.Get())
	}
	h := fnv.New64a()
	mem, _ := inst.ExportedMemory("memory").Read(0, inst.ExportedMemory("memory").Size())
	h.Write(mem)
	return fmt.Sprintf("%s; %d; memory of %d bytes, hash %x; globals %d, %d", said, results, len(mem), h.Sum64(), inst.ExportedGlobal("g").Get(), inst.ExportedGlobal("h").Get())
}

// same runs a generated module with and without a meter.
func same(t *testing.T, m *machine, seed1, seed2 uint64) (outcome string, used int64) {
	t.Helper()
	const plenty = 1 << 40
	wasm := generate(seed1, seed2)
	plain := m.outcome(t, wasm, 0, 0)
	metered := inject(t, wasm, Options{})
	whole := m.outcome(t, metered, plenty, plenty)
	used = plenty - m.budget.left
	if plain != whole {
		t.Fatalf("seed %d %d:\nwithout %s\nwith    %s", seed1, seed2, plain, whole)
	}
	// The size of the slices changes nothing.
	if got := m.outcome(t, metered, used, 1+int64(seed2%50)); got != plain {
		t.Fatalf("seed %d %d, in slices:\nwithout %s\nwith    %s", seed1, seed2, plain, got)
	}
	if m.budget.left != 0 {
		t.Fatalf("seed %d %d: %d ticks at once, %d in slices", seed1, seed2, used, used-m.budget.left)
	}
	// One tick less is not enough.
	if got := m.outcome(t, metered, used-1, 100); !strings.Contains(got, errSpent.Error()) {
		t.Fatalf("seed %d %d: ran with %d of %d ticks: %s", seed1, seed2, used-1, used, got)
	}
	return plain, used
}

// TestInject_changesNoResult runs programs that are made at random. The seeds are
// fixed; the fuzz test below has others.
func TestInject_changesNoResult(t *testing.T) {
	m := newMachine(t, Options{})
	n := 150
	if testing.Short() {
		n = 50
	}
	outcomes := map[string]int{}
	var most int64
	for seed := range n {
		outcome, used := same(t, m, 1, uint64(seed))
		said, _, _ := strings.Cut(outcome, ";")
		outcomes[said]++
		most = max(most, used)
	}
	// The generator must not have become a bore.
	if ok := outcomes["ok"]; ok < n/3 || ok == n || most < 500 {
		t.Errorf("%d of %d programs end well, %d ticks at most: %v", ok, n, most, outcomes)
	}
}

func FuzzInject_changesNoResult(f *testing.F) {
	f.Add(uint64(2), uint64(0))
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64) {
		same(t, newMachine(t, Options{}), seed1, seed2)
	})
}

// FuzzInject: any file is refused or rewritten, and what was valid stays valid.
func FuzzInject(f *testing.F) {
	f.Add([]byte(header))
	f.Add(counting(opI32Const, 1))
	for seed := range uint64(4) {
		f.Add(generate(3, seed))
	}
	f.Fuzz(func(t *testing.T, wasm []byte) {
		before := bytes.Clone(wasm)
		out, err := Inject(wasm, Options{})
		if !bytes.Equal(before, wasm) {
			t.Fatal("the argument was changed")
		}
		if err != nil {
			// A compiler is not asked here: wazero takes gigabytes when a count in a
			// file is a lie.
			if strings.Contains(err.Error(), "\n") || err.Error() == "" {
				t.Fatalf("error %q", err)
			}
			return
		}
		r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV2).WithMemoryLimitPages(64))
		defer r.Close(t.Context())
		_, plain := r.CompileModule(t.Context(), wasm)
		_, metered := r.CompileModule(t.Context(), out)
		if (plain == nil) != (metered == nil) {
			t.Fatalf("without: %v\nwith: %v", plain, metered)
		}
	})
}
