package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// dueAtOnce bounds how many tasks one call of ClaimDue starts, so that its
// transaction stays short.
const dueAtOnce = 500

// scheduleColumns are what schedule and agenda read.
var scheduleColumns = []string{
	"id", "every_ms", "cron", "zone", "time_window", "jitter", "anchor_at", "next_at", "paused_by", "paused_at", "skipped", "skipped_at",
	"waits",
}

// ClaimDue starts what is due at now: each such task gets a queued run, which is
// returned, and its next time after now. Times that were missed count once. A
// task that is queued or running already skips its time, which is counted. One
// whose time was missed and whose window is closed by now waits for its opening.
func (s *Store) ClaimDue(ctx context.Context, now time.Time) ([]Ticket, error) {
	// Most ticks find nothing, and need no place among the writers.
	some, err := s.read.NewSelect().Model((*taskRow)(nil)).Where("next_at <= ?", toMillis(now)).Exists(ctx)
	if err != nil || !some {
		return nil, s.wrap("look for tasks that are due", err)
	}
	var tickets []Ticket
	err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var due []taskRow
		err := tx.NewSelect().Model(&due).Column(scheduleColumns...).Where("next_at <= ?", toMillis(now)).
			Order("next_at").Limit(dueAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		for _, row := range due {
			ticket, err := claimDue(ctx, tx, row, now)
			if err != nil {
				return fmt.Errorf("task %s: %w", row.ID, err)
			}
			if ticket != (Ticket{}) {
				tickets = append(tickets, ticket)
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.wrap("start the tasks that are due", err)
	}
	return tickets, nil
}

func claimDue(ctx context.Context, tx bun.Tx, row taskRow, now time.Time) (Ticket, error) {
	schedule, err := row.schedule()
	if err != nil {
		return Ticket{}, err
	}
	if !schedule.Open(now) {
		if opening := schedule.Opening(now); !opening.IsZero() {
			return Ticket{}, setNext(ctx, tx, row.ID, toNullMillis(opening))
		}
	}
	if err := setNext(ctx, tx, row.ID, next(row, schedule, now)); err != nil {
		return Ticket{}, err
	}
	run, err := insertRun(ctx, tx, runRow{TaskID: row.ID, StartedBy: TriggerSchedule}, now)
	if errors.Is(err, ErrActive) {
		return Ticket{}, countSkipped(ctx, tx, row.ID, now)
	}
	return Ticket{RunID: run.ID, Epoch: run.Epoch}, err
}

// next is when the task of a row is due after now: never as long as it waits for a
// password.
func next(row taskRow, schedule task.Schedule, now time.Time) sql.NullInt64 {
	if row.Waits {
		return sql.NullInt64{}
	}
	starts := schedule.Next(1, now, toTime(row.AnchorAt), row.ID)
	if len(starts) == 0 {
		return sql.NullInt64{}
	}
	return toNullMillis(starts[0])
}

func setNext(ctx context.Context, tx bun.IDB, id string, at sql.NullInt64) error {
	_, err := tx.NewRaw("UPDATE task SET next_at = ? WHERE id = ?", at, id).Exec(ctx)
	return err
}

func countSkipped(ctx context.Context, tx bun.IDB, id string, now time.Time) error {
	_, err := tx.NewRaw("UPDATE task SET skipped = skipped + 1, skipped_at = ? WHERE id = ?", toMillis(now), id).Exec(ctx)
	return err
}

// reschedule sets what row has of a task's schedule; old is the row before, the
// zero one of a new task. What has not changed keeps its next time.
func (r *taskRow) reschedule(ctx context.Context, tx bun.Tx, t task.Task, old taskRow, now time.Time) error {
	window := ""
	if t.Schedule.Window != (task.Window{}) {
		text, err := json.Marshal(t.Schedule.Window)
		if err != nil {
			return err
		}
		window = string(text)
	}
	r.EveryMs, r.Cron, r.Zone, r.TimeWindow, r.Jitter = t.Schedule.Every.Milliseconds(), t.Schedule.Cron, t.Schedule.Zone, window, t.Schedule.Jitter
	r.AnchorAt, r.NextAt, r.PausedBy, r.PausedAt = old.AnchorAt, old.NextAt, old.PausedBy, old.PausedAt
	r.Skipped, r.SkippedAt = old.Skipped, old.SkippedAt
	before, err := old.schedule()
	if err != nil {
		return err
	}
	if r.Waits {
		r.NextAt = sql.NullInt64{}
	}
	if old.ID != "" && t.Schedule == before && (r.NextAt.Valid || r.PausedAt.Valid) {
		return nil
	}
	r.Skipped, r.SkippedAt = 0, sql.NullInt64{}
	if old.ID == "" || r.EveryMs != old.EveryMs {
		var last sql.NullInt64
		err := tx.NewSelect().Model((*runRow)(nil)).ColumnExpr("max(queued_at)").Where("task_id = ?", t.ID).Scan(ctx, &last)
		if err != nil {
			return err
		}
		r.AnchorAt = cmp.Or(last.Int64, toMillis(now))
	}
	r.NextAt = sql.NullInt64{}
	if !r.PausedAt.Valid {
		r.NextAt = next(*r, t.Schedule, now)
	}
	return nil
}

// countFrom lets the interval of a task, if it has one, count from now.
func countFrom(ctx context.Context, tx bun.IDB, row taskRow, now time.Time) error {
	schedule, err := row.schedule()
	if err != nil || schedule.Every == 0 {
		return err
	}
	row.AnchorAt = toMillis(now)
	if row.NextAt.Valid {
		row.NextAt = next(row, schedule, now)
	}
	_, err = tx.NewRaw("UPDATE task SET anchor_at = ?, next_at = ? WHERE id = ?", row.AnchorAt, row.NextAt, row.ID).Exec(ctx)
	return err
}

// dropUntimely ends the queued run of a ticket that its schedule would not start
// now, as it was waiting for a worker too long, and reports whether it did. In a
// window that closed meanwhile it is made up for at the next opening.
func (s *Store) dropUntimely(ctx context.Context, tx bun.Tx, t Ticket) (bool, error) {
	var row taskRow
	err := tx.NewSelect().Model(&row).Column(scheduleColumns...).
		Where("id = (SELECT task_id FROM run WHERE id = ? AND epoch = ? AND state = ? AND started_by = ? AND started_at IS NULL AND paused_at IS NULL)",
			t.RunID, t.Epoch, task.StateQueued, TriggerSchedule).Scan(ctx)
	if err = notFound(err); errors.Is(err, ErrNotFound) {
		return false, nil // it has begun before, or somebody wants it, be it by resuming it
	}
	if err != nil {
		return false, err
	}
	schedule, err := row.schedule()
	if err != nil {
		return false, err
	}
	now, cause := s.now(), "the task was paused before its turn came"
	if !row.PausedAt.Valid {
		if schedule.ByHand() || schedule.Open(now) {
			return false, nil
		}
		cause = "its time window closed before its turn came"
		if opening := schedule.Opening(now); !opening.IsZero() {
			if err := setNext(ctx, tx, row.ID, toNullMillis(opening)); err != nil {
				return false, err
			}
		}
	}
	report := &task.Report{Outcome: task.OutcomeStopped, Cause: cause, Started: now, Ended: now}
	return true, s.endRun(ctx, tx, t.RunID, report, "state = ?", task.StateQueued)
}

// PauseTask keeps the schedule of a task from starting runs until ResumeTask. A
// run that has begun goes on. by is the name of who wants it; of a task that is
// paused already the first name stays. One that is not there is [ErrNotFound].
func (s *Store) PauseTask(ctx context.Context, id, by string) error {
	res, err := s.write.NewRaw(`UPDATE task SET next_at = NULL,
		paused_by = CASE WHEN paused_at IS NULL THEN ? ELSE paused_by END, paused_at = coalesce(paused_at, ?) WHERE id = ? AND deleted_at IS NULL`,
		by, toMillis(s.now()), id).Exec(ctx)
	if err == nil {
		if n, rowsErr := res.RowsAffected(); rowsErr != nil || n == 0 {
			err = errors.Join(ErrNotFound, rowsErr)
		}
	}
	return s.wrap("pause task "+id, err)
}

// ResumeTask ends a pause; on a task that is not paused it does nothing. Times
// that went by are not made up for. One that is not there is [ErrNotFound].
func (s *Store) ResumeTask(ctx context.Context, id string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error { return s.resume(ctx, tx, id) })
	return s.wrap("resume task "+id, err)
}

// resume is ResumeTask in a transaction.
func (s *Store) resume(ctx context.Context, tx bun.Tx, id string) error {
	var row taskRow
	if err := tx.NewSelect().Model(&row).Column(scheduleColumns...).Where("id = ?", id).Scan(ctx); err != nil {
		return notFound(err)
	}
	if !row.PausedAt.Valid {
		return nil
	}
	schedule, err := row.schedule()
	if err != nil {
		return err
	}
	_, err = tx.NewRaw("UPDATE task SET paused_by = '', paused_at = NULL, next_at = ? WHERE id = ?", next(row, schedule, s.now()), id).Exec(ctx)
	return err
}

// Rewind is for when the clock was put back to now: what is due later than it
// should be, because it was planned when the clock was ahead, is planned again,
// and the runs that were queued then get new tickets, which are returned.
func (s *Store) Rewind(ctx context.Context, now time.Time) ([]Ticket, error) {
	var tickets []Ticket
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []taskRow
		if err := tx.NewSelect().Model(&rows).Column(scheduleColumns...).Where("next_at > ?", toMillis(now)).Scan(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			schedule, err := row.schedule()
			if err != nil {
				return fmt.Errorf("task %s: %w", row.ID, err)
			}
			if at := next(row, schedule, now); at.Valid && at.Int64 < row.NextAt.Int64 {
				if err := setNext(ctx, tx, row.ID, at); err != nil {
					return err
				}
			}
		}
		return tx.NewRaw("UPDATE run SET queued_at = ?, epoch = epoch + 1 WHERE state = ? AND queued_at > ? RETURNING id AS run_id, epoch",
			toMillis(now), task.StateQueued, toMillis(now)).Scan(ctx, &tickets)
	})
	return tickets, s.wrap("follow the clock", err)
}

// LatestRun returns when the latest run was queued, the zero time if there is none.
func (s *Store) LatestRun(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.read.NewSelect().Model((*runRow)(nil)).ColumnExpr("max(queued_at)").Scan(ctx, &at)
	if err != nil || !at.Valid {
		return time.Time{}, s.wrap("find the latest run", err)
	}
	return toTime(at.Int64), nil
}

func (r taskRow) schedule() (task.Schedule, error) {
	s := task.Schedule{Every: time.Duration(r.EveryMs) * time.Millisecond, Cron: r.Cron, Zone: r.Zone, Jitter: r.Jitter}
	if r.TimeWindow == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(r.TimeWindow), &s.Window); err != nil {
		return s, fmt.Errorf("time window: %w", err)
	}
	return s, nil
}

func (r taskRow) agenda() task.Agenda {
	return task.Agenda{Anchor: toTime(r.AnchorAt), Next: optionalTime(r.NextAt), Skipped: r.Skipped, LastSkipped: optionalTime(r.SkippedAt)}
}

func (r taskRow) pause() task.Pause {
	return task.Pause{By: r.PausedBy, At: optionalTime(r.PausedAt)}
}

func toNullMillis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: toMillis(t), Valid: true}
}
