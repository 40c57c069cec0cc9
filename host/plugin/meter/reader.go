package meter

import (
	"errors"
	"fmt"
)

var (
	errEnd    = errors.New("the file ends early")
	errNumber = errors.New("a number is malformed")
)

// reader walks over bytes. After the first error it yields zeros, and err says
// what it was: callers look once at the end of a thing, and in every loop.
type reader struct {
	b   []byte
	pos int
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.pos = len(r.b)
}

func (r *reader) failf(format string, args ...any) { r.fail(fmt.Errorf(format, args...)) }

func (r *reader) left() int { return len(r.b) - r.pos }

func (r *reader) byte() byte {
	if r.pos >= len(r.b) {
		r.fail(errEnd)
		return 0
	}
	b := r.b[r.pos]
	r.pos++
	return b
}

// take is the next n bytes, as a view.
func (r *reader) take(n uint64) []byte {
	if n > uint64(r.left()) {
		r.fail(errEnd)
		return nil
	}
	b := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return b
}

// u32 reads unsigned LEB128 (core specification 5.2.2): five bytes at most, and
// no bits beyond the 32nd.
func (r *reader) u32() uint32 {
	var n uint32
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		if shift == 28 && b > 0x0f {
			break
		}
		n |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail(errNumber)
	return 0
}

// signed reads signed LEB128 of as many bits. The bits beyond must be those of the
// sign.
func (r *reader) signed(bits int) int64 {
	var n int64
	for shift := 0; shift < bits; shift += 7 {
		b := r.byte()
		if rest := bits - shift; rest < 7 {
			if beyond := int8(b<<1) >> rest; beyond != 0 && beyond != -1 {
				break
			}
		}
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	r.fail(errNumber)
	return 0
}

// maxItems bounds what a section may hold. It is five times what large programs
// have, and keeps the tables that a compiler makes of a small file small.
const maxItems = 200_000

// items reads the number of things in a section.
func (r *reader) items() int {
	n := r.count()
	if n > maxItems {
		r.failf("there are more than %d of them", maxItems)
		return 0
	}
	return n
}

// count reads the length of a vector whose items take at least one byte each.
func (r *reader) count() int {
	n := r.u32()
	if uint64(n) > uint64(r.left()) {
		r.fail(errEnd)
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte { return r.take(uint64(r.u32())) }

// done reports an error, or bytes that follow the last thing.
func (r *reader) done() error {
	if r.err == nil && r.left() > 0 {
		return errors.New("something follows the last one")
	}
	return r.err
}

func appendU32(b []byte, n uint32) []byte {
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

func appendSigned(b []byte, n int64) []byte {
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendBytes(b, value []byte) []byte { return append(appendU32(b, uint32(len(value))), value...) }
