package web

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web/api"
)

// Service is what the pages need of the running program. Errors that match
// ErrNotFound become 404, those that match ErrConflict 409 and ErrChanged 412, those that match
// ErrInvalid 422 with the error's text beside the form; all others are logged
// and shown as an internal error.
//
// Whoever makes a task owns it, and what is done is written into the audit trail:
// who that is, is access.From of ctx.
type Service interface {
	People
	PluginKeeper
	Lists       // lists.go
	Pacing      // lists.go
	api.Service // what only programs ask for; the rest is here, too
	ScriptDesk
	Registry       // service_registry.go
	Consents       // service_consent.go
	SettingsKeeper // service_settings.go
	Sketches       // service_sketches.go

	// Task returns one task. Passwords are empty.
	Task(ctx context.Context, id string) (task.Task, error)
	// SaveTask validates and stores t; with an empty ID it is made. An empty
	// Password of a source that keeps its name, or of the destination, keeps
	// the stored one. It returns the task as stored, passwords empty.
	SaveTask(ctx context.Context, t task.Task) (task.Task, error)
	// PauseTask keeps the task's schedule from starting runs; by is who wants it.
	// Of a task that is paused already the first name stays.
	PauseTask(ctx context.Context, id, by string) error
	// ResumeTask ends a pause. Times that went by are not made up for.
	ResumeTask(ctx context.Context, id string) error

	// StartRun queues a run of the task now. A task that is queued or running
	// already is a conflict.
	StartRun(ctx context.Context, taskID string) (task.Run, error)
	// StopRun asks a run to stop and returns at once.
	StopRun(ctx context.Context, runID string) error
	// Run returns one run with its progress and, once it has ended, its report.
	Run(ctx context.Context, id string) (task.Run, error)
	// Runs returns the latest runs of a task, newest first, without their folders.
	Runs(ctx context.Context, taskID string, limit int) ([]task.Run, error)
	// Log returns up to limit lines with Seq > after, oldest first. With a negative
	// after it returns the last limit lines instead, oldest first too.
	Log(ctx context.Context, runID string, after int64, limit int) ([]task.LogLine, error)
	// Watch sends the run's state now and whenever it has changed, the latest
	// value only, and closes the channel after the end or when ctx is done.
	Watch(ctx context.Context, runID string) (<-chan task.Run, error)

	// Ready is an error while the service could not do what it is asked for: its
	// database does not answer, or has other tables than this program knows.
	Ready(ctx context.Context) error

	// Plugins lists the plugins that a task's hooks can name.
	Plugins(ctx context.Context) ([]abi.Manifest, error)
}

// TaskRow is a line of the list of tasks.
type TaskRow = api.TaskRow
