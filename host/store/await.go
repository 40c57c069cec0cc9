package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// AwaitUser lets a run that this node executes with that ticket wait for what await
// says, instead of ending it with the report, of which those who want to know are
// told. Its task has no other run meanwhile. It goes back to the queue when its task
// or what that refers to is saved, when somebody starts the task by hand, and when
// await says. A run that this node does not execute, or that somebody asked to stop,
// is [ErrFenced].
func (s *Store) AwaitUser(ctx context.Context, t Ticket, report *task.Report, await task.Await) error {
	doing := "let run " + t.RunID + " wait"
	text, err := json.Marshal(await)
	if err != nil {
		return s.wrap(doing, err)
	}
	err = s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var taskID string
		// The outcome is that which lists and sums of tasks go by.
		err := tx.NewRaw("UPDATE run SET state = ?, epoch = epoch + 1, node = '', outcome = ?, pause_requested = FALSE WHERE id = ? AND NOT cancel_requested AND "+ours+" RETURNING task_id",
			task.StateWaiting, report.Outcome, t.RunID, task.StateRunning, t.Epoch, s.node).Scan(ctx, &taskID)
		if err != nil {
			return err
		}
		if err := s.queueNotices(ctx, tx, taskID, t.RunID, report); err != nil {
			return err
		}
		until := toNullMillis(await.Until)
		until.Valid = !await.Until.IsZero()
		if _, err := tx.NewRaw("UPDATE run SET await = ?, await_until = ? WHERE id = ?", string(text), until, t.RunID).Exec(ctx); err != nil {
			return err
		}
		return setStanding(ctx, tx, taskID, task.StandingNeedsYou)
	})
	return s.wrap(doing, fenced(err))
}

// release is the statement that puts waiting runs back into the queue.
const release = "UPDATE run SET state = 'queued', epoch = epoch + 1, outcome = '', await_until = NULL, waiting_at = ? WHERE state = 'waiting' AND " + open + " AND "

// Release puts those waiting runs back into the queue whose time has come, and
// returns their new tickets.
func (s *Store) Release(ctx context.Context, now time.Time) ([]Ticket, error) {
	const due = "await_until <= ?"
	// Most of the time there is none, and this is not worth a write.
	some, err := s.read.NewSelect().Model((*runRow)(nil)).Where("state = 'waiting' AND "+open+" AND "+due, toMillis(now)).Exists(ctx)
	var tickets []Ticket
	if err == nil && some {
		err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			tickets, err = s.releaseThose(ctx, tx, due, toMillis(now))
			return err
		})
	}
	return tickets, s.wrap("look for runs that need not wait any longer", err)
}

// releaseOf puts the waiting runs of tasks for which the condition holds back into the
// queue, because somebody has changed something about them. Their tickets are handed
// out by the sweep of the queue.
func (s *Store) releaseOf(ctx context.Context, tx bun.Tx, tasks string, args ...any) error {
	_, err := s.releaseThose(ctx, tx, "task_id IN (SELECT id FROM task WHERE "+tasks+")", args...)
	return err
}

func (s *Store) releaseThose(ctx context.Context, tx bun.Tx, condition string, args ...any) (tickets []Ticket, err error) {
	var rows []struct {
		ID, TaskID string
		Epoch      int64
	}
	err = tx.NewRaw(release+condition+" RETURNING id, task_id, epoch", append([]any{toMillis(s.now())}, args...)...).Scan(ctx, &rows)
	for _, r := range rows {
		if err == nil {
			err = setStanding(ctx, tx, r.TaskID, task.StandingActive)
		}
		tickets = append(tickets, Ticket{RunID: r.ID, Epoch: r.Epoch})
	}
	return tickets, err
}

// takeUp lets somebody who starts a task by hand have the run of it that waits: it
// goes back to the queue, and counts as started by hand from now on. It is
// [ErrNotFound] when none waits.
func (s *Store) takeUp(ctx context.Context, tx bun.Tx, taskID string) (row runRow, err error) {
	err = tx.NewRaw(release+"task_id = ? RETURNING id", toMillis(s.now()), taskID).Scan(ctx, &row.ID)
	if err != nil {
		return row, notFound(err)
	}
	if _, err := tx.NewRaw("UPDATE run SET started_by = ? WHERE id = ?", TriggerHand, row.ID).Exec(ctx); err != nil {
		return row, err
	}
	if err := setStanding(ctx, tx, taskID, task.StandingActive); err != nil {
		return row, err
	}
	err = tx.NewSelect().Model(&row).ModelTableExpr("run AS run").Column(headColumns...).Where("run.id = ?", row.ID).Scan(ctx)
	return row, err
}
