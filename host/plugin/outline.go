package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Numbers of sections (core specification 5.5.2), beside that of tables.
const (
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

// outlineSection is the custom section that tells outlines apart which differ in nothing
// but what their functions did.
const outlineSection = "mailweir.outline"

// outline returns a module that is to an embedder what wasm is - types, imports, exports,
// memory with its data, tables - and whose functions all trap. Of its custom sections the
// names of functions are kept, and id is added. wasm has been compiled, so it is valid; an
// error means that outline does not understand it nevertheless.
func outline(wasm []byte, id string) ([]byte, error) {
	sections, err := abi.Sections(wasm)
	if err != nil {
		return nil, err
	}
	passive := false // data that code may refer to by its index
	for _, s := range sections {
		passive = passive || s.ID == sectionDataCount
	}
	out := append([]byte(nil), wasm[:8]...)
	out = abi.AppendBytes(append(out, 0), append(abi.AppendBytes(nil, []byte(outlineSection)), id...))
	for _, s := range sections {
		var body []byte
		switch {
		case s.ID == 0 && s.Name != "name":
			continue
		case s.ID == sectionCode:
			body, err = emptyBodies(s.Body)
		case s.ID == sectionData && !passive:
			body, err = joinData(s.Body)
		default:
			out = append(out, wasm[s.Start:s.End]...)
			continue
		}
		if err != nil {
			return nil, err
		}
		out = abi.AppendBytes(append(out, s.ID), body)
	}
	return out, nil
}

// emptyBodies writes a code section (5.5.13) whose functions have no locals and trap at
// once, which is valid for every type of function.
func emptyBodies(code []byte) ([]byte, error) {
	n, code, err := abi.CutUint(code)
	if err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	out := abi.AppendUint(nil, n)
	for range n {
		if _, code, err = abi.CutBytes(code); err != nil {
			return nil, fmt.Errorf("code: %w", err)
		}
		out = append(out, 3, 0, 0x00, 0x0b) // its size, no locals, unreachable, end
	}
	return out, nil
}

// dataGap is how many zeros are written where they join two segments of data. The Go linker
// leaves out every eight of them, and ends up with 30,000 segments. Memory is zero before.
const dataGap = 256

// segment is data that is copied into memory 0 when an instance is made.
type segment struct {
	at   uint32
	data []byte
}

func (s segment) end() uint64 { return uint64(s.at) + uint64(len(s.data)) }

// joinData writes a data section (5.5.14) with fewer segments and the same effect. It stays
// as it is when their order matters, or one is of another kind than data at a constant place
// in memory 0.
func joinData(data []byte) ([]byte, error) {
	n, rest, err := abi.CutUint(data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	var segments []segment
	for range n {
		var s segment
		var plain bool
		if s, rest, plain, err = cutSegment(rest); err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
		if !plain {
			return data, nil
		}
		segments = append(segments, s)
	}
	slices.SortStableFunc(segments, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	var joined []segment
	for _, s := range segments {
		last := len(joined) - 1
		switch {
		case last >= 0 && joined[last].end() > uint64(s.at):
			return data, nil // whichever came last counts
		case last >= 0 && uint64(s.at)-joined[last].end() <= dataGap:
			gap := uint64(s.at) - joined[last].end()
			joined[last].data = append(append(joined[last].data, make([]byte, gap)...), s.data...)
		default:
			s.data = slices.Clone(s.data)
			joined = append(joined, s)
		}
	}
	out := abi.AppendUint(make([]byte, 0, len(data)), uint32(len(joined)))
	for _, s := range joined {
		out = appendConst(append(out, 0), s.at)
		out = abi.AppendBytes(out, s.data)
	}
	return out, nil
}

// Instructions of an offset.
const (
	opI32Const = 0x41
	opEnd      = 0x0b
)

// cutSegment reads a segment. plain is false for one that is not at a constant place in memory 0,
// which is not read to its end.
func cutSegment(b []byte) (s segment, rest []byte, plain bool, err error) {
	kind, b, err := abi.CutUint(b)
	if err != nil || kind != 0 || len(b) == 0 || b[0] != opI32Const {
		return s, nil, false, err
	}
	if s.at, b, err = cutConst(b[1:]); err != nil {
		return s, nil, false, err
	}
	if len(b) == 0 || b[0] != opEnd {
		return s, nil, false, nil
	}
	s.data, rest, err = abi.CutBytes(b[1:])
	return s, rest, true, err
}

// cutConst reads the operand of i32.const, signed LEB128 (5.2.2), as the address that it is.
func cutConst(b []byte) (n uint32, rest []byte, err error) {
	for i := 0; i < 5 && i < len(b); i++ {
		n |= uint32(b[i]&0x7f) << (7 * i)
		if b[i] >= 0x80 {
			continue
		}
		if b[i]&0x40 != 0 && i < 4 {
			n |= ^uint32(0) << (7 * (i + 1))
		}
		return n, b[i+1:], nil
	}
	return 0, nil, errors.New("the file ends early or a number is malformed")
}

// appendConst writes i32.const n, end.
func appendConst(b []byte, n uint32) []byte {
	b = append(b, opI32Const)
	v := int32(n)
	for v < -0x40 || v >= 0x40 {
		b = append(b, byte(v)&0x7f|0x80)
		v >>= 7
	}
	return append(b, byte(v)&0x7f, opEnd)
}
