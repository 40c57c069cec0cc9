package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/sdk/abi"
)

// httpd starts a web server that appends each request to the file NAME.log, and sets
// NAME to its host and port. It answers with 200.
func httpd(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "httpd NAME")
	file := ts.MkAbs(args[0] + ".log")
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		defer f.Close()
		fmt.Fprintf(f, "%s %s %s %s\n", r.Method, r.URL, r.Header.Get("Authorization"), body)
	}))
	ts.Defer(s.Close)
	ts.Check(os.WriteFile(file, nil, 0o600))
	ts.Setenv(args[0], strings.TrimPrefix(s.URL, "http://"))
}

// buildDoor writes a plugin that sends each message to a URL ("posts"), or counts
// folders in its memory ("counts").
func buildDoor(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "doorwasm FILE posts|counts [URL]")
	m := abi.Manifest{ID: args[1], Version: "1", ABI: "1.1", Description: "It " + args[1] + "."}
	ask := func(grants ...string) {
		for _, g := range grants {
			m.Asks = append(m.Asks, abi.Ask{Grant: g, Reason: "It " + args[1] + "."})
		}
	}
	var data string
	var imports []string
	var body []byte
	switch args[1] {
	case "posts":
		m.Hooks, m.Needs = []string{abi.HookFilterMessage}, abi.NeedsBody
		ask(abi.GrantHTTP, abi.GrantBody)
		data = fmt.Sprintf(`{"method":"POST","url":%q,"headers":{"Authorization":"Bearer {{secret:token}}"},"body":"message"}`, args[2])
		imports = []string{"http_open", "http_status", "door_error", "fail"}
		data += strings.Repeat(" ", 200-len(data))
		failing := []byte{0x41, 0x80, 0x08, 0x41, 0x80, 0x08, 0x41, 0x80, 0x08, 0x10, 2, 0x10, 3, 0x41, 0x7f} // fail(1024, door_error(1024, 1024)), -1
		negative := []byte{0x41, 0, 0x48, 0x04, byte(abi.I32)}                                                // if < 0
		body = slices.Concat(
			[]byte{0x41, 0, 0x41, 0xc8, 1, 0x10, 0}, negative, failing, []byte{0x05}, // http_open(0, 200)
			[]byte{0x41, 1, 0x10, 1}, negative, failing, []byte{0x05, 0x41, 0, 0x0b, 0x0b}, // http_status(1), else 0
		)
	case "counts":
		m.Hooks = []string{abi.HookMapFolder}
		ask(abi.GrantKV)
		data = "folders"
		imports = []string{"kv_add"}
		body = []byte{0x41, 0, 0x41, byte(len(data)), 0x42, 1, 0x10, 0, 0x1a, 0x41, 0} // drop(kv_add(0, 7, 1)), 0
	default:
		ts.Fatalf("unknown kind of plugin %s", args[1])
	}
	text, err := json.Marshal(m)
	ts.Check(err)
	wasm, err := abi.WriteManifest(withImports(imports, data, m.Hooks[0], body), text)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), wasm, 0o600))
}

// withImports assembles a module with imports of mailweir_v1 and data at address 0
// (WebAssembly core specification 5.5).
func withImports(imports []string, data, hook string, body []byte) []byte {
	section := func(out []byte, id byte, items ...[]byte) []byte {
		content := abi.AppendUint(nil, uint32(len(items)))
		return abi.AppendBytes(append(out, id), append(content, slices.Concat(items...)...))
	}
	types, imported := [][]byte{{0x60, 0, 1, byte(abi.I32)}}, [][]byte(nil)
	for i, name := range imports {
		sig := abi.Imports[slices.IndexFunc(abi.Imports, func(imp abi.Import) bool { return imp.Name == name })]
		b := []byte{0x60, byte(len(sig.Params))}
		for _, p := range sig.Params {
			b = append(b, byte(p))
		}
		b = append(b, byte(len(sig.Results)))
		for _, r := range sig.Results {
			b = append(b, byte(r))
		}
		types = append(types, b)
		imported = append(imported, append(abi.AppendBytes(abi.AppendBytes(nil, []byte(abi.Module)), []byte(name)), 0, byte(i+1)))
	}
	export := func(name string, kind, index byte) []byte {
		return append(abi.AppendBytes(nil, []byte(name)), kind, index)
	}
	code := func(body []byte) []byte { return abi.AppendBytes(nil, append(append([]byte{0}, body...), 0x0b)) }
	n := byte(len(imports))
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	wasm = section(wasm, 1, types...)
	wasm = section(wasm, 2, imported...)
	wasm = section(wasm, 3, []byte{0}, []byte{0})
	wasm = section(wasm, 5, []byte{0, 1})
	wasm = section(wasm, 7, export(abi.ExportMinor, 0, n), export(hook, 0, n+1), export("memory", 2, 0))
	wasm = section(wasm, 10, code([]byte{0x41, 1}), code(body))
	return section(wasm, 11, abi.AppendBytes([]byte{0, 0x41, 0, 0x0b}, []byte(data)))
}
