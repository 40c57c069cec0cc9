package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// stateSketch marks a sketch, which lies where drafts do: its owner, its time and its one
// sealed line are kept, resealed and forgotten as theirs are. No draft is ever in this
// state.
const stateSketch task.DraftState = "sketch"

// maxSketches is how many sketches of one user are kept; a newer one takes the place of
// the one that has not been touched for the longest time.
const maxSketches = 20

// SaveSketch keeps what a user ("" is the service itself) has typed of a task, sealed,
// for [task.DraftTime] from now on. With an empty id it makes a sketch, and returns its
// ID; another user's, or one that has expired, is [ErrNotFound].
func (s *Store) SaveSketch(ctx context.Context, owner, id string, typed []byte) (string, error) {
	made := id == ""
	if made {
		id = newID()
	}
	line, err := s.draftLine(id, task.DraftRow{Cells: []string{string(typed)}})
	if err != nil {
		return "", s.wrap("seal sketch "+id, err)
	}
	err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if made {
			return s.addSketch(ctx, tx, owner, line)
		}
		now := s.now()
		err := affected(tx.NewRaw("UPDATE draft SET expires_at = ? WHERE id = ? AND state = ? AND COALESCE(owner_id, '') = ? AND expires_at > ?",
			toMillis(now.Add(task.DraftTime)), id, stateSketch, owner, toMillis(now)).Exec(ctx))
		if err != nil {
			return err
		}
		return affected(tx.NewUpdate().Model(&line).Column("cells").WherePK().Exec(ctx))
	})
	return id, s.wrap("keep sketch "+id, err)
}

func (s *Store) addSketch(ctx context.Context, tx bun.Tx, owner string, line draftLine) error {
	_, err := tx.NewRaw(`DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE state = ? AND COALESCE(owner_id, '') = ?
		ORDER BY expires_at DESC, id LIMIT 1000 OFFSET ?)`, stateSketch, owner, maxSketches-1).Exec(ctx)
	if err != nil {
		return err
	}
	now := s.now()
	row := draftRow{ID: line.DraftID, OwnerID: orNull(owner), State: stateSketch, CreatedAt: toMillis(now), ExpiresAt: toMillis(now.Add(task.DraftTime))}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&line).Exec(ctx)
	return err
}

// Sketch returns what a user has typed, or [ErrNotFound].
func (s *Store) Sketch(ctx context.Context, owner, id string) ([]byte, error) {
	doing := "read sketch " + id
	var line draftLine
	err := s.read.NewSelect().Model(&line).Where("draft_id = ? AND position = 0", id).
		Where("EXISTS (SELECT 1 FROM draft WHERE id = draft_id AND state = ? AND COALESCE(owner_id, '') = ? AND expires_at > ?)",
			stateSketch, owner, toMillis(s.now())).Scan(ctx)
	if err != nil {
		return nil, s.wrap(doing, notFound(err))
	}
	r, err := s.row(line)
	if err == nil && len(r.Cells) != 1 {
		err = fmt.Errorf("it has %d parts, not one", len(r.Cells))
	}
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	return []byte(r.Cells[0]), nil
}

// DeleteSketch forgets a sketch of a user; one that is not there is [ErrNotFound].
func (s *Store) DeleteSketch(ctx context.Context, owner, id string) error {
	return s.wrap("forget sketch "+id, affected(s.write.NewRaw("DELETE FROM draft WHERE id = ? AND state = ? AND COALESCE(owner_id, '') = ?",
		id, stateSketch, owner).Exec(ctx)))
}
