package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// What starts a run, as task.Run.Trigger says it.
const (
	TriggerHand     = "by hand"
	TriggerSchedule = "schedule"
	TriggerRetry    = "retry"
)

// Ticket names a run in one of its lives: the epoch grows each time the run goes
// back to the queue, so that an old ticket does not start it a second time.
type Ticket struct {
	RunID string
	Epoch int64
}

// TicketOf is the ticket with which a run was claimed.
func TicketOf(run task.Run) Ticket { return Ticket{RunID: run.ID, Epoch: run.Epoch} }

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

	Node      string // who executes it; "" unless it is running
	Number    int64  // of the runs of its task, from 1 on
	WaitingAt int64  // its place in the queue

	MaxRate     int64 // bytes a second
	MaxMessages int64 // a second
	OnlyFolders string

	PauseRequested bool
	PausedBy       string
	PausedAt       sql.NullInt64
	Await          string
	AwaitUntil     sql.NullInt64

	TaskName string `bun:",scanonly"`
}

// CreateRun queues a run of the task. A task of which a run is queued, running or
// paused already is [ErrActive], one that is not there [ErrNotFound]. Of one whose run
// waits for somebody, who starts it by hand gets that run, which goes on. An interval
// counts from now then. A paused task runs, and stays paused.
func (s *Store) CreateRun(ctx context.Context, taskID, trigger string) (task.Run, error) {
	return s.createRun(ctx, taskID, trigger, "")
}

func (s *Store) createRun(ctx context.Context, taskID, trigger, only string) (task.Run, error) {
	var run task.Run
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := s.now()
		var t taskRow
		err := tx.NewSelect().Model(&t).Column(scheduleColumns...).Column("name").Where("id = ?", taskID).Scan(ctx)
		if err != nil {
			return notFound(err)
		}
		if t.Waits {
			return ErrWaits
		}
		if err := countFrom(ctx, tx, t, now); err != nil {
			return err
		}
		var row runRow
		err = ErrNotFound
		if trigger == TriggerHand {
			row, err = s.takeUp(ctx, tx, taskID)
		}
		if errors.Is(err, ErrNotFound) {
			row, err = insertRun(ctx, tx, runRow{TaskID: taskID, StartedBy: trigger, OnlyFolders: only}, now)
		}
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
func insertRun(ctx context.Context, tx bun.Tx, row runRow, now time.Time) (runRow, error) {
	row.ID, row.State, row.Epoch = newID(), task.StateQueued, 1
	row.QueuedAt, row.WaitingAt = toMillis(now), toMillis(now)
	err := tx.NewRaw("SELECT coalesce(max(number), 0) + 1 FROM run WHERE task_id = ?", row.TaskID).Scan(ctx, &row.Number)
	if err != nil {
		return row, err
	}
	res, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return row, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return row, errors.Join(ErrActive, err)
	}
	_, err = tx.NewRaw("UPDATE task SET standing = ?, latest_at = ? WHERE id = ?", placeOf(task.StandingActive), row.QueuedAt, row.TaskID).Exec(ctx)
	return row, err
}

// SaveProgress stores a snapshot of a running run and reports whether somebody
// asked it to stop. A run that this node does not execute with that ticket is
// [ErrFenced].
func (s *Store) SaveProgress(ctx context.Context, t Ticket, p task.Progress) (stop bool, err error) {
	doing := "save the progress of run " + t.RunID
	head, folders, err := encodeProgress(p)
	if err != nil {
		return false, s.wrap(doing, err)
	}
	err = s.write.NewRaw("UPDATE run SET progress = ?, progress_folders = ? WHERE id = ? AND "+ours+" RETURNING cancel_requested",
		head, folders, t.RunID, task.StateRunning, t.Epoch, s.node).Scan(ctx, &stop)
	return stop, s.wrap(doing, fenced(err))
}

// ours is the condition of a run that this node executes: state, epoch, node.
const ours = "state = ? AND epoch = ? AND node = ?"

// FinishRun stores the report and ends the run. A run that this node does not
// execute with that ticket is [ErrFenced]. Reports, logs and runs beyond what is
// kept of a task are removed.
func (s *Store) FinishRun(ctx context.Context, t Ticket, report *task.Report) error {
	err := s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return s.endRun(ctx, tx, t.RunID, report, ours, task.StateRunning, t.Epoch, s.node)
	})
	return s.wrap("finish run "+t.RunID, fenced(err))
}

// endRun ends a run for which the condition holds; otherwise it is ErrNotFound.
func (s *Store) endRun(ctx context.Context, tx bun.Tx, runID string, report *task.Report, condition string, args ...any) error {
	head, detail, err := encodeReport(report)
	if err != nil {
		return err
	}
	var taskID string
	err = tx.NewRaw(`UPDATE run SET state = ?, ended_at = ?, outcome = ?, report = ?, report_detail = ?, progress_folders = '', node = '', pause_requested = FALSE
		WHERE id = ? AND `+condition+` RETURNING task_id`,
		append([]any{task.StateEnded, toMillis(s.now()), report.Outcome, head, detail, runID}, args...)...).Scan(ctx, &taskID)
	if err != nil {
		return notFound(err)
	}
	if err := setStanding(ctx, tx, taskID, report.Outcome.Standing()); err != nil {
		return err
	}
	if err := s.queueNotices(ctx, tx, taskID, runID, report); err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	return prune(ctx, tx, taskID)
}

// RequestStop asks a run to stop: one that is not at work ends at once, a running one
// when its node notices. A run that has ended stays as it is.
func (s *Store) RequestStop(ctx context.Context, runID string) error {
	doing := "stop run " + runID
	for {
		run, err := s.Run(ctx, runID)
		if err != nil {
			return s.wrap(doing, err)
		}
		switch run.State {
		case task.StateEnded:
			return nil
		case task.StateRunning:
			err = affected(s.write.NewRaw("UPDATE run SET cancel_requested = TRUE WHERE id = ? AND state = ?", runID, run.State).Exec(ctx))
		default:
			err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
				return s.endRun(ctx, tx, runID, s.stoppedAtRest(run), "state = ? AND epoch = ?", run.State, run.Epoch)
			})
		}
		if !errors.Is(err, ErrNotFound) {
			return s.wrap(doing, err)
		}
		// It has changed since it was read: what it had done by then counts.
	}
}

// stoppedAtRest is the report of a run that is stopped while nobody executes it.
func (s *Store) stoppedAtRest(run task.Run) *task.Report {
	now := s.now()
	report := &task.Report{Outcome: task.OutcomeStopped, Cause: "stopped before it began", Started: now, Ended: now}
	if !run.Started.IsZero() {
		report.Cause, report.Started = "stopped while it waited for its turn", run.Started
		report.Counts, report.Folders = run.Progress.Counts, run.Progress.Folders
	}
	switch run.State {
	case task.StatePaused:
		report.Cause = "stopped while it was paused"
	case task.StateWaiting:
		report.Cause = "stopped while it waited for somebody: " + run.Await.Cause
	}
	return report
}

// Requeue puts a run that this node executes with that ticket back into the
// queue, to go on later, and returns its new ticket; last puts it behind those
// that wait. If somebody asked it to pause, it is paused, and if to stop, it ends
// instead; the ticket is the zero one then. A run that this node does not execute
// is [ErrFenced].
func (s *Store) Requeue(ctx context.Context, t Ticket, last bool) (Ticket, error) {
	doing := "requeue run " + t.RunID
	next := Ticket{RunID: t.RunID}
	place := bun.SafeQuery("waiting_at")
	if last {
		place = bun.SafeQuery("?", toMillis(s.now()))
	}
	var state task.State
	err := s.write.NewRaw("UPDATE run SET "+giveBack+", waiting_at = ? WHERE id = ? AND NOT cancel_requested AND "+ours+" RETURNING epoch, state",
		place, t.RunID, task.StateRunning, t.Epoch, s.node).Scan(ctx, &next.Epoch, &state)
	if err == nil && state == task.StatePaused {
		return Ticket{}, nil
	}
	if err = notFound(err); !errors.Is(err, ErrNotFound) {
		return next, s.wrap(doing, err)
	}
	return Ticket{}, s.wrap(doing, fenced(s.endStopped(ctx, t)))
}

// giveBack is what becomes of a run that nobody executes any more.
const giveBack = "state = CASE WHEN pause_requested THEN 'paused' ELSE 'queued' END, pause_requested = FALSE, epoch = epoch + 1, node = ''"

// endStopped ends a running run that somebody asked to stop and that nobody works
// on any more, with what its last progress says.
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
	report := &task.Report{
		Outcome: task.OutcomeStopped, Cause: "stopped while the service restarted",
		Counts: run.Progress.Counts, Folders: run.Progress.Folders, Started: run.Started, Ended: s.now(),
	}
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		return s.endRun(ctx, tx, t.RunID, report, "state = ? AND epoch = ?", task.StateRunning, t.Epoch)
	})
}

// Recover is for the start of a node, before it executes anything: runs that
// nodes which are gone left running go back to the queue, and tickets of runs that
// have to be handed out are returned.
//
// On SQLite the caller makes sure that this process is the only one that executes
// runs: so every other node is gone, and all queued runs get new tickets. On
// PostgreSQL others are at work, and a node is gone when it was not seen for ttl.
func (s *Store) Recover(ctx context.Context, ttl time.Duration) ([]Ticket, error) {
	const doing = "recover the runs of an earlier process"
	if s.pg {
		return s.TakeOver(ctx, ttl)
	}
	if _, err := s.write.NewRaw("DELETE FROM node WHERE id <> ?", s.node).Exec(ctx); err != nil {
		return nil, s.wrap(doing, err)
	}
	if _, err := s.TakeOver(ctx, ttl); err != nil {
		return nil, err
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
	if limit < 0 {
		limit = math.MaxInt
	}
	err := s.read.NewRaw("SELECT id AS run_id, epoch FROM run WHERE state = ? AND "+open+" AND queued_at <= ? ORDER BY waiting_at, queued_at, id LIMIT ?",
		task.StateQueued, toMillis(before), limit).Scan(ctx, &tickets)
	return tickets, s.wrap("read the queue", err)
}

// Active is a running run.
type Active struct {
	Ticket
	Stop  bool // somebody asked for it to stop
	Pause bool // somebody asked for it to pause
}

// Running returns the runs that the store takes for being executed by this node.
func (s *Store) Running(ctx context.Context) ([]Active, error) {
	var rows []runRow
	err := s.read.NewSelect().Model(&rows).Column("id", "epoch", "cancel_requested", "pause_requested").Where("state = ? AND node = ? AND "+open, task.StateRunning, s.node).Scan(ctx)
	if err != nil {
		return nil, s.wrap("read the running runs", err)
	}
	out := make([]Active, len(rows))
	for i, r := range rows {
		out[i] = Active{Ticket: Ticket{RunID: r.ID, Epoch: r.Epoch}, Stop: r.CancelRequested, Pause: r.PauseRequested}
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
	const older = "SELECT id FROM run WHERE task_id = ? AND state = 'ended' ORDER BY number DESC LIMIT 9223372036854775807 OFFSET ?"
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
	// What no run was started with any more.
	_, err := tx.NewRaw(`DELETE FROM run_options WHERE task_id = ? AND NOT EXISTS (
		SELECT 1 FROM run WHERE run.task_id = run_options.task_id AND run.options_digest = run_options.digest)`, taskID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}

func encodeProgress(p task.Progress) (head, folders string, err error) {
	list, err := json.Marshal(p.Folders)
	if err != nil {
		return "", "", err
	}
	p.Folders, p.Trail = nil, nil
	text, err := json.Marshal(p)
	return string(text), string(list), err
}

func encodeReport(r *task.Report) (head, detail string, err error) {
	full, err := json.Marshal(task.Report{Folders: r.Folders, Listed: r.Listed, Trail: r.Trail})
	if err != nil {
		return "", "", err
	}
	short := *r
	short.Folders, short.Listed, short.Trail = nil, nil, nil
	text, err := json.Marshal(short)
	return string(text), string(full), err
}
