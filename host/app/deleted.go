package app

import (
	"context"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// DeleteTask implements web.Service.
func (s *service) DeleteTask(ctx context.Context, id, deletion string) error {
	err := s.onTask(ctx, id, access.DeedTaskDeleted, func() error { return s.store.DeleteTask(ctx, id, deletion) })
	if err != nil {
		return err
	}
	// Its run is asked to stop by now; one that is executed here hears of it sooner.
	runs, err := s.store.Runs(ctx, id, 1)
	if err == nil && len(runs) > 0 && runs[0].State == task.StateRunning {
		err = s.jobs.StopRun(ctx, runs[0].ID)
	}
	if err != nil {
		s.log.Warn("the run of a deleted task ends a little later", "task", id, "error", err)
	}
	return nil
}

// DeletedTasks implements web.Service.
func (s *service) DeletedTasks(ctx context.Context) ([]task.Deleted, error) {
	all, err := s.store.DeletedTasks(ctx)
	var mine []task.Deleted
	for _, d := range all {
		if mayRestore(ctx, d) {
			mine = append(mine, d)
		}
	}
	return mine, err
}

// mayRestore is whether the actor might have deleted the task.
func mayRestore(ctx context.Context, d task.Deleted) bool {
	actor := access.From(ctx)
	return actor.IsService() || access.Allowed(actor, access.DeleteTask, access.OfTask(d.Task))
}

// RestoreTask implements web.Service.
func (s *service) RestoreTask(ctx context.Context, id string) (task.Task, error) {
	d, err := s.store.DeletedTask(ctx, id)
	if err == nil && !mayRestore(ctx, d) {
		err = store.ErrNotFound
	}
	if err != nil {
		return task.Task{}, webError(err)
	}
	t, err := s.store.RestoreTask(ctx, id)
	if err != nil {
		return t, webError(err)
	}
	e := taskEvent(access.DeedTaskRestored, t)
	if t.Name != d.Task.Name {
		e.Detail = "it was called " + d.Task.Name
	}
	s.Note(ctx, e)
	return t, nil
}
