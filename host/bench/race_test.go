//go:build race

package main

import "os"

// What is built for the test then comes from the same cache as the test. A program
// with the race detector waits a second before it ends, if nobody says otherwise.
func init() {
	buildFlags = []string{"-race"}
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
}
