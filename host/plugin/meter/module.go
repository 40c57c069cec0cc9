package meter

import "fmt"

// Kinds of imports and exports.
const (
	kindFunc   = 0
	kindTable  = 1
	kindMemory = 2
	kindGlobal = 3
)

// module is what of a file must be understood to rewrite it.
type module struct {
	sections map[byte][]byte
	custom   [][]byte

	types   []funcType
	imports []imported
	exports []exported
	// funcs are the types of all functions, imported ones first.
	funcs         []uint32
	importedFuncs int
	// globals is the number of all globals, imported ones included.
	globals int
	bodies  [][]byte // of the functions that are not imported
}

// maxValues is as many parameters or results as browsers allow.
const maxValues = 1000

// funcType is lists of value types, one byte each.
type funcType struct {
	params  []byte
	results []byte
}

type imported struct {
	module string
	name   string
	kind   byte
	rest   []byte // the type, encoded
}

type exported struct {
	name  string
	kind  byte
	index uint32
}

// parse reads the sections that name functions, types and globals.
func parse(wasm []byte) (*module, error) {
	m := &module{}
	var err error
	if m.sections, m.custom, err = sections(wasm); err != nil {
		return nil, err
	}
	if len(m.sections[sectionElement]) > maxElements {
		return nil, fmt.Errorf("%s: there are more than %d bytes of them", sectionNames[sectionElement], maxElements)
	}
	steps := []struct {
		id   byte
		read func(*reader)
	}{
		{sectionType, m.readTypes},
		{sectionImport, m.readImports},
		{sectionFunction, m.readFunctions},
		{sectionTable, readTables},
		{sectionMemory, readMemories},
		{sectionGlobal, m.countGlobals},
		{sectionExport, m.readExports},
		{sectionCode, m.readCode},
	}
	for _, step := range steps {
		body, ok := m.sections[step.id]
		if !ok {
			continue
		}
		r := &reader{b: body}
		step.read(r)
		if err := r.done(); err != nil {
			return nil, fmt.Errorf("%s: %w", sectionNames[step.id], err)
		}
	}
	if len(m.bodies) != len(m.funcs)-m.importedFuncs {
		return nil, fmt.Errorf("code: there are %d functions, but %d bodies", len(m.funcs)-m.importedFuncs, len(m.bodies))
	}
	return m, nil
}

func (m *module) readTypes(r *reader) {
	for range r.items() {
		if form := r.byte(); r.err == nil && form != 0x60 {
			r.failf("type %d is of the kind 0x%02x, which is not known", len(m.types), form)
		}
		var t funcType
		for _, list := range []*[]byte{&t.params, &t.results} {
			n := r.count()
			if n > maxValues {
				r.failf("type %d has more than %d parameters or results", len(m.types), maxValues)
			}
			start := r.pos
			for range n {
				r.valueType()
			}
			if r.err != nil {
				return
			}
			*list = r.b[start:r.pos]
		}
		m.types = append(m.types, t)
	}
}

func (m *module) readImports(r *reader) {
	for range r.items() {
		imp := imported{module: string(r.bytes()), name: string(r.bytes()), kind: r.byte()}
		start := r.pos
		switch imp.kind {
		case kindFunc:
			m.funcs = append(m.funcs, m.typeIndex(r))
			m.importedFuncs++
		case kindTable:
			r.refType()
			r.limits()
		case kindMemory:
			r.limits()
		case kindGlobal:
			r.globalType()
			m.globals++
		default:
			r.failf("%.100q is of the kind %d, which is not known", imp.module+"."+imp.name, imp.kind)
		}
		if r.err != nil {
			return
		}
		imp.rest = r.b[start:r.pos]
		m.imports = append(m.imports, imp)
	}
}

func (m *module) typeIndex(r *reader) uint32 {
	i := r.u32()
	if r.err == nil && uint64(i) >= uint64(len(m.types)) {
		r.failf("there is no type %d", i)
	}
	return i
}

func (r *reader) limits() {
	switch flags := r.byte(); flags {
	case 0:
		r.u32()
	case 1:
		r.u32()
		r.u32()
	default:
		r.failf("limits of the kind %d are not known", flags)
	}
}

func (r *reader) globalType() {
	r.valueType()
	if mutable := r.byte(); r.err == nil && mutable > 1 {
		r.failf("a global of the kind %d is not known", mutable)
	}
}

// readTables and readMemories only check, so that no compiler trusts a count that
// is not true.
func readTables(r *reader) {
	for range r.items() {
		r.refType()
		r.limits()
	}
}

func readMemories(r *reader) {
	for range r.items() {
		r.limits()
	}
}

func (m *module) readFunctions(r *reader) {
	n := r.items()
	if n > maxFunctions {
		r.failf("there are more than %d of them", maxFunctions)
	}
	for range n {
		if r.err != nil {
			return
		}
		m.funcs = append(m.funcs, m.typeIndex(r))
		if r.err != nil {
			return
		}
	}
}

// countGlobals only needs their number: the values are read when they are written.
func (m *module) countGlobals(r *reader) {
	m.globals += r.items()
	r.pos = len(r.b)
}

func (m *module) readExports(r *reader) {
	for range r.items() {
		e := exported{name: string(r.bytes()), kind: r.byte(), index: r.u32()}
		switch {
		case r.err != nil:
			return
		case e.kind > kindGlobal:
			r.failf("%.100q is of the kind %d, which is not known", e.name, e.kind)
		case e.kind == kindGlobal && uint64(e.index) >= uint64(m.globals):
			r.failf("%.100q: there is no global %d", e.name, e.index)
		}
		m.exports = append(m.exports, e)
	}
}

func (m *module) readCode(r *reader) {
	for range r.items() {
		m.bodies = append(m.bodies, r.bytes())
		if r.err != nil {
			return
		}
	}
}
