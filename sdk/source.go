//go:build !wasm

package sdk

import "embed"

// Source is this package as text, with the packages that a plugin and its tests
// import: a scaffold carries it along, so that it builds without a download.
//
//go:embed *.go LICENSE abi/*.go internal sdktest
var Source embed.FS
