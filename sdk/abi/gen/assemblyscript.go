package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

func asModule(c *contract) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n//\n// The functions and numbers of %s %d.%d, as they cross the border.\n", notice, abi.Module, abi.Major, abi.Minor)
	for _, imp := range c.imports {
		var list []string
		for _, p := range params(imp) {
			switch p.kind {
			case kindI32:
				list = append(list, p.name+": i32")
			case kindI64:
				list = append(list, p.name+": i64")
			case kindText, kindBytes:
				list = append(list, p.name+": usize", p.name+"_len: i32")
			case kindRoom:
				list = append(list, "dst: usize", "cap: i32")
			}
		}
		fmt.Fprintf(&b, "\n/** %s */\n@external(%q, %q)\nexport declare function %s(%s): %s;\n", imp.Doc, abi.Module, imp.Name, imp.Name, strings.Join(list, ", "), result(imp, "i32", "i64", "void"))
	}
	for _, g := range c.groups {
		b.WriteByte('\n')
		lines(&b, "// ", g.doc)
		for _, n := range g.consts {
			lines(&b, "// ", n.before)
			t := "i32"
			if n.wide {
				t = "i64"
			}
			fmt.Fprintf(&b, "export const %s: %s = %d;%s\n", upper(n.name), t, n.value, after(" // ", n.comment))
		}
	}
	return b.Bytes(), nil
}
