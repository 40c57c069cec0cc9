package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// SaveRunOptions keeps with what a run was started, and returns with what it was
// started before, nil unless this is not the first time. A run that this node does not
// execute with that ticket is [ErrFenced].
func (s *Store) SaveRunOptions(ctx context.Context, t Ticket, o *task.RunOptions) (before *task.RunOptions, err error) {
	doing := "keep the options of run " + t.RunID
	text, err := json.Marshal(o)
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	digest := o.Digest()
	err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if before, err = readRunOptions(ctx, tx, t.RunID); err != nil {
			return err
		}
		var taskID string
		err := tx.NewRaw("UPDATE run SET options_digest = ? WHERE id = ? AND "+ours+" RETURNING task_id",
			digest, t.RunID, task.StateRunning, t.Epoch, s.node).Scan(ctx, &taskID)
		if err != nil {
			return fenced(err)
		}
		_, err = tx.NewRaw("INSERT INTO run_options (task_id, digest, options) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", taskID, digest, string(text)).Exec(ctx)
		return err
	})
	return before, s.wrap(doing, err)
}

// RunOptions returns with what a run was started; nil is not known: it has not begun,
// or was begun by a version that did not keep it. A run that is not there is
// [ErrNotFound].
func (s *Store) RunOptions(ctx context.Context, runID string) (*task.RunOptions, error) {
	o, err := readRunOptions(ctx, s.read, runID)
	return o, s.wrap("read the options of run "+runID, err)
}

func readRunOptions(ctx context.Context, db bun.IDB, runID string) (*task.RunOptions, error) {
	var text string
	err := db.NewRaw(`SELECT coalesce(o.options, '') FROM run AS r LEFT JOIN run_options AS o ON o.task_id = r.task_id AND o.digest = r.options_digest
		WHERE r.id = ?`, runID).Scan(ctx, &text)
	if err != nil || text == "" {
		return nil, notFound(err)
	}
	o := new(task.RunOptions)
	if err := json.Unmarshal([]byte(text), o); err != nil {
		return nil, fmt.Errorf("what run %s was started with: %w", runID, err)
	}
	return o, nil
}

// RunBefore returns the ID of the latest run of the same task that had ended before
// the run was queued, or "".
func (s *Store) RunBefore(ctx context.Context, runID string) (string, error) {
	var ids []string
	err := s.read.NewRaw(`SELECT b.id FROM run AS r JOIN run AS b ON b.task_id = r.task_id AND b.number < r.number AND b.state = ?
		WHERE r.id = ? ORDER BY b.number DESC LIMIT 1`, task.StateEnded, runID).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return "", s.wrap("find the run before run "+runID, err)
	}
	return ids[0], nil
}
