package meter

import (
	"math/rand/v2"
)

// generator makes valid modules at random: functions with blocks, loops, branches
// of every kind, calls, several results, vectors, and instructions with a length.
//
// What it makes ends by itself: loops count down a local, and a global is the number
// of calls that are left. It may trap, as guests do.
type generator struct {
	*rand.Rand
	out    []byte
	locals []byte   // types of the locals, parameters first
	labels [][]byte // types that a branch to it takes, innermost last
	spare  []uint32 // i32 locals for the counts of loops
	fns    []funcType
	room   int // how much more code this function may have
}

// Types of the generated module, by index. Functions have one of the first four.
var genTypes = []funcType{
	{nil, []byte{typeI64}},
	{[]byte{typeI32, typeI64}, []byte{typeI64}},
	{[]byte{typeI64}, nil},
	{[]byte{typeI32}, []byte{typeI32, typeI64, typeI32}},
	{nil, []byte{typeI32, typeI64}}, // of blocks
	{[]byte{typeI32, typeI64}, []byte{typeI64}},
	{[]byte{typeI32, typeI64}, []byte{typeI64}}, // of the import
}

const (
	genSpare    = 6 // locals for counts
	genFuncs    = 5
	genGlobals  = 3 // calls left, i32, i64
	genElements = 8
)

// generate makes a module with an export run () -> i64. Function 0 is imported.
func generate(seed1, seed2 uint64) []byte {
	g := &generator{Rand: rand.New(rand.NewPCG(seed1, seed2))}
	types := make([][]byte, len(genTypes))
	for i, t := range genTypes {
		types[i] = appendBytes(appendBytes([]byte{0x60}, t.params), t.results)
	}
	g.fns = []funcType{genTypes[6]}
	kinds := [][]byte{{0}}
	g.fns = append(g.fns, genTypes[0])
	for range genFuncs - 1 {
		k := g.IntN(4)
		kinds = append(kinds, []byte{byte(k)})
		g.fns = append(g.fns, genTypes[k])
	}
	bodies := make([][]byte, genFuncs)
	for i := range bodies {
		bodies[i] = g.function(g.fns[i+1])
	}
	elements := []byte{0, opI32Const, 0, opEnd, genElements}
	for range genElements {
		elements = append(elements, byte(g.IntN(genFuncs+1)))
	}
	exprs := []byte{5, typeFuncref, 3, opRefFunc, 0, opEnd, opRefNull, typeFuncref, opEnd, opRefFunc, 2, opEnd} // passive
	return file(
		section(sectionType, types...),
		section(sectionImport, append(appendBytes(appendBytes(nil, []byte("env")), []byte("mix")), kindFunc, 6)),
		section(sectionFunction, kinds...),
		section(4, []byte{typeFuncref, 1, 10, 40}),
		section(5, []byte{1, 1, 3}),
		section(sectionGlobal, []byte{typeI32, 1, opI32Const, 0xc0, 0, opEnd}, []byte{typeI32, 1, opI32Const, 0, opEnd}, []byte{typeI64, 1, opI64Const, 7, opEnd}),
		section(sectionExport, export("run", kindFunc, 1), export("memory", kindMemory, 0), export("g", kindGlobal, 1), export("h", kindGlobal, 2), export("mix", kindFunc, 0)),
		section(sectionElement, elements, exprs),
		append([]byte{sectionDataCount}, 1),
		section(sectionCode, bodies...),
		section(11, append([]byte{1}, appendBytes(nil, []byte("some bytes to be copied"))...)),
	)
}

func (g *generator) function(t funcType) []byte {
	*g = generator{Rand: g.Rand, fns: g.fns, room: 60}
	g.locals = append(append([]byte{}, t.params...), typeI32, typeI64, typeV128)
	for range genSpare {
		g.spare = append(g.spare, uint32(len(g.locals)))
		g.locals = append(g.locals, typeI32)
	}
	g.labels = [][]byte{t.results}

	// A call that is one too many returns zeros.
	g.op(opGlobalGet, 0)
	g.op(0x45) // i32.eqz
	g.op(opIf, blockEmpty)
	for _, r := range t.results {
		g.zero(r)
	}
	g.op(opReturn, opEnd)
	g.op(opGlobalGet, 0, opI32Const, 1, opI32Sub, opGlobalSet, 0)

	for range 1 + g.IntN(6) {
		g.statement(3)
	}
	for _, r := range t.results {
		g.value(r, 3)
	}
	if g.IntN(3) == 0 {
		g.op(opReturn)
	}
	g.op(opEnd)
	decl := []byte{4, 1, typeI32, 1, typeI64, 1, typeV128, genSpare, typeI32}
	return appendBytes(nil, append(decl, g.out...))
}

func (g *generator) op(b ...byte) { g.out = append(g.out, b...) }

func (g *generator) zero(t byte) {
	switch t {
	case typeI32:
		g.op(opI32Const, 0)
	case typeI64:
		g.op(opI64Const, 0)
	}
}

// local is one of the type that is no count of a loop.
func (g *generator) local(t byte) byte {
	for {
		if i := g.IntN(len(g.locals) - genSpare); g.locals[i] == t {
			return byte(i)
		}
	}
}

// value leaves a value of the type on the stack.
func (g *generator) value(t byte, depth int) {
	if g.room--; depth <= 0 || g.room < 0 {
		g.leaf(t)
		return
	}
	if t == typeI64 {
		g.value64(depth - 1)
		return
	}
	switch g.IntN(12) {
	case 0, 1, 2:
		g.value(typeI32, depth-1)
		g.value(typeI32, depth-1)
		g.op([]byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x75, 0x6d, 0x70, 0x48, 0x4b}[g.IntN(12)])
	case 3:
		g.value(typeI64, depth-1)
		g.op(0xa7) // i32.wrap_i64
	case 4:
		g.value(typeI32, depth-1)
		g.mask()
		g.op(0x28, 2, byte(g.IntN(100))) // i32.load
	case 5:
		g.value(typeI32, depth-1)
		g.op(opIf, typeI32)
		g.inside([]byte{typeI32}, func() { g.value(typeI32, depth-1) })
		g.op(opElse)
		g.inside([]byte{typeI32}, func() { g.value(typeI32, depth-1) })
		g.op(opEnd)
	case 6:
		g.op(opBlock, typeI32)
		g.inside([]byte{typeI32}, func() {
			g.statement(depth - 1)
			g.value(typeI32, depth-1)
			if g.IntN(2) == 0 {
				g.value(typeI32, depth-1)
				g.op(opBrIf, 0)
			}
		})
		g.op(opEnd)
	case 7:
		// A block with two results.
		g.op(opBlock, 4)
		g.inside(genTypes[4].results, func() { g.value(typeI32, depth-1); g.value(typeI64, depth-1) })
		g.op(opEnd, 0x1a)
	case 8:
		g.value(typeI32, 1)
		g.op(0x41, 1, opMemoryGrow, 0, 0x1a) // grow by 1 and drop what it says
	case 9:
		g.op(opRefNull, typeFuncref)
		g.op(opI32Const, byte(g.IntN(20)), opMisc, miscTableGrow, 0)
	case 10:
		g.op(opGlobalGet, 1)
	default:
		g.value(typeI32, depth-1)
		g.op(opVector, 17, 0x20, g.local(typeV128), opVector, 0xae, 1, opVector, 27, 1) // splat, get, i32x4.add, extract_lane 1
	}
}

func (g *generator) value64(depth int) {
	switch g.IntN(7) {
	case 0, 1:
		g.value(typeI64, depth)
		g.value(typeI64, depth)
		g.op([]byte{0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85, 0x86, 0x88, 0x80}[g.IntN(9)])
	case 2:
		g.value(typeI32, depth)
		g.op(0xac) // i64.extend_i32_s
	case 3:
		g.call(g.IntN(len(g.fns)), depth, true)
	case 4:
		// Through the table, with a type that may not fit.
		g.value(typeI32, depth)
		g.value(typeI64, depth)
		g.value(typeI32, 1)
		g.op(opI32Const, 0x0f, 0x71, opCallIndirect, 5, 0)
	case 5:
		g.op(opGlobalGet, 2)
	default:
		g.value(typeI32, depth)
		g.mask()
		g.op(0x29, 3, byte(g.IntN(100)))
	}
}

func (g *generator) leaf(t byte) {
	switch {
	case g.IntN(2) == 0:
		g.op(opLocalGet, g.local(t))
	case t == typeI32:
		g.out = appendSigned(append(g.out, opI32Const), int64(int32(g.Uint32()))>>g.IntN(31))
	default:
		g.out = appendSigned(append(g.out, opI64Const), int64(g.Uint64())>>g.IntN(63))
	}
}

// mask makes most addresses good ones.
func (g *generator) mask() {
	if g.IntN(50) != 0 {
		g.op(opI32Const, 0xff, 0x1f, 0x71)
	}
}

// inside writes the inside of a block whose label takes these types.
func (g *generator) inside(label []byte, write func()) {
	g.labels = append(g.labels, label)
	write()
	g.labels = g.labels[:len(g.labels)-1]
}

// call calls a function with arguments; wide keeps an i64 of its results, which is
// made when there is none.
func (g *generator) call(i, depth int, wide bool) {
	t := g.fns[i]
	for _, p := range t.params {
		g.value(p, depth-1)
	}
	g.op(opCall, byte(i))
	kept := false
	for j := len(t.results) - 1; j >= 0; j-- {
		if wide && !kept && t.results[j] == typeI64 {
			g.op(opLocalSet, g.local(typeI64))
			kept = true
			continue
		}
		g.op(0x1a)
	}
	if wide {
		g.op(opLocalGet, g.local(typeI64))
	}
}

// statement leaves the stack as it was.
func (g *generator) statement(depth int) {
	if g.room--; depth <= 0 || g.room < 0 {
		return
	}
	switch g.IntN(14) {
	case 0:
		g.value(typeI32, depth-1)
		g.op(opLocalSet, g.local(typeI32))
	case 1:
		g.value(typeI64, depth-1)
		g.op(opLocalTee, g.local(typeI64), opGlobalSet, 2)
	case 2:
		g.value(typeI32, depth-1)
		g.op(opIf, blockEmpty)
		g.inside(nil, func() { g.statement(depth - 1) })
		if g.IntN(2) == 0 {
			g.op(opElse)
			g.inside(nil, func() { g.statement(depth - 1); g.statement(depth - 1) })
		}
		g.op(opEnd)
	case 3, 4:
		g.loop(depth)
	case 5:
		g.op(opBlock, blockEmpty)
		g.inside(nil, func() { g.statement(depth - 1); g.statement(depth - 1) })
		g.op(opEnd)
	case 6:
		g.jump(depth)
	case 7:
		g.call(g.IntN(len(g.fns)), depth, false)
	case 8:
		g.value(typeI32, depth-1)
		g.mask()
		g.value(typeI64, depth-1)
		g.op(0x37, 3, byte(g.IntN(100))) // i64.store
	case 9:
		g.bulk(depth)
	case 10:
		g.value(typeI32, depth-1)
		g.op(opVector, 17, opLocalSet, g.local(typeV128))
	case 11:
		g.value(typeI32, depth-1)
		g.op(opGlobalSet, 1)
	case 12:
		for range 70 + g.IntN(80) { // a long way without a branch
			g.op(opGlobalGet, 1, opI32Const, 3, opI32Add, opGlobalSet, 1)
		}
	default:
		if g.IntN(20) == 0 {
			g.value(typeI32, depth-1)
			g.op(opIf, blockEmpty, opUnreachable, opEnd)
		}
	}
}

// loop turns a few times.
func (g *generator) loop(depth int) {
	if len(g.spare) == 0 {
		return
	}
	n := byte(g.spare[0])
	g.spare = g.spare[1:]
	g.op(opI32Const, byte(1+g.IntN(4)), opLocalSet, n)
	g.op(opBlock, blockEmpty)
	g.inside(nil, func() {
		g.op(opLoop, blockEmpty)
		// A branch to the loop's label from inside would not count down, so it is
		// given a label that no branch fits.
		g.inside([]byte{0}, func() {
			g.statement(depth - 1)
			g.op(opLocalGet, n, opI32Const, 1, opI32Sub, opLocalTee, n)
			if g.IntN(2) == 0 {
				g.op(0x45, opBrTable, 1, 0, 1) // br_table by whether it is 0
			} else {
				g.op(opBrIf, 0)
			}
		})
		g.op(opEnd)
	})
	g.op(opEnd)
}

// jump leaves blocks, or the function, in one of many ways.
func (g *generator) jump(depth int) {
	to := g.IntN(len(g.labels))
	types := g.labels[len(g.labels)-1-to]
	if len(types) > 0 && types[0] == 0 {
		return
	}
	g.value(typeI32, depth-1)
	g.op(opIf, blockEmpty)
	for _, t := range types {
		g.value(t, depth-1)
	}
	switch label := byte(to + 1); {
	case to == len(g.labels)-1 && g.IntN(2) == 0:
		g.op(opReturn)
	case g.IntN(3) == 0:
		g.value(typeI32, depth-1)
		g.op(opBrTable, 2, label, label, label)
	default:
		g.op(opBr, label)
	}
	if g.IntN(3) == 0 { // what can not be reached is checked all the same
		g.op(opI32Const, 1, opI32Const, 2, opI32Add, 0x1a)
	}
	g.op(opEnd)
}

func (g *generator) bulk(depth int) {
	short := func(mask byte) {
		g.value(typeI32, depth-1)
		g.op(opI32Const, mask, 0x71)
	}
	switch g.IntN(6) {
	case 0:
		short(0x3f)
		short(0x3f)
		g.value(typeI32, depth-1)
		g.mask()
		g.op(opMisc, miscMemoryFill, 0)
	case 1:
		short(0x3f)
		short(0x3f)
		g.value(typeI32, depth-1)
		g.mask()
		g.op(opMisc, miscMemoryCopy, 0, 0)
	case 2:
		short(0x3f)
		short(7)
		short(7)
		g.op(opMisc, miscMemoryInit, 0, 0)
	case 3:
		short(7)
		g.op(opRefFunc, byte([]int{0, 2}[g.IntN(2)]))
		short(3)
		g.op(opMisc, miscTableFill, 0)
	case 4:
		short(7)
		short(3)
		short(7)
		g.op(opMisc, miscTableCopy, 0, 0)
	default:
		short(7)
		short(1)
		short(3)
		g.op(opMisc, miscTableInit, 1, 0)
	}
}
