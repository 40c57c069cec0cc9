package app

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// FindTasks implements web.Service.
func (s *service) FindTasks(ctx context.Context, q task.Query) ([]web.TaskRow, int, error) {
	among, err := s.readable(ctx)
	if err != nil {
		return nil, 0, err
	}
	found, total, err := s.store.FindTasks(ctx, among, q)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]string, len(found))
	for i, t := range found {
		ids[i] = t.ID
	}
	runs := web.RecentRuns
	if q.OnlyLast {
		runs = 1
	}
	recent, err := s.store.RecentRuns(ctx, ids, runs)
	if err != nil {
		return nil, 0, err
	}
	rows := make([]web.TaskRow, len(found))
	for i, t := range found {
		rows[i] = web.TaskRow{Task: t, Recent: recent[t.ID]}
		if len(rows[i].Recent) > 0 {
			rows[i].Last = &rows[i].Recent[0]
			if err := s.place(ctx, rows[i].Last); err != nil {
				return nil, 0, err
			}
		}
	}
	return rows, total, nil
}

// SumTasks implements web.Service.
func (s *service) SumTasks(ctx context.Context) (task.Sums, error) {
	among, err := s.readable(ctx)
	if err != nil {
		return task.Sums{}, err
	}
	return s.store.SumTasks(ctx, among)
}

// readable is which tasks the actor may read. Only where the domains of a task
// decide, each is looked at.
func (s *service) readable(ctx context.Context) (store.Among, error) {
	actor := access.From(ctx)
	switch access.ExtentOf(actor, access.ReadTask) {
	case access.ExtentAll:
		return store.Among{All: true}, nil
	case access.ExtentOwn:
		return store.Among{Owner: actor.UserID}, nil
	case access.ExtentSome:
		all, err := s.store.Tasks(ctx)
		if err != nil {
			return store.Among{}, err
		}
		among := store.Among{Owner: actor.UserID}
		for _, t := range all {
			if access.Allowed(actor, access.ReadTask, access.OfTask(t)) {
				among.IDs = append(among.IDs, t.ID)
			}
		}
		return among, nil
	}
	return store.Among{}, nil
}

// Health implements web.Service.
func (s *service) Health(ctx context.Context) (web.Health, error) {
	began := time.Now()
	l, err := s.store.Load(ctx, jobs.DefaultLease)
	h := web.Health{Nodes: l.Nodes, Running: l.Running, Waiting: l.Waiting, Database: time.Since(began)}
	if !l.Since.IsZero() {
		h.Longest = max(0, time.Since(l.Since))
	}
	return h, err
}
