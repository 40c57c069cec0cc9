package app

import (
	"context"
	"errors"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// shownBatches is how many of the latest batches a list has.
const shownBatches = 50

// Batches implements web.Service.
func (s *service) Batches(ctx context.Context) ([]web.BatchRow, error) {
	among := s.batchesOf(access.From(ctx))
	list, err := s.store.Batches(ctx, among, shownBatches)
	if err != nil {
		return nil, err
	}
	rows := make([]web.BatchRow, len(list))
	readable, err := s.readable(ctx)
	if err != nil {
		return nil, err
	}
	drafts, err := s.Drafts(ctx)
	for i, b := range list {
		rows[i].Batch = b
		var sumErr error
		rows[i].Sums, sumErr = s.store.SumBatch(ctx, readable, b.ID)
		err = errors.Join(err, sumErr)
		for _, d := range drafts {
			if d.Batch == b.ID {
				rows[i].Draft = d.ID
			}
		}
	}
	return rows, err
}

// batchesOf are the batches that the actor may see: all, for who may read all tasks,
// and else their own.
func (s *service) batchesOf(a access.Actor) store.Among {
	if access.ExtentOf(a, access.ReadTask) == access.ExtentAll {
		return store.Among{All: true}
	}
	return store.Among{Owner: a.UserID}
}

// Batch implements web.Service.
func (s *service) Batch(ctx context.Context, id string) (web.BatchRow, error) {
	b, err := s.store.Batch(ctx, id)
	if err != nil {
		return web.BatchRow{}, webError(err)
	}
	if among := s.batchesOf(access.From(ctx)); !among.All && (b.Owner == "" || b.Owner != among.Owner) {
		return web.BatchRow{}, web.ErrNotFound
	}
	readable, err := s.readable(ctx)
	if err != nil {
		return web.BatchRow{}, err
	}
	row := web.BatchRow{Batch: b}
	if row.Sums, err = s.store.SumBatch(ctx, readable, id); err != nil {
		return row, err
	}
	drafts, err := s.Drafts(ctx)
	for _, d := range drafts {
		if d.Batch == id {
			row.Draft = d.ID
		}
	}
	return row, err
}

// ownerID is whom something belongs to that the actor makes; "" is the service itself.
func ownerID(a access.Actor) string {
	if a.UserID == access.LocalID {
		return ""
	}
	return a.UserID
}

// Drafts implements web.Service.
func (s *service) Drafts(ctx context.Context) ([]task.Draft, error) {
	return s.store.Drafts(ctx, ownerID(access.From(ctx)))
}

// draft is a draft of the actor, whatever is known of its rows.
func (s *service) draft(ctx context.Context, id string) (task.Draft, error) {
	d, err := s.store.Draft(ctx, id)
	if err != nil {
		return d, webError(err)
	}
	if a := access.From(ctx); a.UserID == "" || d.Owner != ownerID(a) {
		return task.Draft{}, web.ErrNotFound
	}
	return d, nil
}

// DiscardDraft implements web.Service.
func (s *service) DiscardDraft(ctx context.Context, id string) error {
	d, err := s.draft(ctx, id)
	if err == nil && d.State != task.DraftOpen {
		err = store.ErrNotOpen
	}
	if err == nil {
		err = s.store.DeleteDraft(ctx, id)
	}
	return webError(err)
}

// StartDraft implements web.Service.
func (s *service) StartDraft(ctx context.Context, id string, run bool) (string, error) {
	d, err := s.draft(ctx, id)
	if err != nil {
		return "", err
	}
	if d.State != task.DraftOpen {
		return "", webError(store.ErrNotOpen)
	}
	if d.Rows.Good()+d.Rows.Unknown == 0 {
		return "", as(web.ErrInvalid, errors.New("no row of the table can be stored as it is"))
	}
	batch := task.Batch{ID: d.Batch, Name: d.Name, Owner: d.Owner}
	if batch.ID == "" {
		if err := s.store.CreateBatch(ctx, &batch); err != nil {
			return "", err
		}
	}
	if err := s.store.StartDraft(ctx, id, batch.ID, run); err != nil {
		return "", webError(err)
	}
	select {
	case s.drafts <- struct{}{}:
	default: // whoever works on drafts is at it, or looks by itself
	}
	return batch.ID, nil
}
