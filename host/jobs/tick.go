package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/store"
)

const (
	// sweepAfter is how long a queued run may be without a ticket in the queue,
	// as when the process ended between the two inserts.
	sweepAfter = 30 * time.Second
	// sweepAtOnce bounds the sweep when many runs wait for a worker.
	sweepAtOnce = 500
	// clockBack is how far the clock has to be put back to be noticed. Less is what
	// a clock does that is kept right, and no run is that short of time.
	clockBack = time.Minute
)

// tick starts what is due and mends what went wrong.
func (j *Jobs) tick(ctx context.Context) error {
	now := j.cfg.Now()
	late, lateErr := j.followClock(ctx, now)
	due, dueErr := j.store.ClaimDue(ctx, now)
	released, releaseErr := j.store.Release(ctx, now)
	waiting, waitErr := j.store.Queued(ctx, now.Add(-sweepAfter), sweepAtOnce)
	j.hand(ctx, slices.Concat(late, due, released, waiting))
	return errors.Join(lateErr, dueErr, releaseErr, waitErr, j.store.Clean(ctx))
}

// followClock notices that the clock was put back. What was planned by the clock
// that was ahead would wait for as long as it was ahead: a day, if it was a day.
// A clock that is put forward needs nothing: what is due now starts once.
func (j *Jobs) followClock(ctx context.Context, now time.Time) ([]store.Ticket, error) {
	j.mu.Lock()
	last := j.lastTick
	j.lastTick = now
	j.mu.Unlock()
	// Without the monotonic reading, which knows nothing of clocks that are put back.
	if last = last.Round(0); now.Round(0).Add(clockBack).After(last) {
		return nil, nil
	}
	j.log.Warn("the clock was put back", "from", last, "to", now)
	tickets, err := j.store.Rewind(ctx, now)
	if err != nil {
		j.mu.Lock()
		j.lastTick = last // try again
		j.mu.Unlock()
	}
	return tickets, err
}
