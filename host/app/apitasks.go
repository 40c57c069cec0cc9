package app

import (
	"context"
	"errors"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/api"
)

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

// StoredAccounts implements web.Service.
func (s *service) StoredAccounts(ctx context.Context) ([]task.StoredAccount, error) {
	all, err := s.store.Accounts(ctx)
	for i := range all {
		presetOAuth(&all[i])
	}
	return all, err
}

// StoredAccount implements web.Service.
func (s *service) StoredAccount(ctx context.Context, idOrName string) (task.StoredAccount, error) {
	a, err := s.store.Account(ctx, idOrName)
	presetOAuth(&a)
	return a, webError(err)
}

// SaveStoredAccount implements web.Service.
func (s *service) SaveStoredAccount(ctx context.Context, a task.StoredAccount) (task.StoredAccount, error) {
	presetOAuth(&a)
	deed := access.DeedAccountChanged
	if a.ID == "" {
		deed = access.DeedAccountMade
	}
	if err := s.store.SaveAccount(ctx, &a); err != nil {
		return a, webError(err)
	}
	s.Note(ctx, accountEvent(deed, a))
	return s.StoredAccount(ctx, a.ID)
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
	if stored, err := s.store.Account(ctx, id); err == nil {
		s.consents.advise(stored, test)
	}
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
