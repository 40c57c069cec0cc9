package plugins

import _ "embed"

//go:embed javascript/javascript.wasm
var javaScript []byte

// JavaScript is the engine that runs scripts. It is no plugin by itself: a host
// loads it together with a script. It must not be changed. It is made by
// javascript/build.sh.
func JavaScript() []byte { return javaScript }
