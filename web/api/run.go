package api

import (
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Counts are messages by what became of them:
// messages = copied + present + skipped + held + failed once a run has ended.
type Counts struct {
	task.CountsLine
	Rewritten     int64 `json:"rewritten,omitempty" doc:"Of copied: stored as a plugin has made them"`
	BytesToCopy   int64 `json:"bytes_to_copy,omitempty" doc:"As far as it is known yet"`
	DeletedSource int64 `json:"deleted_source,omitempty"`
	DeletedTarget int64 `json:"deleted_target,omitempty"`
}

// Run is one execution of a task.
type Run struct {
	ID          string    `json:"id"`
	Task        string    `json:"task" doc:"ID of the task"`
	TaskName    string    `json:"task_name"`
	Status      string    `json:"status" doc:"queued, running, stopping, pausing, paused, waiting for user, done, done with warnings, incomplete, needs you, cancelled or fault" example:"running"`
	Ended       bool      `json:"has_ended"`
	Trigger     string    `json:"trigger" doc:"by hand or schedule"`
	QueuedAt    time.Time `json:"queued,omitzero"`
	StartedAt   time.Time `json:"started,omitzero"`
	EndedAt     time.Time `json:"ended,omitzero"`
	Phase       string    `json:"phase,omitempty"`
	Folder      string    `json:"folder,omitempty" doc:"Of which a message was handled last"`
	Counts      Counts    `json:"counts"`
	PerSecond   float64   `json:"messages_per_second,omitempty"`
	BytesRate   float64   `json:"bytes_per_second,omitempty"`
	Left        float64   `json:"seconds_left,omitempty" doc:"An estimate; none while there is none"`
	MaxRate     int64     `json:"max_rate,omitempty" doc:"Bytes a second that it may transfer at most; none is no limit"`
	MaxMessages int64     `json:"max_messages,omitempty" doc:"Messages a second that it may transfer at most; none is no limit"`
	Outcome     string    `json:"outcome,omitempty" doc:"How it ended"`
	ExitStatus  *int      `json:"exit_status,omitempty" doc:"The same as the command line has"`
	Cause       string    `json:"cause,omitempty" doc:"One sentence, when the outcome is not done"`
	Remedy      string    `json:"remedy,omitempty" doc:"What a person can do about the cause"`
	Position    *Position `json:"position,omitempty" doc:"Where it stands in the queue, if its status is queued"`
	Paused      *Paused   `json:"paused,omitempty" doc:"Who has paused the run"`
	Await       *Await    `json:"await,omitempty" doc:"What it waits for, if its status is waiting for user"`
}

// Position is where a queued run stands in the queue.
type Position struct {
	Before int    `json:"before" doc:"Runs whose turn comes before, if nothing is queued or ends meanwhile"`
	For    string `json:"waits_for" doc:"account or host: as many runs as may be at work with one of its accounts or hosts; runs: as many as may be at work in all; worker: its turn only"`
	Where  string `json:"where,omitempty" doc:"The account or host"`
	Limit  int    `json:"limit,omitempty" doc:"How many runs may be at work there, or in all"`
}

// Await is what a run waits for. It goes on by itself once that is done: when its
// task, or an account or domain that the task refers to, is changed, or the task is run.
type Await struct {
	Code   string    `json:"code" doc:"login, approval, decision, settings or server"`
	Cause  string    `json:"cause"`
	Remedy string    `json:"remedy,omitempty"`
	Until  time.Time `json:"until,omitzero" doc:"When it is tried again although nobody has done anything"`
}

// CountsOf is c in JSON.
func CountsOf(c task.Counts) Counts {
	return Counts{CountsLine: c.Line(), Rewritten: c.Rewritten, BytesToCopy: c.SourceBytes, DeletedSource: c.DeletedSource, DeletedTarget: c.DeletedTarget}
}

// RunOf is r in JSON.
func RunOf(r task.Run) Run {
	p := r.Progress
	out := Run{
		ID: r.ID, Task: r.TaskID, TaskName: r.TaskName, Status: string(r.Status()), Ended: r.State == task.StateEnded, Trigger: r.Trigger,
		QueuedAt: r.Queued, StartedAt: r.Started, EndedAt: r.Ended, Phase: string(p.Phase), Folder: p.Folder, Counts: CountsOf(p.Counts),
		PerSecond: p.MessagesPerSecond, BytesRate: p.BytesPerSecond, Left: p.Left.Seconds(), MaxRate: r.Pace.Bytes, MaxMessages: r.Pace.Messages,
	}
	if p := r.Position; p != nil {
		out.Position = &Position{p.Before, string(p.For), p.Where, p.Limit}
	}
	if !r.Pause.At.IsZero() {
		out.Paused = &Paused{By: r.Pause.By, At: r.Pause.At}
	}
	if a := r.Await; a != nil {
		out.Await = &Await{Code: string(a.Code), Cause: a.Cause, Remedy: a.Remedy, Until: a.Until}
		out.Cause, out.Remedy = a.Cause, a.Remedy
	}
	if r.Report != nil {
		status := r.Report.Outcome.ExitStatus()
		out.Outcome, out.ExitStatus, out.Cause = string(r.Report.Outcome), &status, r.Report.Cause
		if trouble, ok := task.TroubleOf(r.Report.Cause); ok {
			out.Remedy = trouble.Remedy
		}
	}
	return out
}

// Report is what came of a run.
type Report struct {
	Outcome    string            `json:"outcome"`
	ExitStatus int               `json:"exit_status"`
	Cause      string            `json:"cause,omitempty"`
	Counts     Counts            `json:"counts"`
	Folders    []Folder          `json:"folders" nullable:"false"`
	Troubles   []task.Trouble    `json:"troubles" nullable:"false" doc:"What went wrong, by cause, with what a person can do about it"`
	Listed     []task.Listed     `json:"listed" nullable:"false" doc:"Messages that were not copied, or not deleted; at most 10,000"`
	Outbox     task.OutboxCounts `json:"outbox,omitzero"`
	Notes      []string          `json:"notes,omitempty"`
	Started    time.Time         `json:"started,omitzero"`
	Ended      time.Time         `json:"ended,omitzero"`
}

// Folder is what happened to one source folder.
type Folder struct {
	Source string `json:"source" doc:"Name of the source"`
	Folder string `json:"folder"`
	Target string `json:"target,omitempty" doc:"None when it was left out"`
	By     string `json:"by,omitempty" doc:"What decided the target"`
	Counts Counts `json:"counts"`
	Done   bool   `json:"done"`
	Error  string `json:"error,omitempty"`
}

// ReportOf is r in JSON.
func ReportOf(r *task.Report) Report {
	out := Report{
		Outcome: string(r.Outcome), ExitStatus: r.Outcome.ExitStatus(), Cause: r.Cause, Counts: CountsOf(r.Counts), Folders: []Folder{},
		Troubles: r.Troubles(), Listed: r.Listed, Outbox: r.Outbox, Notes: r.Notes, Started: r.Started, Ended: r.Ended,
	}
	if out.Listed == nil {
		out.Listed = []task.Listed{}
	}
	for _, f := range r.Folders {
		out.Folders = append(out.Folders, Folder{f.Source, f.Folder, f.Target, f.By, CountsOf(f.Counts), f.Done, f.Error})
	}
	return out
}

// Plan is what a run would do.
type Plan struct {
	Pairs []Pair   `json:"pairs" nullable:"false"`
	Notes []string `json:"notes,omitempty"`
}

// Pair is what a run would do with one source folder.
type Pair struct {
	Source   string `json:"source"`
	Folder   string `json:"folder"`
	Target   string `json:"target,omitempty"`
	By       string `json:"by,omitempty" doc:"What decided the target"`
	Excluded bool   `json:"excluded,omitempty" doc:"A plugin leaves the folder out"`
	Create   bool   `json:"create,omitempty" doc:"The target is made"`
	Messages int64  `json:"messages" doc:"-1 is not known"`
	ToCopy   int64  `json:"to_copy" doc:"Before filters are asked; -1 is not known"`
	Note     string `json:"note,omitempty"`
	Error    string `json:"error,omitempty"`
}

// LogLine is one line of a run's log. It may quote servers: hostile text.
type LogLine struct {
	Seq   int64     `json:"seq" doc:"Ascending within a run"`
	At    time.Time `json:"at"`
	Level string    `json:"level" doc:"info, warn or error"`
	Text  string    `json:"text"`
}

// LogLineOf is l in JSON.
func LogLineOf(l task.LogLine) LogLine { return LogLine{l.Seq, l.At, l.Level, l.Text} }
