package web

import (
	"context"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// runFrames lets the open pages of a run share what is made for them. However many
// there are, a state of the run is read and drawn once for each language. The zero
// value works.
type runFrames struct {
	mu  sync.Mutex
	all map[frameKey]*runFrame
}

// frameKey is all that the drawing of a run depends on, but the run.
type frameKey struct {
	run      string
	language view.Language
	mayRun   bool
}

// runFrame is what a page shows of a run at one time.
type runFrame struct {
	of    task.Run
	until time.Time     // after that the clock has gone on, and the log
	ready chan struct{} // closed when the rest is there
	parts []fragment    // drawn
	lines []task.LogLine
	err   error

	mu   sync.Mutex
	logs map[int64]string // drawn lines after one
}

// frame returns what is shown of a run that is active and had been shown before. Pages
// that ask at the same time get the same.
func (r *runFrames) frame(ctx context.Context, svc Service, run task.Run) (*runFrame, error) {
	key := frameKey{run.ID, view.Texts(ctx).Tag, view.MayRun(ctx)}
	now := time.Now()
	r.mu.Lock()
	f := r.all[key]
	if f == nil || f.olderThan(run) || !now.Before(f.until) {
		before := f
		f = &runFrame{of: run, until: now.Add(frameGap), ready: make(chan struct{}), logs: map[int64]string{}}
		r.keep(key, f, now)
		r.mu.Unlock()
		// The page that came first may be closed meanwhile, and the others still wait.
		f.draw(context.WithoutCancel(ctx), svc, before)
		close(f.ready)
		return f, f.err
	}
	r.mu.Unlock()
	select {
	case <-f.ready:
		return f, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// keep replaces a frame, and forgets those of runs that nobody looks at any more. The
// caller holds r.mu.
func (r *runFrames) keep(key frameKey, f *runFrame, now time.Time) {
	if r.all == nil {
		r.all = map[frameKey]*runFrame{}
	}
	for other, old := range r.all {
		if now.Sub(old.until) > 2*clockGap {
			delete(r.all, other)
		}
	}
	r.all[key] = f
}

// olderThan reports whether run is a later state than that of the frame.
func (f *runFrame) olderThan(run task.Run) bool {
	a, b := f.of, run
	return b.Progress.At.After(a.Progress.At) || a.State != b.State || a.Stopping != b.Stopping || a.Pausing != b.Pausing || a.Pace != b.Pace
}

// draw draws all parts, and reads what has been logged since the frame before.
func (f *runFrame) draw(ctx context.Context, svc Service, before *runFrame) {
	shown := &runView{svc: svc, begun: true, folders: len(view.FoldersOf(f.of))}
	for _, part := range append(runParts(ctx, f.of), shown.folderFragments(f.of)...) {
		if part.text, f.err = part.html(ctx); f.err != nil {
			return
		}
		f.parts = append(f.parts, part)
	}
	f.lines, f.err = logTail(ctx, svc, f.of.ID, before)
}

// logTail is the end of the log of a run, as much of it as a page shows.
func logTail(ctx context.Context, svc Service, runID string, before *runFrame) ([]task.LogLine, error) {
	var known []task.LogLine
	if before != nil {
		select {
		case <-before.ready:
			known = before.lines
		default: // it is still being drawn
		}
	}
	if len(known) > 0 {
		lines, err := svc.Log(ctx, runID, known[len(known)-1].Seq, shownLog)
		if err != nil || len(lines) < shownLog {
			all := append(known[:len(known):len(known)], lines...)
			return all[max(0, len(all)-shownLog):], err
		}
	}
	return svc.Log(ctx, runID, logEnd, shownLog)
}

// logAfter is what was logged after a line, drawn for the end of the list of lines, or
// in place of it when the page has missed some.
func (f *runFrame) logAfter(ctx context.Context, seq int64) (fragment, bool, error) {
	if len(f.lines) == 0 || f.lines[len(f.lines)-1].Seq <= seq {
		return fragment{}, false, nil
	}
	lines, swap := f.lines, "innerHTML"
	if len(lines) < shownLog || lines[0].Seq <= seq+1 {
		swap = "beforeend"
		for len(lines) > 0 && lines[0].Seq <= seq {
			lines = lines[1:]
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := fragment{target: "#log", swap: swap, body: view.LogLines(lines), text: f.logs[seq]}
	if out.text == "" {
		var err error
		if out.text, err = out.html(context.WithoutCancel(ctx)); err != nil {
			return out, false, err
		}
		f.logs[seq] = out.text
	}
	return out, true, nil
}

// shared is frame from what all pages of the run share.
func (v *runView) shared(ctx context.Context, run task.Run) ([]fragment, error) {
	f, err := v.frames.frame(ctx, v.svc, run)
	if err != nil {
		return nil, err
	}
	all := f.parts[:len(f.parts):len(f.parts)]
	if n := len(view.FoldersOf(f.of)); n != v.folders {
		v.folders = n
		all = append(all, fragment{target: "#run-folders", body: view.RunFolders(f.of)})
	}
	lines, some, err := f.logAfter(ctx, v.lastLog)
	if err != nil || !some {
		return all, err
	}
	v.lastLog = f.lines[len(f.lines)-1].Seq
	return append(all, lines), nil
}
