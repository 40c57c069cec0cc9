package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/sdk/abi"
)

// buildWasm writes small plugins that do what no honest one does.
func buildWasm(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "wasm FILE KIND [HOOK [ID [ASK...]]]")
	hook := abi.HookMapFolder
	if len(args) > 2 {
		hook = args[2]
	}
	id := args[1]
	if len(args) > 3 {
		id = args[3]
	}
	bodies := map[string][]byte{
		"traps":  {0x00},                                     // unreachable
		"loops":  {0x03, 0x40, 0x0c, 0x00, 0x0b, 0x41, 0x00}, // loop (br 0) end, i32.const 0
		"skips":  {0x41, byte(abi.ResultSkip)},               // i32.const
		"defers": {0x41, byte(abi.ResultDefer)},
		"passes": {0x41, byte(abi.ResultNoOpinion)},
		"stops":  {0x41, byte(abi.ResultStop)},
		"fails":  {0x41, 0x7f}, // i32.const -1
	}
	var wasm []byte
	switch kind := args[1]; kind {
	case "bare": // a module, but not for us
		wasm = []byte("\x00asm\x01\x00\x00\x00")
	default:
		body, ok := bodies[kind]
		if !ok {
			ts.Fatalf("unknown kind of plugin %s", kind)
		}
		wasm = guest(ts, id, hook, body, args[min(len(args), 4):])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), wasm, 0o600))
}

// guest assembles a module that exports abi_minor and one hook (WebAssembly core
// specification 5.5), and asks for grants, with "?" for those that it can do without.
func guest(ts *testscript.TestScript, id, hook string, body []byte, asks []string) []byte {
	section := func(out []byte, id byte, items ...[]byte) []byte {
		content := []byte{byte(len(items))}
		for _, item := range items {
			content = append(content, item...)
		}
		return abi.AppendBytes(append(out, id), content)
	}
	code := func(body []byte) []byte { // no locals
		return abi.AppendBytes(nil, append(append([]byte{0}, body...), 0x0b))
	}
	export := func(name string, kind, index byte) []byte {
		return append(abi.AppendBytes(nil, []byte(name)), kind, index)
	}
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	wasm = section(wasm, 1, []byte{0x60, 0, 1, byte(abi.I32)}) // type 0: () -> i32
	wasm = section(wasm, 3, []byte{0}, []byte{0})              // two functions of it
	wasm = section(wasm, 5, []byte{0, 1})                      // one page of memory
	wasm = section(wasm, 7, export(abi.ExportMinor, 0, 0), export(hook, 0, 1), export("memory", 2, 0))
	wasm = section(wasm, 10, code([]byte{0x41, byte(min(len(asks), 1))}), code(body))
	manifest := abi.Manifest{ID: id, Version: "1", ABI: fmt.Sprintf("1.%d", min(len(asks), 1)), Description: "It " + id + ".", Hooks: []string{hook}}
	for _, ask := range asks {
		name, optional := strings.CutSuffix(ask, "?")
		manifest.Asks = append(manifest.Asks, abi.Ask{Grant: name, Reason: "It likes " + name + ".", Optional: optional})
	}
	text, err := json.Marshal(manifest)
	ts.Check(err)
	wasm, err = abi.WriteManifest(wasm, text)
	ts.Check(err)
	return wasm
}
