// Package faulty stands between a mail program and an IMAP server and lets their
// conversation go wrong at a step of the test's choice.
//
// A [Proxy] listens on loopback, reads both directions as IMAP — lines, and
// literals by the length that was announced — and passes everything on step by
// step. A step is a line of either side or a piece of a literal; a literal has at
// least two, so that one can break within it. Steps are counted over all
// connections of the proxy from 1. Before each step the test is asked what shall
// go wrong, and it gets to know what the step is: see [Step] and [Fault].
//
// The proxy speaks clear text. It takes no part in the conversation but for the
// capabilities that it is told to hide and for answers that a Fault makes up.
package faulty
