package meter

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// manyFunctions is a module of n equal functions () -> ().
func manyFunctions(n int, code []byte) []byte {
	return file(section(sectionType, []byte{0x60, 0, 0}),
		section(sectionFunction, slices.Repeat([][]byte{{0}}, n)...),
		section(sectionCode, slices.Repeat([][]byte{code}, n)...))
}

// TestInject_boundsWhatIsHardToCompile: what is at a bound passes, what is over it
// does not.
func TestInject_boundsWhatIsHardToCompile(t *testing.T) {
	one := func(code []byte) []byte { return manyFunctions(1, code) }
	repeat := func(n int, code ...byte) []byte { return bytes.Repeat(code, n) }
	withLocals := func(n uint32, code ...byte) []byte {
		b := append(appendU32([]byte{1}, n), typeI32)
		return appendBytes(nil, append(append(b, code...), opEnd))
	}
	table := func(n uint32) []byte {
		b := appendU32([]byte{opI32Const, 0, opBrTable}, n)
		return append(b, make([]byte, n+1)...)
	}
	// Blocks that take and give 100 values each.
	values := append(append([]byte{0x60, 100}, repeat(100, typeI32)...), append([]byte{100}, repeat(100, typeI32)...)...)
	carrying := func(n int) []byte {
		code := append(repeat(100, opI32Const, 0), repeat(n, opBlock, 1, opEnd)...)
		code = append(code, repeat(100, 0x1a)...)
		return file(section(sectionType, []byte{0x60, 0, 0}, values), section(sectionFunction, []byte{0}), section(sectionCode, body(code...)))
	}
	elements := func(n uint32) []byte {
		b := append(appendU32([]byte{0, opI32Const, 0, opEnd}, n), make([]byte, n)...)
		return file(section(sectionType, []byte{0x60, 0, 0}), section(sectionFunction, []byte{0}),
			section(sectionTable, []byte{0x70, 0, 1}), section(sectionElement, b), section(sectionCode, body()))
	}
	const ifs = "it has more than 8000 branches"
	tests := []struct {
		name       string
		pass, over []byte
		want       string
	}{
		{"functions", manyFunctions(maxFunctions, body()), manyFunctions(maxFunctions+1, body()), "functions: there are more than 50000 of them"},
		{"code", one(body(repeat(maxBody-2, 0x01)...)), one(body(repeat(maxBody-1, 0x01)...)), "code: function 0: it is longer than 262144 bytes"},
		{"ifs", one(body(repeat(7000, opI32Const, 0, opIf, blockEmpty, opEnd)...)), one(body(repeat(maxTurns+1, opI32Const, 0, opIf, blockEmpty, opEnd)...)), ifs},
		{"loops", one(body(repeat(maxTurns/2, opLoop, blockEmpty, opEnd)...)), one(body(repeat(maxTurns/2+1, opLoop, blockEmpty, opEnd)...)), ifs},
		{"branches", one(body(repeat(7000, opI32Const, 0, opBrIf, 0)...)), one(body(repeat(maxTurns+1, opI32Const, 0, opBrIf, 0)...)), ifs},
		{"nested blocks", one(body(append(repeat(7000, opBlock, blockEmpty), repeat(7000, opEnd)...)...)), one(body(append(repeat(maxTurns+1, opBlock, blockEmpty), repeat(maxTurns+1, opEnd)...)...)), ifs},
		{"targets", one(body(table(maxTargets)...)), one(body(table(maxTargets + 1)...)), "its tables have more than 20000 targets"},
		{"locals at branches", one(withLocals(400, repeat(900, opBlock, blockEmpty, opEnd)...)), one(withLocals(400, repeat(1001, opBlock, blockEmpty, opEnd)...)), "it has too many branches for its number of values"},
		// The meter's own branches count, too.
		{"locals in straight code", one(withLocals(40_000, repeat(600, 0x01)...)), one(withLocals(40_000, repeat(800, 0x01)...)), "it has too many branches for its number of values"},
		{"values of blocks", carrying(1900), carrying(2001), "it has too many branches for its number of values"},
		{"elements", elements(maxElements - 50), elements(maxElements), "elements: there are more than 1048576 bytes of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Inject(tt.pass, Options{}); err != nil {
				t.Errorf("below the bound: %v", err)
			}
			_, err := Inject(tt.over, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}
