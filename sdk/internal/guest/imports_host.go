//go:build !wasm

package guest

import "unsafe"

// Host stands in for the host's functions outside of wasm.
type Host interface {
	PropU64(id int32) int64
	PropStr(id, index int32, dst []byte) int32
	HeaderGet(name string, index, mode int32, dst []byte) int32
	HeaderName(index int32, dst []byte) int32
	HeadersRaw(offset int64, dst []byte) int32
	BodyRead(part int32, offset int64, dst []byte) int32
	SetFolder(name string) int32
	Flags(op int32, list string) int32
	SetDate(unix int64, zone int32) int32
	Note(text string) int32
	Config(key string, dst []byte) int32
	Log(level int32, text string)
	LogEnabled(level int32) int32
	NowMS() int64
	Fail(text string)
}

// Current answers the imports.
var Current Host

func host() Host {
	if Current == nil {
		panic("sdk: outside of a plugin there is no host; tests use package sdktest")
	}
	return Current
}

func bytes(dst unsafe.Pointer, room uint32) []byte { return unsafe.Slice((*byte)(dst), room) }

func propU64(id int32) int64 { return host().PropU64(id) }

func propStr(id, index int32, dst unsafe.Pointer, room uint32) int32 {
	return host().PropStr(id, index, bytes(dst, room))
}

func headerGet(name string, index, mode int32, dst unsafe.Pointer, room uint32) int32 {
	return host().HeaderGet(name, index, mode, bytes(dst, room))
}

func headerName(index int32, dst unsafe.Pointer, room uint32) int32 {
	return host().HeaderName(index, bytes(dst, room))
}

func headersRaw(offset int64, dst unsafe.Pointer, room uint32) int32 {
	return host().HeadersRaw(offset, bytes(dst, room))
}

func bodyRead(part int32, offset int64, dst unsafe.Pointer, room uint32) int32 {
	return host().BodyRead(part, offset, bytes(dst, room))
}

func setFolder(name string) int32          { return host().SetFolder(name) }
func flags(op int32, list string) int32    { return host().Flags(op, list) }
func setDate(unix int64, zone int32) int32 { return host().SetDate(unix, zone) }
func note(text string) int32               { return host().Note(text) }

func config(key string, dst unsafe.Pointer, room uint32) int32 {
	return host().Config(key, bytes(dst, room))
}

func logLine(level int32, text string) { host().Log(level, text) }
func logEnabled(level int32) int32     { return host().LogEnabled(level) }
func nowMS() int64                     { return host().NowMS() }
func fail(text string)                 { host().Fail(text) }
