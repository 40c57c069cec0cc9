// Package mailtest tells whether a mail store does what package mail promises,
// and gives tests real mail on a real server.
//
//   - [Run] is the conformance suite: every mail store passes it.
//   - [StartDovecot], [StartCyrus] and [StartCourier] run a private server on
//     loopback ports from a temporary directory. They neither need nor disturb a
//     server of the system. Dovecot and Cyrus run as root and as an ordinary user,
//     Courier takes root. What all have in common is [Server].
//   - [Client] is a small IMAP client of its own. It shares no code with the
//     stores under test, so that a mistake in one is not repeated in the other:
//     it fills accounts and reads them back byte for byte.
//   - [Corpus] makes an [Account] full of awkward mail, always the same for the
//     same options, and [Diff] compares two accounts as multisets.
//
// A helper that can not go on ends the test through its testing.TB, so it must be
// called from the test's own goroutine.
package mailtest
