// Package plugins holds the plugins that mailweir ships, built and ready to load.
// Each one's source is in the folder of its name. After a change there, or in the
// SDK, go generate builds them again; a test compares the result with what is
// committed.
package plugins

import _ "embed"

//go:generate go run ./build -record folder-rules

//go:embed folder-rules/folder-rules.wasm
var folderRules []byte

// File is a plugin as it is stored: one .wasm file with its manifest inside.
type File struct {
	Name string
	Wasm []byte // must not be changed
}

// Builtin returns the shipped plugins by name.
func Builtin() []File {
	return []File{{Name: "folder-rules", Wasm: folderRules}}
}
