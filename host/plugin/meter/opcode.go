package meter

import "fmt"

// Instructions that the rewriter treats one by one (core specification 5.4).
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opI32Ne        = 0x47
	opI32GtU       = 0x4b
	opI64LtS       = 0x53
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI64Sub       = 0x7d
	opI64Shl       = 0x86
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	opMisc         = 0xfc
	opVector       = 0xfd
)

// Instructions behind opMisc.
const (
	miscMemoryInit = 8
	miscMemoryCopy = 10
	miscMemoryFill = 11
	miscTableInit  = 12
	miscTableCopy  = 14
	miscTableGrow  = 15
	miscTableFill  = 17
)

const blockEmpty = 0x40

// Value types (core specification 5.3.1).
const (
	typeI32       = 0x7f
	typeI64       = 0x7e
	typeV128      = 0x7b
	typeFuncref   = 0x70
	typeExternref = 0x6f
)

// valueType reads one.
func (r *reader) valueType() byte {
	t := r.byte()
	switch {
	case r.err != nil:
	case t >= typeV128 && t <= typeI32, t == typeFuncref, t == typeExternref:
	default:
		r.failf("the type 0x%02x is not known", t)
	}
	return t
}

// refType reads the type of a table's elements.
func (r *reader) refType() byte {
	t := r.byte()
	if r.err == nil && t != typeFuncref && t != typeExternref {
		r.failf("the reference type 0x%02x is not known", t)
	}
	return t
}

// plain skips the operands of an instruction that is copied as it is, behind its
// first byte.
func (r *reader) plain(op byte) {
	switch {
	case op == 0x00, op == 0x01, op == 0x1a, op == 0x1b: // unreachable, nop, drop, select
	case op == 0x1c: // select with types
		for range r.count() {
			r.valueType()
		}
	case op == 0x25, op == 0x26: // table.get, table.set
		r.u32()
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.memoryArg()
	case op == 0x3f: // memory.size
		r.u32()
	case op == opI32Const:
		r.signed(32)
	case op == opI64Const:
		r.signed(64)
	case op == 0x43: // f32.const
		r.take(4)
	case op == 0x44: // f64.const
		r.take(8)
	case op >= 0x45 && op <= 0xc4: // numbers
	case op == opRefNull:
		r.refType()
	case op == 0xd1: // ref.is_null
	default:
		r.unknown(fmt.Sprintf("0x%02x", op))
	}
}

func (r *reader) unknown(what string) {
	r.failf("the instruction %s is not one of WebAssembly 2.0", what)
}

func (r *reader) memoryArg() {
	r.u32() // alignment
	r.u32() // offset
}

// misc reads an instruction behind opMisc with its operands.
func (r *reader) misc() uint32 {
	op := r.u32()
	switch {
	case op <= 7: // conversions that saturate
	case op == 9, op == 11, op == 13, op >= 15 && op <= 17:
		r.u32()
	case op == 8, op == 10, op == 12, op == 14:
		r.u32()
		r.u32()
	default:
		if r.err == nil {
			r.unknown(fmt.Sprintf("0xfc %d", op))
		}
	}
	return op
}

// vector reads an instruction behind opVector with its operands.
func (r *reader) vector() {
	op := r.u32()
	switch {
	case op <= 11, op == 92, op == 93: // loads and stores
		r.memoryArg()
	case op == 12, op == 13: // v128.const, i8x16.shuffle
		r.take(16)
	case op >= 21 && op <= 34: // extract_lane, replace_lane
		r.byte()
	case op >= 84 && op <= 91: // loads and stores of a lane
		r.memoryArg()
		r.byte()
	case op > 255 || vectorHole(op):
		if r.err == nil {
			r.unknown(fmt.Sprintf("0xfd %d", op))
		}
	}
}

// vectorHole reports numbers that WebAssembly 2.0 leaves out.
func vectorHole(op uint32) bool {
	switch op {
	case 154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238:
		return true
	}
	return false
}
