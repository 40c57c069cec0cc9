package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
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
		n, err := db.Rate(ctx, runID)
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

// Pace implements web.Service.
func (s *service) Pace(ctx context.Context, runID string) (int64, error) {
	run, err := s.store.Run(ctx, runID)
	if err != nil || run.State == task.StateEnded {
		return 0, webError(err)
	}
	return run.MaxRate, nil
}

// SetPace implements web.Service.
func (s *service) SetPace(ctx context.Context, runID string, bytesPerSecond int64) error {
	return s.SetRate(ctx, runID, bytesPerSecond)
}
