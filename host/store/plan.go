package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// keptPlans is how many plans of a task are kept that nobody has approved.
const keptPlans = 20

// What keeps a plan from being approved or withdrawn.
var (
	ErrPlanEnded      = errors.New("the plan is not the latest one any more, or was withdrawn or carried out; look at the latest one")
	ErrPlanIncomplete = errors.New("the plan has not all folders, because an account could not be listed; make a new one once that is mended")
	ErrNoPlan         = errors.New("no plan of the task is approved")
)

type planRow struct {
	bun.BaseModel `bun:"table:task_plan"`

	ID         string `bun:",pk"`
	TaskID     string
	MadeAt     int64
	MadeBy     string
	Incomplete bool
	Body       string
	ApprovedAt sql.NullInt64
	ApprovedBy string
	EndedAt    sql.NullInt64
	EndedBy    string
	RunID      string
}

func (r planRow) plan() (task.Plan, error) {
	var p task.Plan
	if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
		return p, fmt.Errorf("plan %s: %w", r.ID, err)
	}
	p.ID, p.TaskID, p.Made, p.MadeBy, p.Incomplete = r.ID, r.TaskID, toTime(r.MadeAt), r.MadeBy, r.Incomplete
	p.ApprovedBy, p.EndedBy, p.RunID = r.ApprovedBy, r.EndedBy, r.RunID
	p.Approved, p.Ended = time.Time{}, time.Time{}
	if r.ApprovedAt.Valid {
		p.Approved = toTime(r.ApprovedAt.Int64)
	}
	if r.EndedAt.Valid {
		p.Ended = toTime(r.EndedAt.Int64)
	}
	return p, nil
}

// SavePlan keeps a new plan of p.TaskID, and sets its ID and Made. It is neither
// approved nor ended, whatever p says. A task that is not there is [ErrNotFound]. Of
// plans that nobody has approved the latest 20 are kept.
func (s *Store) SavePlan(ctx context.Context, p *task.Plan) error {
	body, err := json.Marshal(p)
	if err != nil {
		return s.wrap("save the plan", err)
	}
	row := planRow{ID: newID(), TaskID: p.TaskID, MadeAt: toMillis(s.now()), MadeBy: p.MadeBy, Incomplete: p.Incomplete, Body: string(body)}
	err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		there, err := tx.NewSelect().Model((*taskRow)(nil)).Where("id = ?", p.TaskID).Exists(ctx)
		if err != nil {
			return err
		}
		if !there {
			return ErrNotFound
		}
		// Which one is the latest has to be certain, also of two within a millisecond.
		var last sql.NullInt64
		if err := tx.NewRaw("SELECT max(made_at) FROM task_plan WHERE task_id = ?", p.TaskID).Scan(ctx, &last); err != nil {
			return err
		}
		if last.Valid {
			row.MadeAt = max(row.MadeAt, last.Int64+1)
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewRaw(`DELETE FROM task_plan WHERE task_id = ? AND approved_at IS NULL AND id NOT IN
			(SELECT id FROM task_plan WHERE task_id = ? AND approved_at IS NULL ORDER BY made_at DESC LIMIT ?)`,
			p.TaskID, p.TaskID, keptPlans).Exec(ctx)
		return err
	})
	if err != nil {
		return s.wrap("save the plan of task "+p.TaskID, err)
	}
	*p, err = row.plan()
	return err
}

// Plan returns the plan of an ID, or [ErrNotFound].
func (s *Store) Plan(ctx context.Context, taskID, id string) (task.Plan, error) {
	return s.findPlan(ctx, "read the plan "+id, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("task_id = ?", taskID).Where("id = ?", id)
	})
}

// LatestPlan returns the plan of a task that was made last, or [ErrNotFound].
func (s *Store) LatestPlan(ctx context.Context, taskID string) (task.Plan, error) {
	return s.findPlan(ctx, "read the latest plan of task "+taskID, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("task_id = ?", taskID).Order("made_at DESC").Limit(1)
	})
}

// PlanInForce returns the plan that binds the runs of a task, or [ErrNotFound].
func (s *Store) PlanInForce(ctx context.Context, taskID string) (task.Plan, error) {
	return s.findPlan(ctx, "read the approved plan of task "+taskID, func(q *bun.SelectQuery) *bun.SelectQuery {
		return inForce(q.Where("task_id = ?", taskID))
	})
}

func inForce(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Where("approved_at IS NOT NULL").Where("ended_at IS NULL")
}

func (s *Store) findPlan(ctx context.Context, doing string, which func(*bun.SelectQuery) *bun.SelectQuery) (task.Plan, error) {
	var row planRow
	if err := which(s.read.NewSelect().Model(&row)).Scan(ctx); err != nil {
		return task.Plan{}, s.wrap(doing, notFound(err))
	}
	p, err := row.plan()
	return p, s.wrap(doing, err)
}

// ApprovePlan lets a plan bind the runs of its task, in place of the one that does. by
// is who approves it. Only the latest plan can be approved: another is [ErrPlanEnded],
// one that is not whole [ErrPlanIncomplete]. One that is in force stays as it is.
func (s *Store) ApprovePlan(ctx context.Context, taskID, id, by string) error {
	now := toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row planRow
		err := tx.NewSelect().Model(&row).Column("id", "incomplete", "approved_at", "ended_at").
			Where("task_id = ?", taskID).Order("made_at DESC").Limit(1).Scan(ctx)
		switch {
		case err != nil:
			return notFound(err)
		case row.ID != id:
			there, err := tx.NewSelect().Model((*planRow)(nil)).Where("task_id = ?", taskID).Where("id = ?", id).Exists(ctx)
			switch {
			case err != nil:
				return err
			case there:
				return ErrPlanEnded
			}
			return ErrNotFound
		case row.EndedAt.Valid:
			return ErrPlanEnded
		case row.Incomplete:
			return ErrPlanIncomplete
		case row.ApprovedAt.Valid:
			return nil
		}
		if _, err := endPlan(ctx, tx, taskID, now, by); err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE task_plan SET approved_at = ?, approved_by = ? WHERE id = ?", now, by, id).Exec(ctx)
		return err
	})
	return s.wrap("approve the plan "+id, err)
}

// WithdrawPlan frees the runs of a task from the plan that binds them, or is
// [ErrNoPlan]. by is who does so.
func (s *Store) WithdrawPlan(ctx context.Context, taskID, by string) error {
	now := toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := endPlan(ctx, tx, taskID, now, by)
		if err == nil && n == 0 {
			err = ErrNoPlan
		}
		return err
	})
	return s.wrap("withdraw the plan of task "+taskID, err)
}

// PlanCarriedOut notes that a run has done what a plan says. A plan that is not in
// force any more stays as it is.
func (s *Store) PlanCarriedOut(ctx context.Context, taskID, id, runID string) error {
	now := toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("UPDATE task_plan SET ended_at = ?, run_id = ? WHERE task_id = ? AND id = ? AND approved_at IS NOT NULL AND ended_at IS NULL",
			now, runID, taskID, id).Exec(ctx)
		return err
	})
	return s.wrap("note that the plan "+id+" is carried out", err)
}

// PlanWasCarriedOut reports whether any plan of the task has been.
func (s *Store) PlanWasCarriedOut(ctx context.Context, taskID string) (bool, error) {
	yes, err := s.read.NewSelect().Model((*planRow)(nil)).Where("task_id = ?", taskID).Where("run_id <> ''").Exists(ctx)
	return yes, s.wrap("look for plans of task "+taskID, err)
}

// endPlan ends the plan of a task that is in force, and returns how many that were.
func endPlan(ctx context.Context, tx bun.Tx, taskID string, now int64, by string) (int64, error) {
	res, err := tx.NewRaw("UPDATE task_plan SET ended_at = ?, ended_by = ? WHERE task_id = ? AND approved_at IS NOT NULL AND ended_at IS NULL",
		now, by, taskID).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
