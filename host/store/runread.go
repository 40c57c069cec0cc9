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
)

// headColumns are all but the large ones.
var headColumns = []string{
	"run.id", "run.task_id", "run.state", "run.started_by", "run.epoch", "run.cancel_requested",
	"run.queued_at", "run.started_at", "run.ended_at", "run.outcome", "run.progress", "run.report", "run.max_rate", "run.max_messages", "run.only_folders",
	"run.pause_requested", "run.paused_by", "run.paused_at", "run.await", "run.number",
}

func (s *Store) selectRuns(rows *[]runRow) *bun.SelectQuery {
	return s.read.NewSelect().Model(rows).ModelTableExpr("run AS run").Column(headColumns...).
		ColumnExpr("task.name AS task_name").Join("JOIN task ON task.id = run.task_id")
}

// Run returns one run with its folders and, once it has ended, its whole report.
// A run that is not there is [ErrNotFound].
func (s *Store) Run(ctx context.Context, id string) (task.Run, error) {
	doing := "read run " + id
	var rows []runRow
	err := s.selectRuns(&rows).Column("run.progress_folders", "run.report_detail").Where("run.id = ?", id).Scan(ctx)
	if err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	if len(rows) == 0 {
		return task.Run{}, s.wrap(doing, ErrNotFound)
	}
	run, err := rows[0].run()
	return run, s.wrap(doing, err)
}

// Runs returns the latest runs of a task, newest first, without their folders and
// listed messages.
func (s *Store) Runs(ctx context.Context, taskID string, limit int) ([]task.Run, error) {
	var rows []runRow
	err := s.selectRuns(&rows).Where("run.task_id = ?", taskID).OrderExpr("run.number DESC").Limit(int64(max(limit, 1))).Scan(ctx)
	if err != nil {
		return nil, s.wrap("read the runs of task "+taskID, err)
	}
	runs, err := toRuns(rows)
	return runs, s.wrap("read the runs of task "+taskID, err)
}

// LastRuns returns the latest run of each task that has one, by the task's ID,
// without folders and listed messages.
func (s *Store) LastRuns(ctx context.Context) (map[string]task.Run, error) {
	var rows []runRow
	err := s.selectRuns(&rows).
		Where("run.number = (SELECT max(r.number) FROM run AS r WHERE r.task_id = run.task_id)").Scan(ctx)
	if err != nil {
		return nil, s.wrap("read the latest runs", err)
	}
	runs, err := toRuns(rows)
	if err != nil {
		return nil, s.wrap("read the latest runs", err)
	}
	last := make(map[string]task.Run, len(runs))
	for _, r := range runs {
		last[r.TaskID] = r
	}
	return last, nil
}

func toRuns(rows []runRow) ([]task.Run, error) {
	runs := make([]task.Run, len(rows))
	for i, row := range rows {
		var err error
		if runs[i], err = row.run(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// run builds the noun from what was read of the row.
func (r runRow) run() (task.Run, error) {
	run := task.Run{
		ID: r.ID, TaskID: r.TaskID, TaskName: r.TaskName, Number: r.Number, State: r.State, Trigger: r.StartedBy,
		Queued: toTime(r.QueuedAt), Started: optionalTime(r.StartedAt), Ended: optionalTime(r.EndedAt),
		Stopping: r.CancelRequested && r.State != task.StateEnded, Epoch: r.Epoch, Pace: task.Pace{Bytes: r.MaxRate, Messages: r.MaxMessages},
		Pausing: r.PauseRequested && r.State == task.StateRunning,
	}
	if run.Pausing || r.State == task.StatePaused {
		run.Pause = task.Pause{By: r.PausedBy, At: optionalTime(r.PausedAt)}
	}
	var detail task.Report
	report := new(task.Report)
	for _, part := range []struct {
		text string
		into any
	}{
		{r.Progress, &run.Progress},
		{r.OnlyFolders, &run.Only},
		{r.ProgressFolders, &run.Progress.Folders},
		{r.Report, report},
		{r.ReportDetail, &detail},
	} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return run, fmt.Errorf("run %s: %w", r.ID, err)
		}
	}
	if r.State == task.StateWaiting {
		run.Await = new(task.Await)
		if err := json.Unmarshal([]byte(r.Await), run.Await); err != nil {
			return run, fmt.Errorf("run %s: what it waits for: %w", r.ID, err)
		}
	}
	if r.State != task.StateRunning { // it goes nowhere
		run.Progress.Left, run.Progress.MessagesPerSecond, run.Progress.BytesPerSecond = 0, 0, 0
	}
	if r.State == task.StateEnded {
		report.Folders, report.Listed, report.Trail = detail.Folders, detail.Listed, detail.Trail
		run.Report = report
		// The last snapshot may be older than the end; the report is what counts.
		run.Progress.Phase, run.Progress.Counts, run.Progress.Folders = task.PhaseDone, report.Counts, report.Folders
	}
	return run, nil
}

func optionalTime(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return toTime(ms.Int64)
}

// notFound turns the absence of a row into ErrNotFound.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
