package plugin

import (
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/sdk/abi"
)

// maxTable is how many elements of 8 bytes a table may have. Tables hold the
// functions that are called by pointer; the run time of Go has about 2,000.
const maxTable = 1 << 17

// maxTables bounds the number of tables of a module.
const maxTables = 8

// clampTables returns the module with a maximum size written into each of its
// tables. wazero's memory limit does not count tables, and a table without a
// maximum grows at the guest's will up to 32 GiB of the host's memory.
func clampTables(wasm []byte) ([]byte, error) {
	sections, err := abi.Sections(wasm)
	if err != nil {
		return nil, errBroken(err)
	}
	out := make([]byte, 0, len(wasm)+8*maxTables)
	out = append(out, wasm[:8]...)
	for _, s := range sections {
		if s.ID != sectionTable {
			out = append(out, wasm[s.Start:s.End]...)
			continue
		}
		body, err := clampTableSection(s.Body)
		if err != nil {
			return nil, err
		}
		out = abi.AppendBytes(append(out, sectionTable), body)
	}
	return out, nil
}

// clampTableSection rewrites the vector of table types (core specification 5.3.9
// and 5.5.7: element type, limits). Only the plain form of WebAssembly 2.0 is
// understood; anything else is refused.
func clampTableSection(b []byte) ([]byte, error) {
	const (
		funcref   = 0x70
		externref = 0x6f
		onlyMin   = 0x00
		minAndMax = 0x01
	)
	n, b, err := abi.CutUint(b)
	if err != nil {
		return nil, errBroken(fmt.Errorf("tables: %w", err))
	}
	if n > maxTables {
		return nil, fmt.Errorf("has more than %d tables", maxTables)
	}
	out := abi.AppendUint(nil, n)
	for range n {
		if len(b) < 2 {
			return nil, errBroken(errors.New("tables: the file ends early"))
		}
		elem, limits := b[0], b[1]
		if elem != funcref && elem != externref || limits != onlyMin && limits != minAndMax {
			return nil, errors.New("has a table of a kind that this server does not know")
		}
		var low uint32
		high := uint32(maxTable)
		if low, b, err = abi.CutUint(b[2:]); err == nil && limits == minAndMax {
			var own uint32
			own, b, err = abi.CutUint(b)
			high = min(high, own)
		}
		if err != nil {
			return nil, errBroken(fmt.Errorf("tables: %w", err))
		}
		if low > maxTable {
			return nil, fmt.Errorf("has a table of more than %d elements", maxTable)
		}
		out = append(out, elem, minAndMax)
		out = abi.AppendUint(abi.AppendUint(out, low), high)
	}
	if len(b) > 0 {
		return nil, errBroken(errors.New("tables: something follows the last one"))
	}
	return out, nil
}
