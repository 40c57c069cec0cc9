package meter

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// Version grows with each change of what [Inject] and [Outline] write, so that modules that were
// kept are made anew.
const Version = 2

// Options says how names and limits are chosen. The zero value is a sensible choice.
type Options struct {
	// Name is the import module of more and deep, and the beginning of the name
	// of the exported global. The default is "mailweir_meter".
	Name string
	// Stack is the size of all frames of a call, in bytes as far as they can be
	// estimated: most frames take 100 to 300, the main loop of an interpreter
	// thousands. The real size is between half and twice as much.
	Stack int
	// Call is the price of a call of an imported function in ticks.
	Call int
}

func (o *Options) applyDefaults() {
	o.Name = cmp.Or(o.Name, "mailweir_meter")
	// What an interpreter takes whose own limit of recursion is 768 KiB of linear
	// memory: its frames are large. Compiled Go can go 50,000 calls deep.
	o.Stack = cmp.Or(o.Stack, 16<<20)
	// A way to the host and back takes as long as some 50 turns of a tight loop.
	o.Call = cmp.Or(o.Call, 50)
}

// Fuel is the name of the exported global.
func (o Options) Fuel() string {
	o.applyDefaults()
	return o.Name + ".fuel"
}

// Module is the name of the module that the host implements.
func (o Options) Module() string {
	o.applyDefaults()
	return o.Name
}

// The functions that are imported, in the order of their indices.
const (
	More = "more"
	Deep = "deep"
)

// header is the magic and version 1 (core specification 5.5.16).
const header = "\x00asm\x01\x00\x00\x00"

// Inject returns the module with its meter. The argument is not changed. An error
// says where and what; it is about the module, never about the machine.
func Inject(wasm []byte, opts Options) ([]byte, error) {
	opts.applyDefaults()
	m, err := parse(wasm)
	if err != nil {
		return nil, err
	}
	if err := m.refuseNames(opts.Name); err != nil {
		return nil, err
	}
	w := &writer{module: m, opts: opts}
	return w.write(len(wasm))
}

// refuseNames keeps a guest from reaching its own meter.
func (m *module) refuseNames(name string) error {
	for _, imp := range m.imports {
		if imp.module == name {
			return fmt.Errorf("imports: the module name %q is taken", name)
		}
	}
	for _, exp := range m.exports {
		if strings.HasPrefix(exp.name, name) {
			return fmt.Errorf("exports: names that begin with %q are taken", name)
		}
	}
	return nil
}

// Numbers of sections (core specification 5.5.2).
const (
	sectionCustom    = 0
	sectionType      = 1
	sectionImport    = 2
	sectionFunction  = 3
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionStart     = 8
	sectionElement   = 9
	sectionCode      = 10
	sectionData      = 11
	sectionDataCount = 12
)

// order is that of the sections in a file.
var order = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, sectionDataCount, sectionCode, sectionData}

var sectionNames = map[byte]string{
	1: "types", 2: "imports", 3: "functions", 4: "tables", 5: "memories", 6: "globals", 7: "exports",
	8: "start", 9: "elements", 10: "code", 11: "data", 12: "data count",
}

// sections cuts the file. Custom sections are kept with their headers, in their
// order.
func sections(wasm []byte) (known map[byte][]byte, custom [][]byte, err error) {
	if !bytes.HasPrefix(wasm, []byte(header)) {
		return nil, nil, errors.New("this is no WebAssembly module of version 1")
	}
	r := &reader{b: wasm, pos: len(header)}
	known = map[byte][]byte{}
	last := -1
	for r.left() > 0 {
		start := r.pos
		id := r.byte()
		body := r.bytes()
		if r.err != nil {
			return nil, nil, fmt.Errorf("section at byte %d: %w", start, r.err)
		}
		if id == sectionCustom {
			custom = append(custom, wasm[start:r.pos])
			continue
		}
		place := bytes.IndexByte(order, id)
		if place < 0 {
			return nil, nil, fmt.Errorf("section at byte %d: the number %d is not known", start, id)
		}
		if place <= last {
			return nil, nil, fmt.Errorf("%s: the section is at the wrong place or there twice", sectionNames[id])
		}
		known[id], last = body, place
	}
	return known, custom, nil
}
