package store

import (
	"context"
	"slices"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// setStanding writes down how a task stands. It belongs to each change of the task's
// latest run, in the same transaction: lists and sums go by it.
func setStanding(ctx context.Context, tx bun.IDB, taskID string, standing task.Standing) error {
	_, err := tx.NewRaw("UPDATE task SET standing = ? WHERE id = ?", placeOf(standing), taskID).Exec(ctx)
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
