//go:build race

package main

import (
	"os"
	"strings"
)

// What is built for the test then comes from the same cache as the test, if it is told
// its flags. A program with the race detector waits a second before it ends, if nobody
// says otherwise.
func init() {
	buildFlags = append([]string{"-race"}, strings.Fields(os.Getenv("MAILWEIR_BUILD"))...)
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
}
