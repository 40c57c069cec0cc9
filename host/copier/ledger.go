package copier

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// Ledger is the durable memory of what one task has copied. A method that
// returns nil has stored what it was given so that it survives a crash of the
// machine. Implementations are safe for concurrent use.
//
// The identity of a message is (task, source, folder, UIDVALIDITY, UID): the
// task is the Ledger's own, the next three belong to a [Pair], the UID to an
// [Entry].
type Ledger interface {
	// Pairs returns all pairs of one source, in any order, in one query.
	Pairs(ctx context.Context, source string) ([]Pair, error)

	// SavePair stores p. With p.ID 0 it is made, and its new ID is returned;
	// (Source, Folder, UIDValidity, Target) is unique, and saving it again
	// with ID 0 updates the pair that is there.
	SavePair(ctx context.Context, p Pair) (id int64, err error)

	// Entries calls fn for each entry of the pair in ascending order of UID. An
	// error of fn ends the walk and is returned as it is. fn must not call the
	// ledger.
	Entries(ctx context.Context, pair int64, fn func(Entry) error) error

	// Put stores entries of one pair, new ones and changed ones, in one commit.
	Put(ctx context.Context, pair int64, entries []Entry) error

	// Delete removes entries of one pair, in one commit.
	Delete(ctx context.Context, pair int64, uids mail.UIDSet) error

	Outbox
}

// Pair is a source folder, in one of its lives (UIDVALIDITY), and the target
// folder that its messages go to. A folder whose mapping changed, or from which
// a filter redirected messages, has several pairs.
type Pair struct {
	ID          int64
	Source      string // name of the source within the task
	Folder      string // mail.Folder.Raw of the source folder
	UIDValidity uint32 // of the source folder
	Target      string // mail.Folder.Name of the target folder

	// TargetValidity is the UIDVALIDITY of the target folder to which the
	// entries' TargetUIDs belong; 0 before the first append.
	TargetValidity uint32
	// TargetNext is the UIDNEXT of that folder below which the ledger knows all
	// that is ours; 0 while unknown. A folder whose UIDNEXT is less has gone back in
	// time: it was restored from a backup. What is at it or beyond may be a copy
	// that the ledger, restored from a backup, has forgotten.
	TargetNext mail.UID

	// The rest describes the last pass that went through this pair to its end
	// with nothing held, failed or unknown. Seen is the zero Status if there was none.
	Seen mail.Status // of the source folder, taken before that pass read it
	// SeenFlags is a digest of the flags of all messages that pass found at the
	// source, where Seen has no HighestModSeq; zero while unknown.
	SeenFlags [16]byte
	Rules     string // digest of the hooks and options that decided; another one reconsiders skipped messages
	Present   int64  // messages at the target after that pass
	Skipped   int64  // messages left out on purpose
}

// EntryState is where one message stands.
type EntryState uint8

// The states of an entry.
const (
	// EntryIntent: an append was about to begin; what came of it is unknown.
	EntryIntent EntryState = 1
	// EntryDone: the message is at the target.
	EntryDone EntryState = 2
	// EntrySkipped: left out on purpose, under the pair's Rules.
	EntrySkipped EntryState = 3
	// EntryGone: the message was moved: it is no longer at the source, because a
	// run deleted it there. Its copy is still nobody else's copy.
	EntryGone EntryState = 4
)

// Entry is what the ledger knows of one message.
type Entry struct {
	UID   mail.UID // at the source
	State EntryState
	// TargetUID is 0 when the target does not tell. Of an intent it is the message at
	// the target that is deleted once this one is there; 0 is none.
	TargetUID mail.UID
	// TargetValidity is the UIDVALIDITY that TargetUID belongs to; 0 while it is
	// not known.
	TargetValidity uint32
	// TargetNext is the UIDNEXT of the target folder before the append: the
	// message, if it was stored, has this UID or a higher one. Of intents only.
	TargetNext  mail.UID
	Size        int64       // exact
	Fingerprint [16]byte    // see Fingerprint; zero while unknown
	Flags       []mail.Flag // as last carried over, from mail.CleanFlags

	Copied time.Time // when it was first recorded as EntryDone; in milliseconds
	// Missing is when a complete listing of the source first lacked the message,
	// if none had it since; zero otherwise. Kept only while deletions are mirrored.
	Missing time.Time
	// Moved is set before the message is deleted at the source: from then on its
	// copy may be the only one there is, and is never deleted because the message
	// is missing.
	Moved bool
}
