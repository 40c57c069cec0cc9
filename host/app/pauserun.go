package app

import (
	"context"
	"errors"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// PauseRun implements web.Service.
func (s *service) PauseRun(ctx context.Context, runID string) error {
	return s.onRun(ctx, runID, access.DeedRunPaused, func(run task.Run) error {
		if run.State == task.StateWaiting {
			return as(web.ErrConflict, errors.New("the run waits for somebody already; it does nothing until then"))
		}
		return s.jobs.PauseRun(ctx, runID, access.From(ctx).Name)
	})
}

// ResumeRun implements web.Service.
func (s *service) ResumeRun(ctx context.Context, runID string) error {
	return s.onRun(ctx, runID, access.DeedRunResumed, func(task.Run) error { return s.jobs.ResumeRun(ctx, runID) })
}

// onRun does something to a run that has not ended, and notes it.
func (s *service) onRun(ctx context.Context, runID string, deed access.Deed, do func(task.Run) error) error {
	run, err := s.store.Run(ctx, runID)
	if err != nil {
		return webError(err)
	}
	if err := do(run); err != nil {
		if errors.Is(err, store.ErrNotQueued) {
			return as(web.ErrConflict, errors.New("the run has ended"))
		}
		return webError(err)
	}
	s.Note(ctx, runEvent(deed, run))
	return nil
}
