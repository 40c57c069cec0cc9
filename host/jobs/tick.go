package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/mailweir/mailweir/host/store"
)

const (
	// sweepAfter is how long a queued run may be without a ticket in the queue,
	// as when the process ended between the two inserts.
	sweepAfter = 30 * time.Second
	// sweepAtOnce bounds the sweep when many runs wait for a worker.
	sweepAtOnce = 500
)

// tick starts what is due and mends what went wrong.
func (j *Jobs) tick(ctx context.Context) error {
	now := time.Now()
	due, dueErr := j.store.ClaimDue(ctx, now)
	waiting, waitErr := j.store.Queued(ctx, now.Add(-sweepAfter), sweepAtOnce)
	lost, lostErr := j.reconcile(ctx)
	j.hand(ctx, append(append(due, waiting...), lost...))
	return errors.Join(dueErr, waitErr, lostErr, j.store.Sessions().DeleteExpired(ctx))
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
