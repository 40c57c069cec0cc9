package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type overrideRow struct {
	bun.BaseModel `bun:"table:task_override"`

	TaskID   string `bun:",pk"`
	Source   string `bun:",pk"`
	Folder   string `bun:",pk"`
	Target   string
	Excluded bool
}

// SetOverrides replaces the folders of a task that were put somewhere by hand. A
// version that is neither 0 nor that of the task is [ErrChanged].
func (s *Store) SetOverrides(ctx context.Context, taskID string, version int64, overrides []task.Override) error {
	if err := task.ValidateOverrides(overrides); err != nil {
		return refused(err)
	}
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.touchTask(ctx, tx, taskID, version); err != nil {
			return err
		}
		if _, err := tx.NewRaw("DELETE FROM task_override WHERE task_id = ?", taskID).Exec(ctx); err != nil {
			return err
		}
		return writeOverrides(ctx, tx, taskID, overrides)
	})
	return s.wrap("set folders of task "+taskID+" by hand", err)
}

// SetPlanFirst says whether a task runs only once a plan was approved.
func (s *Store) SetPlanFirst(ctx context.Context, taskID string, on bool) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.touchTask(ctx, tx, taskID, 0); err != nil {
			return err
		}
		_, err := tx.NewRaw("UPDATE task SET plan_first = ? WHERE id = ?", on, taskID).Exec(ctx)
		return err
	})
	return s.wrap("change task "+taskID, err)
}

// touchTask lets the version of a task grow, if it is the one that is asked for.
func (s *Store) touchTask(ctx context.Context, tx bun.Tx, taskID string, version int64) error {
	var stored int64
	if err := tx.NewRaw("SELECT version FROM task WHERE id = ? AND deleted_at IS NULL", taskID).Scan(ctx, &stored); err != nil {
		return notFound(err)
	}
	if version != 0 && version != stored {
		return ErrChanged
	}
	_, err := tx.NewRaw("UPDATE task SET version = version + 1, updated_at = ? WHERE id = ?", toMillis(s.now()), taskID).Exec(ctx)
	return err
}

// overridesAtOnce keeps statements below the number of parameters that databases take.
const overridesAtOnce = 500

func writeOverrides(ctx context.Context, tx bun.Tx, taskID string, overrides []task.Override) error {
	for len(overrides) > 0 {
		n := min(len(overrides), overridesAtOnce)
		rows := make([]overrideRow, n)
		for i, o := range overrides[:n] {
			rows[i] = overrideRow{TaskID: taskID, Source: o.Source, Folder: o.Folder, Target: o.Target, Excluded: o.Exclude}
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
		overrides = overrides[n:]
	}
	return nil
}

// readOverrides returns those of one task, by source and folder.
func readOverrides(ctx context.Context, db bun.IDB, taskID string) ([]task.Override, error) {
	var rows []overrideRow
	if err := db.NewSelect().Model(&rows).Where("task_id = ?", taskID).Order("source", "folder").Scan(ctx); err != nil {
		return nil, err
	}
	var out []task.Override
	for _, r := range rows {
		out = append(out, task.Override{Source: r.Source, Folder: r.Folder, Target: r.Target, Exclude: r.Excluded})
	}
	return out, nil
}
