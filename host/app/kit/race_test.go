//go:build race

package kit_test

// The race detector keeps a shadow of all memory that is touched.
func init() { shadow = 2 }
