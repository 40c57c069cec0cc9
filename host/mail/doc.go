// Package mail holds the nouns of mail and the contracts that every mail store
// keeps: what can be read from ([Source], [Reader]) and what can be written to
// ([Target], [Writer]).
//
// Names. A folder is what RFC 9051 calls a mailbox. Its Name is UTF-8 with "/"
// between the levels, whatever the server uses; the server's own spelling
// travels beside it as Raw and is sent back unchanged. The folder INBOX is
// always spelled "INBOX". A "/" that belongs to one level of a server whose
// delimiter is another character is written as U+2215 (division slash), so that
// a Name splits into levels at "/" and nowhere else.
//
// Writing is batch-shaped: a batch of messages goes in, a [Receipt] comes back,
// the UIDs are read from it later. A store that can put a whole batch into one
// MULTIAPPEND (RFC 3502) does; one that can not stores the messages one by one.
// Either way the caller is the same.
//
// Errors are [*Error] values: they say what was tried, where, what the server
// answered, and - by their methods - whether trying again can help and whether
// it is known that nothing happened.
//
// The package imports the standard library only and does no I/O.
package mail
