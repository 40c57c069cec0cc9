package mail

import (
	"context"
	"io"
	"time"
)

// Source is an account that messages are copied from. Nothing in it is changed.
// Its methods may be called from several goroutines.
type Source interface {
	// Folders lists all folders of the account with their status, in any order.
	// A folder that can not be used is in the list with its Fault; it is never
	// left out and never ends the listing.
	Folders(ctx context.Context) ([]Folder, error)

	// Examine opens f for reading only (RFC 9051 section 6.3.3). It may wait for
	// a free connection. The caller closes the Reader.
	Examine(ctx context.Context, f Folder) (Reader, error)

	// Close ends the account's connections and everything opened through it.
	Close() error
}

// Reader is an open folder. One goroutine at a time uses it.
type Reader interface {
	// Status is the folder's state when it was opened.
	Status() Status

	// Scan calls fn for each message of uids that exists, in ascending order of
	// UID, without downloading bodies and without setting \Seen. An error of fn
	// ends the scan and is returned as it is.
	Scan(ctx context.Context, uids UIDSet, opts ScanOptions, fn func(Message) error) error

	// Fetch downloads the messages of uids with their flags and dates, without
	// setting \Seen, and calls fn for each in the order in which they arrive.
	// body holds exactly Message.Size bytes; when the connection ends before
	// that, reading fails with an error and never with io.EOF. fn need not read
	// all of body. Messages that no longer exist are left out silently: the
	// caller counts. A message whose answer can not be understood is left out
	// too, and is named in the [*MessageErrors] that Fetch returns after the rest.
	// An error of fn ends the fetch and is returned as it is.
	Fetch(ctx context.Context, uids UIDSet, fn func(m Message, body io.Reader) error) error

	// Close gives the folder back. It expunges nothing.
	Close() error
}

// Target is an account that messages are copied into. It can also be read.
type Target interface {
	Source

	// Spell returns the folder that would hold name in this account: Name as a
	// later listing will show it, Raw as the server spells it. It does no I/O. A
	// name that can not exist here (a control character, a level that is empty,
	// too long) is an error that matches ErrBadName. The account's delimiter
	// inside a level becomes "_".
	Spell(name string) (Folder, error)

	// Create makes f, as Spell returned it, and the folders above it. A folder
	// that exists already is no error. Where the server can (CREATE-SPECIAL-USE,
	// RFC 6154 section 3) it is given f.Use.
	Create(ctx context.Context, f Folder) error

	// Subscribe puts f on the account's list of subscriptions.
	Subscribe(ctx context.Context, f Folder) error

	// Select opens f for reading and writing (RFC 9051 section 6.3.2). It may
	// wait for a free connection. The caller closes the Writer.
	Select(ctx context.Context, f Folder) (Writer, error)
}

// Distant is a Source that knows how far away it is.
type Distant interface {
	// RoundTrip is the time that one round trip to the server took; 0 while none
	// was measured.
	RoundTrip() time.Duration

	// Approach begins to make what is missing to n connections, so that whoever
	// opens n folders need not wait for one connection after the other. It returns
	// at once; what fails is met, and told, when a folder is opened.
	Approach(n int)
}

// Sizer is a Source that can say how many bytes a folder holds without a look at its
// messages.
type Sizer interface {
	// FolderSize is the sum of the sizes of all messages of f, or more (RFC 8438 section
	// 3). It matches errors.ErrUnsupported where the account can not say.
	FolderSize(ctx context.Context, f Folder) (int64, error)
}

// FlagScanner is a Source that can read the flags of many folders in the time of
// one.
type FlagScanner interface {
	// ScanFlags opens each of folders for reading only, in their order, and calls
	// fn for each of its messages, in ascending order of UID, with its flags, and
	// end behind the last one, with the folder's status. A folder that can not be
	// opened or is not listed as a whole has no end.
	ScanFlags(ctx context.Context, folders []Folder, fn func(folder int, m Message), end func(folder int, s Status)) error
}

// FolderMaker is a Target that can make many folders in the time of one.
type FolderMaker interface {
	// MakeFolders does for each of folders what Create does, and Subscribe where
	// that is asked for, and says for which ones both are done now. Why another
	// one is not done, Create and Subscribe tell. The error is the account's; what
	// was done before it is not known.
	MakeFolders(ctx context.Context, folders []NewFolder) (done []bool, err error)
}

// NewFolder is a folder that is to be there and, with Subscribe, on the list of
// subscriptions. Folder is what Spell or a listing returned.
type NewFolder struct {
	Folder
	Subscribe bool
}

// Writer is a folder that takes messages. One goroutine at a time uses it, but a
// Receipt may be waited for by another.
type Writer interface {
	Reader

	// Append sends a batch and returns when its last byte has left, before the
	// server has answered; the answer comes through the Receipt. Several batches
	// may be on their way at once; they are stored in the order of the calls.
	//
	// An error means that nothing of this batch was stored, unless
	// [OutcomeUnknown] says otherwise. A Body that is shorter than its Size, or
	// fails, stores nothing of that message and ends the connection, because a
	// literal that has been announced can not be taken back.
	Append(ctx context.Context, batch []Upload) (Receipt, error)

	// Batch says how many messages and bytes the folder takes best in one call
	// of Append. 1 message means that there is no gain in batches.
	Batch() (messages int, bytes int64)

	// ChangeFlags adds and removes flags. Changes whose messages are gone are
	// ignored. Flags that the folder does not keep (PERMANENTFLAGS) are left out.
	ChangeFlags(ctx context.Context, changes []FlagChange) error

	// KeepsFlag reports whether the folder stores f permanently
	// (PERMANENTFLAGS, RFC 9051 section 7.1).
	KeepsFlag(f Flag) bool
}

// Receipt stands for a batch on its way.
type Receipt interface {
	// Wait blocks until the server has answered for the whole batch. uids has
	// one element for each message of the batch, in its order: the UID that the
	// message was given, or 0 when the server does not say (no UIDPLUS, RFC 4315)
	// or when the message was not stored.
	//
	// A non-nil err is a *Error for the batch as a whole or a *BatchError where
	// the fate of each message is known by itself. Wait may be called once.
	Wait(ctx context.Context) (uids []UID, err error)
}

// FlagLister is a Writer that can name the flags that its folder keeps.
type FlagLister interface {
	// KeptFlags returns the flags that the folder stores permanently
	// (PERMANENTFLAGS, RFC 9051 section 7.1); `\*` among them stands for any keyword.
	// It does no I/O.
	KeptFlags() []Flag
}
