package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// dueAtOnce bounds how many tasks one call of ClaimDue starts, so that its
// transaction stays short.
const dueAtOnce = 500

// ClaimDue starts what is due at now: each such task gets a queued run, which is
// returned, and its next slot after now. Slots that were missed count once. A
// task that is queued or running already skips its slot.
func (s *Store) ClaimDue(ctx context.Context, now time.Time) ([]Ticket, error) {
	var tickets []Ticket
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var due []taskRow
		err := tx.NewSelect().Model(&due).Column("id", "every_ms", "next_at").Where("next_at <= ?", toMillis(now)).
			Order("next_at").Limit(dueAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		for _, row := range due {
			next := slotAfter(row.NextAt.Int64, row.EveryMs, toMillis(now))
			if _, err := tx.NewRaw("UPDATE task SET next_at = ? WHERE id = ?", next, row.ID).Exec(ctx); err != nil {
				return err
			}
			run, err := insertRun(ctx, tx, row.ID, TriggerSchedule, now)
			if errors.Is(err, ErrActive) {
				continue
			}
			if err != nil {
				return err
			}
			tickets = append(tickets, Ticket{RunID: run.ID, Epoch: run.Epoch})
		}
		return nil
	})
	if err != nil {
		return nil, s.wrap("start the tasks that are due", err)
	}
	return tickets, nil
}

// slotAfter returns the first slot after now, counting from the slot at in steps
// of every, so that the hour stays the same for as long as the service runs. nil
// means that there is none.
func slotAfter(at, every, now int64) *int64 {
	if every <= 0 {
		return nil
	}
	if at <= now {
		at += ((now-at)/every + 1) * every
	}
	return &at
}

// nextRun returns when task t, which was before and had the given slot, is due.
func nextRun(ctx context.Context, tx bun.Tx, t, before task.Task, slot sql.NullInt64, now time.Time) (sql.NullInt64, error) {
	if t.Every == 0 {
		return sql.NullInt64{}, nil
	}
	if t.Every == before.Every && slot.Valid {
		return slot, nil
	}
	var last sql.NullInt64
	err := tx.NewSelect().Model((*runRow)(nil)).ColumnExpr("max(queued_at)").Where("task_id = ?", t.ID).Scan(ctx, &last)
	if err != nil {
		return sql.NullInt64{}, err
	}
	from := toMillis(now)
	if last.Valid {
		from = last.Int64
	}
	return sql.NullInt64{Int64: max(from+t.Every.Milliseconds(), toMillis(now)), Valid: true}, nil
}
