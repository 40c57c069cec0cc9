package web

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// Lists is what lists of tasks and the overview need. It is part of [Service].
type Lists interface {
	// FindTasks returns the tasks that q asks for and that the actor of ctx may read,
	// each with its latest runs, and how many there are without q's Offset and Limit.
	FindTasks(ctx context.Context, q task.Query) (rows []TaskRow, total int, err error)
	// TaskMarks returns a mark of each task that the actor may read, in no order: another one
	// once anything has changed of what FindTasks returns with OnlyLast, but for the
	// position of queued runs.
	TaskMarks(ctx context.Context) ([]task.Mark, error)
	// SumTasks counts the tasks that the actor may read.
	SumTasks(ctx context.Context) (task.Sums, error)
	// Health is how the service itself does.
	Health(ctx context.Context) (Health, error)
}

// RecentRuns is how many of the latest runs a row of FindTasks has.
const RecentRuns = 12

// Health is how the service does.
type Health struct {
	Nodes    int           // that execute runs
	Running  int           // runs at work
	Waiting  int           // runs that wait for their turn
	Longest  time.Duration // since the first of those has been waiting
	Database time.Duration // that it took to answer
}

// Pacing is what a run that is at work can be told. It is part of [Service].
type Pacing interface {
	// RetryRun queues a run of the task of an ended run that looks only at the folders
	// of which that run held messages back, or failed at some. One that left nothing
	// undone is a conflict, as is one that is not the latest of its task.
	RetryRun(ctx context.Context, runID string) (task.Run, error)
}
