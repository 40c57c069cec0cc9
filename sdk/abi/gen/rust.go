package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

func rustModule(c *contract) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n\n//! The functions and numbers of %s %d.%d, as they cross the border.\n\n", notice, abi.Module, abi.Major, abi.Minor)
	fmt.Fprintf(&b, "#[link(wasm_import_module = %q)]\nextern \"C\" {\n", abi.Module)
	for i, imp := range c.imports {
		var list []string
		for _, p := range params(imp) {
			switch p.kind {
			case kindI32:
				list = append(list, p.name+": i32")
			case kindI64:
				list = append(list, p.name+": i64")
			case kindText, kindBytes:
				list = append(list, p.name+": *const u8", p.name+"_len: i32")
			case kindRoom:
				list = append(list, "dst: *mut u8", "cap: i32")
			}
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		lines(&b, "    /// ", rustDoc(imp.Doc))
		fmt.Fprintf(&b, "    pub fn %s(%s)%s;\n", imp.Name, strings.Join(list, ", "), after(" -> ", result(imp, "i32", "i64", "")))
	}
	b.WriteString("}\n")
	for _, g := range c.groups {
		b.WriteByte('\n')
		lines(&b, "// ", g.doc)
		for _, n := range g.consts {
			lines(&b, "// ", n.before)
			lines(&b, "/// ", rustDoc(n.comment))
			t := "i32"
			if n.wide {
				t = "i64"
			}
			fmt.Fprintf(&b, "pub const %s: %s = %d;\n", upper(n.name), t, n.value)
		}
	}
	return b.Bytes(), nil
}

// rustDoc keeps brackets and angles from being taken for links and HTML.
func rustDoc(s string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`, "<", `\<`).Replace(s)
}
