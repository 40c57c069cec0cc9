package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// setStanding writes down how a task stands. It belongs to each change of the task's
// latest run, in the same transaction: lists and sums go by it.
func setStanding(ctx context.Context, tx bun.IDB, taskID string, standing task.Standing) error {
	_, err := tx.NewRaw("UPDATE task SET standing = CASE WHEN waits THEN ? ELSE ? END WHERE id = ?", placeOf(task.StandingWaiting), placeOf(standing), taskID).Exec(ctx)
	return err
}

// placeOf is what the database holds of a standing.
func placeOf(standing task.Standing) int { return slices.Index(task.Standings(), standing) }

// standingAt is the standing that the database holds as n.
func standingAt(n int) task.Standing {
	if all := task.Standings(); n >= 0 && n < len(all) {
		return all[n]
	}
	return task.StandingNever
}

// standAgain sets how a task stands that has begun to wait for a password, or does not
// wait any more: by its latest run then.
func standAgain(ctx context.Context, tx bun.IDB, taskID string) error {
	var row runRow
	err := tx.NewRaw("SELECT state, outcome FROM run WHERE task_id = ? ORDER BY number DESC LIMIT 1", taskID).Scan(ctx, &row.State, &row.Outcome)
	standing := task.StandingNever
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	case row.State != task.StateEnded:
		standing = (&task.Run{State: row.State}).Standing()
	default:
		standing = row.Outcome.Standing()
	}
	return setStanding(ctx, tx, taskID, standing)
}
