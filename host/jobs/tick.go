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
	waiting, waitErr := j.store.Queued(ctx, now.Add(-sweepAfter), sweepAtOnce)
	lost, lostErr := j.reconcile(ctx)
	j.hand(ctx, slices.Concat(late, due, waiting, lost))
	return errors.Join(lateErr, dueErr, waitErr, lostErr, j.store.Clean(ctx))
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

// reconcile compares the runs that the store takes for running with those that
// are. A run that nobody executes, because its end could not be stored, goes back
// to the queue. A run that somebody asked to stop through the store is told so.
func (j *Jobs) reconcile(ctx context.Context) ([]store.Ticket, error) {
	running, err := j.store.Running(ctx) // before looking at j.active: see work
	if err != nil {
		return nil, err
	}
	var tickets []store.Ticket
	for _, r := range running {
		if a := j.lookup(r.RunID); a != nil {
			if r.Stop {
				a.cancel(errStopAsked)
			}
			continue
		}
		ticket, err := j.store.Requeue(ctx, r.Ticket)
		if errors.Is(err, store.ErrNotFound) {
			continue // it has ended since
		}
		if err != nil {
			return tickets, err
		}
		j.log.Warn("a run had no worker", "run", r.RunID)
		if ticket != (store.Ticket{}) {
			tickets = append(tickets, ticket)
		}
	}
	return tickets, nil
}
