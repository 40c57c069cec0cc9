package sdk

import (
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// MapFolder registers what decides where a folder goes. It is asked once per
// folder and run. Call it from init.
func MapFolder(fn func(*Folder) Result) {
	guest.Handle(abi.HookMapFolder, func() int32 { return fn(&Folder{}).finish() })
}

// FilterEnvelope registers what decides about a message before it is downloaded:
// flags, size and date are known, and the header with needs "headers". Call it
// from init.
func FilterEnvelope(fn func(*Message) Result) {
	guest.Handle(abi.HookFilterEnvelope, func() int32 { return fn(&Message{}).finish() })
}

// FilterMessage registers what decides about a message when it is here as a whole.
// Call it from init.
func FilterMessage(fn func(*Message) Result) {
	guest.Handle(abi.HookFilterMessage, func() int32 { return fn(&Message{}).finish() })
}

// OnStart registers what runs before the first question: reading the configuration
// is done here. With an error no run starts, and the user is shown its text.
func OnStart(fn func() error) { guest.OnStart(fn) }

// Result is what a hook answers.
type Result struct {
	code   int32
	reason string
}

// NoOpinion lets the next plugin decide. Changes that were made count.
func NoOpinion() Result { return Result{code: abi.ResultNoOpinion} }

// Accept ends the chain of plugins: the message or folder is copied, with the
// changes that were made.
func Accept() Result { return Result{code: abi.ResultAccept} }

// Skip leaves the message or folder out. The reason is shown in the report.
func Skip(reason string) Result { return Result{abi.ResultSkip, reason} }

// Defer leaves the message or folder for the next run.
func Defer(reason string) Result { return Result{abi.ResultDefer, reason} }

// Fail says that the plugin could not decide: the message or folder is held.
func Fail(err error) Result { return Result{abi.ResultError, err.Error()} }

// finish hands the reason over and returns what the export returns.
func (r Result) finish() int32 {
	switch {
	case r.code == abi.ResultError:
		guest.Break(r.reason)
	case r.reason != "":
		guest.Note(r.reason)
	}
	return r.code
}
