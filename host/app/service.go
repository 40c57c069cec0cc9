package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web"
)

// service is the running program as the pages see it.
type service struct {
	store *store.Store
	jobs  *jobs.Jobs
	shelf *shelf
	log   *slog.Logger

	logins sync.Mutex // one guess at a time: each takes 64 MiB
}

var _ web.Service = (*service)(nil)

// Login implements web.Service. The hash is computed for a wrong name too, so
// that the time it takes does not tell which part was wrong.
func (s *service) Login(ctx context.Context, name, password string) (bool, error) {
	hash, err := s.store.AdminHash(ctx)
	if err != nil {
		return false, err
	}
	s.logins.Lock()
	defer s.logins.Unlock()
	right, err := checkPassword(password, hash)
	if err != nil {
		return false, err
	}
	return right && name == store.AdminName, nil
}

// Tasks implements web.Service.
func (s *service) Tasks(ctx context.Context) ([]web.TaskRow, error) {
	tasks, err := s.store.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	last, err := s.store.LastRuns(ctx)
	if err != nil {
		return nil, err
	}
	rows := make([]web.TaskRow, 0, len(tasks))
	for _, t := range tasks {
		row := web.TaskRow{Task: t}
		if run, ok := last[t.ID]; ok {
			row.Last = &run
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Task implements web.Service.
func (s *service) Task(ctx context.Context, id string) (task.Task, error) {
	t, err := s.store.Task(ctx, id)
	return t, webError(err)
}

// SaveTask implements web.Service.
func (s *service) SaveTask(ctx context.Context, t task.Task) (task.Task, error) {
	if err := t.Validate(); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	if err := s.tryHooks(ctx, t.Hooks); err != nil {
		return t, as(web.ErrInvalid, err)
	}
	if err := s.store.SaveTask(ctx, &t); err != nil {
		return t, webError(err)
	}
	return s.Task(ctx, t.ID)
}

// tryHooks starts the plugins once, so that a configuration they refuse is seen
// in the form and not in the first run.
func (s *service) tryHooks(ctx context.Context, hooks []task.Hook) error {
	_, done, err := s.shelf.chain(ctx, hooks, s.log)
	if err != nil {
		return err
	}
	done()
	return nil
}

// DeleteTask implements web.Service.
func (s *service) DeleteTask(ctx context.Context, id string) error {
	return webError(s.store.DeleteTask(ctx, id))
}

// PauseTask implements web.Service.
func (s *service) PauseTask(ctx context.Context, id, by string) error {
	return webError(s.store.PauseTask(ctx, id, by))
}

// ResumeTask implements web.Service.
func (s *service) ResumeTask(ctx context.Context, id string) error {
	return webError(s.store.ResumeTask(ctx, id))
}

// StartRun implements web.Service.
func (s *service) StartRun(ctx context.Context, taskID string) (task.Run, error) {
	run, err := s.jobs.RunNow(ctx, taskID, store.TriggerHand)
	return run, webError(err)
}

// StopRun implements web.Service.
func (s *service) StopRun(ctx context.Context, runID string) error {
	return webError(s.jobs.StopRun(ctx, runID))
}

// Run implements web.Service.
func (s *service) Run(ctx context.Context, id string) (task.Run, error) {
	run, err := s.jobs.Run(ctx, id)
	return run, webError(err)
}

// Runs implements web.Service.
func (s *service) Runs(ctx context.Context, taskID string, limit int) ([]task.Run, error) {
	runs, err := s.store.Runs(ctx, taskID, limit)
	return runs, webError(err)
}

// Log implements web.Service.
func (s *service) Log(ctx context.Context, runID string, after int64, limit int) ([]task.LogLine, error) {
	lines, err := s.store.LogLines(ctx, runID, after, limit)
	return lines, webError(err)
}

// Watch implements web.Service.
func (s *service) Watch(ctx context.Context, runID string) (<-chan task.Run, error) {
	if _, err := s.store.Run(ctx, runID); err != nil {
		return nil, webError(err)
	}
	return s.jobs.Watch(ctx, runID), nil
}

// Plugins implements web.Service.
func (s *service) Plugins(context.Context) ([]abi.Manifest, error) {
	return s.shelf.manifests(s.log)
}

// webError says to the pages which kind of trouble err is.
func webError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case errors.Is(err, store.ErrActive), errors.Is(err, store.ErrNotQueued):
		return fmt.Errorf("%w: %w", web.ErrConflict, err)
	case errors.Is(err, store.ErrNameTaken), errors.Is(err, store.ErrPasswordNeeded), errors.Is(err, store.ErrRefused):
		return fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	return err
}
