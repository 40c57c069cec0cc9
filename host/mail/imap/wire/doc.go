// Package wire speaks IMAP (RFC 3501, RFC 9051) on a connection that is already
// authenticated: it lists folders, scans and fetches messages, and stores them.
//
// It is made for servers that can not be trusted and for mail that must not be
// hurt. What a newcomer can not guess:
//
//   - A response is read as lines, in [lines], which knows no grammar but keeps
//     the limits: no buffer grows by what a server announces, only by what has
//     arrived, and never beyond [Limits]. Above it the [parser] walks along one
//     line at a time and asks for the next when a literal ends the line. Nothing
//     in it recurses.
//   - What is not understood is skipped: unknown responses, unknown attributes
//     of a message, blank lines. What is not understood inside the answer for a
//     message that was asked for is never skipped silently.
//   - Who reads: a command other than APPEND is written by a goroutine of its own
//     while its caller reads, so that a server which stops reading until it is
//     read from can not stall both. For APPEND it is the other way round: the
//     caller writes, and a goroutine reads for as long as answers are owed.
//   - A message literal is handed to the caller as it arrives. Its last byte is
//     held back until the response around it has been read to its end, so that a
//     literal of a wrong length never looks whole.
//   - Arguments of APPEND are built from validated values only. Dovecot (seen with
//     2.3.19) answers BAD to an APPEND with a malformed argument and then runs the
//     bytes of its non-synchronizing literal as commands; so a BAD ends the
//     connection at once.
//
// Every error is a *mail.Error that says what was tried; its cause is a
// [*StatusError] where the server refused and a [*SyntaxError] where its answer
// was malformed.
package wire
