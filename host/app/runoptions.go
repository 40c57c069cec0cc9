package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// optionsKeeper keeps with what a run is started, as far as that is known when keep
// is called: a run that does not begin shows what kept it from that.
type optionsKeeper struct {
	store   *store.Store
	run     task.Run
	log     *slog.Logger
	options task.RunOptions
	kept    bool
}

func newOptionsKeeper(db *store.Store, run task.Run, t task.Task, log *slog.Logger) *optionsKeeper {
	k := &optionsKeeper{store: db, run: run, log: log, options: task.RunOptions{Program: Version(), Options: task.OptionsOf(t, run, bound(t), nil)}}
	for _, h := range t.Hooks {
		k.options.Hooks = append(k.options.Hooks, task.UsedHook(h))
	}
	return k
}

// binds notes the plan that the run executes; nil is none.
func (k *optionsKeeper) binds(t task.Task, plan *task.Plan) {
	k.options.Options = task.OptionsOf(t, k.run, bound(t), plan)
}

// loaded notes which file a hook stands for.
func (k *optionsKeeper) loaded(hook int, m *plugin.Module) {
	h := &k.options.Hooks[hook]
	h.Digest = m.Digest()
	if m.IsScript() {
		h.ID = m.Name()
		return
	}
	h.ID, h.Version = m.Manifest().ID, m.Manifest().Version
}

// keep stores the options, the first time that it is called. That a run goes on with
// others than it began with is said in its log.
func (k *optionsKeeper) keep(ctx context.Context) {
	if k.kept {
		return
	}
	k.kept = true
	before, err := k.store.SaveRunOptions(context.WithoutCancel(ctx), store.TicketOf(k.run), &k.options)
	if err != nil {
		// The run goes on: it can do without, and whether it may is found out elsewhere.
		if !errors.Is(err, store.ErrFenced) {
			k.log.Warn("what the run is started with is not kept", "error", err)
		}
		return
	}
	if before == nil {
		return
	}
	for _, c := range task.CompareOptions(before, &k.options) {
		k.log.Warn("the run goes on with another option", "option", strings.TrimSpace(string(c.Name)+" "+c.Of), "before", c.Before.Text(), "now", c.After.Text())
	}
	for _, c := range task.CompareHooks(before, &k.options) {
		k.log.Warn("the run goes on with another plugin", "plugin", c.Plugin, "what", strings.Join(c.What, ", "))
	}
}

// RunOptions implements web.Service.
func (s *service) RunOptions(ctx context.Context, runID string) (*task.RunOptions, error) {
	o, err := s.store.RunOptions(ctx, runID)
	return o, webError(err)
}

// CompareRuns implements web.Service.
func (s *service) CompareRuns(ctx context.Context, runID, with string) (task.Comparison, error) {
	run, err := s.store.Run(ctx, runID)
	if err != nil {
		return task.Comparison{}, webError(err)
	}
	if with == "" {
		if with, err = s.store.RunBefore(ctx, runID); err != nil {
			return task.Comparison{}, webError(err)
		}
		if with == "" {
			return task.Comparison{}, as(web.ErrConflict, errors.New("there is no earlier run of this task that is kept"))
		}
	}
	other, err := s.store.Run(ctx, with)
	switch {
	case err != nil:
		return task.Comparison{}, webError(err)
	case other.TaskID != run.TaskID:
		if !access.Allowed(access.From(ctx), access.ReadTask, s.objectOf(ctx, other.TaskID)) {
			return task.Comparison{}, webError(store.ErrNotFound)
		}
		return task.Comparison{}, as(web.ErrInvalid, errors.New("these are runs of two tasks; only runs of one task can be compared"))
	case run.Report == nil || other.Report == nil:
		return task.Comparison{}, as(web.ErrConflict, errors.New("a run that has not ended can not be compared yet"))
	case other.ID == run.ID:
		return task.Comparison{}, as(web.ErrInvalid, errors.New("these are one and the same run"))
	}
	if other.Queued.After(run.Queued) {
		other, run = run, other
	}
	before, err := s.store.RunOptions(ctx, other.ID)
	if err != nil {
		return task.Comparison{}, webError(err)
	}
	after, err := s.store.RunOptions(ctx, run.ID)
	if err != nil {
		return task.Comparison{}, webError(err)
	}
	return task.CompareRuns(other, run, before, after), nil
}

// objectOf is a task as an object; one that can not be read is nobody's.
func (s *service) objectOf(ctx context.Context, taskID string) access.Object {
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return access.Object{}
	}
	return access.OfTask(t)
}
