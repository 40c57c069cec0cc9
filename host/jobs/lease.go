package jobs

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// followEvery is how often a node looks what others ask of its runs, and how those
// runs of other nodes get on that somebody watches here.
const followEvery = time.Second

// keepLease says at each beat that this node lives, and puts the runs of nodes
// that do not back into the queue, until done is closed.
func (j *Jobs) keepLease(done <-chan struct{}) {
	beat := time.NewTicker(j.cfg.Beat)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return
		case <-beat.C:
		}
		j.renew()
	}
}

// renew is one beat. A node that could not renew its lease for two thirds of it
// gives up its runs before others may take them; one that was frozen for longer
// finds out here, as the first thing it does.
func (j *Jobs) renew() {
	if !j.leased() {
		j.giveUp()
	}
	ctx, cancel := context.WithTimeout(context.Background(), j.cfg.Lease/3)
	defer cancel()
	sent := time.Now()
	if err := j.store.Beat(ctx, j.cfg.Name); err != nil {
		j.log.Warn("this node can not say that it lives", "error", err)
		return
	}
	j.mu.Lock()
	j.renewed = sent
	j.mu.Unlock()
	tickets, err := j.store.TakeOver(ctx, j.cfg.Lease)
	if len(tickets) > 0 { // whatever went wrong after that
		j.log.Warn("runs of a node that is gone go on", "count", len(tickets))
		j.hand(ctx, tickets)
	}
	if err != nil {
		j.log.Warn("look for nodes that are gone", "error", err)
	}
}

// leased reports whether this node may work for runs: no other node can take it for
// gone yet.
func (j *Jobs) leased() bool {
	return !j.store.Shared() || j.leaseAge() <= j.cfg.Lease*2/3
}

// leaseAge is how long ago the lease was renewed.
func (j *Jobs) leaseAge() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Since(j.renewed)
}

// giveUp stops all runs of this node, because others may have taken them over.
func (j *Jobs) giveUp() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, a := range j.active {
		j.log.Warn("run is given up: this node has lost its lease", "run", id)
		a.cancel(errLeaseLost)
	}
}

// Holds is an error unless this node may still work for the run: while it knows
// that no other node can have taken the run over. It does no I/O. Whoever is about
// to tell a server something for the run asks first, because no database keeps a
// process from that which was frozen in the middle of it.
func (j *Jobs) Holds(runID string) error {
	a := j.lookup(runID)
	if a == nil || !j.leased() {
		return errLeaseLost
	}
	return a.given()
}

// follow looks around every second until done is closed.
func (j *Jobs) follow(done <-chan struct{}) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	shown := make(map[string]glimpse)
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		if err := j.reconcile(ctx); err != nil {
			j.log.Warn("look after the runs", "error", err)
		}
		shown = j.showOthers(ctx, shown)
		cancel()
	}
}

// reconcile compares the runs that the store takes for executed by this node with
// those that are. A run that nobody executes, because its end could not be stored,
// goes back to the queue. A run that somebody asked to stop or to pause, on whatever
// node, is told so.
func (j *Jobs) reconcile(ctx context.Context) error {
	// Between a claim and the entry in j.active, a run looks like one that nobody
	// executes.
	j.claiming.Lock()
	running, err := j.store.Running(ctx)
	var lost []store.Ticket
	for _, r := range running {
		a := j.lookup(r.RunID)
		switch {
		case a == nil:
			lost = append(lost, r.Ticket)
		case r.Stop:
			a.cancel(errStopAsked)
		case r.Pause:
			a.cancel(errPauseAsked)
		}
	}
	j.claiming.Unlock()
	if err != nil {
		return err
	}
	var tickets []store.Ticket
	for _, t := range lost {
		next, err := j.store.Requeue(ctx, t, false)
		if errors.Is(err, store.ErrFenced) {
			continue // it has ended since
		}
		if err != nil {
			return err
		}
		j.log.Warn("a run had no worker", "run", t.RunID)
		if next != (store.Ticket{}) {
			tickets = append(tickets, next)
		}
	}
	j.hand(ctx, tickets)
	return nil
}

// glimpse is what was seen of a run of another node.
type glimpse struct {
	run task.Run
	log int64 // number of its last line
}

// showOthers shows those runs to their watchers that are not executed here. shown
// is what it returned the last time.
func (j *Jobs) showOthers(ctx context.Context, shown map[string]glimpse) map[string]glimpse {
	now := make(map[string]glimpse)
	for _, id := range j.hub.watched() {
		if j.lookup(id) != nil {
			continue
		}
		run, err := j.store.Run(ctx, id)
		if err != nil {
			continue // it is asked for again in a second
		}
		g := glimpse{run: run}
		if lines, err := j.store.LogLines(ctx, id, -1, 1); err == nil && len(lines) > 0 {
			g.log = lines[0].Seq
		}
		if !reflect.DeepEqual(g, shown[id]) && j.lookup(id) == nil {
			j.hub.publish(run)
		}
		now[id] = g
	}
	return now
}
