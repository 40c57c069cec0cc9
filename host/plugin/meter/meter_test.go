package meter

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/plugins"
)

var errSpent = errors.New("spent")

// budget is a host of metered modules: it hands out ticks in slices.
type budget struct {
	left  int64
	slice int64
	asked int
	deep  bool
}

func (b *budget) more(_ context.Context, stack []uint64) {
	b.asked++
	if b.left += int64(stack[0]); b.left < 0 {
		panic(errSpent)
	}
	n := min(b.slice, b.left)
	b.left -= n
	stack[0] = uint64(n)
}

// machine runs modules, metered ones and others.
type machine struct {
	wazero.Runtime
	budget *budget
}

func newMachine(t testing.TB, opts Options) *machine {
	t.Helper()
	opts.applyDefaults()
	m := &machine{budget: &budget{}}
	m.Runtime = wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfig().WithMemoryLimitPages(64).WithCoreFeatures(api.CoreFeaturesV2))
	t.Cleanup(func() { m.Close(context.WithoutCancel(t.Context())) })
	b := m.NewHostModuleBuilder(opts.Name)
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(m.budget.more), []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI64}).Export(More)
	b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(context.Context, []uint64) {
		m.budget.deep = true
		panic(errors.New("deep"))
	}), nil, nil).Export(Deep)
	if _, err := b.Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What the modules of the tests import.
	b = m.NewHostModuleBuilder("env")
	b.NewFunctionBuilder().WithFunc(func(a int32, b int64) int64 { return int64(a) ^ b }).Export("mix")
	if _, err := b.Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// run calls the export "run" and returns what came of it.
func (m *machine) run(t testing.TB, wasm []byte, left, slice int64, args ...uint64) ([]uint64, error) {
	t.Helper()
	*m.budget = budget{left: left, slice: slice}
	inst, err := m.InstantiateWithConfig(t.Context(), wasm, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, err
	}
	defer inst.Close(t.Context())
	results, err := inst.ExportedFunction("run").Call(t.Context(), args...)
	if g := inst.ExportedGlobal(Options{}.Fuel()); g != nil {
		m.budget.left += int64(g.Get())
	}
	return results, err
}

func inject(t testing.TB, wasm []byte, opts Options) []byte {
	t.Helper()
	out, err := Inject(wasm, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// module puts sections into a file: pairs of a number and a body.
func file(sections ...[]byte) []byte {
	out := []byte(header)
	for _, s := range sections {
		out = appendBytes(append(out, s[0]), s[1:])
	}
	return out
}

func section(id byte, items ...[]byte) []byte {
	out := appendU32([]byte{id}, uint32(len(items)))
	return append(out, bytes.Join(items, nil)...)
}

func export(name string, kind, index byte) []byte {
	return append(appendBytes(nil, []byte(name)), kind, index)
}

func body(code ...byte) []byte { return appendBytes(nil, append(append([]byte{0}, code...), opEnd)) }

// running is a module with a page of memory and a table, whose function run () -> ()
// has this body. It is function 0; others follow.
func running(bodies ...[]byte) []byte {
	kinds := make([][]byte, len(bodies))
	for i := range kinds {
		kinds[i] = []byte{0}
	}
	return file(
		section(sectionType, []byte{0x60, 0, 0}, []byte{0x60, 0, 2, typeI32, typeI32}),
		section(sectionFunction, kinds...),
		section(sectionTable, []byte{typeFuncref, 1, 2, 50}),
		section(sectionMemory, []byte{1, 1, 20}),
		section(sectionExport, export("run", kindFunc, 0)),
		section(sectionElement, []byte{0, opI32Const, 0, opEnd, 1, 0}),
		section(sectionCode, bodies...),
	)
}

func TestInject_keepsRealModulesValid(t *testing.T) {
	m := newMachine(t, Options{})
	for name, wasm := range map[string][]byte{"folder-rules": plugins.Builtin()[0].Wasm, "javascript": plugins.JavaScript()} {
		before := bytes.Clone(wasm)
		out := inject(t, wasm, Options{})
		if !bytes.Equal(before, wasm) {
			t.Errorf("%s: the argument was changed", name)
		}
		if len(out) > len(wasm)+len(wasm)/3 {
			t.Errorf("%s grew from %d to %d bytes", name, len(wasm), len(out))
		}
		if testing.Short() {
			continue
		}
		c, err := m.CompileModule(t.Context(), out)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.Close(t.Context())
	}
}

// TestInject_boundsWhatNeverEnds has everything that could keep a machine busy.
func TestInject_boundsWhatNeverEnds(t *testing.T) {
	const ticks = 200_000
	forever := func(code ...byte) []byte {
		return running(body(append(append([]byte{opLoop, blockEmpty}, code...), opBr, 0, opEnd)...))
	}
	wide := []byte{opI32Const, 0x80, 0x80, 0x04} // 65,536
	tests := []struct {
		name string
		give []byte
		deep bool
	}{
		{"br", forever(), false},
		{"br_if", forever(opI32Const, 1, opBrIf, 0), false},
		{"br_table", forever(opI32Const, 9, opBrTable, 1, 0, 0), false},
		{"br from an inner block", forever(opBlock, blockEmpty, opI32Const, 1, opIf, blockEmpty, opBr, 2, opEnd, opEnd), false},
		{"loop in a loop", forever(opLoop, blockEmpty, opI32Const, 1, opBrIf, 0, opEnd), false},
		{"memory.fill", forever(append([]byte{opI32Const, 0, opI32Const, 1}, append(wide, opMisc, miscMemoryFill, 0)...)...), false},
		{"memory.copy", forever(append([]byte{opI32Const, 0, opI32Const, 0}, append(wide, opMisc, miscMemoryCopy, 0, 0)...)...), false},
		{"memory.grow that is refused", forever(append(wide, opMemoryGrow, 0, 0x1a)...), false},
		{"memory.grow by nothing", forever(opI32Const, 0, opMemoryGrow, 0, 0x1a), false},
		{"table.grow", forever(opRefNull, typeFuncref, opI32Const, 1, opMisc, miscTableGrow, 0, 0x1a), false},
		{"table.fill", forever(opI32Const, 0, opRefNull, typeFuncref, opI32Const, 1, opMisc, miscTableFill, 0), false},
		{"calls that return", forever(opCall, 0), true},
		{"recursion", running(body(opCall, 0)), true},
		{"recursion by pointer", running(body(opI32Const, 0, opCallIndirect, 0, 0)), true},
		{"two that call each other", running(body(opCall, 1), body(opI32Const, 1, opIf, blockEmpty, opCall, 0, opEnd)), true},
		{"recursion without a way back", running(body(opCall, 0, opUnreachable)), true},
		{"recursion in large frames", running(appendBytes(nil, []byte{1, 0xd0, 0x86, 3, typeI64, opCall, 0, opEnd})), true},
	}
	m := newMachine(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := m.run(t, inject(t, tt.give, Options{Stack: 1 << 20}), ticks, 1000)
			if tt.deep {
				if !m.budget.deep {
					t.Errorf("got error %v, want that the stack is full", err)
				}
				return
			}
			if !errors.Is(err, errSpent) {
				t.Errorf("got error %v, want that the ticks are spent", err)
			}
		})
	}
}

func TestInject_boundsTheStartFunction(t *testing.T) {
	wasm := file(section(sectionType, []byte{0x60, 0, 0}), section(sectionFunction, []byte{0}), []byte{sectionStart, 0},
		section(sectionCode, body(opLoop, blockEmpty, opBr, 0, opEnd)))
	m := newMachine(t, Options{})
	if _, err := m.run(t, inject(t, wasm, Options{}), 1000, 100); !errors.Is(err, errSpent) {
		t.Errorf("got error %v, want that the ticks are spent", err)
	}
}

// TestInject_countsTicks has the price of things.
func TestInject_countsTicks(t *testing.T) {
	nops := func(n int) []byte { return bytes.Repeat([]byte{0x01}, n) }
	bulk := func(n byte, op ...byte) []byte {
		return body(append([]byte{opI32Const, 0, opI32Const, 0, opI32Const, n, opMisc}, op...)...)
	}
	tests := []struct {
		name string
		give []byte
		want int64
	}{
		{"a function", running(body()), 1},
		{"two calls", running(body(opCall, 1, opCall, 1), body()), 3},
		{"a loop that does not turn", running(body(opLoop, blockEmpty, opEnd)), 2},
		{"64 instructions with the end", running(body(nops(stretch - 1)...)), 1},
		{"65 instructions", running(body(nops(stretch)...)), 2},
		{"1,000 instructions", running(body(nops(1000)...)), 1 + 1000/stretch},
		// The way past the inside of an if is short; what follows counts from the longer one.
		{"an if that is passed", running(body(append(append([]byte{opI32Const, 0, opIf, blockEmpty}, nops(50)...), append([]byte{opEnd}, nops(20)...)...)...)), 2},
		{"memory.fill of 15 bytes", running(bulk(15, miscMemoryFill, 0)), 1},
		{"memory.fill of 48 bytes", running(bulk(48, miscMemoryFill, 0)), 1 + 3},
		{"memory.copy of 63 bytes", running(bulk(63, miscMemoryCopy, 0, 0)), 1 + 3},
		{"table.copy of 2 elements", running(bulk(2, miscTableCopy, 0, 0)), 1 + 2},
		{"table.init of 1 element, which traps", running(bulk(1, miscTableInit, 0, 0)), 1 + 1},
		{"memory.grow", running(body(opI32Const, 2, opMemoryGrow, 0, 0x1a)), 1 + 50 + 2*4096},
		{"memory.grow that is refused", running(body(opI32Const, 50, opMemoryGrow, 0, 0x1a)), 1 + 50},
		{"table.grow", running(body(opRefNull, typeFuncref, opI32Const, 9, opMisc, miscTableGrow, 0, 0x1a)), 1 + 50 + 9},
	}
	m := newMachine(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const plenty = 1_000_000
			_, err := m.run(t, inject(t, tt.give, Options{}), plenty, plenty)
			if (err != nil) != strings.Contains(tt.name, "traps") {
				t.Fatal(err)
			}
			if got := plenty - m.budget.left; got != tt.want {
				t.Errorf("%d ticks, want %d", got, tt.want)
			}
		})
	}
}

// TestInject_takesEachFrameOffAgain calls a function that ends in every possible
// way far more often than the stack has room.
func TestInject_takesEachFrameOffAgain(t *testing.T) {
	call := []byte{opBlock, blockEmpty, opCall, 3, opEnd} // so that it has a frame
	one := []byte{opI32Const, 1, opI32Const, 2}
	ends := map[string][]byte{
		"end":                         one,
		"return":                      append(one, opReturn),
		"return from inside":          append([]byte{opBlock, blockEmpty, opLoop, blockEmpty}, append(one, opReturn, opEnd, opEnd, opUnreachable)...),
		"br to the function":          append(one, opBr, 0),
		"br to the function, inside":  append([]byte{opBlock, blockEmpty}, append(one, opBr, 1, opEnd, opUnreachable)...),
		"br_if to the function":       append(one, opI32Const, 1, opBrIf, 0),
		"br_table to the function":    append(one, opI32Const, 5, opBrTable, 1, 0, 0),
		"return where nothing comes":  append(one, opReturn, opI32Const, 3, opReturn),
		"return from else":            append([]byte{opI32Const, 0, opIf, blockEmpty, opElse}, append(one, opReturn, opEnd, opUnreachable)...),
		"unreachable that is not met": append([]byte{opI32Const, 0, opIf, blockEmpty, opUnreachable, opEnd}, one...),
	}
	m := newMachine(t, Options{})
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			// i = 100,000; do { f(); i-- } while (i)
			run := []byte{opI32Const, 0xa0, 0x8d, 0x06, opLocalSet, 0, opLoop, blockEmpty, opCall, 1, 0x1a, 0x1a, opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, opBrIf, 0, opEnd, opEnd}
			wasm := file(
				section(sectionType, []byte{0x60, 0, 0}, []byte{0x60, 0, 2, typeI32, typeI32}),
				section(sectionFunction, []byte{0}, []byte{1}, []byte{0}, []byte{0}),
				section(sectionExport, export("run", kindFunc, 0)),
				section(sectionCode, appendBytes(nil, append([]byte{1, 1, typeI32}, run...)), body(append(call, end...)...), body(), body()),
			)
			if _, err := m.run(t, inject(t, wasm, Options{Stack: 1 << 20}), 1<<40, 1<<40); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestInject_letsHonestRecursionBe goes 10,000 calls deep.
func TestInject_letsHonestRecursionBe(t *testing.T) {
	// f(n) = n == 0 ? 0 : f(n-1) + 1
	f := []byte{0, opLocalGet, 0, 0x45, opIf, typeI32, opI32Const, 0, opElse, opLocalGet, 0, opI32Const, 1, opI32Sub, opCall, 0, opI32Const, 1, opI32Add, opEnd, opEnd}
	wasm := inject(t, file(section(sectionType, []byte{0x60, 1, typeI32, 1, typeI32}), section(sectionFunction, []byte{0}),
		section(sectionExport, export("run", kindFunc, 0)), section(sectionCode, appendBytes(nil, f))), Options{})
	m := newMachine(t, Options{})
	if got, err := m.run(t, wasm, 1<<40, 1000, 10_000); err != nil || got[0] != 10_000 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := m.run(t, wasm, 1<<40, 1000, 1_000_000); err == nil || !m.budget.deep {
		t.Errorf("got error %v, want that the stack is full", err)
	}
}

func TestInject_namesWhatItRefuses(t *testing.T) {
	types := section(sectionType, []byte{0x60, 0, 0})
	functions := section(sectionFunction, []byte{0})
	with := func(b []byte) []byte { return file(types, functions, section(sectionCode, b)) }
	memory := append(appendBytes(appendBytes(nil, []byte("env")), []byte("m")), kindMemory)
	tests := []struct {
		name string
		give []byte
		want string
	}{
		{"nothing", nil, "this is no WebAssembly module of version 1"},
		{"unknown section", file([]byte{13, 0}), "section at byte 8: the number 13 is not known"},
		{"section that ends early", append(file(), 1, 50), "section at byte 8: the file ends early"},
		{"section at the wrong place", file(functions, types), "types: the section is at the wrong place"},
		{"section twice", file(types, types), "types: the section is at the wrong place or there twice"},
		{"bytes behind the types", file(append(types, 0)), "types: something follows the last one"},
		{"count that lies", file(append([]byte{sectionType}, 0xff, 0xff, 0xff, 0xff, 0x0f)), "types: the file ends early"},
		{"number of six bytes", file(append([]byte{sectionType}, 0x80, 0x80, 0x80, 0x80, 0x80, 0)), "types: a number is malformed"},
		{"number of 33 bits", file(append([]byte{sectionType}, 0xff, 0xff, 0xff, 0xff, 0x1f)), "types: a number is malformed"},
		{"data that lies", file(append([]byte{sectionData}, 0xff, 0xff, 0xff, 0xff, 0x0f)), "data: the file ends early"},
		{"garbage collected type", file(section(sectionType, []byte{0x5f, 0})), "types: type 0 is of the kind 0x5f"},
		{"shared memory", file(section(sectionImport, append(memory, 3, 1, 1))), "imports: limits of the kind 3"},
		{"body that is missing", file(types, functions), "code: there are 1 functions, but 0 bodies"},
		{"tail call", with(body(0x12, 0)), "code: function 0: the instruction 0x12 is not one of WebAssembly 2.0"},
		{"exception", with(body(0x08, 0)), "the instruction 0x08 is not"},
		{"atomic", with(body(0xfe, 0x10, 2, 0)), "the instruction 0xfe is not"},
		{"relaxed vector", with(body(opVector, 0x80, 2)), "the instruction 0xfd 256 is not"},
		{"gap among the vectors", with(body(opVector, 0x9a, 1)), "the instruction 0xfd 154 is not"},
		{"wide arithmetic", with(body(opMisc, 19)), "the instruction 0xfc 19 is not"},
		{"unknown type", with(body(opBlock, 0x6e, opEnd)), "the type 0x6e is not known"},
		{"block of an unknown type", with(body(opBlock, 7, opEnd)), "there is no type 7"},
		{"function that is not there", with(body(opCall, 1)), "code: function 0: there is no function 1"},
		{"global of the meter", with(body(opGlobalGet, 0, 0x1a)), "there is no global 0"},
		{"frames of the meter", with(body(opI32Const, 0, opGlobalSet, 1)), "there is no global 1"},
		{"global of the meter as an export", file(section(sectionExport, export("g", kindGlobal, 0))), `exports: "g": there is no global 0`},
		{"local of the meter", with(body(opI32Const, 0, opI32Const, 0, opI32Const, 0, opMisc, miscMemoryFill, 0, opLocalGet, 0, 0x1a)), "there is no local 0"},
		{"label outside of the function", with(body(opBr, 1)), "there is no label 1"},
		{"else without an if", with(body(opElse)), "an else without an if"},
		{"body without an end", with(appendBytes(nil, []byte{0, 0x01})), "the file ends early"},
		{"bytes behind the end", with(body(opEnd)), "something follows its end"},
		{"many locals", with(appendBytes(nil, []byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f, typeI32, opEnd})), "there are more than 50000 locals"},
		{"many loops", manyFunctions(40, body(bytes.Repeat([]byte{opLoop, blockEmpty, opEnd}, 4000)...)), "code: there are too many loops for the size of the file"},
		{"module of the meter", file(types, section(sectionImport, append(appendBytes(appendBytes(nil, []byte("mailweir_meter")), []byte("more")), kindFunc, 0))), `imports: the module name "mailweir_meter" is taken`},
		{"name of the meter", file(section(sectionMemory, []byte{0, 1}), section(sectionExport, export("mailweir_meter.fuel", kindMemory, 0))), `exports: names that begin with "mailweir_meter" are taken`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Inject(tt.give, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestInject_keepsCustomSections: the manifest stays, and functions keep their names.
func TestInject_keepsCustomSections(t *testing.T) {
	custom := func(name string, body ...byte) []byte {
		return append(appendBytes([]byte{sectionCustom}, []byte(name)), body...)
	}
	names := []byte{1, 15, 2, 0, 3, 'm', 'i', 'x', 1, 7, 'l', 'o', 'o', 'p', 'i', 'n', 'g', 2, 1, 0}
	env := append(appendBytes(appendBytes(nil, []byte("env")), []byte("mix")), kindFunc, 0)
	wasm := file(
		custom("mailweir.manifest", '{', '}'),
		section(sectionType, []byte{0x60, 2, typeI32, typeI64, 1, typeI64}, []byte{0x60, 0, 0}), section(sectionImport, env), section(sectionFunction, []byte{1}),
		section(sectionExport, export("run", kindFunc, 1)), section(sectionCode, body(opLoop, blockEmpty, opBr, 0, opEnd)),
		custom("name", names...),
	)
	out := inject(t, wasm, Options{})
	if !bytes.Contains(out, file(custom("mailweir.manifest", '{', '}'))[len(header):]) {
		t.Error("the manifest is gone")
	}
	_, err := newMachine(t, Options{}).run(t, out, 100, 10)
	if err == nil || !strings.Contains(err.Error(), "looping(") {
		t.Errorf("the trace has no names: %v", err)
	}
	for _, broken := range [][]byte{{1, 200}, {1, 3, 5, 0, 1}, {1, 4, 1, 9, 1, 'x'}} {
		out := inject(t, file(custom("name", broken...)), Options{})
		if bytes.Contains(out, []byte("name")) {
			t.Errorf("broken names % x were kept", broken)
		}
	}
}
