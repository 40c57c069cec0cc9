package app

import (
	"context"
	"errors"
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
	now := task.Pace{}
	look := func() {
		p, err := db.Pace(ctx, runID)
		if err != nil {
			log.Debug("the pace stays as it is", "error", err)
			return
		}
		if p != now {
			log.Info("the pace is another one", "bytes a second", p.Bytes, "messages a second", p.Messages)
		}
		now = p
		pace.Set(p)
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

// Pace implements web.Service.
func (s *service) Pace(ctx context.Context, runID string) (task.Pace, error) {
	run, err := s.store.Run(ctx, runID)
	if err != nil || run.State == task.StateEnded {
		return task.Pace{}, webError(err)
	}
	return run.Pace, nil
}

// SetPace implements web.Service.
func (s *service) SetPace(ctx context.Context, runID string, p task.Pace) error {
	run, err := s.store.Run(ctx, runID)
	if err == nil {
		err = s.store.SetPace(ctx, runID, p)
	}
	if errors.Is(err, store.ErrNotQueued) {
		return as(web.ErrConflict, errors.New("the run has ended"))
	}
	if err != nil {
		return webError(err)
	}
	e := runEvent(access.DeedRate, run)
	e.Detail += " to " + p.String()
	s.Note(ctx, e)
	return nil
}
