// Package maildir keeps an account in a Maildir++ tree, the way Dovecot does, so
// that either can take over from the other at any time.
//
// A tree on disk:
//
//	Maildir/                      INBOX
//	  cur/  new/  tmp/            messages; files being written
//	  dovecot-uidlist             UIDVALIDITY, next UID, UID of each file
//	  dovecot-keywords            which keyword the letters a to z stand for
//	  subscriptions               of the whole tree
//	  .Archive.2024/              the folder Archive/2024, with files as above
//	    maildirfolder             says that this is no tree of its own
//
// Levels are separated by "." and spelled in modified UTF-7 (RFC 3501 section
// 5.1.3), which is Dovecot's default; directories in plain UTF-8 are read too. A
// "." inside a level can not be spelled and becomes "_".
//
// A message is a file cur/NAME:2,FLAGS. NAME is unique and never changes; Dovecot
// appends ",S=" (bytes in the file) and ",W=" (bytes when all lines end with
// CRLF). FLAGS are letters, D F R S T for system flags and a to z for keywords,
// so a folder has at most 26 of those. The date is the file's modification time.
//
// Line ends. Messages are written byte for byte as they come. A file with bare
// LF, as mail delivery agents and Dovecot write it, is shown with CRLF, as Dovecot
// does, and its size is that of the shown bytes. A file whose S and W are equal
// is shown byte for byte.
//
// Writing a batch:
//
//  1. Each message is written to tmp, given its date and synced.
//  2. Under the lock of the folder the files are renamed into cur, their UIDs are
//     added to dovecot-uidlist, and both are synced.
//
// A crash between leaves files in tmp, which a later Select removes after 36
// hours, or messages without UID, which the next to open the folder numbers. An
// error takes everything back.
//
// Reading changes nothing but dovecot-uidlist: messages that have no UID yet get
// one. Where that can not be written, UIDs hold as long as nothing changes: the
// UIDVALIDITY is then made from the names of the files.
//
// The lock is the file dovecot-uidlist.lock with the process ID and host in it.
// It is taken over when its process is gone, or when it has not changed for two
// minutes.
package maildir
