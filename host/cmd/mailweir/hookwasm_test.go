package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/sdk/abi"
)

// hookGuest is a plugin of a few instructions that asks and tells the host something.
type hookGuest struct {
	hook    string
	needs   string
	imports []string
	data    string // at address 0
	body    []byte // with one local of type i32
}

// hookGuests are the plugins that hookwasm can write.
var hookGuests = map[string]hookGuest{
	// header_put(set, "X-Stamp", "Grüße"), no opinion.
	"stamps": {
		abi.HookRewriteMessage, abi.NeedsHeaders,
		[]string{"header_put"},
		"X-StampGrüße",
		ops(constant(abi.HeaderSet), constant(0), constant(7), constant(7), constant(7), callImport(0), drop, constant(0)),
	},
	// out_write of a whole message, accept.
	"writes": {
		abi.HookRewriteMessage, abi.NeedsBody,
		[]string{"out_write"},
		"Subject: written\r\n\r\nNew.\r\n",
		ops(constant(0), constant(26), callImport(0), drop, constant(abi.ResultAccept)),
	},
	// out_write of a message with a bare LF.
	"writes-badly": {
		abi.HookRewriteMessage, abi.NeedsBody,
		[]string{"out_write"},
		"Subject: written\n\nNew.\n",
		ops(constant(0), constant(23), callImport(0), drop, constant(abi.ResultAccept)),
	},
	// flags(add, "Mapped").
	"labels": {
		abi.HookMapFlags, abi.NeedsEnvelope,
		[]string{"flags"},
		"Mapped",
		ops(constant(abi.FlagsAdd), constant(0), constant(6), callImport(0), drop, constant(0)),
	},
	// set_key of header_get("Subject").
	"subject-key": {
		abi.HookMessageKey, abi.NeedsHeaders,
		[]string{"header_get", "set_key"},
		"Subject",
		ops(
			constant(100), // the key's address, for later
			constant(0), constant(7), constant(0), constant(abi.HeaderDecoded), constant(100), constant(400), callImport(0),
			callImport(1), drop, constant(0),
		),
	},
	"present":  answers(abi.ResultNoOpinion),
	"leaves":   answers(abi.ResultSkip),
	"copies":   answers(abi.ResultCopy),
	"replaces": answers(abi.ResultReplace),
}

func answers(result int32) hookGuest {
	return hookGuest{abi.HookOnConflict, abi.NeedsHeaders, nil, "", constant(result)}
}

func ops(parts ...[]byte) []byte { return slices.Concat(parts...) }

var drop = []byte{0x1a}

func callImport(i byte) []byte { return []byte{0x10, i} }

// constant is i32.const; n is from 0 to 8191.
func constant(n int32) []byte {
	if n < 64 {
		return []byte{0x41, byte(n)}
	}
	return []byte{0x41, byte(n&0x7f) | 0x80, byte(n >> 7)}
}

// buildHookWasm writes a plugin of hookGuests.
func buildHookWasm(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "hookwasm FILE KIND")
	g, ok := hookGuests[args[1]]
	if !ok {
		ts.Fatalf("unknown kind of plugin %s", args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), g.bytes(ts, args[1]), 0o600))
}

// bytes assembles the module (WebAssembly core specification 5.5).
func (g hookGuest) bytes(ts *testscript.TestScript, id string) []byte {
	section := func(out []byte, id byte, items ...[]byte) []byte {
		return abi.AppendBytes(append(out, id), append([]byte{byte(len(items))}, slices.Concat(items...)...))
	}
	types := [][]byte{{0x60, 0, 1, byte(abi.I32)}} // type 0: () -> i32
	var imports [][]byte
	for _, name := range g.imports {
		i := slices.IndexFunc(abi.Imports, func(imp abi.Import) bool { return imp.Name == name })
		sig := []byte{0x60, byte(len(abi.Imports[i].Params))}
		for _, t := range abi.Imports[i].Params {
			sig = append(sig, byte(t))
		}
		sig = append(sig, byte(len(abi.Imports[i].Results)))
		for _, t := range abi.Imports[i].Results {
			sig = append(sig, byte(t))
		}
		item := abi.AppendBytes(abi.AppendBytes(nil, []byte(abi.Module)), []byte(name))
		imports = append(imports, append(item, 0, byte(len(types))))
		types = append(types, sig)
	}
	code := func(body []byte) []byte { // one local of type i32
		return abi.AppendBytes(nil, append(append([]byte{1, 1, byte(abi.I32)}, body...), 0x0b))
	}
	export := func(name string, kind, index byte) []byte {
		return append(abi.AppendBytes(nil, []byte(name)), kind, index)
	}
	n := byte(len(imports))
	wasm := section([]byte("\x00asm\x01\x00\x00\x00"), 1, types...)
	wasm = section(wasm, 2, imports...)
	wasm = section(wasm, 3, []byte{0}, []byte{0})
	wasm = section(wasm, 5, []byte{0, 1}) // one page of memory
	wasm = section(wasm, 7, export(abi.ExportMinor, 0, n), export(g.hook, 0, n+1), export("memory", 2, 0))
	wasm = section(wasm, 10, code(constant(abi.Minor)), code(g.body))
	wasm = section(wasm, 11, abi.AppendBytes([]byte{0, 0x41, 0, 0x0b}, []byte(g.data)))
	wasm, err := abi.WriteManifest(wasm, fmt.Appendf(nil,
		`{"id": %q, "version": "1", "abi": "%d.%d", "description": "It %s.", "hooks": [%q], "needs": %q}`, id, abi.Major, abi.Minor, id, g.hook, g.needs))
	ts.Check(err)
	return wasm
}

// version puts a message into a folder as another program would have brought it: with
// the subject of the one that append puts there, and another text.
func version(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "version SERVER FOLDER SUBJECT")
	c := dial(ts, args[0])
	defer c.Close()
	body := "From: ann@example.org\r\nSubject: " + args[2] + "\r\n\r\nBrought by hand.\r\n"
	c.Append(args[1], "", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), []byte(body))
}

// bodies prints the messages of a folder.
func bodies(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2, "bodies SERVER FOLDER")
	c := dial(ts, args[0])
	defer c.Close()
	for _, m := range c.DumpUTF8()[args[1]] {
		fmt.Fprintf(ts.Stdout(), "%s\n", m.Body)
	}
}
