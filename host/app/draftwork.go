package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

const (
	// draftLease is how long a worker keeps a draft without a sign of life. Another one
	// goes on then: rows that are tasks already are the same when they come again.
	draftLease = time.Minute
	// draftLook is how often the service looks for drafts that nobody works on.
	draftLook = 15 * time.Second
	// startsAtOnce is how many tasks are started between two signs of life.
	startsAtOnce = 100
)

// keepDrafts makes tasks of drafts that have been started, until ctx ends.
func (s *service) keepDrafts(ctx context.Context) {
	worker := rand.Text()
	tick := time.NewTicker(draftLook)
	defer tick.Stop()
	for {
		s.workDrafts(ctx, worker)
		select {
		case <-ctx.Done():
			return
		case <-s.drafts:
		case <-tick.C:
		}
	}
}

// workDrafts goes on until there is no draft left that nobody works on.
func (s *service) workDrafts(ctx context.Context, worker string) {
	for ctx.Err() == nil {
		d, err := s.store.TakeDraft(ctx, worker, draftLease)
		if errors.Is(err, store.ErrNotFound) {
			return
		}
		if err == nil {
			err = s.workDraft(ctx, d, worker)
		}
		if err != nil {
			if ctx.Err() == nil {
				s.log.Error("the rows of a draft could not be stored; it goes on later", "draft", d.ID, "error", err)
			}
			return
		}
	}
}

// workDraft stores the rows of a draft, starts what is to be started, and lets it go:
// rows that could not be stored stay in it.
func (s *service) workDraft(ctx context.Context, d task.Draft, worker string) error {
	actor, err := s.ownerOf(ctx, d)
	if errors.Is(err, errNoMaker) {
		return errors.Join(err, s.store.SetDraftState(ctx, d.ID, worker, task.DraftOpen)) // trying again is of no use
	}
	if err != nil {
		return err
	}
	ctx = access.With(ctx, actor)
	if d.State == task.DraftStoring {
		if err := s.storeDraft(ctx, d, worker); err != nil {
			return err
		}
		if err := s.store.SetDraftState(ctx, d.ID, worker, task.DraftStarting); err != nil {
			return err
		}
	}
	if d.Run {
		if err := s.startBatch(ctx, d, worker); err != nil {
			return err
		}
	}
	if d, err = s.store.Draft(ctx, d.ID); err != nil {
		return err
	}
	if d.Rows.All == 0 {
		return s.store.DeleteDraft(ctx, d.ID)
	}
	return s.store.SetDraftState(ctx, d.ID, worker, task.DraftOpen)
}

var errNoMaker = errors.New("the owner of the draft may not make tasks any more")

// ownerOf is the owner of a draft as one who does something, with the role of now.
func (s *service) ownerOf(ctx context.Context, d task.Draft) (access.Actor, error) {
	if d.Owner == "" {
		return access.Local(), nil
	}
	u, err := s.store.User(ctx, d.Owner)
	if err != nil {
		return access.Actor{}, err
	}
	actor := u.Actor()
	if !access.Allowed(actor, access.CreateTask, access.Object{}) {
		return actor, fmt.Errorf("%s: %w", u.Name, errNoMaker)
	}
	return actor, nil
}

func (s *service) storeDraft(ctx context.Context, d task.Draft, worker string) error {
	run, read, err := s.importRun(ctx, d, false)
	if err != nil {
		return err
	}
	batch, err := s.store.Batch(ctx, d.Batch)
	if err != nil {
		return err
	}
	run.batch = &batch
	batch.Totals.Failed, batch.Totals.Rows = 0, batch.Totals.Rows-batch.Totals.Failed // they are in the draft again
	good := store.DraftFilter{Effects: []task.Effect{"", task.EffectMade, task.EffectChanged, task.EffectSame}, Limit: rowsAtOnce}
	for ctx.Err() == nil {
		rows, err := s.store.DraftRows(ctx, d.ID, good)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := s.store.KeepDraft(ctx, d.ID, worker, draftLease); err != nil {
			return err
		}
		if err := s.storeRows(ctx, run, read, rows); err != nil {
			return err
		}
		var failed []task.DraftRow
		var done []int
		for _, r := range rows {
			if r.Effect == task.EffectFailed {
				failed = append(failed, r)
			} else {
				done = append(done, r.Position)
			}
		}
		err = errors.Join(s.store.SetVerdicts(ctx, d.ID, failed), s.store.RemoveDraftRows(ctx, d.ID, done), s.store.SetTotals(ctx, d.Batch, batch.Totals))
		if err != nil {
			return err
		}
	}
	if d, err = s.store.Draft(ctx, d.ID); err != nil {
		return err
	}
	batch.Totals.Rows += d.Rows.Failed - batch.Totals.Failed
	batch.Totals.Failed = d.Rows.Failed
	return errors.Join(s.store.SetTotals(ctx, d.Batch, batch.Totals), ctx.Err())
}

// startBatch starts the tasks of a batch that have not run since it was made, and do
// not wait for a password.
func (s *service) startBatch(ctx context.Context, d task.Draft, worker string) error {
	batch, err := s.store.Batch(ctx, d.Batch)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		ids, err := s.store.Unstarted(ctx, batch.ID, batch.Created, startsAtOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.store.KeepDraft(ctx, d.ID, worker, draftLease); err != nil {
			return err
		}
		for _, id := range ids {
			run, err := s.jobs.RunNow(ctx, id, store.TriggerHand)
			switch {
			case errors.Is(err, store.ErrActive), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrWaits):
				continue // somebody else was at it
			case err != nil:
				return err
			}
			s.Note(ctx, runEvent(access.DeedRunStarted, run))
		}
	}
	return ctx.Err()
}
