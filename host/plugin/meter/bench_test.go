package meter

import (
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/plugins"
)

func BenchmarkInject(b *testing.B) {
	for name, wasm := range map[string][]byte{"folder-rules": plugins.Builtin()[0].Wasm, "javascript": plugins.JavaScript()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(wasm)))
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out = inject(b, wasm, Options{})
			}
			b.ReportMetric(float64(len(out))/float64(len(wasm)), "size-ratio")
		})
	}
}

// counting turns a loop as often as its parameter says; each turn is the body, which
// leaves the number to be added to the sum in local 1.
func counting(body ...byte) []byte {
	code := []byte{opLoop, blockEmpty, opLocalGet, 1}
	code = append(code, body...)
	code = append(code, opI32Add, opLocalSet, 1)
	code = append(code, opLocalGet, 0, opI32Const, 1, opI32Sub, opLocalTee, 0, opBrIf, 0, opEnd, opLocalGet, 1, opEnd)
	fn := appendBytes(nil, append([]byte{1, 1, typeI32}, code...))
	leaf := appendBytes(nil, []byte{0, opLocalGet, 0, opI32Const, 3, 0x6c, opEnd})
	return file(section(1, []byte{0x60, 1, typeI32, 1, typeI32}), section(3, []byte{0}, []byte{0}), section(5, []byte{0, 1}),
		section(7, export("run", 0, 0)), section(10, fn, leaf))
}

// BenchmarkLoop compares what is metered with what is not. Each loop has 100,000
// turns.
func BenchmarkLoop(b *testing.B) {
	const turns = 100_000
	loops := []struct {
		name string
		wasm []byte
	}{
		{"empty", counting(opI32Const, 1)},
		// sum = (sum ^ memory[i & 0xffff]) * 16777619, as a hash does
		{"hash", counting(opLocalGet, 0, opI32Const, 0xff, 0xff, 0x03, 0x71, 0x2d, 0, 0, opLocalGet, 1, 0x73, opI32Const, 0x93, 0x83, 0x80, 0x08, 0x6c)},
		{"division", counting(opI32Const, 0xff, 0xff, 0x03, opLocalGet, 0, 0x6e)},
		{"call", counting(opLocalGet, 0, opCall, 1)},
	}
	for _, l := range loops {
		for name, wasm := range map[string][]byte{"plain": l.wasm, "metered": inject(b, l.wasm, Options{})} {
			b.Run(l.name+"/"+name, func(b *testing.B) {
				m := newMachine(b, Options{})
				inst, err := m.InstantiateWithConfig(b.Context(), wasm, wazero.NewModuleConfig().WithName(""))
				if err != nil {
					b.Fatal(err)
				}
				fn := inst.ExportedFunction("run")
				var stack [1]uint64
				for b.Loop() {
					*m.budget = budget{left: 1 << 40, slice: 10_000}
					stack[0] = api.EncodeI32(turns)
					if err := fn.CallWithStack(b.Context(), stack[:]); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/turns, "ns/turn")
			})
		}
	}
}
