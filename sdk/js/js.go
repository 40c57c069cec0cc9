// Package js holds what the author of a script is given; README.md tells how to
// write one.
package js

import _ "embed"

// Types is mailweir.d.ts, which lets an editor complete and check a script.
//
//go:embed mailweir.d.ts
var Types string
