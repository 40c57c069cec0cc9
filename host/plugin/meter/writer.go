package meter

import (
	"fmt"
	"slices"
)

// added is the number of functions that are imported for the meter.
const added = 2

// writer makes the new file.
type writer struct {
	*module
	opts Options

	// newTypes are appended to those of the module. Their index by encoding is in
	// typeAt.
	newTypes [][]byte
	typeAt   map[string]uint32

	tick      []byte // pays 1
	allLocals int    // of all functions so far
}

// Global indices of the two globals, which follow those of the module.
func (w *writer) fuel() uint32   { return uint32(w.globals) }
func (w *writer) frames() uint32 { return uint32(w.globals) + 1 }

// Function indices of the imports for the meter, which follow those of the module.
func (w *writer) more() uint32 { return uint32(w.importedFuncs) }
func (w *writer) deep() uint32 { return uint32(w.importedFuncs) + 1 }

// function is the new index of a function.
func (w *writer) function(i uint32) uint32 {
	if i < uint32(w.importedFuncs) {
		return uint32(len(w.funcs)) + added + i // the one that pays for it
	}
	return i + added
}

// write puts the file together. size is that of the original.
func (w *writer) write(size int) ([]byte, error) {
	w.typeAt = map[string]uint32{}
	w.tick = w.pay(1)
	// These ask for types, so they come before the types are written.
	code, err := w.writeCode(size)
	if err != nil {
		return nil, err
	}
	imports := w.writeImports()

	out := append(make([]byte, 0, size+len(code)), header...)
	section := func(id byte, body []byte) { out = appendBytes(append(out, id), body) }
	for _, id := range order {
		body, ok := w.sections[id]
		switch id {
		case sectionType:
			body, ok = w.writeTypes(), true
		case sectionImport:
			body, ok = imports, true
		case sectionFunction:
			body, ok = w.writeFunctions(), true
		case sectionExport:
			body, ok = w.writeExports(), true
		case sectionCode:
			body, ok = code, true
		case sectionGlobal:
			if !ok {
				body, ok = []byte{0}, true
			}
			body, err = w.rewrite(body, w.writeGlobals)
		default:
			if write := w.others(id); ok && write != nil {
				body, err = w.rewrite(body, write)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sectionNames[id], err)
		}
		if ok {
			section(id, body)
		}
	}
	for _, c := range w.custom {
		out = append(out, w.writeCustom(c)...)
	}
	return out, nil
}

// newType is the index of a type that the rewriter needs.
func (w *writer) newType(params, results []byte) uint32 {
	t := appendBytes(appendBytes([]byte{0x60}, params), results)
	i, ok := w.typeAt[string(t)]
	if !ok {
		i = uint32(len(w.types) + len(w.newTypes))
		w.typeAt[string(t)] = i
		w.newTypes = append(w.newTypes, t)
	}
	return i
}

func (w *writer) writeTypes() []byte {
	out := appendU32(nil, uint32(len(w.types)+len(w.newTypes)))
	for _, t := range w.types {
		out = appendBytes(appendBytes(append(out, 0x60), t.params), t.results)
	}
	return append(out, slices.Concat(w.newTypes...)...)
}

func (w *writer) writeImports() []byte {
	out := appendU32(nil, uint32(len(w.imports)+added))
	for _, imp := range w.imports {
		out = append(appendBytes(appendBytes(out, []byte(imp.module)), []byte(imp.name)), imp.kind)
		out = append(out, imp.rest...)
	}
	own := func(name string, params, results []byte) {
		out = append(appendBytes(appendBytes(out, []byte(w.opts.Name)), []byte(name)), kindFunc)
		out = appendU32(out, w.newType(params, results))
	}
	own(More, []byte{typeI64}, []byte{typeI64})
	own(Deep, nil, nil)
	return out
}

// writeFunctions has the functions of the module, then those that pay for imports.
func (w *writer) writeFunctions() []byte {
	out := appendU32(nil, uint32(len(w.funcs)))
	for _, t := range w.funcs[w.importedFuncs:] {
		out = appendU32(out, t)
	}
	for _, t := range w.funcs[:w.importedFuncs] {
		out = appendU32(out, t)
	}
	return out
}

func (w *writer) writeExports() []byte {
	out := appendU32(nil, uint32(len(w.exports)+1))
	for _, e := range w.exports {
		index := e.index
		if e.kind == kindFunc {
			index = w.function(index)
		}
		out = appendU32(append(appendBytes(out, []byte(e.name)), e.kind), index)
	}
	out = append(appendBytes(out, []byte(w.opts.Fuel())), kindGlobal)
	return appendU32(out, w.fuel())
}

// others are the functions that rewrite the sections which a module may lack.
func (w *writer) others(id byte) func(*reader) []byte {
	switch id {
	case sectionStart:
		return w.writeStart
	case sectionElement:
		return w.writeElements
	case sectionDataCount:
		return w.writeDataCount
	case sectionData:
		return w.writeData
	}
	return nil
}

// rewrite runs one of the functions below over a section.
func (w *writer) rewrite(body []byte, write func(*reader) []byte) ([]byte, error) {
	r := &reader{b: body}
	out := write(r)
	return out, r.done()
}

func (w *writer) writeGlobals(r *reader) []byte {
	n := r.items()
	out := appendU32(nil, uint32(n+2))
	for range n {
		start := r.pos
		r.globalType()
		if r.err != nil {
			return nil
		}
		out = w.constant(r, append(out, r.b[start:r.pos]...))
	}
	out = append(out, typeI64, 1, opI64Const, 0, opEnd)
	return append(out, typeI32, 1, opI32Const, 0, opEnd)
}

func (w *writer) writeStart(r *reader) []byte { return appendU32(nil, w.functionIndex(r)) }

// functionIndex reads the index of a function and returns the new one.
func (w *writer) functionIndex(r *reader) uint32 {
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(len(w.funcs)) {
		r.failf("there is no function %d", i)
	}
	return w.function(i)
}

// globalIndex reads the index of a global of the module.
func (w *writer) globalIndex(r *reader) uint32 {
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(w.globals) {
		r.failf("there is no global %d", i)
	}
	return i
}

// writeElements rewrites the segments of elements (core specification 5.5.12).
func (w *writer) writeElements(r *reader) []byte {
	n := r.items()
	out := appendU32(nil, uint32(n))
	for range n {
		// Bit 0: not active. Bit 1: a table index, or declared only. Bit 2:
		// expressions instead of function indices.
		flags := r.u32()
		if flags > 7 {
			r.failf("a segment of the kind %d is not known", flags)
		}
		out = appendU32(out, flags)
		if flags&1 == 0 {
			if flags&2 != 0 {
				out = appendU32(out, r.u32())
			}
			out = w.constant(r, out)
		}
		if flags&3 != 0 {
			if kind := r.byte(); flags&4 == 0 && kind != 0 {
				r.failf("elements of the kind %d are not known", kind)
			} else {
				out = append(out, kind)
			}
		}
		items := r.count()
		out = appendU32(out, uint32(items))
		for range items {
			if r.err != nil {
				return nil
			}
			if flags&4 != 0 {
				out = w.constant(r, out)
			} else {
				out = appendU32(out, w.functionIndex(r))
			}
		}
	}
	return out
}

func (w *writer) writeDataCount(r *reader) []byte { return appendU32(nil, r.u32()) }

// writeData copies the segments of data (core specification 5.5.14).
func (w *writer) writeData(r *reader) []byte {
	n := r.items()
	out := appendU32(nil, uint32(n))
	for range n {
		flags := r.u32()
		if flags > 2 {
			r.failf("a segment of the kind %d is not known", flags)
		}
		out = appendU32(out, flags)
		if flags == 2 {
			out = appendU32(out, r.u32())
		}
		if flags != 1 {
			out = w.constant(r, out)
		}
		out = appendBytes(out, r.bytes())
		if r.err != nil {
			return nil
		}
	}
	return out
}

// constant copies a constant expression with its end.
func (w *writer) constant(r *reader, out []byte) []byte {
	for r.err == nil {
		start := r.pos
		switch op := r.byte(); op {
		case opEnd:
			return append(out, opEnd)
		case opRefFunc:
			out = appendU32(append(out, op), w.functionIndex(r))
			continue
		case opGlobalGet:
			w.globalIndex(r)
		case opI32Const, opI64Const, 0x43, 0x44, opRefNull:
			r.plain(op)
		case opVector:
			if r.u32() != 12 {
				r.failf("the instruction 0x%02x is no constant", op)
			}
			r.take(16)
		default:
			if r.err == nil {
				r.failf("the instruction 0x%02x is no constant", op)
			}
		}
		if r.err == nil {
			out = append(out, r.b[start:r.pos]...)
		}
	}
	return out
}

// writeCustom gives the functions their names at their new places. The names of
// other things are left out; every other custom section is kept.
func (w *writer) writeCustom(section []byte) []byte {
	outer := &reader{b: section, pos: 1}
	r := &reader{b: outer.bytes()}
	if string(r.bytes()) != "name" {
		return section
	}
	const functionNames = 1
	for r.left() > 0 {
		id, body := r.byte(), r.bytes()
		if id != functionNames || r.err != nil {
			continue
		}
		names, ok := w.functionNames(body)
		if !ok {
			break
		}
		out := append(appendBytes(nil, []byte("name")), functionNames)
		return appendBytes([]byte{sectionCustom}, appendBytes(out, names))
	}
	return nil // names that can not be read are no loss to the program
}

func (w *writer) functionNames(body []byte) ([]byte, bool) {
	r := &reader{b: body}
	n := r.count()
	out := appendU32(nil, uint32(n))
	last := int64(-1)
	for range n {
		i, name := r.u32(), r.bytes()
		if r.err != nil || int64(i) <= last || uint64(i) >= uint64(len(w.funcs)) {
			return nil, false
		}
		last = int64(i)
		if i >= uint32(w.importedFuncs) {
			i = w.function(i)
		}
		out = appendBytes(appendU32(out, i), name)
	}
	return out, r.done() == nil
}
