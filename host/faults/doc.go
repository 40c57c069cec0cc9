// Package faults holds no code: its tests break copies between two real servers,
// mostly Dovecots, and see to it that nothing is lost and nothing is doubled.
//
//   - The sweep breaks a copy at a step of the IMAP conversation, by a lost
//     connection or by killing the process, on the side of the source or of the
//     destination, with servers that have the useful extensions and with servers
//     that lack them. Then it copies again, undisturbed, and compares both
//     accounts as multisets. "go tool task sweep" breaks every step; the normal
//     tests take a sample.
//   - The same is done to runs that delete: whatever breaks, what is gone from one
//     side is certain to be at the other, or was meant to go.
//   - The other tests let a server lie, fill up, throttle, or change under the
//     copier's hands.
//
// Everything here goes through the doors that the program itself uses: package
// imap for the accounts, store for the ledger in a file, copier in between. What
// the accounts hold is read by the independent client of package mailtest.
package faults
