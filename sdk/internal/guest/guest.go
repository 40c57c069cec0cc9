// Package guest is the plugin's side of mailweir_v1: the imports, the exports,
// and who is called. On wasm the imports are the host's functions; elsewhere they
// go to [Current], which package sdktest sets, so that a plugin's logic runs as
// plain Go in its tests.
//
// A plugin has one thread and is in one call at a time, so the state of that call
// is package state.
package guest

import (
	"strings"
	"unsafe"

	"github.com/mailweir/mailweir/sdk/abi"
)

var (
	hooks   [12]func() int32 // by their place in abi.Hooks
	onStart func() error
	twice   string // hook that was registered twice
	fault   string // misuse in this call; turns its result into an error
)

// Handle registers what a hook calls.
func Handle(hook string, fn func() int32) {
	i := place(hook)
	if hooks[i] != nil {
		twice = hook
	}
	hooks[i] = fn
}

// OnStart registers what the export init calls.
func OnStart(fn func() error) { onStart = fn }

func place(hook string) int {
	for i, h := range abi.Hooks {
		if h == hook {
			return i
		}
	}
	panic("no such hook: " + hook)
}

// Init is the export init. A plugin that registers other hooks than its manifest
// names does not start: a filter that is never asked would let mail pass.
func Init() int32 {
	fault, forgone = "", 0
	named := propU64(abi.PropHooks)
	for i, hook := range abi.Hooks {
		switch has, wants := hooks[i] != nil, named&(1<<i) != 0; {
		case has && !wants:
			Break("the code registers " + hook + ", but hooks in plugin.json does not name it")
		case wants && !has:
			Break("hooks in plugin.json names " + hook + ", but the code does not register it")
		}
	}
	if twice != "" {
		Break(twice + " is registered twice")
	}
	if fault == "" && onStart != nil {
		if err := onStart(); err != nil {
			Break(err.Error())
		}
	}
	return end(asked(named))
}

// Call is the export of a hook, by its place in abi.Hooks.
func Call(i int) int32 {
	begin()
	return end(registered(i)())
}

// begin, registered and end are small enough to become a part of each export: in
// WebAssembly a call of a Go function takes as long as half of a way to the host.

func begin() { fault = "" }

func registered(i int) func() int32 {
	if fn := hooks[i]; fn != nil {
		return fn
	}
	return unregistered
}

func unregistered() int32 {
	Break("this hook is not registered")
	return abi.ResultError
}

// Break makes the call fail, whatever it returns. The first reason is kept.
func Break(reason string) {
	if fault == "" {
		fault = reason
	}
}

func end(result int32) int32 {
	if fault != "" {
		return broken()
	}
	return result
}

func broken() int32 {
	fail(fault)
	return abi.ResultError
}

// scratch takes the values of read calls. It grows to the largest one.
var scratch = make([]byte, 1024)

// read does a read call. The result is valid until the next one.
func read(what string, call func(dst unsafe.Pointer, room uint32) int32) ([]byte, bool) {
	for {
		n := call(unsafe.Pointer(unsafe.SliceData(scratch)), uint32(len(scratch)))
		if n < 0 {
			denied(what, int64(n))
			return nil, false
		}
		if int(n) <= len(scratch) {
			return scratch[:n], true
		}
		scratch = make([]byte, int(n)+int(n)/2)
	}
}

// denied makes a read that was refused, rather than empty, break the call: a
// filter that takes "not permitted" for "not there" decides wrongly.
func denied(what string, code int64) {
	switch code {
	case int64(abi.ReadNotPermitted):
		Break(what + " can not be read here; see needs in plugin.json, and which hook this is")
	case int64(abi.ReadBadArgument):
		Break(what + " was asked for with an argument that makes no sense")
	}
}

// Number reads a property of prop_u64.
func Number(what string, id int32) (int64, bool) {
	n := propU64(id)
	if n < 0 {
		denied(what, n)
		return 0, false
	}
	return n, true
}

// Text reads a property of prop_str.
func Text(what string, id int32, index int) (string, bool) {
	room := block()
	n := propStr(id, int32(index), unsafe.Pointer(unsafe.SliceData(room)), uint32(len(room)))
	switch {
	case n < 0:
		denied(what, int64(n))
		return "", false
	case int(n) <= len(room):
		return keep(int(n)), true
	}
	b, ok := read(what, func(dst unsafe.Pointer, room uint32) int32 { return propStr(id, int32(index), dst, room) })
	return string(b), ok
}

// Header reads a header field.
func Header(name string, index int, mode int32) (string, bool) {
	room := block()
	n := headerGet(name, int32(index), mode, unsafe.Pointer(unsafe.SliceData(room)), uint32(len(room)))
	switch {
	case n < 0:
		denied("the header", int64(n))
		return "", false
	case int(n) <= len(room):
		return keep(int(n)), true
	}
	b, ok := read("the header", func(dst unsafe.Pointer, room uint32) int32 { return headerGet(name, int32(index), mode, dst, room) })
	return string(b), ok
}

// HasHeader reports whether there is a header field. Nothing of it is copied.
func HasHeader(name string) bool {
	n := headerGet(name, 0, abi.HeaderRaw, nil, 0)
	return n >= 0 || isThere("the header", n)
}

// isThere is false; a read that was refused breaks the call besides.
func isThere(what string, code int32) bool {
	denied(what, int64(code))
	return false
}

// HeaderName reads the name of a header field.
func HeaderName(index int) (string, bool) {
	b, ok := read("the header", func(dst unsafe.Pointer, room uint32) int32 { return headerName(int32(index), dst, room) })
	return string(b), ok
}

// RawHeader copies bytes of the header section into p.
func RawHeader(offset int64, p []byte) int {
	n := headersRaw(offset, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	denied("the header", int64(n))
	return max(int(n), 0)
}

// Body copies bytes of the message into p.
func Body(offset int64, p []byte) int {
	n := bodyRead(abi.PartWhole, offset, unsafe.Pointer(unsafe.SliceData(p)), uint32(len(p)))
	denied("the body", int64(n))
	return max(int(n), 0)
}

// Config reads the configuration, or one member of it.
func Config(key string) (string, bool) {
	b, ok := read("the configuration", func(dst unsafe.Pointer, room uint32) int32 { return config(key, dst, room) })
	return string(b), ok
}

// SetFolder stages another folder.
func SetFolder(name string) { check("another folder", setFolder(name)) }

// Flags stages a change of flags.
func Flags(op int32, list []string) { check("other flags", flags(op, strings.Join(list, " "))) }

// SetDate stages another internal date.
func SetDate(unix int64, zone int32) { check("another date", setDate(unix, zone)) }

// Note stages the reason for the report.
func Note(text string) { check("a note", note(text)) }

// check leaves a refused effect to the host, which knows why and fails the call.
func check(what string, code int32) {
	if code == abi.ReadNotPermitted {
		Break(what + " can not be set in this hook")
	}
}

// Log writes a line to the log.
func Log(level int32, text string) { logLine(level, text) }

// LogEnabled reports whether lines of this level go anywhere.
func LogEnabled(level int32) bool { return logEnabled(level) == 1 }

// NowMS is the time in milliseconds since 1970.
func NowMS() int64 { return nowMS() }
