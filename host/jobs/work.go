package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// storeTimeout bounds the writes at the end of a run, which are done although its
// context is over.
const storeTimeout = time.Minute

// work claims and executes the run of a ticket. [store.ErrNotQueued] means that
// the ticket is void, errShutdown that the service stops; any other error means
// that the run could not be claimed and that the ticket is still good.
func (j *Jobs) work(ctx context.Context, ticket store.Ticket) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a := &activeRun{cancelRun: cancel}

	// The run is known here before the store knows that it is running, and until
	// after the store knows that it is not: see reconcile.
	if err := j.enter(ticket.RunID, a); err != nil {
		return err
	}
	defer j.leave(ticket.RunID)

	run, err := j.store.ClaimRun(ctx, ticket)
	if errors.Is(err, store.ErrNotQueued) {
		// The claim may have ended it, which those who watch it want to know.
		if now, readErr := j.store.Run(ctx, ticket.RunID); readErr == nil && now.State == task.StateEnded {
			j.hub.publish(now)
		}
	}
	if err != nil {
		return err
	}
	log := j.log.With("run", run.ID, "task", run.TaskName)
	log.Info("run starts", "trigger", run.Trigger)
	j.hub.publish(run)

	slice, endSlice := context.WithTimeoutCause(ctx, j.cfg.Slice, errSliceOver)
	defer endSlice()
	var reporting sync.WaitGroup
	done := make(chan struct{})
	reporting.Go(func() { j.report(run, a, done) })
	report := j.execute(slice, run, a)
	close(done)
	reporting.Wait()

	j.settle(context.Cause(slice), ticket, run, report)
	return nil
}

func (j *Jobs) enter(runID string, a *activeRun) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopping {
		return errShutdown
	}
	if j.active[runID] != nil {
		return store.ErrNotQueued
	}
	j.active[runID] = a
	return nil
}

func (j *Jobs) leave(runID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.active, runID)
}

// execute calls Config.Execute and makes a report of whatever it does.
func (j *Jobs) execute(ctx context.Context, run task.Run, a *activeRun) (report *task.Report) {
	started := time.Now()
	bug := func(cause string) *task.Report {
		p, _ := a.latest()
		a.log(task.LogLine{At: time.Now(), Level: "error", Text: cause})
		return &task.Report{Outcome: task.OutcomeBug, Cause: cause, Counts: p.Counts, Folders: p.Folders}
	}
	defer func() {
		if fault := recover(); fault != nil {
			j.log.Error("run panics", "run", run.ID, "panic", fault, "stack", string(debug.Stack()))
			report = bug(fmt.Sprintf("a fault in mailweir: %v", fault))
		}
		if report == nil {
			report = bug("a fault in mailweir: the run ended without a report")
		}
		if report.Started.IsZero() {
			report.Started = started
		}
		if report.Ended.IsZero() {
			report.Ended = time.Now()
		}
	}()
	return j.cfg.Execute(ctx, run, a.progress, a.log)
}

// settle ends the run, or puts it back into the queue if it was interrupted by us
// rather than by somebody. why is the cause for which its context was cancelled.
func (j *Jobs) settle(why error, ticket store.Ticket, run task.Run, report *task.Report) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	log := j.log.With("run", run.ID, "task", run.TaskName)
	unfinished := report.Outcome == task.OutcomeStopped || report.Outcome == task.OutcomeTemporary
	if why != nil && !errors.Is(why, errStopAsked) && unfinished {
		next, err := j.store.Requeue(ctx, ticket)
		switch {
		case err != nil:
			log.Error("run could not be put back into the queue", "error", err) // the tick tries again
		case next == (store.Ticket{}):
			log.Info("run ends", "outcome", task.OutcomeStopped)
		default:
			log.Info("run is interrupted and will go on", "cause", why)
			if errors.Is(why, errSliceOver) {
				j.hand(ctx, []store.Ticket{next})
			}
		}
	} else {
		if err := j.store.FinishRun(ctx, run.ID, report); err != nil {
			log.Error("end of the run could not be stored", "error", err) // the tick has it done again
		} else {
			log.Info("run ends", "outcome", report.Outcome, "copied", report.Counts.Copied, "failed", report.Counts.Failed)
		}
	}
	if now, err := j.store.Run(ctx, run.ID); err == nil {
		j.hub.publish(now)
	}
}
