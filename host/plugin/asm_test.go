package plugin

import (
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/sdk/abi"
)

// guest is a module written by hand: small enough to be compiled in a
// millisecond, and able to do what no compiler would emit.
type guest struct {
	imports []string // names of abi.Imports or of wasi, or "module.name" with signature () -> ()
	// funcs are exported functions () -> i32 by name; the bodies have no locals
	// besides one i32 (0). abi_minor is added.
	funcs    map[string][]byte
	pages    uint32
	data     string // at address 0
	start    []byte // body of a start function () -> ()
	table    []byte // a table section's body
	manifest string // JSON; "" is one that names all hooks among funcs, "-" is none
	minor    int32
	raw      []byte // instead of all of this
}

const testManifest = `{"id":"evil","version":"1","abi":"1.%d","description":"A guest of the tests.","hooks":[%s],"needs":%q}`

// bytes encodes the module (WebAssembly core specification 5.5).
func (g guest) bytes() []byte {
	if g.raw != nil {
		return g.raw
	}
	funcs := map[string][]byte{abi.ExportMinor: i32(g.minor)}
	for name, body := range g.funcs {
		funcs[name] = body
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range funcs {
			if !yield(name) {
				return
			}
		}
	})

	// Types 0 is () -> i32, 1 is () -> (); each import has its own.
	types := [][]byte{{0x60, 0, 1, byte(abi.I32)}, {0x60, 0, 0}}
	var imports [][]byte
	for _, name := range g.imports {
		module, sig := abi.Module, []byte{0x60, 0, 0}
		if i := slices.IndexFunc(abi.Imports, func(i abi.Import) bool { return i.Name == name }); i >= 0 {
			sig = signature(abi.Imports[i])
		} else if wasi[name] != nil {
			module, sig = wasiModule, wasi[name]
		} else {
			for j := range name {
				if name[j] == '.' {
					module, name = name[:j], name[j+1:]
					break
				}
			}
		}
		b := abi.AppendBytes(abi.AppendBytes(nil, []byte(module)), []byte(name))
		imports = append(imports, append(b, 0, byte(len(types))))
		types = append(types, sig)
	}
	var funcTypes, bodies, exports [][]byte
	for i, name := range names {
		funcTypes = append(funcTypes, []byte{0})
		bodies = append(bodies, body(funcs[name]))
		b := abi.AppendBytes(nil, []byte(name))
		exports = append(exports, append(b, kindFunc, byte(len(g.imports)+i)))
	}
	exports = append(exports, append(abi.AppendBytes(nil, []byte("memory")), kindMemory, 0))
	if g.start != nil {
		funcTypes = append(funcTypes, []byte{1})
		bodies = append(bodies, body(g.start))
	}

	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, b []byte) { out = abi.AppendBytes(append(out, id), b) }
	section(1, vec(types))
	section(sectionImport, vec(imports))
	section(3, vec(funcTypes))
	if g.table != nil {
		section(sectionTable, g.table)
	}
	section(5, abi.AppendUint([]byte{1, 0}, max(g.pages, 1)))
	section(sectionExport, vec(exports))
	if g.start != nil {
		section(8, []byte{byte(len(g.imports) + len(names))})
	}
	section(10, vec(bodies))
	if g.data != "" {
		section(11, vec([][]byte{abi.AppendBytes([]byte{0, 0x41, 0, 0x0b}, []byte(g.data))}))
	}
	switch g.manifest {
	case "-":
	case "":
		var hooks string
		for _, hook := range abi.Hooks {
			if g.funcs[hook] != nil {
				hooks += fmt.Sprintf(",%q", hook)
			}
		}
		section(0, append(abi.AppendBytes(nil, []byte(abi.ManifestSection)), fmt.Sprintf(testManifest, g.minor, hooks[1:], g.needs())...))
	default:
		section(0, append(abi.AppendBytes(nil, []byte(abi.ManifestSection)), g.manifest...))
	}
	return out
}

// wasi are functions of WASI with their types.
var wasi = map[string][]byte{
	"proc_exit":  {0x60, 1, byte(abi.I32), 0},
	"random_get": {0x60, 2, byte(abi.I32), byte(abi.I32), 1, byte(abi.I32)},
	"fd_write":   {0x60, 4, byte(abi.I32), byte(abi.I32), byte(abi.I32), byte(abi.I32), 1, byte(abi.I32)},
}

// needs is as much as the hooks may ask for.
func (g guest) needs() string {
	for _, hook := range abi.HookTable {
		if hook.Body && g.funcs[hook.Name] != nil {
			return abi.NeedsBody
		}
	}
	return abi.NeedsHeaders
}

func signature(i abi.Import) []byte {
	b := []byte{0x60, byte(len(i.Params))}
	for _, t := range i.Params {
		b = append(b, byte(t))
	}
	b = append(b, byte(len(i.Results)))
	for _, t := range i.Results {
		b = append(b, byte(t))
	}
	return b
}

func vec(items [][]byte) []byte {
	out := abi.AppendUint(nil, uint32(len(items)))
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}

// body is a function with one local of type i32.
func body(code []byte) []byte {
	b := append([]byte{1, 1, byte(abi.I32)}, code...)
	return abi.AppendBytes(nil, append(b, 0x0b))
}

// Instructions (core specification 5.4).

func seq(parts ...[]byte) []byte { return slices.Concat(parts...) }

func i32(n int32) []byte { return append([]byte{0x41}, sleb(int64(n))...) }
func i64(n int64) []byte { return append([]byte{0x42}, sleb(n)...) }

// call calls function number i, imports first.
func callFunc(i int) []byte { return []byte{0x10, byte(i)} }

var (
	drop        = []byte{0x1a}
	unreachable = []byte{0x00}
	// forever is a loop without end.
	forever = []byte{0x03, 0x40, 0x0c, 0, 0x0b}
)

// loop repeats a body without end.
func loop(b []byte) []byte { return seq([]byte{0x03, 0x40}, b, []byte{0x0c, 0, 0x0b}) }

// times repeats a body n times, counting in local 0.
func times(n int32, b []byte) []byte {
	return seq(
		i32(n), []byte{0x21, 0}, // local.set 0
		[]byte{0x03, 0x40}, b,
		[]byte{0x20, 0}, i32(1), []byte{0x6b, 0x22, 0, 0x0d, 0, 0x0b}, // local 0 - 1, tee, br_if 0
	)
}

// unless does b when the i32 at addr is zero.
func unless(addr int32, b []byte) []byte {
	return seq(i32(addr), []byte{0x28, 2, 0, 0x45, 0x04, 0x40}, b, []byte{0x0b})
}

// store writes an i32.
func store(addr, value int32) []byte { return seq(i32(addr), i32(value), []byte{0x36, 2, 0}) }

func sleb(n int64) []byte {
	var out []byte
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}
