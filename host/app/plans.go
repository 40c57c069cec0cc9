package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/api"
)

// errPlanning is for a task that is planned already.
var errPlanning = errors.New("as many dry runs as may be at work at a time are at work; try again in a moment")

// maxPlans bounds the plans that requests wait for: each holds connections.
const maxPlans = 4

// planSlot waits for nothing: it is a conflict when too many plans are being made.
func (s *service) planSlot() (leave func(), err error) {
	select {
	case s.plans <- struct{}{}:
		return func() { <-s.plans }, nil
	default:
		return nil, as(web.ErrConflict, errPlanning)
	}
}

// PlanTask implements web.Service.
func (s *service) PlanTask(ctx context.Context, id string) (api.Plan, error) {
	plan, err := s.makePlan(ctx, id, false)
	if err != nil {
		return api.Plan{}, err
	}
	out := api.Plan{Pairs: []api.Pair{}, Notes: plan.Notes}
	for _, r := range plan.Rows {
		out.Pairs = append(out.Pairs, api.Pair{
			Source: r.Source, Folder: r.Folder, Target: r.Target, By: r.By, Excluded: r.Excluded, Create: r.Create,
			Messages: r.Messages, ToCopy: r.ToCopy, Note: r.Note, Error: r.Error,
		})
	}
	return out, nil
}

// PreflightTask implements web.Service.
func (s *service) PreflightTask(ctx context.Context, id string) (task.Plan, error) {
	return s.makePlan(ctx, id, true)
}

// makePlan makes a plan of a task and keeps it.
func (s *service) makePlan(ctx context.Context, id string, look bool) (task.Plan, error) {
	leave, err := s.planSlot()
	if err != nil {
		return task.Plan{}, err
	}
	defer leave()
	t, err := s.store.Credentials(ctx, id)
	if err != nil {
		return task.Plan{}, webError(err)
	}
	plan, err := s.work.plan(ctx, t, look)
	if err != nil {
		// Whatever it is, it is about the accounts or plugins, and said in a sentence.
		return task.Plan{}, as(web.ErrInvalid, err)
	}
	plan.MadeBy = access.From(ctx).Name
	return plan, webError(s.store.SavePlan(ctx, &plan))
}

// PreviewPlan implements web.Service.
func (s *service) PreviewPlan(ctx context.Context, t task.Task) (task.Plan, error) {
	leave, err := s.planSlot()
	if err != nil {
		return task.Plan{}, err
	}
	defer leave()
	if err := t.Validate(); err != nil {
		return task.Plan{}, as(web.ErrInvalid, err)
	}
	before, err := s.setOwner(ctx, &t)
	if err != nil {
		return task.Plan{}, webError(err)
	}
	actor := access.From(ctx)
	if t.ID != "" && !actor.IsService() && !access.Allowed(actor, access.ChangeTask, access.OfTask(before)) {
		return task.Plan{}, webError(store.ErrNotFound) // its passwords would be used
	}
	if err := errors.Join(mayBe(ctx, s.store, t), mayGrant(actor, t, before)); err != nil {
		return task.Plan{}, as(web.ErrInvalid, err)
	}
	full, err := s.credentialsOf(ctx, t, before)
	if err != nil {
		return task.Plan{}, webError(err)
	}
	plan, err := s.work.plan(ctx, full, true)
	if err != nil {
		return task.Plan{}, as(web.ErrInvalid, err)
	}
	return plan, nil
}

// credentialsOf finds the passwords of a task that is not saved as it is. Those that are
// stored count for the same task only: not for one that happens to have its name.
func (s *service) credentialsOf(ctx context.Context, t, before task.Task) (task.Task, error) {
	named, err := s.store.TaskNamed(ctx, t.Name)
	switch {
	case err == nil && named.ID != t.ID:
		return t, store.ErrNameTaken
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return t, err
	}
	name := t.Name
	if t.ID != "" {
		t.Name = before.Name
	}
	full, err := s.store.CredentialsOf(ctx, t)
	full.Name = name
	return full, err
}

// Plan implements web.Service.
func (s *service) Plan(ctx context.Context, taskID string) (task.Plan, error) {
	p, err := s.store.LatestPlan(ctx, taskID)
	return p, webError(err)
}

// PlanInForce implements web.Service.
func (s *service) PlanInForce(ctx context.Context, taskID string) (task.Plan, error) {
	p, err := s.store.PlanInForce(ctx, taskID)
	return p, webError(err)
}

// ApprovePlan implements web.Service.
func (s *service) ApprovePlan(ctx context.Context, taskID, planID string) (task.Plan, error) {
	t, err := s.store.Credentials(ctx, taskID)
	if err != nil {
		return task.Plan{}, webError(err)
	}
	p, err := s.store.Plan(ctx, taskID, planID)
	if err != nil {
		return p, webError(err)
	}
	now, err := s.work.basis(ctx, t)
	if err != nil {
		return p, as(web.ErrInvalid, err)
	}
	if what := p.Basis.Changed(now); what != "" {
		return p, as(web.ErrConflict, fmt.Errorf("%s have changed since this plan was made; make a new one", what))
	}
	if err := s.store.ApprovePlan(ctx, taskID, planID, access.From(ctx).Name); err != nil {
		return p, planError(err)
	}
	totals := p.Totals()
	e := taskEvent(access.DeedPlanApproved, t)
	e.Detail = fmt.Sprintf("%d folders, %d of them left out", totals.Folders, totals.Excluded)
	s.Note(ctx, e)
	p, err = s.store.Plan(ctx, taskID, planID)
	return p, webError(err)
}

// WithdrawPlan implements web.Service.
func (s *service) WithdrawPlan(ctx context.Context, taskID string) error {
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return webError(err)
	}
	if err := s.store.WithdrawPlan(ctx, taskID, access.From(ctx).Name); err != nil {
		return planError(err)
	}
	s.Note(ctx, taskEvent(access.DeedPlanWithdrawn, t))
	return nil
}

func planError(err error) error {
	for _, kind := range []error{store.ErrPlanEnded, store.ErrPlanIncomplete, store.ErrNoPlan} {
		if errors.Is(err, kind) {
			return as(web.ErrConflict, kind)
		}
	}
	return webError(err)
}

// SetOverrides implements web.Service.
func (s *service) SetOverrides(ctx context.Context, taskID string, version int64, overrides []task.Override) error {
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return webError(err)
	}
	for _, o := range overrides {
		if !hasSource(t, o.Source) {
			return as(web.ErrInvalid, fmt.Errorf("folder %q: the task has no source %q", o.Folder, o.Source))
		}
	}
	if err := s.store.SetOverrides(ctx, taskID, version, overrides); err != nil {
		return webError(err)
	}
	e := taskEvent(access.DeedTaskChanged, t)
	e.Detail = fmt.Sprintf("%d folders set by hand", len(overrides))
	s.Note(ctx, e)
	return nil
}

func hasSource(t task.Task, name string) bool {
	for _, s := range t.Sources {
		if s.Name == name {
			return true
		}
	}
	return false
}

// SetPlanFirst implements web.Service.
func (s *service) SetPlanFirst(ctx context.Context, taskID string, on bool) error {
	t, err := s.store.Task(ctx, taskID)
	if err == nil {
		err = s.store.SetPlanFirst(ctx, taskID, on)
	}
	if err != nil {
		return webError(err)
	}
	e := taskEvent(access.DeedTaskChanged, t)
	e.Detail = "runs without an approved plan"
	if on {
		e.Detail = "runs only once a plan is approved"
	}
	s.Note(ctx, e)
	return nil
}

// plan says what a run of the task would do, and changes nothing on either side, nor
// in the ledger. t has its passwords. With look it is a preflight, in which an account
// that can not be opened is a finding; else that is an error.
func (e *executor) plan(ctx context.Context, t task.Task, look bool) (task.Plan, error) {
	conn, err := e.connect(t)
	if err != nil {
		return task.Plan{}, err
	}
	if err := mayBe(ctx, e.store, t); err != nil {
		return task.Plan{}, as(ErrUsage, err)
	}
	conn.Log = e.conn.Log.With("plan of task", t.Name)
	var would dryRun
	cfg, err := e.planConfig(t, conn)
	if err != nil {
		return task.Plan{}, as(ErrUsage, err)
	}
	cfg.outside.record = would.record
	engine, _, done, err := cfg.build(ctx)
	if err != nil {
		return task.Plan{}, err
	}
	defer done()
	flight := &preflight{task: t}
	var planned *copier.Plan
	if look {
		planned, err = engine.PlanAnd(ctx, flight.look)
	} else {
		planned, err = engine.Plan(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return task.Plan{}, ctx.Err()
	case err != nil && !(look && flight.failed):
		return task.Plan{}, err
	}
	out := task.Plan{TaskID: t.ID, Rows: []task.PlanRow{}, Basis: basisOf(t, engine.Digest())}
	if planned != nil {
		fill(&out, planned)
		out.Notes = append(out.Notes, deletionNotes(planned.Deletions)...)
		out.Notes = append(out.Notes, would.notes()...)
	}
	if look {
		flight.conclude(&out, engine.Filters())
	}
	return out, nil
}

// planConfig is what the engine is made of that only plans.
func (e *executor) planConfig(t task.Task, conn ConnOptions) (engineConfig, error) {
	removal, err := removalOf(t)
	return engineConfig{
		sources: t.Sources, destination: t.Destination, hooks: t.Hooks,
		outside: outside{relays: e.relays, dry: true, record: func(_, _, _ string) {}, scripts: scriptsFor(e.store, t)},
		ledger:  e.store.Ledger(t.ID), shelf: e.shelf, data: e.data, conn: conn, removal: removal, allowReplace: t.Removal.Replace,
		run: plugin.RunInfo{Task: t.Name, ID: newRunID(), DryRun: true}, overrides: t.Overrides, lookOnly: true,
	}, err
}

// basis is that of a plan which would be made now. It starts the plugins, and opens no
// account.
func (e *executor) basis(ctx context.Context, t task.Task) (task.Basis, error) {
	out := outside{relays: e.relays, dry: true, record: func(_, _, _ string) {}, scripts: scriptsFor(e.store, t)}
	chain, done, err := e.shelf.chain(ctx, t.Hooks, out, plugin.RunInfo{Task: t.Name, DryRun: true}, e.conn.Log)
	if err != nil {
		return task.Basis{}, err
	}
	defer done()
	if chain == nil {
		return basisOf(t, ""), nil
	}
	return basisOf(t, chain.Digest()), nil
}

// fill writes what the engine has planned.
func fill(out *task.Plan, planned *copier.Plan) {
	at := make(map[task.SourceFolder]int, len(planned.Pairs))
	for i, p := range planned.Pairs {
		at[task.SourceFolder{Source: p.Source, Folder: p.Folder}] = i
		out.Rows = append(out.Rows, rowOf(p))
	}
	for _, d := range planned.Deletions {
		i, ok := at[task.SourceFolder{Source: d.Source, Folder: d.Folder}]
		switch {
		case !ok:
		case d.Side == copier.SideSource:
			out.Rows[i].DeleteSource++
		default:
			out.Rows[i].DeleteTarget++
		}
	}
	out.Collisions, out.Notes = planned.Collisions, planned.Notes
}
