package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// paceLook is the time between two looks at the pace of a run that is at work.
// Somebody may have changed it on another node.
const paceLook = time.Second

// followPace keeps pace as it is stored for the run, until the returned function is
// called.
func followPace(ctx context.Context, db *store.Store, runID string, pace *copier.Pace, log *slog.Logger) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	now := int64(0)
	look := func() {
		n, err := db.Pace(ctx, runID)
		if err != nil {
			log.Debug("the pace stays as it is", "error", err)
			return
		}
		if n != now {
			log.Info("the pace is another one", "bytes a second", n)
		}
		now = n
		pace.Set(n)
	}
	look()
	go func() {
		defer close(done)
		tick := time.NewTicker(paceLook)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				look()
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// undoneBefore says of each folder whether the run before this one of the same task
// left something of it undone. When that is not known any more, all are looked at.
func undoneBefore(ctx context.Context, db *store.Store, run task.Run) (func(source, folder string) bool, error) {
	runs, err := db.Runs(ctx, run.TaskID, 2)
	if err != nil || len(runs) < 2 {
		return nil, err
	}
	before, err := db.Run(ctx, runs[1].ID)
	if err != nil || before.Report == nil || len(before.Report.Undone()) == 0 {
		return nil, err
	}
	type place struct{ source, folder string }
	undone := make(map[place]bool)
	for _, f := range before.Report.Undone() {
		undone[place{f.Source, f.Folder}] = true
	}
	return func(source, folder string) bool { return undone[place{source, folder}] }, nil
}

// RetryRun implements web.Service.
func (s *service) RetryRun(ctx context.Context, runID string) (task.Run, error) {
	run, err := s.store.Run(ctx, runID)
	if err != nil {
		return run, webError(err)
	}
	switch runs, err := s.store.Runs(ctx, run.TaskID, 1); {
	case err != nil:
		return run, webError(err)
	case runs[0].ID != runID:
		return run, fmt.Errorf("%w: the task has run again since then; only what its latest run left undone can be tried again", web.ErrConflict)
	case run.Report == nil:
		return run, fmt.Errorf("%w: the run has not ended", web.ErrConflict)
	case len(run.Report.Undone()) == 0:
		return run, fmt.Errorf("%w: the run left nothing undone", web.ErrConflict)
	}
	next, err := s.jobs.RunNow(ctx, run.TaskID, store.TriggerRetry)
	if err == nil {
		s.Note(ctx, runEvent(access.DeedRunStarted, next))
	}
	return next, webError(err)
}

// Pace implements web.Service.
func (s *service) Pace(ctx context.Context, runID string) (int64, error) {
	return s.store.Pace(ctx, runID)
}

// SetPace implements web.Service.
func (s *service) SetPace(ctx context.Context, runID string, bytesPerSecond int64) error {
	err := s.store.SetPace(ctx, runID, bytesPerSecond)
	if errors.Is(err, store.ErrEnded) {
		return fmt.Errorf("%w: %w", web.ErrConflict, store.ErrEnded)
	}
	return webError(err)
}
