// Package store keeps tasks, the accounts, directories and rules that they come
// from, runs, users, sessions, the audit trail and the ledger in one database: a
// SQLite file, or PostgreSQL.
//
// The file is in WAL mode with synchronous=FULL: a method that returns nil has
// put what it was given on the disk. There are two pools. One write connection
// is shared by all writers, the job queue included, and queues them fairly -
// several would starve each other; a few read connections (mode=ro) see what was
// committed. No transaction is held while anything waits for a network.
//
// PostgreSQL has two pools as well, one of them read-only, and our tables in a
// schema of their own. The queries are the same but for the clock, a lock that
// lets one configuration change take place at a time (inTurn), and the statement
// that stores a batch of the ledger. Each opening of a database is a node, whose
// writes for a run count while it has the run's ticket: lease.go and claim.go.
//
// Times are BIGINT Unix milliseconds, enums and JSON are TEXT, flags and names
// are as their servers spell them. The tables are in migrations/, for each
// database once; a test compares them.
//
// Credentials are sealed (see [Sealer]) for their row and for the server and
// login that they belong to, and keys of one-time codes for their user; the tokens of
// sessions and programs, and recovery codes, are stored as digests. A copy of the
// file opens no account and no session.
//
// Trouble with the database itself is a [*FileError]: one sentence that names the
// file or the server. A file that is damaged, foreign or newer than the program is left as it is.
package store
