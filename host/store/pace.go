package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// ErrEnded means that a run has ended.
var ErrEnded = errors.New("the run has ended")

// paceName is the setting that holds the pace of a run, which nobody needs once
// the run has ended.
func paceName(runID string) string { return "pace of run " + runID }

// Pace is how many bytes a second a run may copy; 0 is no limit.
func (s *Store) Pace(ctx context.Context, runID string) (int64, error) {
	var text string
	err := notFound(s.read.NewRaw("SELECT value FROM setting WHERE name = ?", paceName(runID)).Scan(ctx, &text))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, s.wrap("read the pace of run "+runID, err)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("setting %s is %q: %w", paceName(runID), text, err)
	}
	return n, nil
}

// SetPace changes it for whichever node executes the run, now or later. A run that
// is not there is [ErrNotFound], one that has ended [ErrEnded].
func (s *Store) SetPace(ctx context.Context, runID string, bytesPerSecond int64) error {
	if bytesPerSecond < 0 {
		return errors.New("a pace can not be less than 0")
	}
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var state task.State
		if err := tx.NewRaw("SELECT state FROM run WHERE id = ?", runID).Scan(ctx, &state); err != nil {
			return notFound(err)
		}
		if state == task.StateEnded {
			return ErrEnded
		}
		_, err := tx.NewRaw("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
			paceName(runID), strconv.FormatInt(bytesPerSecond, 10)).Exec(ctx)
		return err
	})
	return s.wrap("set the pace of run "+runID, err)
}

func forgetPace(ctx context.Context, tx bun.Tx, runID string) error {
	_, err := tx.NewRaw("DELETE FROM setting WHERE name = ?", paceName(runID)).Exec(ctx)
	return err
}
