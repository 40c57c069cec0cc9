package abi_test

import (
	"fmt"

	"github.com/mailweir/mailweir/sdk/abi"
)

func ExampleWriteManifest() {
	empty := []byte("\x00asm\x01\x00\x00\x00")
	wasm, err := abi.WriteManifest(empty, []byte(`{
		"id": "tidy", "version": "1.0", "abi": "1.0",
		"description": "Tidies up.", "hooks": ["map_folder"]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := abi.ReadManifest(wasm)
	fmt.Println(m.ID, m.Hooks, err)
	// Output: tidy [map_folder] <nil>
}
