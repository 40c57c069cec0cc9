// Command gen writes what every language says about mailweir_v1 - declarations,
// numbers, and the reference page - from the tables and constants of package abi.
// "go generate ./sdk/abi" runs it; its test fails while a file is not what it would
// write.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/sdk/abi"
)

func main() {
	root := flag.String("root", ".", "`DIR` that holds sdk and plugins")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	c, err := read(root)
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := f.make(c)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(f.name)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// contract is what the files are made from.
type contract struct {
	imports []abi.Import
	hooks   []abi.HookInfo
	groups  []group // the constants
}

func read(root string) (*contract, error) {
	groups, err := readConstants(filepath.Join(root, "sdk", "abi", "abi.go"))
	if err != nil {
		return nil, err
	}
	return &contract{abi.Imports, abi.HookTable, groups}, nil
}

// files are those that are written, by their path in this repository.
var files = []struct {
	name string
	make func(*contract) ([]byte, error)
}{
	{"sdk/ABI.md", page},
	{"sdk/internal/guest/imports_wasm.go", goImports},
	{"sdk/internal/guest/imports_host.go", goHost},
	{"sdk/internal/guest/exports_wasm.go", goExports},
	{"sdk/c/mailweir_abi.h", cHeader},
	{"sdk/rust/src/abi.rs", rustModule},
	{"sdk/assemblyscript/abi.ts", asModule},
	{"plugins/javascript/src/hooks.h", engineHooks},
}
