package sdk

import (
	"encoding/json"
	"io"

	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/internal/guest"
)

// TaskName is the name of the task. It works in [OnStart], too.
func TaskName() string { return text("the task", abi.PropTask) }

// RunID identifies the run; it is the same in all its hooks. It works in [OnStart], too.
func RunID() string { return text("the run", abi.PropRun) }

// DryRun reports whether nothing will be changed anywhere. What a plugin sends is
// recorded then, and not sent.
func DryRun() bool { return number("dry run", abi.PropDryRun) == 1 }

// Run is a run as a whole, or one folder of it. It is valid until the hook returns.
type Run struct{}

// BeforeTask registers what is asked when a run is about to copy, and its plan can be
// read: [Skip] ends it as done, [Defer] as to be tried again, [Stop] as needing a person.
// Call it from init.
func BeforeTask(fn func(*Run) RunResult) {
	guest.Handle(abi.HookBeforeTask, func() int32 { return fn(&Run{}).finish() })
}

// AfterFolder registers what is told when a folder is through, and its part of the report
// can be read. Call it from init.
func AfterFolder(fn func(*Run) Opinion) {
	guest.Handle(abi.HookAfterFolder, func() int32 { return fn(&Run{}).finish() })
}

// AfterTask registers what is told when a run has ended, well or not, and its report can
// be read. Call it from init.
func AfterTask(fn func(*Run) Opinion) {
	guest.Handle(abi.HookAfterTask, func() int32 { return fn(&Run{}).finish() })
}

// Report reads the plan or report as JSON.
func (*Run) Report() io.Reader { return &reader{at: guest.Report} }

// DecodeReport decodes the plan or report into v; members that v does not have are left
// out.
func (r *Run) DecodeReport(v any) error { return json.NewDecoder(r.Report()).Decode(v) }

// Note sets the reason that the report shows.
func (*Run) Note(reason string) { guest.Note(reason) }

// Failure is something that failed: a message, a folder or the run itself. It is valid
// until the hook returns.
type Failure struct{}

// OnError registers what is asked when something failed and will not be tried again in
// this run: [Skip] leaves a message out from now on and a folder out of this run, [Defer]
// holds them and makes a run end as to be tried again, [Stop] ends the run as needing a
// person. Call it from init.
func OnError(fn func(*Failure) RunResult) {
	guest.Handle(abi.HookOnError, func() int32 { return fn(&Failure{}).finish() })
}

// Stage is what failed: "list", "map", "fetch", "filter", "rewrite", "append", "record",
// "remove" or "hook".
func (*Failure) Stage() string { return text("the stage", abi.PropStage) }

// Kind is how: "auth", "quota", "refused", "lost", "timeout", "too big", "no folder",
// "plugin" or "other".
func (*Failure) Kind() string { return text("the kind", abi.PropErrorKind) }

// Text is what the report will say.
func (*Failure) Text() string { return text("the error", abi.PropError) }

// Attempt is how often this failed before.
func (*Failure) Attempt() int { return int(number("the attempt", abi.PropAttempt)) }

// Source is the name of the source, or "".
func (*Failure) Source() string { return text("the source", abi.PropSource) }

// Folder is the folder at the source, or "".
func (*Failure) Folder() string { return text("the folder", abi.PropFolder) }

// Message is the message that failed, or nil when it was no message.
func (*Failure) Message() *FailedMessage {
	if !guest.IsThere(abi.PropUID) {
		return nil
	}
	return &FailedMessage{}
}

// FailedMessage is a message that failed.
type FailedMessage struct{ message }

type runAnswer struct{ *answer }

func (runAnswer) isRunResult() {}

// Stop ends the run; a person has to look at it.
func Stop(reason string) RunResult { return runAnswer{&answer{abi.ResultStop, reason}} }
