package web

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
)

// Sketches is the part of [Service] about tasks that are made step by step. What its
// methods ask servers and directories for, they ask as a task of the actor would: no
// further than its role reaches.
type Sketches interface {
	// SaveSketch keeps what the actor has typed of a task, passwords too: sealed, for a
	// day, and for the actor alone. With an empty id it makes a sketch. It returns the ID.
	SaveSketch(ctx context.Context, id string, typed []byte) (string, error)
	// Sketch returns what SaveSketch has kept; another user's is ErrNotFound.
	Sketch(ctx context.Context, id string) ([]byte, error)
	// DiscardSketch forgets a sketch.
	DiscardSketch(ctx context.Context, id string) error

	// TryAccount logs in to an account, or to what it refers to, and looks around. What
	// the actor's tasks may not have is ErrInvalid.
	TryAccount(ctx context.Context, a task.Account) (AccountTest, error)
	// FindMailboxes asks all directories for users whose name or address holds the text
	// and whose mailbox, in a local domain, tasks of the actor may open. Of a directory
	// that does not answer the answer says so.
	FindMailboxes(ctx context.Context, text string) (DirectoryAnswer, error)
	// MailboxDomains returns the local domains any of whose mailboxes tasks of the actor
	// may open.
	MailboxDomains(ctx context.Context) ([]string, error)
}
