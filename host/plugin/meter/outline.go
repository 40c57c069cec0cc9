package meter

import (
	"cmp"
	"fmt"
	"slices"
)

// outlineSection is the custom section that tells outlines apart which differ in nothing
// but what their functions did.
const outlineSection = "mailweir.outline"

// Outline returns a module that is to an embedder what the given one is - types, imports,
// exports, memory with its data, tables - and whose functions all trap. Of its custom sections
// the names of functions are kept, and id is added. The argument is not changed; it is a
// valid module, as a compiler has found. An error means that Outline does not understand it nevertheless.
func Outline(wasm []byte, id string) ([]byte, error) {
	known, custom, err := sections(wasm)
	if err != nil {
		return nil, err
	}
	out := appendBytes(append([]byte(header), sectionCustom), append(appendBytes(nil, []byte(outlineSection)), id...))
	for _, section := range order {
		body, ok := known[section]
		if !ok {
			continue
		}
		switch section {
		case sectionCode:
			body, err = emptyBodies(body)
		case sectionData:
			// Where the segments are counted, code may refer to one by its index.
			if _, counted := known[sectionDataCount]; !counted {
				body, err = joinData(body)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sectionNames[section], err)
		}
		out = appendBytes(append(out, section), body)
	}
	for _, c := range custom {
		body := (&reader{b: c, pos: 1}).bytes()
		if string((&reader{b: body}).bytes()) == "name" {
			out = append(out, c...)
		}
	}
	return out, nil
}

// emptyBodies writes a code section (5.5.13) whose functions have no locals and trap at
// once, which is valid for every type of function.
func emptyBodies(code []byte) ([]byte, error) {
	r := &reader{b: code}
	n := r.count()
	out := appendU32(nil, uint32(n))
	for range n {
		r.bytes()
		out = append(out, 3, 0, 0x00, opEnd) // its size, no locals, unreachable, end
	}
	return out, r.done()
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
	segments, plain, err := readData(data)
	if err != nil || !plain {
		return data, err
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
	return appendData(make([]byte, 0, len(data)), joined), nil
}

// readData reads the segments of a data section. plain is false where one is not at a constant
// place in memory 0.
func readData(data []byte) (segments []segment, plain bool, err error) {
	r := &reader{b: data}
	for range r.count() {
		if kind := r.u32(); r.err == nil && kind != 0 {
			return nil, false, nil
		}
		if op := r.byte(); r.err == nil && op != opI32Const {
			return nil, false, nil
		}
		s := segment{at: uint32(r.signed(32))}
		if op := r.byte(); r.err == nil && op != opEnd {
			return nil, false, nil
		}
		s.data = r.bytes()
		segments = append(segments, s)
	}
	return segments, true, r.done()
}

func appendData(out []byte, segments []segment) []byte {
	out = appendU32(out, uint32(len(segments)))
	for _, s := range segments {
		out = append(appendSigned(append(out, 0, opI32Const), int64(int32(s.at))), opEnd)
		out = appendBytes(out, s.data)
	}
	return out
}
