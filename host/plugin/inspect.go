package plugin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Sections and kinds of the binary format (WebAssembly core specification 5.5).
const (
	sectionImport = 2
	sectionTable  = 4
	sectionExport = 7

	kindFunc   = 0
	kindTable  = 1
	kindMemory = 2
	kindGlobal = 3
)

const wasiModule = "wasi_snapshot_preview1"

// wasiAllowed is what the run times of Go and C link in without being asked.
// There are no open files besides three streams: input is empty, output goes to
// the log. Arguments and environment are empty.
var wasiAllowed = []string{
	"args_get", "args_sizes_get",
	"environ_get", "environ_sizes_get",
	"clock_res_get", "clock_time_get",
	"random_get",
	"sched_yield", "poll_oneoff",
	"proc_exit",
	"fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get",
	"fd_read", "fd_seek", "fd_write",
}

// shape is what a module looks like from outside.
type shape struct {
	imported []imported
	exported []exported
}

type imported struct {
	module, name string
	kind         byte
}

type exported struct {
	name string
	kind byte
}

// errBroken is the rest of a sentence that begins with "plugin NAME".
func errBroken(err error) error {
	return fmt.Errorf("is no valid WebAssembly module: %w", err)
}

// inspect reads imports and exports without compiling anything.
func inspect(wasm []byte) (shape, error) {
	sections, err := abi.Sections(wasm)
	if errors.Is(err, abi.ErrNoWasm) || errors.Is(err, abi.ErrComponent) {
		return shape{}, err
	}
	if err != nil {
		return shape{}, errBroken(err)
	}
	var s shape
	for _, sec := range sections {
		switch sec.ID {
		case sectionImport:
			err = s.readImports(sec.Body)
		case sectionExport:
			err = s.readExports(sec.Body)
		}
		if err != nil {
			return shape{}, errBroken(err)
		}
	}
	return s, nil
}

// readImports stops at the first import that is no function: what follows can not
// be found without understanding its type, and it is refused anyway.
func (s *shape) readImports(b []byte) error {
	n, b, err := abi.CutUint(b)
	for range n {
		var module, name []byte
		if err == nil {
			module, b, err = abi.CutBytes(b)
		}
		if err == nil {
			name, b, err = abi.CutBytes(b)
		}
		if err == nil && len(b) == 0 {
			err = errors.New("the file ends early")
		}
		if err != nil {
			return fmt.Errorf("imports: %w", err)
		}
		s.imported = append(s.imported, imported{string(module), string(name), b[0]})
		if b[0] != kindFunc {
			return nil
		}
		_, b, err = abi.CutUint(b[1:]) // index of its type
	}
	return err
}

func (s *shape) readExports(b []byte) error {
	n, b, err := abi.CutUint(b)
	for range n {
		var name []byte
		if err == nil {
			name, b, err = abi.CutBytes(b)
		}
		if err == nil && len(b) == 0 {
			err = errors.New("the file ends early")
		}
		if err != nil {
			return fmt.Errorf("exports: %w", err)
		}
		s.exported = append(s.exported, exported{string(name), b[0]})
		_, b, err = abi.CutUint(b[1:]) // index of the thing
	}
	return err
}

func (s shape) exports(name string, kind byte) bool {
	return slices.Contains(s.exported, exported{name, kind})
}

// check says why the module can not be a plugin of this server.
func (s shape) check() error {
	if !s.exports(abi.ExportMinor, kindFunc) {
		return fmt.Errorf("lacks the %s interface (no export %s)", abi.Module, abi.ExportMinor)
	}
	if !s.exports(abi.ExportMemory, kindMemory) {
		return fmt.Errorf("lacks the %s interface (no export %s)", abi.Module, abi.ExportMemory)
	}
	for _, imp := range s.imported {
		known := false
		switch imp.module {
		case abi.Module:
			known = slices.ContainsFunc(abi.Imports, func(i abi.Import) bool { return i.Name == imp.name })
		case wasiModule:
			known = slices.Contains(wasiAllowed, imp.name)
		}
		if !known || imp.kind != kindFunc {
			return fmt.Errorf("imports %s, which this server does not have", quoteImport(imp.module, imp.name))
		}
	}
	return nil
}

// quoteImport keeps strange names from spoiling a message.
func quoteImport(module, name string) string {
	s := module + "." + name
	if len(s) > 100 {
		s = s[:100] + "..."
	}
	if q := fmt.Sprintf("%q", s); q != `"`+s+`"` {
		return q
	}
	return s
}
