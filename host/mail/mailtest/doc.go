// Package mailtest tells whether a mail store does what package mail promises,
// and gives tests real mail on a real server.
//
//   - [Run] is the conformance suite: every mail store passes it.
//   - [StartDovecot] runs a private Dovecot on loopback ports from a temporary
//     directory. It neither needs nor disturbs a Dovecot of the system, and works
//     as root and as an ordinary user.
//   - [Client] is a small IMAP client of its own. It shares no code with the
//     stores under test, so that a mistake in one is not repeated in the other:
//     it fills accounts and reads them back byte for byte.
//   - [Corpus] makes an [Account] full of awkward mail, always the same for the
//     same options, and [Diff] compares two accounts as multisets.
//
// A helper that can not go on ends the test through its testing.TB, so it must be
// called from the test's own goroutine.
package mailtest
