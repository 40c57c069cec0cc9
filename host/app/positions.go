package app

import (
	"context"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// positionsFor is how long what was read of the queue is told: as many as look at
// queued runs share one look.
const positionsFor = time.Second

// queueView remembers where queued runs stand. The zero value works.
type queueView struct {
	mu        sync.Mutex
	at        time.Time
	positions map[string]task.Position
}

// place tells queued runs their positions. One that was queued a moment ago may have to
// wait for its own until somebody looks again.
func (s *service) place(ctx context.Context, runs ...*task.Run) error {
	for _, r := range runs {
		if r == nil || r.State != task.StateQueued {
			continue
		}
		p, known, err := s.position(ctx, r.ID)
		if err != nil {
			return err
		}
		if known {
			r.Position = &p
		}
	}
	return nil
}

func (s *service) position(ctx context.Context, runID string) (task.Position, bool, error) {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	p, known := s.queue.positions[runID]
	if age := time.Since(s.queue.at); age > positionsFor || !known && age > positionsFor/10 {
		// Whoever asked first may go away while others wait for the answer.
		positions, err := s.store.Positions(context.WithoutCancel(ctx))
		if err != nil {
			return task.Position{}, false, err
		}
		s.queue.at, s.queue.positions = time.Now(), positions
		p, known = positions[runID]
	}
	return p, known, nil
}
