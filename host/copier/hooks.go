package copier

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// Hooks is what the engine asks while it works. An error of any method means
// that the hook failed: the message (or the folder) is held, listed with the
// reason, and tried again in the next run; an error that matches [ErrStop] ends the
// run. Methods may be called from several goroutines. A nil Hooks has no opinion.
type Hooks interface {
	// Asks reports whether any hook of the given kind is there, so that the
	// engine loads only what somebody looks at.
	Asks(kind HookKind) bool

	// MapFolder decides where a folder goes. It is asked once per folder and run.
	MapFolder(ctx context.Context, q FolderQuestion) (FolderAnswer, error)

	// FilterEnvelope decides about a message by its flags, size, date and header: before
	// it is downloaded, or a small one as it arrives, see [Options].AskFirstFrom and
	// [HeaderNeeder].
	FilterEnvelope(ctx context.Context, c *Candidate) (Verdict, error)

	// FilterMessage decides about a message when it is here as a whole.
	FilterMessage(ctx context.Context, c *Candidate) (Verdict, error)

	OutboxHooks
	TaskHooks

	// Digest identifies the hooks with their configuration: two equal digests
	// give the same answers to the same questions.
	Digest() string

	FlagMapper
	Rewriter
	Keyer
	Referee
}

// ErrStop marks an error of a hook that ends the run: a person has to look at the
// hook before anything more is asked of it.
var ErrStop = errors.New("stopped by a hook")

// HookKind is one of the points where hooks are asked.
type HookKind string

// The kinds of hook, by their names in the plugin interface.
const (
	HookMapFolder      HookKind = "map_folder"
	HookFilterEnvelope HookKind = "filter_envelope"
	HookFilterMessage  HookKind = "filter_message"
)

// FolderQuestion asks where a folder goes.
type FolderQuestion struct {
	Source   string // name of the source within the task
	Folder   mail.Folder
	Proposed string // the Name that the folder would get at the target
}

// FolderAnswer says where a folder goes.
type FolderAnswer struct {
	Target  string // UTF-8 Name at the target; "" leaves Proposed
	Exclude bool   // leave the whole folder out
	Defer   bool   // hold the whole folder: not now, ask again next run
	By      string // which hook decided; "" when none had an opinion
	Note    string // reason, shown in the plan
	// Unshared is the hook that chose Target, such as "plugin NAME", if the folder is
	// to be held when another one goes there as well; "" lets them be merged.
	Unshared string
}

// Candidate is a message that a filter is asked about.
type Candidate struct {
	Source  string // name of the source within the task
	Folder  mail.Folder
	Target  string       // Name of the folder that it would go to
	Message mail.Message // with Header, the whole header section; see HeaderNeeder
	Body    io.ReaderAt  // the whole message, Message.Size bytes; nil in FilterEnvelope
}

// Action is a filter's decision.
type Action uint8

// The actions. The zero value lets the message pass.
const (
	ActionPass  Action = iota // copy it
	ActionSkip                // leave it out on purpose
	ActionDefer               // hold it: not now, ask again next run
)

// Verdict is a filter's answer. Effects count only with ActionPass.
type Verdict struct {
	Action Action
	Target string      // another folder (UTF-8 Name); "" leaves it
	Flags  []mail.Flag // the whole new set; nil leaves it, empty clears it
	Date   time.Time   // another internal date; zero leaves it
	By     string      // which hook decided
	Note   string      // reason, shown in the report
}

// noHooks has no opinion.
type noHooks struct{}

func (noHooks) Asks(HookKind) bool { return false }

func (noHooks) MapFolder(context.Context, FolderQuestion) (FolderAnswer, error) {
	return FolderAnswer{}, nil
}

func (noHooks) FilterEnvelope(context.Context, *Candidate) (Verdict, error) { return Verdict{}, nil }

func (noHooks) FilterMessage(context.Context, *Candidate) (Verdict, error) { return Verdict{}, nil }

func (noHooks) Digest() string { return "" }
