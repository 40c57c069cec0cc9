package copier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/task"
)

// endedByHook is the end of a run that a hook wanted.
type endedByHook struct {
	outcome task.Outcome
	text    string
}

func (e *endedByHook) Error() string { return e.text }

// askBefore asks the hooks whether the run may copy what it has planned, and
// reports whether it may. The error says why it ends instead.
func (r *run) askBefore(ctx context.Context, jobs []*job) (bool, error) {
	if !r.hooks.Asks(HookBeforeTask) {
		return true, nil
	}
	v, err := r.hooks.BeforeTask(ctx, r.planOf(jobs))
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		r.closeUnbegun(jobs, task.FateHeld)
		return false, &endedByHook{task.OutcomeTemporary, fmt.Sprintf("everything is held until the next run, because the hook before_task failed: %v", err)}
	}
	switch v.Action {
	case RunGoOn:
		if v.Note != "" {
			r.tally.note("%s", v.reason("let the run begin, "))
		}
		return true, nil
	case RunSkip:
		r.closeUnbegun(jobs, task.FateSkipped)
		r.tally.leaveUnbegun()
		r.tally.note("nothing was copied: %s", v.reason("the run was skipped"))
		return false, nil
	case RunDefer:
		r.closeUnbegun(jobs, task.FateHeld)
		return false, &endedByHook{task.OutcomeTemporary, "everything is held until the next run: " + v.reason("deferred")}
	case RunStop:
		return false, &endedByHook{task.OutcomeNeedsUser, v.reason("the run was stopped")}
	}
	r.closeUnbegun(jobs, task.FateHeld)
	return false, &endedByHook{task.OutcomeTemporary, fmt.Sprintf("everything is held until the next run, because %s answered before_task with the unknown action %d", v.By, v.Action)}
}

// planOf is what the hooks are told of the plan. It shares nothing with the run.
func (r *run) planOf(jobs []*job) *Plan {
	p := &Plan{Notes: r.tally.noted()}
	for _, j := range jobs {
		p.Pairs = append(p.Pairs, j.PairPlan)
	}
	return p
}

// closeUnbegun settles the folders that nothing is done with, because the run does not
// begin.
func (r *run) closeUnbegun(jobs []*job, fate task.Fate) {
	for _, j := range jobs {
		if j.idle() {
			continue
		}
		r.tally.change(j.row, func(f *task.FolderReport) {
			if fate == task.FateSkipped {
				f.Skipped, f.Done = f.Counts.Source, true
			} else {
				f.Held = f.Counts.Source
			}
		})
	}
}

// sayFolder tells the hooks that a folder is through.
func (r *run) sayFolder(ctx context.Context, row int) {
	if !r.hooks.Asks(HookAfterFolder) || ctx.Err() != nil {
		return
	}
	var f task.FolderReport
	r.tally.change(row, func(row *task.FolderReport) { f = *row })
	if err := r.hooks.AfterFolder(ctx, f); err != nil && ctx.Err() == nil {
		r.warnings.add(r.log, HookAfterFolder, err)
	}
}

// sayEnd tells the hooks how the run ended. What they say about it becomes notes
// of the report.
func (r *run) sayEnd(ctx context.Context, report *task.Report) {
	if r.opts.DryRun || !r.hooks.Asks(HookAfterTask) {
		return
	}
	late, end := outlasting(ctx, stopPatience)
	defer end()
	told := *report
	told.Folders, told.Listed, told.Notes = slices.Clone(report.Folders), slices.Clone(report.Listed), slices.Clone(report.Notes)
	if err := guarded(func() error { return r.hooks.AfterTask(late, &told) }); err != nil {
		r.log.Warn("hook failed", "hook", HookAfterTask, "error", err)
		if errors.Is(err, ErrStop) && worse(task.OutcomeNeedsUser, report.Outcome) {
			report.Outcome, report.Cause = task.OutcomeNeedsUser, err.Error() // everything else is done
			return
		}
		report.Notes = append(report.Notes, fmt.Sprintf("the hook %s failed: %v", HookAfterTask, err))
	}
}

// warnings are failures of hooks that change nothing. Each hook's first one is
// noted in the report, and how many more there were: there may be one for each
// folder.
type warnings struct {
	mu    sync.Mutex
	hooks []HookKind
	first map[HookKind]error
	more  map[HookKind]int64
}

func (w *warnings) add(log *slog.Logger, hook HookKind, err error) {
	log.Warn("hook failed", "hook", hook, "error", err)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first[hook] != nil {
		w.more[hook]++
		return
	}
	if w.first == nil {
		w.first, w.more = make(map[HookKind]error), make(map[HookKind]int64)
	}
	w.hooks, w.first[hook] = append(w.hooks, hook), err
}

// note hands the warnings over to the report.
func (w *warnings) note(t *tally) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, hook := range w.hooks {
		more := ""
		if n := w.more[hook]; n > 0 {
			more = fmt.Sprintf(", and %d times more", n)
		}
		t.note("the hook %s failed: %v%s", hook, w.first[hook], more)
	}
}

// foreseeVerdict notes what keeps the planned run from beginning.
func (r *run) foreseeVerdict(ctx context.Context, p *Plan) {
	if ctx.Err() != nil || !r.hooks.Asks(HookBeforeTask) {
		return
	}
	told := &Plan{Pairs: slices.Clone(p.Pairs), Notes: slices.Clone(p.Notes)}
	v, err := r.hooks.BeforeTask(ctx, told)
	switch {
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("the run would not begin, because the hook before_task failed: %v", err))
	case v.Action == RunSkip:
		p.Notes = append(p.Notes, v.reason("the run would be skipped"))
	case v.Action == RunDefer:
		p.Notes = append(p.Notes, v.reason("the run would be deferred"))
	case v.Action == RunStop:
		p.Notes = append(p.Notes, v.reason("the run would be stopped"))
	}
}
