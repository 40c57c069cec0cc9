package copier

import (
	"context"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// The hooks about a run as a whole.
const (
	HookBeforeTask  HookKind = "before_task"
	HookAfterFolder HookKind = "after_folder"
	HookAfterTask   HookKind = "after_task"
	HookOnError     HookKind = "on_error"
)

// TaskHooks are asked when a run begins, ends, and meets trouble.
type TaskHooks interface {
	// BeforeTask is asked when the plan is made and nothing is copied yet. An
	// error keeps the run from starting: everything is held.
	BeforeTask(ctx context.Context, p *Plan) (RunVerdict, error)

	// AfterFolder is told that a folder is through, well or not, and AfterTask that
	// the run has ended. Errors become notes of the report; after one of AfterTask
	// that matches [ErrStop] the run needs a person, unless it ended worse.
	AfterFolder(ctx context.Context, f task.FolderReport) error
	AfterTask(ctx context.Context, r *task.Report) error

	// OnError is asked about what is about to be reported as failed. An error is
	// as no opinion, and becomes a note of the report.
	OnError(ctx context.Context, t *Trouble) (RunVerdict, error)
}

// RunAction is what a hook wants done with a run, or with what has failed.
type RunAction uint8

// The actions. The zero value lets things take their course.
const (
	RunGoOn  RunAction = iota
	RunSkip            // leave it out
	RunDefer           // hold it: not now, try again next run
	RunStop            // end the run; a person must look at it
)

// RunVerdict is the answer of BeforeTask and OnError.
type RunVerdict struct {
	Action RunAction
	By     string // which hook decided
	Note   string // reason, shown in the report
}

// reason is the verdict in words.
func (v RunVerdict) reason(what string) string { return reason(Verdict{By: v.By, Note: v.Note}, what) }

// Trouble is what is about to be reported as failed: a message, when UID is not 0,
// else a folder, when Folder.Name is not "", else the run.
type Trouble struct {
	Source   string
	Folder   mail.Folder
	Target   string // Name of the target folder; "" when there is none
	UID      mail.UID
	Size     int64 // of the message; 0 when it is not known
	Flags    []mail.Flag
	Stage    string // one of the Stage constants
	Kind     string // see [KindOf]
	Err      string // what the report will say
	Attempts int    // how often the message failed before
}

// Where something can fail.
const (
	StageList   = "list"
	StageMap    = "map"
	StageFetch  = "fetch"
	StageFilter = "filter"
	StageAppend = "append"
	StageRecord = "record"
	StageRemove = "remove"
)

func (noHooks) BeforeTask(context.Context, *Plan) (RunVerdict, error) { return RunVerdict{}, nil }

func (noHooks) AfterFolder(context.Context, task.FolderReport) error { return nil }

func (noHooks) AfterTask(context.Context, *task.Report) error { return nil }

func (noHooks) OnError(context.Context, *Trouble) (RunVerdict, error) { return RunVerdict{}, nil }
