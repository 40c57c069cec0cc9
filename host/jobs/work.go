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

// work claims and executes one run after the other, as long as some wait, and no
// longer than a slice. [store.ErrNotQueued] means that none waited,
// [store.ErrLimit] that none may begin now, errShutdown that the service stops; any
// other error means that nothing could be claimed.
func (j *Jobs) work(ctx context.Context) error {
	begun := time.Now()
	for n := 0; ; n++ {
		err := j.workOne(ctx)
		switch {
		case n > 0 && (errors.Is(err, store.ErrNotQueued) || errors.Is(err, store.ErrLimit)):
			return nil
		case err != nil, time.Since(begun) >= j.cfg.Slice:
			return err
		}
	}
}

// workOne claims and executes one run.
func (j *Jobs) workOne(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a := &activeRun{cancelRun: cancel}
	run, ticket, err := j.claim(ctx, a)
	if err != nil {
		return err
	}
	defer j.leave(run.ID)

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

	why := context.Cause(slice)
	if a.stopAsked() {
		why = errStopAsked // whatever came before it
	}
	j.settle(why, ticket, run, report)
	return nil
}

// claim gets the run whose turn it is, and enters it as a.
func (j *Jobs) claim(ctx context.Context, a *activeRun) (task.Run, store.Ticket, error) {
	j.claiming.RLock()
	defer j.claiming.RUnlock()
	j.mu.Lock()
	stopping := j.stopping
	j.mu.Unlock()
	if stopping {
		return task.Run{}, store.Ticket{}, errShutdown
	}
	if !j.leased() {
		return task.Run{}, store.Ticket{}, store.ErrLimit // it would be taken over at once
	}
	c, err := j.store.ClaimNext(ctx)
	for _, id := range c.Dropped { // which those who watch it want to know
		if run, err := j.store.Run(ctx, id); err == nil {
			j.hub.publish(run)
		}
	}
	if err != nil {
		return task.Run{}, store.Ticket{}, err
	}
	if err = j.enter(c.Run.ID, a); err == nil {
		return c.Run, c.Ticket, nil
	}
	next, requeueErr := j.store.Requeue(context.WithoutCancel(ctx), c.Ticket, true)
	if requeueErr == nil && next != (store.Ticket{}) {
		j.hand(context.WithoutCancel(ctx), []store.Ticket{next})
	}
	return task.Run{}, store.Ticket{}, errors.Join(err, requeueErr)
}

// enter makes a run known as one that is executed here. A run that is still being
// given up here has to wait.
func (j *Jobs) enter(runID string, a *activeRun) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopping {
		return errShutdown
	}
	if j.active[runID] != nil {
		return store.ErrLimit
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
	if errors.Is(why, errLeaseLost) {
		// Whatever it looked like from inside: the ledger was out of reach.
		unfinished = report.Outcome != task.OutcomeDone && report.Outcome != task.OutcomeListed
	}
	if why != nil && !errors.Is(why, errStopAsked) && unfinished {
		next, err := j.store.Requeue(ctx, ticket, errors.Is(why, errSliceOver))
		switch {
		case errors.Is(err, store.ErrFenced):
			log.Warn("run goes on on another node", "cause", why)
		case err != nil:
			log.Error("run could not be put back into the queue", "error", err) // reconcile tries again
		case next == (store.Ticket{}):
			log.Info("run rests", "cause", why)
		default:
			log.Info("run is interrupted and will go on", "cause", why)
			if !errors.Is(why, errShutdown) || j.store.Shared() {
				j.hand(ctx, []store.Ticket{next})
			}
		}
	} else {
		j.end(ctx, ticket, run, report)
	}
	if now, err := j.store.Run(ctx, run.ID); err == nil {
		j.hub.publish(now)
	}
}

// end ends the run with its report, or lets it wait for somebody who has to do
// something first. A run that was started by hand ends: whoever has started it looks at
// its report.
func (j *Jobs) end(ctx context.Context, ticket store.Ticket, run task.Run, report *task.Report) {
	log := j.log.With("run", run.ID, "task", run.TaskName)
	await := report.Await
	if await == nil && run.Trigger == store.TriggerSchedule {
		await = report.AwaitOf(j.cfg.Now())
	}
	if await != nil {
		switch err := j.store.AwaitUser(ctx, ticket, report, *await); {
		case err == nil:
			log.Warn("run waits for somebody", "code", await.Code, "cause", await.Cause)
			return
		case !errors.Is(err, store.ErrFenced):
			log.Error("run could not wait for somebody, and ends", "error", err)
		}
		report.Await = nil
	}
	if err := j.store.FinishRun(ctx, ticket, report); errors.Is(err, store.ErrFenced) {
		log.Warn("run was taken over by another node, and its end here does not count", "outcome", report.Outcome)
	} else if err != nil {
		log.Error("end of the run could not be stored", "error", err) // reconcile has it done again
	} else {
		log.Info("run ends", "outcome", report.Outcome, "copied", report.Counts.Copied, "failed", report.Counts.Failed)
	}
}
