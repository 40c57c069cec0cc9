package copier

import (
	"context"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// The kinds of hook that decide what is stored, and what is the same.
const (
	HookMapFlags       HookKind = "map_flags"
	HookRewriteMessage HookKind = "rewrite_message"
	HookMessageKey     HookKind = "message_key"
	HookOnConflict     HookKind = "on_conflict"
)

// MaxAttempt is how often a message that the target has refused is offered to the
// rewriting hooks again.
const MaxAttempt = 5

// FlagMapper decides which flags the target gets.
type FlagMapper interface {
	// MapFlags says which flags are stored for those of a message. It is asked once
	// per target folder and set of flags, and must answer the same to the same
	// question: what is carried later is the difference of two answers.
	MapFlags(ctx context.Context, q FlagQuestion) (FlagAnswer, error)
}

// FlagQuestion asks which flags a target folder gets.
type FlagQuestion struct {
	Target string      // Name of the target folder
	Flags  []mail.Flag // from mail.CleanFlags
	// Kept are the flags that the folder stores for good; `\*` among them stands for
	// any keyword. nil is all, or not known.
	Kept []mail.Flag
}

// FlagAnswer says which flags a target folder gets.
type FlagAnswer struct {
	Flags []mail.Flag // the whole new set; nil leaves it, empty clears it
	By    string      // which hook decided
}

// Rewriter decides what is stored in place of a message.
type Rewriter interface {
	// RewriteMessage is asked about each message that passed the filters, and again
	// when the target has refused what came of it. The caller closes what the answer
	// holds.
	RewriteMessage(ctx context.Context, q *RewriteQuestion) (Rewrite, error)
}

// RewriteQuestion asks what is stored in place of a message.
type RewriteQuestion struct {
	Candidate        // with Body, as the source has it
	Attempt   int    // how many versions the target has refused
	Refusal   string // why it refused the last one
	// Spool makes room for a new message that is too large for memory; nil keeps it
	// there.
	Spool func() (Spool, error)
}

// Rewrite is what a rewriting hook answered.
type Rewrite struct {
	Action  Action
	Message io.ReaderAt // the new message, Size bytes; nil leaves the old one. It may go on reading the question's Body.
	Size    int64
	Close   func() // gives back what Message holds; may be nil
	By      string // which hook decided
	Note    string // reason, shown in the report
}

// Keyer decides what makes two messages the same one.
type Keyer interface {
	// MessageKey returns the key of a message; messages of both sides with equal
	// keys are the same one. "" leaves it to the engine.
	MessageKey(ctx context.Context, q *KeyQuestion) (string, error)
}

// KeyQuestion asks for the key of a message, with its whole header section.
type KeyQuestion struct {
	Candidate      // without Body; Folder is the source folder on both sides
	AtTarget  bool // it is a message of the target folder
}

// Referee decides what becomes of a message that the target has already, but not
// quite the same.
type Referee interface {
	OnConflict(ctx context.Context, q *Conflict) (Ruling, error)
}

// Conflict is a message that the target has with another size, date, bytes or other
// flags.
type Conflict struct {
	Candidate                   // without Body, with the whole header section
	There          mail.Message // without header
	TargetValidity uint32       // UIDVALIDITY of the target folder
}

// Ruling is the answer to a [Conflict].
type Ruling struct {
	Resolution Resolution
	By         string // which hook decided
	Note       string // reason, shown in the report
}

// Resolution is what becomes of a message that is in conflict.
type Resolution uint8

// The resolutions. The zero value takes the one that is there for the message.
const (
	ResolvePresent Resolution = iota
	ResolveSkip               // leave the message out on purpose
	ResolveDefer              // hold it: not now, ask again next run
	ResolveCopy               // copy it beside the one that is there
	ResolveReplace            // copy it, then delete the one that is there; see Options.AllowReplace
)

func (noHooks) MapFlags(context.Context, FlagQuestion) (FlagAnswer, error) { return FlagAnswer{}, nil }

func (noHooks) RewriteMessage(context.Context, *RewriteQuestion) (Rewrite, error) {
	return Rewrite{}, nil
}

func (noHooks) MessageKey(context.Context, *KeyQuestion) (string, error) { return "", nil }

func (noHooks) OnConflict(context.Context, *Conflict) (Ruling, error) { return Ruling{}, nil }
