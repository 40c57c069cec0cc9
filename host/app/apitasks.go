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

// maxPlans bounds the dry runs that requests wait for: each holds connections.
const maxPlans = 4

// PlanTask implements web.Service.
func (s *service) PlanTask(ctx context.Context, id string) (api.Plan, error) {
	select {
	case s.plans <- struct{}{}:
		defer func() { <-s.plans }()
	default:
		return api.Plan{}, as(web.ErrConflict, errPlanning)
	}
	if _, err := s.store.Task(ctx, id); err != nil {
		return api.Plan{}, webError(err)
	}
	plan, err := s.work.plan(ctx, id)
	if err != nil {
		// Whatever it is, it is about the accounts, and said in a sentence.
		return api.Plan{}, as(web.ErrInvalid, err)
	}
	out := api.Plan{Pairs: []api.Pair{}, Notes: plan.Notes}
	for _, p := range plan.Pairs {
		out.Pairs = append(out.Pairs, api.Pair{
			Source: p.Source, Folder: p.Folder, Target: p.Target, By: p.By, Excluded: p.Excluded, Create: p.Create,
			Messages: p.Messages, ToCopy: p.ToCopy, Note: p.Note, Error: p.Error,
		})
	}
	return out, nil
}

// plan says what a run of the task would do, and changes nothing on either side, nor
// in the ledger.
func (e *executor) plan(ctx context.Context, taskID string) (*copier.Plan, error) {
	t, err := e.store.Credentials(ctx, taskID)
	if err != nil {
		return nil, err
	}
	conn, err := e.connect(t)
	if err != nil {
		return nil, err
	}
	conn.Log = e.conn.Log.With("plan of task", t.Name)
	var would dryRun
	cfg := engineConfig{
		sources: t.Sources, destination: t.Destination, hooks: t.Hooks,
		outside: outside{relays: e.relays, dry: true, record: would.record},
		ledger:  e.store.Ledger(t.ID), shelf: e.shelf, data: e.data, conn: conn,
		run: plugin.RunInfo{Task: t.Name, ID: newRunID(), DryRun: true},
	}
	if cfg.removal, err = removalOf(t); err != nil {
		return nil, err
	}
	cfg.allowReplace = t.Removal.Replace
	engine, _, done, err := cfg.build(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	plan, err := engine.Plan(ctx)
	if plan != nil {
		plan.Notes = append(plan.Notes, deletionNotes(plan.Deletions)...)
		plan.Notes = append(plan.Notes, would.notes()...)
	}
	return plan, err
}

// connect is how the accounts of a task are opened: how far they may reach depends on
// its owner, who may have been an admin when the task was saved.
func (e *executor) connect(t task.Task) (ConnOptions, error) {
	conn := e.conn
	if !bound(t) {
		return conn, nil
	}
	conn.Reach = &e.bound
	if err := withinBounds(t); err != nil {
		return conn, as(ErrUsage, err)
	}
	return conn, nil
}

// RetryRun implements web.Service.
func (s *service) RetryRun(ctx context.Context, runID string) (task.Run, error) {
	before, err := s.store.Run(ctx, runID)
	if err != nil {
		return before, webError(err)
	}
	if latest, err := s.store.Runs(ctx, before.TaskID, 1); err != nil || len(latest) > 0 && latest[0].ID != runID {
		if err == nil {
			err = as(web.ErrConflict, errors.New("the task has run again since then; only what its latest run left undone can be tried again"))
		}
		return before, webError(err)
	}
	run, err := s.jobs.Retry(ctx, runID)
	if errors.Is(err, store.ErrNothingFailed) {
		return run, as(web.ErrConflict, store.ErrNothingFailed)
	}
	if err == nil {
		s.Note(ctx, runEvent(access.DeedRunStarted, run))
	}
	return run, webError(err)
}

// SetRate implements web.Service.
func (s *service) SetRate(ctx context.Context, runID string, bytesPerSecond int64) error {
	run, err := s.store.Run(ctx, runID)
	if err == nil {
		err = s.store.SetRate(ctx, runID, bytesPerSecond)
	}
	if errors.Is(err, store.ErrNotQueued) {
		return as(web.ErrConflict, errors.New("the run has ended"))
	}
	if err != nil {
		return webError(err)
	}
	e := runEvent(access.DeedRate, run)
	e.Detail += fmt.Sprintf(" to %d bytes a second", bytesPerSecond)
	if bytesPerSecond == 0 {
		e.Detail = "run " + run.ID + " to no bound"
	}
	s.Note(ctx, e)
	return nil
}

// StoredAccounts implements web.Service.
func (s *service) StoredAccounts(ctx context.Context) ([]task.StoredAccount, error) {
	return s.store.Accounts(ctx)
}

// StoredAccount implements web.Service.
func (s *service) StoredAccount(ctx context.Context, idOrName string) (task.StoredAccount, error) {
	a, err := s.store.Account(ctx, idOrName)
	return a, webError(err)
}

// SaveStoredAccount implements web.Service.
func (s *service) SaveStoredAccount(ctx context.Context, a task.StoredAccount) (task.StoredAccount, error) {
	deed := access.DeedAccountChanged
	if a.ID == "" {
		deed = access.DeedAccountMade
	}
	if err := s.store.SaveAccount(ctx, &a); err != nil {
		return a, webError(err)
	}
	s.Note(ctx, accountEvent(deed, a))
	stored, err := s.store.Account(ctx, a.ID)
	return stored, webError(err)
}

// DeleteStoredAccount implements web.Service.
func (s *service) DeleteStoredAccount(ctx context.Context, id string) error {
	a, err := s.store.Account(ctx, id)
	if err == nil {
		err = s.store.DeleteAccount(ctx, a.ID)
	}
	if errors.Is(err, store.ErrInUse) {
		return as(web.ErrConflict, err)
	}
	if err == nil {
		s.Note(ctx, accountEvent(access.DeedAccountRemoved, a))
	}
	return webError(err)
}

// TestStoredAccount implements web.Service.
func (s *service) TestStoredAccount(ctx context.Context, id string) (api.AccountTest, error) {
	account, err := s.store.AccountCredentials(ctx, id)
	if err != nil {
		return api.AccountTest{}, webError(err)
	}
	test := TestAccount(ctx, account, s.work.conn)
	if err := s.store.SetSnapshot(ctx, id, test.Snapshot()); err != nil {
		return api.AccountTest{}, webError(err)
	}
	out := api.AccountTest{OK: test.OK, Sentence: test.Sentence, At: test.At}
	for _, h := range test.Hints {
		if h.Remedy != "" {
			out.Remedies = append(out.Remedies, h.Remedy)
		}
	}
	return out, nil
}
