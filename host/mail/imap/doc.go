// Package imap makes an account on an IMAP server a [mail.Target].
//
// How a connection comes to be, each step in a file of its own:
//
//  1. dial: a TCP connection; an idle limit on each single Read and Write (conn).
//  2. tls: from the first byte, or STARTTLS, which is never given up for clear
//     text; the authorities, or one pinned key instead of them.
//  3. front: our own greeting, CAPABILITY, login and ID. Nothing but STARTTLS and
//     CAPABILITY is said before TLS stands.
//  4. pool: the authenticated connection is lent to one folder or one command at a
//     time. It speaks package wire.
//
// What a newcomer can not guess:
//
//   - go-imap's client ends a connection at the first answer that it does not
//     understand (one folder name in broken UTF-7 is enough), so everything goes
//     through package wire. go-imap serves in tests, as a server.
//   - The first connection proves the login and is then the first of the pool: a
//     pass that finds nothing changed logs in once and sends one LIST.
//   - A wrong password is sent once. Every later connection of the account fails
//     with the same error, without asking the server again.
//   - Names: see the type naming.
package imap
