//go:build !wasm

package sdk

import "embed"

// Source is this package as text, with the packages that a plugin and its tests
// import: a scaffold carries it along, so that it builds without a download.
//
//go:embed *.go LICENSE abi/*.go internal sdktest
var Source embed.FS

// Others are the SDKs of other languages in the same way, each in a folder.
//
//go:embed c/*.h rust/Cargo.toml rust/src assemblyscript/*.ts
var Others embed.FS
