// Package directory says who has a mailbox: it reads users, their addresses and
// their groups from LDAP or Active Directory, from a CSV file, or from a list.
//
// Users come one by one, in memory that does not grow with their number, and at
// most [MaxUsers] of them. A directory is asked, never written to. Whoever acts on
// an answer waits for its end: one that broke off says nothing of those who did
// not come.
package directory
