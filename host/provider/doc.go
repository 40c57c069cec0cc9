// Package provider is a table of mail providers and mail servers: where they are,
// how one logs in, which limits are known, and what a person has to know.
//
// A provider is found by the address of a mailbox, by the host of its server, by
// the mail exchangers of a domain that it hosts, or by how a server calls itself.
// Limits are what was published at the sources, as far as anything was: 0 is not
// known. Nothing of this decides what a copy does; servers tell themselves what
// they allow, and are believed.
package provider
