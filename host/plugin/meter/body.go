package meter

import (
	"errors"
	"fmt"
)

const (
	// maxLocals is as many as browsers allow.
	maxLocals = 50_000
	// maxAllLocals bounds those of all functions together. A compiler makes a
	// table of each function's, from a few bytes in the file.
	maxAllLocals = 8_000_000
	// maxNesting bounds blocks within blocks.
	maxNesting = 100_000
	// stretch is how many instructions a path may have between two ticks.
	stretch = 64
)

// Each 16 bytes of memory, and each element of a table, cost a tick.
const (
	perByteShift = 4
	perPageShift = 12 // 64 KiB by 16
)

// writeCode rewrites all functions and adds those that pay for imports.
func (w *writer) writeCode(size int) ([]byte, error) {
	out := appendU32(make([]byte, 0, size+size/4), uint32(len(w.funcs)))
	for i, b := range w.bodies {
		body, err := w.body(w.types[w.funcs[w.importedFuncs+i]], b)
		if err != nil {
			return nil, fmt.Errorf("code: function %d: %w", w.importedFuncs+i, err)
		}
		out = appendBytes(out, body)
		// Honest code grows by a fifth. A file of empty loops would grow tenfold.
		if len(out) > 3*size+1<<20 {
			return nil, errors.New("code: there are too many loops for the size of the file")
		}
	}
	for i, t := range w.funcs[:w.importedFuncs] {
		body := append([]byte{0}, w.pay(w.opts.Call)...)
		for p := range w.types[t].params {
			body = appendU32(append(body, opLocalGet), uint32(p))
		}
		body = appendU32(append(body, opCall), uint32(i))
		out = appendBytes(out, append(body, opEnd))
	}
	return out, nil
}

// pay takes n ticks.
func (w *writer) pay(n int) []byte {
	b := appendU32([]byte{opGlobalGet}, w.fuel())
	b = append(appendSigned(append(b, opI64Const), int64(n)), opI64Sub)
	return w.settle(b)
}

// payLength takes the number in an i32 local, shifted by one of the two operators.
func (w *writer) payLength(b []byte, local uint32, shift int64, op byte) []byte {
	b = appendU32(append(b, opGlobalGet), w.fuel())
	b = append(appendU32(append(b, opLocalGet), local), opI64ExtendU)
	b = append(appendSigned(append(b, opI64Const), shift), op, opI64Sub)
	return w.settle(b)
}

// settle stores what is on top as fuel, and asks for more when it is a debt.
func (w *writer) settle(b []byte) []byte {
	b = appendU32(append(b, opGlobalSet), w.fuel())
	b = appendU32(append(b, opGlobalGet), w.fuel())
	b = append(b, opI64Const, 0, opI64LtS, opIf, blockEmpty)
	b = appendU32(append(b, opGlobalGet), w.fuel())
	b = appendU32(append(b, opCall), w.more())
	b = appendU32(append(b, opGlobalSet), w.fuel())
	return append(b, opEnd)
}

// body rewrites one function.
func (w *writer) body(t funcType, b []byte) ([]byte, error) {
	if len(b) > maxBody {
		return nil, fmt.Errorf("it is longer than %d bytes", maxBody)
	}
	c := &code{writer: w, r: &reader{b: b}, gives: len(t.results), out: make([]byte, 0, len(b)+len(b)/4+32)}
	slots := len(t.params) // a vector takes two
	c.locals = uint32(len(t.params))
	for range c.r.count() {
		n, kind := c.r.u32(), c.r.valueType()
		if uint64(c.locals)+uint64(n) > maxLocals {
			return nil, fmt.Errorf("there are more than %d locals", maxLocals)
		}
		c.locals += n
		slots += int(n)
		if kind == typeV128 {
			slots += int(n)
		}
	}
	if w.allLocals += int(c.locals); w.allLocals > maxAllLocals {
		return nil, fmt.Errorf("there are more than %d locals in all functions", maxAllLocals)
	}
	locals := c.r.b[:c.r.pos]
	c.run()
	if c.r.err != nil {
		return nil, c.r.err
	}
	if err := c.winding.over(c.locals); err != nil {
		return nil, err
	}

	out := c.declare(make([]byte, 0, len(c.out)+len(locals)+80), locals)
	out = append(out, w.tick...)
	if !c.calls {
		// No frame follows this one, so it needs no place in the sum.
		return append(append(out, c.out...), opEnd), nil
	}
	// An estimate: the compiler gives a place on the stack to each value that
	// outlives a call, which are the locals and some of the intermediate results.
	frame := int64(48 + 8*slots + len(b)/16)
	add := func(op byte) {
		out = appendU32(append(out, opGlobalGet), w.frames())
		out = append(appendSigned(append(out, opI32Const), frame), op)
		out = appendU32(append(out, opGlobalSet), w.frames())
	}
	add(opI32Add)
	out = appendU32(append(out, opGlobalGet), w.frames())
	out = append(appendSigned(append(out, opI32Const), int64(w.opts.Stack)), opI32GtU, opIf, blockEmpty)
	out = append(appendU32(append(out, opCall), w.deep()), opUnreachable, opEnd)

	out = append(out, opBlock)
	switch len(t.results) {
	case 0:
		out = append(out, blockEmpty)
	case 1:
		out = append(out, t.results[0])
	default:
		out = appendSigned(out, int64(w.newType(nil, t.results)))
	}
	out = append(append(out, c.out...), opEnd)
	add(opI32Sub)
	return append(out, opEnd), nil
}

// code is a function that is being rewritten.
type code struct {
	*writer
	r   *reader
	out []byte // without the last end

	locals  uint32 // parameters included
	lengths bool   // the two locals for lengths are needed
	calls   bool   // it calls functions of the module
	gives   int    // number of its results
	blocks  []block
	winding winding

	// since is how many instructions have run since the last tick on the longest
	// path that leads here.
	since int
}

// block is an open block, loop, if or else, or the function.
type block struct {
	op    byte // opBlock for the function
	start int  // since, at the beginning
	worst int  // since, on the longest path that branches to its end
	takes int  // how many values a branch to its label hands on
}

// declare copies the declarations of locals, with those that the meter needs.
func (c *code) declare(out, locals []byte) []byte {
	if !c.lengths {
		return append(out, locals...)
	}
	r := &reader{b: locals}
	out = appendU32(out, uint32(r.count()+1))
	return append(append(out, locals[r.pos:]...), 2, typeI32)
}

// run rewrites all instructions.
func (c *code) run() {
	c.blocks = append(c.blocks, block{op: opBlock, takes: c.gives})
	for c.r.err == nil {
		c.since++
		if c.since > stretch {
			c.out = append(c.out, c.tick...)
			c.winding.turns++
			c.since = 1
		}
		if done := c.step(); done {
			break
		}
	}
	if c.r.err == nil && c.r.left() > 0 {
		c.r.failf("something follows its end")
	}
}

// step rewrites one instruction and reports whether it was the last one.
func (c *code) step() bool {
	r, start := c.r, c.r.pos
	op := r.byte()
	switch op {
	case opBlock, opLoop, opIf:
		takes, gives := c.blockType()
		c.copyFrom(start)
		c.open(op, takes, gives)
		return false
	case opElse:
		c.turn()
	case opEnd:
		if c.close(); len(c.blocks) == 0 {
			return true
		}
	case opBr, opBrIf:
		c.branch(r.u32())
		c.winding.turns++
		if op == opBr {
			c.since = 0 // nothing comes here
		}
	case opBrTable:
		n := r.count()
		c.winding.targets += n
		for range n {
			c.branch(r.u32())
		}
		c.branch(r.u32())
		c.since = 0
	case opReturn:
		// The label of the function, which is that of the block around it.
		c.out = appendU32(append(c.out, opBr), uint32(len(c.blocks)-1))
		c.since = 0
		return false
	case opUnreachable:
		c.since = 0
	case opCall:
		i := r.u32()
		if r.err == nil && uint64(i) >= uint64(len(c.funcs)) {
			r.failf("there is no function %d", i)
		}
		c.calls = c.calls || i >= uint32(c.importedFuncs)
		c.out = appendU32(append(c.out, op), c.function(i))
		return false
	case opCallIndirect:
		c.calls = true
		c.typeIndex(r)
		r.u32() // table
	case opRefFunc:
		c.out = appendU32(append(c.out, op), c.functionIndex(r))
		return false
	case opLocalGet, opLocalSet, opLocalTee:
		if i := r.u32(); r.err == nil && i >= c.locals {
			r.failf("there is no local %d", i)
		}
	case opGlobalGet, opGlobalSet:
		c.globalIndex(r)
	case opMemoryGrow:
		r.u32()
		c.grow(start, perPageShift)
		return false
	case opMisc:
		switch r.misc() {
		case miscMemoryInit, miscMemoryCopy, miscMemoryFill:
			c.length(perByteShift)
		case miscTableInit, miscTableCopy, miscTableFill:
			c.length(0)
		case miscTableGrow:
			c.grow(start, 0)
			return false
		}
	case opVector:
		r.vector()
	default:
		r.plain(op)
	}
	c.copyFrom(start)
	return false
}

// copyFrom copies the instruction that begins at start.
func (c *code) copyFrom(start int) {
	if c.r.err == nil {
		c.out = append(c.out, c.r.b[start:c.r.pos]...)
	}
}

// blockType reads nothing, a type of value, or the index of a type, and returns how
// many values the block takes and gives.
func (c *code) blockType() (takes, gives int) {
	r := c.r
	if r.left() > 0 {
		// As a number of 33 bits, the first two are below zero (core
		// specification 5.4.1).
		if b := r.b[r.pos]; b == blockEmpty {
			r.pos++
			return 0, 0
		} else if b > blockEmpty && b < 0x80 {
			r.valueType()
			return 0, 1
		}
	}
	i := r.signed(33)
	if r.err == nil && (i < 0 || i >= int64(len(c.types))) {
		r.failf("there is no type %d", i)
	}
	if r.err != nil {
		return 0, 0
	}
	return len(c.types[i].params), len(c.types[i].results)
}

func (c *code) open(op byte, takes, gives int) {
	if len(c.blocks) >= maxNesting {
		c.r.failf("blocks are nested more than %d deep", maxNesting)
		return
	}
	c.winding.turns++
	c.winding.values += takes + gives
	label := gives
	if op == opLoop {
		c.out = append(c.out, c.tick...)
		c.winding.turns++
		c.since = 0
		label = takes
	}
	c.blocks = append(c.blocks, block{op: op, start: c.since, takes: label})
}

func (c *code) turn() {
	top := &c.blocks[len(c.blocks)-1]
	if top.op != opIf {
		c.r.failf("an else without an if")
		return
	}
	top.worst = max(top.worst, c.since)
	c.since = top.start
	top.op = opElse
	c.winding.turns++
}

func (c *code) close() {
	top := c.blocks[len(c.blocks)-1]
	c.blocks = c.blocks[:len(c.blocks)-1]
	c.since = max(c.since, top.worst)
	if top.op == opIf { // the way past it
		c.since = max(c.since, top.start)
	}
}

// branch notes a path to a label.
func (c *code) branch(label uint32) {
	if c.r.err != nil {
		return
	}
	if uint64(label) >= uint64(len(c.blocks)) {
		c.r.failf("there is no label %d", label)
		return
	}
	to := &c.blocks[len(c.blocks)-1-int(label)]
	c.winding.values += to.takes
	// That of a loop is its beginning, where there is a tick.
	if to.op != opLoop {
		to.worst = max(to.worst, c.since)
	}
}

// length pays for an instruction with a length on top of the stack.
func (c *code) length(shift int64) {
	if c.r.err != nil {
		return
	}
	c.lengths = true
	c.out = appendU32(append(c.out, opLocalTee), c.locals)
	c.out = c.payLength(c.out, c.locals, shift, opI64ShrU)
}

// grow writes the instruction that begins at start and pays for what it has added.
// A refusal costs as much as the way to the host.
func (c *code) grow(start int, shift int64) {
	c.lengths = true
	amount, result := c.locals, c.locals+1
	c.out = append(c.out, c.pay(c.opts.Call)...)
	c.out = appendU32(append(c.out, opLocalTee), amount)
	c.copyFrom(start)
	c.out = appendU32(append(c.out, opLocalTee), result)
	c.out = appendU32(append(c.out, opLocalGet), result)
	c.out = append(c.out, opI32Const, 0x7f, opI32Ne, opIf, blockEmpty) // -1
	c.out = c.payLength(c.out, amount, shift, opI64Shl)
	c.out = append(c.out, opEnd)
}
