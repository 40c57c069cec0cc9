package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// River's queues.
const (
	queueCopy    = "copy"
	queueControl = "control"
)

// queue is what the rest of the package sees of River.
type queue struct {
	start  func(ctx context.Context) error
	stop   func(ctx context.Context) error
	insert func(ctx context.Context, tickets []store.Ticket) error
}

// newQueue brings River's tables up to date and connects River with j. River's
// type parameter, which differs between databases, goes no further than this.
func newQueue[T any](ctx context.Context, driver riverdriver.Driver[T], j *Jobs) (*queue, error) {
	log := slog.New(quiet{j.log.With("part", "queue").Handler()})
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("tables of the queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("tables of the queue: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &copyWorker{jobs: j})
	river.AddWorker(workers, &tickWorker{jobs: j})
	client, err := river.NewClient(driver, &river.Config{
		Logger:  log,
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			queueCopy:    {MaxWorkers: j.cfg.Workers},
			queueControl: {MaxWorkers: 1},
		},
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(
			river.PeriodicInterval(j.cfg.Tick),
			func() (river.JobArgs, *river.InsertOpts) { return tickArgs{}, nil },
			&river.PeriodicJobOpts{ID: "tick", RunOnStart: true},
		)},
		// Of the tick. A tick takes milliseconds; one whose process was killed is
		// cleared away within a minute. copyWorker has a limit of its own.
		JobTimeout:           15 * time.Second,
		RescueStuckJobsAfter: 30 * time.Second,
		// The rows of River say nothing that the runs do not say.
		CompletedJobRetentionPeriod: 10 * time.Minute,
		CancelledJobRetentionPeriod: 10 * time.Minute,
		DiscardedJobRetentionPeriod: 24 * time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return &queue{
		start: client.Start,
		stop:  client.Stop,
		insert: func(ctx context.Context, tickets []store.Ticket) error {
			for part := range slices.Chunk(tickets, 500) {
				params := make([]river.InsertManyParams, len(part))
				for i, t := range part {
					params[i].Args = copyArgs{RunID: t.RunID, Epoch: t.Epoch}
				}
				if _, err := client.InsertMany(ctx, params); err != nil {
					return fmt.Errorf("queue runs: %w", err)
				}
			}
			return nil
		},
	}, nil
}

// copyArgs are a ticket on its way to a worker.
type copyArgs struct {
	RunID string `json:"run_id"`
	Epoch int64  `json:"epoch"`
}

func (copyArgs) Kind() string { return "copy" }

// InsertOpts keeps a ticket that is waiting or being worked on from being inserted
// again. One that was completed may come again: the claim decides.
func (copyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueCopy, UniqueOpts: river.UniqueOpts{
		ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
			rivertype.JobStateRunning, rivertype.JobStateScheduled,
		},
	}}
}

type copyWorker struct {
	river.WorkerDefaults[copyArgs]
	jobs *Jobs
}

// Timeout leaves a run that was claimed at the end of a slice one of its own, and
// the time to stop in order.
func (w *copyWorker) Timeout(*river.Job[copyArgs]) time.Duration {
	return 2*w.jobs.cfg.Slice + 15*time.Minute
}

// Work takes a ticket for a turn at the queue of the store: which run it gets is
// decided there. There are at least as many tickets as runs that wait.
func (w *copyWorker) Work(ctx context.Context, _ *river.Job[copyArgs]) error {
	err := w.jobs.work(ctx)
	switch {
	case errors.Is(err, errShutdown):
		return river.JobSnooze(0)
	case errors.Is(err, store.ErrNotQueued):
		return river.JobCancel(err)
	case errors.Is(err, store.ErrLimit):
		// Whoever ends a run looks for the next one himself; this is for limits
		// that are raised, and for what another node ends. Not all at once.
		return river.JobSnooze(limitPause + rand.N(limitPause))
	}
	return err
}

// limitPause is how long a ticket waits at least when the limits allow no more runs.
const limitPause = 3 * time.Second

// tickArgs are not unique: a tick whose process was killed must not keep the next
// one away, and two ticks at once do no harm.
type tickArgs struct{}

func (tickArgs) Kind() string { return "tick" }

func (tickArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueControl, MaxAttempts: 1}
}

type tickWorker struct {
	river.WorkerDefaults[tickArgs]
	jobs *Jobs
}

func (w *tickWorker) Work(ctx context.Context, _ *river.Job[tickArgs]) error {
	return w.jobs.tick(ctx)
}

// quiet drops what River says below the level of a warning, and its complaints
// that its own contexts end when it stops.
type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		stopped = a.Key == "error" && strings.Contains(a.Value.String(), context.Canceled.Error())
		return !stopped
	})
	if stopped {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
