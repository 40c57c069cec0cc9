//go:build race

package kit_test

// The race detector keeps a shadow of all memory that was touched, several times as large,
// and gives none of it back. What is caught are stacks that are kept in each hook: more
// than a gigabyte then.
func init() { shadow = 12 }
