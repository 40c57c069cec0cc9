package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

const (
	// showEvery is how often those who watch see something new: often enough to
	// look alive, seldom enough for a run with thousands of folders.
	showEvery = 250 * time.Millisecond
	// saveEvery is how often progress is stored. After a crash of the process a
	// run shows what it showed then, until it goes on.
	saveEvery = 2 * time.Second
	// maxPending bounds the log lines that wait for the store.
	maxPending = 5000
)

// activeRun is a run that is executed in this process.
type activeRun struct {
	cancelRun context.CancelCauseFunc

	mu      sync.Mutex
	stop    bool // somebody asked for it
	pause   bool // somebody asked for it
	lost    bool // another node may have it
	now     task.Progress
	has     bool // now was set
	changed bool // since take
	lines   []task.LogLine
	dropped int // lines beyond maxPending
}

// cancel ends the context of the run. The first cause counts.
func (a *activeRun) cancel(why error) {
	a.mu.Lock()
	a.stop = a.stop || errors.Is(why, errStopAsked)
	a.pause = a.pause || errors.Is(why, errPauseAsked)
	a.lost = a.lost || errors.Is(why, errLeaseLost)
	a.mu.Unlock()
	a.cancelRun(why)
}

// given is an error once the run was given up.
func (a *activeRun) given() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lost {
		return errLeaseLost
	}
	return nil
}

// pauseAsked reports whether somebody asked the run to pause.
func (a *activeRun) pauseAsked() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pause
}

// stopAsked reports whether somebody asked the run to stop.
func (a *activeRun) stopAsked() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stop
}

// progress takes a snapshot.
func (a *activeRun) progress(p task.Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now, a.has, a.changed = p, true, true
}

// log takes a line.
func (a *activeRun) log(line task.LogLine) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if line.At.IsZero() {
		line.At = time.Now()
	}
	if len(a.lines) >= maxPending {
		a.dropped++
		return
	}
	a.lines = append(a.lines, line)
}

// latest returns the newest progress, if there is any.
func (a *activeRun) latest() (task.Progress, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now, a.has
}

// take returns the newest progress, whether it is news, and the lines since the
// last call.
func (a *activeRun) take() (p task.Progress, changed bool, lines []task.LogLine) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, changed, lines = a.now, a.changed, a.lines
	if a.dropped > 0 {
		lines = append(lines, task.LogLine{At: time.Now(), Level: "warn", Text: fmt.Sprintf("%d lines were left out", a.dropped)})
	}
	a.changed, a.lines, a.dropped = false, nil, 0
	return p, changed, lines
}

// report carries progress and log lines of a run to the store and to those who
// watch, until done is closed and all is carried.
func (j *Jobs) report(run task.Run, a *activeRun, done <-chan struct{}) {
	show := time.NewTicker(showEvery)
	defer show.Stop()
	var saved time.Time
	unsaved := false
	for last := false; ; {
		p, changed, lines := a.take()
		unsaved = unsaved || changed
		j.appendLog(run, a, lines)
		if unsaved && (last || time.Since(saved) >= saveEvery) {
			j.saveProgress(run, a, p)
			saved, unsaved = time.Now(), false
		}
		if changed || len(lines) > 0 {
			run.Progress = p
			run.Stopping, run.Pausing = a.stopAsked(), a.pauseAsked()
			j.hub.publish(run)
		}
		if last {
			return
		}
		select {
		case <-show.C:
		case <-done:
			last = true
		}
	}
}

func (j *Jobs) appendLog(run task.Run, a *activeRun, lines []task.LogLine) {
	if len(lines) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	err := j.store.AppendLog(ctx, store.TicketOf(run), lines)
	j.heed(a, err)
	if err != nil && !errors.Is(err, store.ErrFenced) {
		j.log.Warn("log lines of a run are lost", "run", run.ID, "count", len(lines), "error", err)
	}
}

func (j *Jobs) saveProgress(run task.Run, a *activeRun, p task.Progress) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	stop, err := j.store.SaveProgress(ctx, store.TicketOf(run), p)
	j.heed(a, err)
	if err != nil && !errors.Is(err, store.ErrFenced) {
		j.log.Warn("progress of a run is not stored", "run", run.ID, "error", err)
	}
	if stop {
		a.cancel(errStopAsked)
	}
}

// heed stops a run of which the store says that another node has it.
func (j *Jobs) heed(a *activeRun, err error) {
	if errors.Is(err, store.ErrFenced) {
		a.cancel(errLeaseLost)
	}
}
