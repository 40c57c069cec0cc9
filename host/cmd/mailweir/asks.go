package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// printAsks says what a plugin wants to be granted, and why.
func printAsks(w io.Writer, indent string, asks []abi.Ask) {
	for _, a := range asks {
		what := a.Grant
		if hints := append(append([]string{}, a.Methods...), a.Hosts...); len(hints) > 0 {
			what += " (" + strings.Join(hints, " ") + ")"
		}
		if a.Optional {
			what += ", or not"
		}
		fmt.Fprintf(w, "%s%-13s %s: %s\n", indent, "asks for", plain(what), plain(a.Reason))
	}
}

// asksOf names the grants that a plugin does not start without, and those that it may
// do without.
func asksOf(asks []abi.Ask) string {
	var names []string
	for _, a := range asks {
		name := a.Grant
		if a.Optional {
			name = "perhaps " + name
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
