// Package store keeps tasks, runs, users, sessions, the audit trail and the ledger in
// one SQLite file.
//
// The file is in WAL mode with synchronous=FULL: a method that returns nil has
// put what it was given on the disk. There are two pools. One write connection
// is shared by all writers, the job queue included, and queues them fairly -
// several would starve each other; a few read connections (mode=ro) see what was
// committed. No transaction is held while anything waits for a network.
//
// Times are BIGINT Unix milliseconds, enums and JSON are TEXT, flags and names
// are as their servers spell them. The tables are in migrations/.
//
// Credentials are sealed (see [Sealer]) for their row and for the server and
// login that they belong to, and keys of one-time codes for their user; the tokens of
// sessions and programs, and recovery codes, are stored as digests. A copy of the
// file opens no account and no session.
//
// Trouble with the file itself is a [*FileError]: one sentence that names the
// file. A file that is damaged, foreign or newer than the program is left as it is.
package store
