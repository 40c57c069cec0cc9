//go:build race

package app

// A question ends after 30 s, and the race detector makes the host several times slower.
func init() { largeMessage, largeTable = 4<<20, 5_000 }
