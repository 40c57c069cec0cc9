package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// owners are all users as owners of tasks, by ID.
func owners(ctx context.Context, db bun.IDB) (map[string]task.Owner, error) {
	var rows []task.Owner
	if err := db.NewRaw("SELECT id, name, role FROM users").Scan(ctx, &rows); err != nil {
		return nil, err
	}
	all := make(map[string]task.Owner, len(rows))
	for _, o := range rows {
		all[o.ID] = o
	}
	return all, nil
}

// owner is the user with the ID as the owner of a task. "" is the service itself.
func owner(ctx context.Context, db bun.IDB, id string) (o task.Owner, err error) {
	if id == "" {
		return o, nil
	}
	err = db.NewRaw("SELECT id, name, role FROM users WHERE id = ?", id).Scan(ctx, &o)
	return o, notFound(err)
}

// GiveTask makes a user the owner of a task. Either that is not there is
// [ErrNotFound].
func (s *Store) GiveTask(ctx context.Context, id, userID string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := owner(ctx, tx, userID); err != nil {
			return fmt.Errorf("user %s: %w", userID, err)
		}
		res, err := tx.NewRaw("UPDATE task SET owner_id = ? WHERE id = ? AND deleted_at IS NULL", userID, id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		return nil
	})
	return s.wrap("give task "+id+" to another user", err)
}
