//go:build !wasm

package guest

import "unsafe"

// Current answers the imports.
var Current Host

func host() Host {
	if Current == nil {
		panic("sdk: outside of a plugin there is no host; tests use package sdktest")
	}
	return Current
}

func view(data unsafe.Pointer, n uint32) []byte { return unsafe.Slice((*byte)(data), n) }

// Reset forgets all that was registered, so that a test can be another plugin.
func Reset() {
	hooks, onStart, twice, fault = [len(hooks)]func() int32{}, nil, "", ""
}
