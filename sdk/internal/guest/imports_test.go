package guest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/sdk/abi"
)

// wasmTypes are how Go passes a parameter to a wasm import.
var wasmTypes = map[string][]abi.ValueType{
	"int32":          {abi.I32},
	"uint32":         {abi.I32},
	"int64":          {abi.I64},
	"uint64":         {abi.I64},
	"unsafe.Pointer": {abi.I32},
	"string":         {abi.I32, abi.I32},
}

// TestImports_areThoseOfTheContract reads the declarations, because the compiler
// can not know what the host offers.
func TestImports_areThoseOfTheContract(t *testing.T) {
	declared := declarations(t, "imports_wasm.go", "//go:wasmimport "+abi.Module+" ")
	for _, imp := range abi.Imports {
		fn := declared[imp.Name]
		if fn == nil {
			t.Errorf("%s is not declared", imp.Name)
			continue
		}
		if params, results := types(t, fn.Type.Params), types(t, fn.Type.Results); !slices.Equal(params, imp.Params) || !slices.Equal(results, imp.Results) {
			t.Errorf("%s is declared as %x -> %x, the contract says %x -> %x", imp.Name, params, results, imp.Params, imp.Results)
		}
		delete(declared, imp.Name)
	}
	for name := range declared {
		t.Errorf("%s is not in the contract", name)
	}
}

func TestExports_areThoseOfTheContract(t *testing.T) {
	declared := declarations(t, "exports_wasm.go", "//go:wasmexport ")
	for _, name := range append([]string{abi.ExportMinor, abi.ExportInit}, abi.Hooks...) {
		fn := declared[name]
		if fn == nil {
			t.Errorf("%s is not exported", name)
			continue
		}
		if params, results := types(t, fn.Type.Params), types(t, fn.Type.Results); len(params) != 0 || !slices.Equal(results, []abi.ValueType{abi.I32}) {
			t.Errorf("%s is exported as %x -> %x", name, params, results)
		}
	}
	if len(declared) != 2+len(abi.Hooks) || len(abi.Hooks) != len(hooks) {
		t.Errorf("%d exports, %d places for %d hooks", len(declared), len(hooks), len(abi.Hooks))
	}
}

// declarations finds the functions of a file whose comment has a line with this
// prefix, by the rest of that line.
func declarations(t *testing.T, file, prefix string) map[string]*ast.FuncDecl {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*ast.FuncDecl{}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Doc == nil {
			continue
		}
		for _, line := range fn.Doc.List {
			if name, ok := strings.CutPrefix(line.Text, prefix); ok {
				out[name] = fn
			}
		}
	}
	return out
}

func types(t *testing.T, list *ast.FieldList) []abi.ValueType {
	t.Helper()
	var out []abi.ValueType
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		name := fmt.Sprint(f.Type)
		if sel, ok := f.Type.(*ast.SelectorExpr); ok {
			name = fmt.Sprintf("%v.%v", sel.X, sel.Sel)
		}
		wasm, ok := wasmTypes[name]
		if !ok {
			t.Fatalf("the type %s has no place in an import", name)
		}
		for range max(len(f.Names), 1) {
			out = append(out, wasm...)
		}
	}
	return out
}
