package mail

import "context"

// Selector is a [Source] that can be written to as well; every [Target] is one.
type Selector interface {
	// Select opens f as [Target] does.
	Select(ctx context.Context, f Folder) (Writer, error)
}

// Remover is a [Writer] that can take messages away. Not every Writer is one: it
// is found by assertion.
type Remover interface {
	Writer

	// Expunges reports whether Remove takes messages away for good. Otherwise the
	// store has no way to do that for single messages (no UIDPLUS, RFC 4315), and
	// Remove does no more than mark them \Deleted. It does no I/O.
	Expunges() bool

	// Remove deletes the messages of uids and no others: messages that somebody
	// else marked \Deleted stay. Messages that are gone are no error. After an
	// error any of the messages may be gone, marked \Deleted, or untouched.
	Remove(ctx context.Context, uids UIDSet) error
}
