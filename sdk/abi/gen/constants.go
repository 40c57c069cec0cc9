package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
)

// group is one const declaration of abi.go.
type group struct {
	doc    string
	consts []number
}

// number is a constant that is a number.
type number struct {
	name    string // as in Go
	value   int64
	wide    bool   // an int64
	comment string // at the end of its line
	before  string // a comment on lines of its own
}

// readConstants reads the numeric constants with their comments. The compiler keeps no
// comments, so the file is read.
func readConstants(file string) ([]group, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{}).Check("abi", fset, []*ast.File{f}, info); err != nil {
		return nil, err
	}
	var groups []group
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		g := group{doc: text(d.Doc)}
		for _, spec := range d.Specs {
			s := spec.(*ast.ValueSpec)
			for _, name := range s.Names {
				c := info.Defs[name].(*types.Const)
				value, exact := constant.Int64Val(constant.ToInt(c.Val()))
				if c.Val().Kind() != constant.Int {
					continue // Module and the names of exports
				}
				if !exact {
					return nil, fmt.Errorf("%s does not fit into 64 bits", name.Name)
				}
				g.consts = append(g.consts, number{
					name: name.Name, value: value, wide: c.Type() == types.Typ[types.Int64],
					comment: text(s.Comment), before: text(s.Doc),
				})
			}
		}
		if len(g.consts) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

func text(c *ast.CommentGroup) string {
	// Links of Go's documentation are brackets, which mean something else elsewhere.
	return strings.NewReplacer("[", "", "]", "").Replace(strings.TrimSpace(c.Text()))
}

// upper spells a Go name as C and Rust do: PropUIDValidity is PROP_UID_VALIDITY.
func upper(name string) string {
	var out strings.Builder
	isUpper := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= 'A' && name[i] <= 'Z' }
	for i := range len(name) {
		// A word begins at a capital after a small letter, and at the last capital of a row.
		if i > 0 && isUpper(i) && (!isUpper(i-1) || i+1 < len(name) && !isUpper(i+1)) {
			out.WriteByte('_')
		}
		out.WriteByte(name[i])
	}
	return strings.ToUpper(out.String())
}

// camel spells an import or hook as Go and JavaScript do: map_folder is mapFolder.
// Abbreviations stay in one case, if the language wants it.
func camel(name string, abbreviations ...string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i == 0 {
			continue
		}
		words[i] = strings.ToUpper(w[:1]) + w[1:]
		for _, a := range abbreviations {
			if strings.EqualFold(a, w) {
				words[i] = a
			}
		}
	}
	return strings.Join(words, "")
}
