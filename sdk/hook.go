package sdk

import (
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// MapFolder registers what decides where a folder goes. It is asked once per
// folder and run; [Defer] holds the folder. Call it from init.
func MapFolder(fn func(*Folder) Result) {
	guest.Handle(abi.HookMapFolder, func() int32 { return fn(&Folder{}).finish() })
}

// FilterEnvelope registers what decides about a message before it is downloaded:
// flags, size and date are known, and the header with needs "headers". A message below
// 1 MiB whose header is needed may be here already. Call it from init.
func FilterEnvelope(fn func(*Message) Result) {
	guest.Handle(abi.HookFilterEnvelope, filter(fn))
}

// FilterMessage registers what decides about a message when it is here as a whole.
// Call it from init.
func FilterMessage(fn func(*Message) Result) {
	guest.Handle(abi.HookFilterMessage, filter(fn))
}

// filter is a hook that is asked about each message: an opinion, which most of them get, does
// not take the way through the interface.
func filter(fn func(*Message) Result) func() int32 {
	return func() int32 {
		r := fn(&Message{})
		if o, ok := r.(Opinion); ok {
			return o.finish()
		}
		return r.finish()
	}
}

// OnStart registers what runs before the first question: reading the configuration
// is done here. With an error no run starts, and the user is shown its text.
func OnStart(fn func() error) { guest.OnStart(fn) }

// Result is what most hooks answer: an [Opinion] or a [Decision].
type Result interface {
	finish() int32
	isResult()
}

// ConflictResult is what [OnConflict] answers: a [Result], or [Copy] or [Replace].
type ConflictResult interface {
	finish() int32
	isConflictResult()
}

// RunResult is what [BeforeTask] and [OnError] answer: a [Result], or [Stop].
type RunResult interface {
	finish() int32
	isRunResult()
}

// Opinion is what every hook may answer.
type Opinion struct{ *answer }

// Decision is what becomes of a message or folder that is not simply copied.
type Decision struct{ *answer }

// answer is what an export returns, with its reason; nil is no opinion. It is a
// pointer so that the answers that most messages get take no memory.
type answer struct {
	code   int32
	reason string
}

func (Opinion) isResult()          {}
func (Opinion) isConflictResult()  {}
func (Opinion) isRunResult()       {}
func (Decision) isResult()         {}
func (Decision) isConflictResult() {}
func (Decision) isRunResult()      {}

// NoOpinion lets the next plugin decide. Changes that were made count.
func NoOpinion() Opinion { return Opinion{} }

// Accept ends the chain of plugins: the message or folder is copied, with the
// changes that were made.
func Accept() Opinion { return Opinion{&accepted} }

var accepted = answer{code: abi.ResultAccept}

// Fail says that the plugin could not decide: the message or folder is held.
func Fail(err error) Opinion { return Opinion{&answer{abi.ResultError, err.Error()}} }

// Skip leaves the message or folder out. The reason is shown in the report.
func Skip(reason string) Decision { return Decision{&answer{abi.ResultSkip, reason}} }

// Defer leaves the message or folder for the next run.
func Defer(reason string) Decision { return Decision{&answer{abi.ResultDefer, reason}} }

// finish hands the reason over and returns what the export returns. What most messages
// get is a part of the caller.
func (a *answer) finish() int32 {
	switch {
	case a == nil:
		return abi.ResultNoOpinion
	case a == &accepted:
		return abi.ResultAccept
	}
	return a.tell()
}

func (a *answer) tell() int32 {
	if a.code == abi.ResultError {
		guest.Break(a.reason)
	} else if a.reason != "" {
		guest.Note(a.reason)
	}
	return a.code
}
