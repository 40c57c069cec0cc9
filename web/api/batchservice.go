package api

import (
	"context"
	"io"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// BatchRow is a batch with how its tasks stand.
type BatchRow struct {
	Batch task.Batch
	Sums  task.BatchSums // of the tasks that the actor may read
	Draft string         // ID of the draft whose rows are not all stored, if the actor has it
}

// DraftRow is a row of a draft as it may be shown.
type DraftRow struct {
	Row       task.DraftRow     // without Cells
	Cells     map[string]string // by the names of the columns; passwords, and what may be one, are left out
	Passwords map[string]bool   // columns in which there is one
	Task      task.Task         // that it would become, if Fault does not keep it from being read
	Waits     bool              // for a password that nobody has given
}

// DraftQuery says which rows of a draft are asked for.
type DraftQuery struct {
	Wrong         bool // only those that can not be stored
	Offset, Limit int
}

// LoginFault is why an account did not open with a password.
type LoginFault struct {
	Password bool   // it is the password, or the name, that the server refuses
	Sentence string // what is wrong
}

// Linked is what somebody sees who was sent a link.
type Linked struct {
	Link task.Link
	Task task.Task
	Run  *task.Run // the latest since the link was used, or nil
}

// Batches is the part of [Service] about tables that become tasks. A draft is there
// for who made it alone, a batch for its owner and for who may read all tasks; for
// others they are ErrNotFound.
type Batches interface {
	// Batches returns the latest batches, the newest first.
	Batches(ctx context.Context) ([]BatchRow, error)
	Batch(ctx context.Context, id string) (BatchRow, error)
	// Drafts returns the actor's drafts, the newest first.
	Drafts(ctx context.Context) ([]task.Draft, error)
	// NewDraft reads a table, of a file or pasted, into a draft. A table that can not be
	// read, or is too large, is ErrInvalid with a sentence; it is read to its end.
	NewDraft(ctx context.Context, name string, table io.Reader) (task.Draft, error)
	// Draft returns a draft. Of one with many rows it looks at some more, of which nothing
	// is known yet: whoever asks again gets to the end.
	Draft(ctx context.Context, id string) (task.Draft, error)
	// DraftRows returns rows, all of which have been looked at.
	DraftRows(ctx context.Context, id string, q DraftQuery) ([]DraftRow, error)
	// ChangeDraftRow replaces cells, by the names of their columns; others stay, and so
	// does a password that is "".
	ChangeDraftRow(ctx context.Context, id string, position int, cells map[string]string) error
	RemoveDraftRow(ctx context.Context, id string, position int) error
	// TestDraftRows logs in to both sides of rows, some at the same time, and keeps what
	// was found. Those for which there was no time are left as they were.
	TestDraftRows(ctx context.Context, id string, positions []int) error
	// StartDraft makes tasks of all rows that can be stored, in the background, and returns
	// the ID of their batch. With run each task that is made or changed runs at once.
	StartDraft(ctx context.Context, id string, run bool) (batch string, err error)
	DiscardDraft(ctx context.Context, id string) error
}

// Links is the part of [Service] about links for people without an account.
type Links interface {
	// MakeLink makes the link of a task, in place of one that it has, and returns its
	// token, which is not shown again.
	MakeLink(ctx context.Context, taskID string, good time.Duration) (token string, link task.Link, err error)
	// Link returns the link of a task, also one that has expired.
	Link(ctx context.Context, taskID string) (task.Link, error)
	RevokeLink(ctx context.Context, taskID string) error
	// LinkedTask returns what a token opens. One that has expired, was revoked, or never
	// was, is ErrNotFound.
	LinkedTask(ctx context.Context, token string) (Linked, error)
	// GivePasswords tries the passwords of all accounts that the link asks for, by the
	// names of the sources ("" is the destination). If all open, it stores them, which
	// uses the link up, and starts the task; if not, it returns why, and nothing is stored.
	GivePasswords(ctx context.Context, token string, passwords map[string]task.Password) (map[string]LoginFault, error)
}
