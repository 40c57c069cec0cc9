package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
	sqlite3 "modernc.org/sqlite/lib"
)

// What starts a run, as task.Run.Trigger says it.
const (
	TriggerHand     = "by hand"
	TriggerSchedule = "schedule"
)

// Ticket names a run in one of its lives: the epoch grows each time the run goes
// back to the queue, so that an old ticket does not start it a second time.
type Ticket struct {
	RunID string
	Epoch int64
}

type runRow struct {
	bun.BaseModel `bun:"table:run"`

	ID              string `bun:",pk"`
	TaskID          string
	State           task.State
	StartedBy       string
	Epoch           int64
	CancelRequested bool
	QueuedAt        int64
	StartedAt       sql.NullInt64
	EndedAt         sql.NullInt64
	Outcome         task.Outcome
	Progress        string
	Report          string
	ProgressFolders string
	ReportDetail    string

	TaskName string `bun:",scanonly"`
}

// openStates are the states of a run that has not ended.
var openStates = []task.State{task.StateQueued, task.StateRunning}

// CreateRun queues a run of the task. A task that is queued or running already is
// [ErrActive], one that is not there [ErrNotFound]. An interval counts from now
// then. A paused task runs, and stays paused.
func (s *Store) CreateRun(ctx context.Context, taskID, trigger string) (task.Run, error) {
	var run task.Run
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		now := s.now()
		var t taskRow
		err := tx.NewSelect().Model(&t).Column(scheduleColumns...).Column("name").Where("id = ?", taskID).Scan(ctx)
		if err != nil {
			return notFound(err)
		}
		if err := countFrom(ctx, tx, t, now); err != nil {
			return err
		}
		row, err := insertRun(ctx, tx, taskID, trigger, now)
		if err != nil {
			return err
		}
		row.TaskName = t.Name
		run, err = row.run()
		return err
	})
	return run, s.wrap("queue a run of task "+taskID, err)
}

// insertRun makes a queued run, or says ErrActive. After that the transaction
// goes on.
func insertRun(ctx context.Context, tx bun.Tx, taskID, trigger string, now time.Time) (runRow, error) {
	row := runRow{ID: newID(), TaskID: taskID, State: task.StateQueued, StartedBy: trigger, Epoch: 1, QueuedAt: toMillis(now)}
	_, err := tx.NewInsert().Model(&row).Exec(ctx)
	if constraint(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE) {
		return row, ErrActive
	}
	return row, err
}

// ClaimRun makes the queued run of the ticket a running one. Whoever gets nil may
// execute it and nobody else may; [ErrNotQueued] means that the run was claimed,
// has ended, or has a newer ticket. A run that was started by a schedule ends here
// if the task was paused, or its window closed, before its turn came.
func (s *Store) ClaimRun(ctx context.Context, t Ticket) (task.Run, error) {
	doing := "claim run " + t.RunID
	if err := s.dropUntimely(ctx, t); err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	res, err := s.write.NewRaw(`UPDATE run SET state = ?, started_at = coalesce(started_at, ?)
		WHERE id = ? AND epoch = ? AND state = ? AND NOT cancel_requested`,
		task.StateRunning, toMillis(s.now()), t.RunID, t.Epoch, task.StateQueued).Exec(ctx)
	if err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return task.Run{}, s.wrap(doing, errors.Join(ErrNotQueued, err))
	}
	run, err := s.Run(ctx, t.RunID)
	return run, s.wrap(doing, err)
}

// SaveProgress stores a snapshot of a running run and reports whether somebody
// asked it to stop. A run that is not running is [ErrNotFound].
func (s *Store) SaveProgress(ctx context.Context, runID string, p task.Progress) (stop bool, err error) {
	doing := "save the progress of run " + runID
	head, folders, err := encodeProgress(p)
	if err != nil {
		return false, s.wrap(doing, err)
	}
	err = s.write.NewRaw(`UPDATE run SET progress = ?, progress_folders = ? WHERE id = ? AND state = ? RETURNING cancel_requested`,
		head, folders, runID, task.StateRunning).Scan(ctx, &stop)
	return stop, s.wrap(doing, notFound(err))
}

// FinishRun stores the report and ends the run. A run that is not running is
// [ErrNotFound]. Reports, logs and runs beyond what is kept of a task are removed.
func (s *Store) FinishRun(ctx context.Context, runID string, report *task.Report) error {
	return s.wrap("finish run "+runID, s.endRun(ctx, runID, task.StateRunning, report))
}

func (s *Store) endRun(ctx context.Context, runID string, from task.State, report *task.Report) error {
	head, detail, err := encodeReport(report)
	if err != nil {
		return err
	}
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var taskID string
		err := tx.NewRaw(`UPDATE run SET state = ?, ended_at = ?, outcome = ?, report = ?, report_detail = ?, progress_folders = ''
			WHERE id = ? AND state = ? RETURNING task_id`,
			task.StateEnded, toMillis(s.now()), report.Outcome, head, detail, runID, from).Scan(ctx, &taskID)
		if err != nil {
			return notFound(err)
		}
		return prune(ctx, tx, taskID)
	})
}

// RequestStop asks a run to stop: a queued one ends at once, a running one when
// its worker notices. A run that has ended stays as it is.
func (s *Store) RequestStop(ctx context.Context, runID string) error {
	now := s.now()
	err := s.endRun(ctx, runID, task.StateQueued, &task.Report{
		Outcome: task.OutcomeStopped, Cause: "stopped before it began", Started: now, Ended: now,
	})
	if !errors.Is(err, ErrNotFound) {
		return s.wrap("stop run "+runID, err)
	}
	res, err := s.write.NewRaw("UPDATE run SET cancel_requested = (cancel_requested OR state = ?) WHERE id = ?", task.StateRunning, runID).Exec(ctx)
	if err == nil {
		if n, rowsErr := res.RowsAffected(); rowsErr != nil || n == 0 {
			err = errors.Join(ErrNotFound, rowsErr)
		}
	}
	return s.wrap("stop run "+runID, err)
}

// Requeue puts the running run of the ticket back into the queue, to go on later,
// and returns its new ticket. If somebody asked it to stop it ends instead, and
// the ticket is the zero one. A run that is not running, or has another ticket by
// now, is [ErrNotFound].
func (s *Store) Requeue(ctx context.Context, t Ticket) (Ticket, error) {
	doing := "requeue run " + t.RunID
	next := Ticket{RunID: t.RunID}
	err := s.write.NewRaw(`UPDATE run SET state = ?, epoch = epoch + 1
		WHERE id = ? AND epoch = ? AND state = ? AND NOT cancel_requested RETURNING epoch`,
		task.StateQueued, t.RunID, t.Epoch, task.StateRunning).Scan(ctx, &next.Epoch)
	if err = notFound(err); !errors.Is(err, ErrNotFound) {
		return next, s.wrap(doing, err)
	}
	return Ticket{}, s.wrap(doing, s.endStopped(ctx, t))
}

// endStopped ends a running run that somebody asked to stop and whose worker is
// gone, with what its last progress says.
func (s *Store) endStopped(ctx context.Context, t Ticket) error {
	var is bool
	err := s.read.NewRaw("SELECT cancel_requested FROM run WHERE id = ? AND epoch = ? AND state = ?", t.RunID, t.Epoch, task.StateRunning).Scan(ctx, &is)
	if err != nil || !is {
		return errors.Join(ErrNotFound, notFound(err))
	}
	run, err := s.Run(ctx, t.RunID)
	if err != nil {
		return err
	}
	return s.endRun(ctx, t.RunID, task.StateRunning, &task.Report{
		Outcome: task.OutcomeStopped, Cause: "stopped while the service restarted",
		Counts: run.Progress.Counts, Folders: run.Progress.Folders, Started: run.Started, Ended: s.now(),
	})
}

// Recover is for the start of the service, before anything is executed: runs that
// an earlier process left running go back to the queue, and all queued runs get
// new tickets, which are returned in their order. It relies on this process being
// the only one that executes runs.
func (s *Store) Recover(ctx context.Context) ([]Ticket, error) {
	const doing = "recover the runs of an earlier process"
	running, err := s.Running(ctx)
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	for _, r := range running {
		if _, err := s.Requeue(ctx, r.Ticket); err != nil {
			return nil, s.wrap(doing, err)
		}
	}
	if _, err := s.write.NewRaw("UPDATE run SET epoch = epoch + 1 WHERE state = ?", task.StateQueued).Exec(ctx); err != nil {
		return nil, s.wrap(doing, err)
	}
	return s.Queued(ctx, s.now(), -1)
}

// Queued returns the tickets of the queued runs that have been waiting since
// before, in the order in which they were queued; limit -1 returns all.
func (s *Store) Queued(ctx context.Context, before time.Time, limit int) ([]Ticket, error) {
	var tickets []Ticket
	err := s.read.NewRaw("SELECT id AS run_id, epoch FROM run WHERE state = ? AND queued_at <= ? ORDER BY queued_at LIMIT ?",
		task.StateQueued, toMillis(before), limit).Scan(ctx, &tickets)
	return tickets, s.wrap("read the queue", err)
}

// Active is a running run.
type Active struct {
	Ticket
	Stop bool // somebody asked for it to stop
}

// Running returns all running runs.
func (s *Store) Running(ctx context.Context) ([]Active, error) {
	var rows []runRow
	err := s.read.NewSelect().Model(&rows).Column("id", "epoch", "cancel_requested").Where("state = ?", task.StateRunning).Scan(ctx)
	if err != nil {
		return nil, s.wrap("read the running runs", err)
	}
	out := make([]Active, len(rows))
	for i, r := range rows {
		out[i] = Active{Ticket: Ticket{RunID: r.ID, Epoch: r.Epoch}, Stop: r.CancelRequested}
	}
	return out, nil
}

// What is kept of a task: heads of runs to see how it has been doing, details and
// logs to look into what went wrong lately.
const (
	keepRuns    = 200
	keepDetails = 50
	keepLogs    = 20
)

// prune removes what is beyond that.
func prune(ctx context.Context, tx bun.Tx, taskID string) error {
	const older = "SELECT id FROM run WHERE task_id = ? AND state = 'ended' ORDER BY queued_at DESC, rowid DESC LIMIT -1 OFFSET ?"
	for _, q := range []struct {
		query string
		keep  int
	}{
		{"DELETE FROM run WHERE id IN (" + older + ")", keepRuns},
		{"UPDATE run SET report_detail = '' WHERE report_detail <> '' AND id IN (" + older + ")", keepDetails},
		{"DELETE FROM run_log WHERE run_id IN (" + older + ")", keepLogs},
	} {
		if _, err := tx.NewRaw(q.query, taskID, q.keep).Exec(ctx); err != nil {
			return fmt.Errorf("prune: %w", err)
		}
	}
	return nil
}

func encodeProgress(p task.Progress) (head, folders string, err error) {
	list, err := json.Marshal(p.Folders)
	if err != nil {
		return "", "", err
	}
	p.Folders = nil
	text, err := json.Marshal(p)
	return string(text), string(list), err
}

func encodeReport(r *task.Report) (head, detail string, err error) {
	full, err := json.Marshal(task.Report{Folders: r.Folders, Listed: r.Listed})
	if err != nil {
		return "", "", err
	}
	short := *r
	short.Folders, short.Listed = nil, nil
	text, err := json.Marshal(short)
	return string(text), string(full), err
}
