package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// cyrus starts a private Cyrus, which refuses more messages than others do. LINE is
// for its configuration.
func cyrus(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1, "cyrus NAME [LINE...]")
	s := serversOf(ts)
	s.add(ts, args[0], mailtest.StartCyrus(s.t, mailtest.CyrusOptions{Extra: strings.Join(args[1:], "\n") + "\n"}))
}

// appendRaw stores a message that is written as in Go, such as A: b\r\n\r\nx\x00, its
// {LONG} being 1,200 letters.
func appendRaw(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3, "append-raw SERVER FOLDER TEXT")
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
	ts.Check(err)
	c := dial(ts, args[0])
	defer c.Close()
	text = strings.ReplaceAll(text, "{LONG}", strings.Repeat("z", 1200))
	c.Append(args[1], "", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), []byte(text))
}
