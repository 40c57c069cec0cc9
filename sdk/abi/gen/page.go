package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// resultNames are the results of hooks in words.
var resultNames = map[int32]string{
	abi.ResultNoOpinion: "no opinion", abi.ResultAccept: "accept", abi.ResultSkip: "skip", abi.ResultDefer: "defer",
	abi.ResultCopy: "copy", abi.ResultReplace: "replace", abi.ResultStop: "stop",
}

func page(c *contract) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!-- %s -->\n\n# %s %d.%d\n\n", notice, abi.Module, abi.Major, abi.Minor)
	b.WriteString(`What a plugin exports, imports, and may answer. How it all hangs together - read calls, effects, limits, engines,
versions - is told in [abi/doc.go](abi/doc.go). The SDKs wrap this; [README.md](README.md) begins with them.

`)
	fmt.Fprintf(&b, "A plugin exports `%s`, `%s() -> i32`, and one function `() -> i32` for each hook that its manifest names; if it\nlikes `%s()`, `%s() -> i32`, and, as an engine, `%s() -> i32`.\n\n",
		abi.ExportMemory, abi.ExportMinor, abi.ExportInitialize, abi.ExportInit, abi.ExportCheck)

	b.WriteString("## Hooks\n\n| hook | since | when it is asked | sees | may answer | may change |\n|---|---|---|---|---|---|\n")
	for _, h := range c.hooks {
		var results []string
		for _, r := range h.Results {
			name, ok := resultNames[r]
			if !ok {
				return nil, fmt.Errorf("the result %d of %s has no name here", r, h.Name)
			}
			results = append(results, name)
		}
		effects := []string{"`note`"}
		for _, e := range h.Effects {
			if !slices.ContainsFunc(c.imports, func(imp abi.Import) bool { return imp.Name == e }) {
				return nil, fmt.Errorf("the effect %s of %s is no import", e, h.Name)
			}
			effects = append(effects, "`"+e+"`")
		}
		sees := "-"
		switch {
		case h.Body:
			sees = "message, body"
		case h.Message:
			sees = "message"
		}
		fmt.Fprintf(&b, "| `%s` | 1.%d | %s | %s | %s | %s |\n", h.Name, h.Since, cell(h.Doc), sees, strings.Join(results, ", "), strings.Join(effects, ", "))
	}
	b.WriteString("\nA negative answer is a failure of the plugin, as is a result or an effect that is not in the hook's row. Nothing is\nlost then: what the hook was asked about is held.\n")

	b.WriteString("\n## Imports\n\n| function | since | what it does |\n|---|---|---|\n")
	for _, imp := range c.imports {
		fmt.Fprintf(&b, "| `%s` | 1.%d | %s |\n", signature(imp), imp.Since, cell(imp.Doc))
	}

	b.WriteString("\n## Numbers\n")
	for _, g := range c.groups {
		fmt.Fprintf(&b, "\n%s\n\n| name | value | |\n|---|---|---|\n", strings.ReplaceAll(g.doc, "\n", " "))
		for _, n := range g.consts {
			if n.before != "" {
				fmt.Fprintf(&b, "| | | *%s* |\n", cell(n.before))
			}
			fmt.Fprintf(&b, "| `%s` | %d | %s |\n", n.name, n.value, cell(n.comment))
		}
	}
	return b.Bytes(), nil
}

// signature is an import with its types.
func signature(imp abi.Import) string {
	var list []string
	if imp.Args != "" {
		for i, name := range strings.Split(imp.Args, ", ") {
			list = append(list, name+" "+typeName(imp.Params[i]))
		}
	}
	s := imp.Name + "(" + strings.Join(list, ", ") + ")"
	for _, r := range imp.Results {
		s += " -> " + typeName(r)
	}
	return s
}

func typeName(t abi.ValueType) string {
	if t == abi.I64 {
		return "i64"
	}
	return "i32"
}

// cell makes a text fit into a table of Markdown.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "{{", "`{{", "}}", "}}`").Replace(s)
}
