package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
)

// ErrNothingFailed means that a run left nothing that could be tried again.
var ErrNothingFailed = errors.New("nothing of the run failed or was held, or its report is not kept any more")

// RetryRun queues a run of the same task, for those folders only in which something of
// the run failed or was held, or that it did not get through. A run that has not
// ended, or whose task is at work again, is [ErrActive], one that left nothing
// [ErrNothingFailed].
func (s *Store) RetryRun(ctx context.Context, runID string) (task.Run, error) {
	doing := "try again what failed in run " + runID
	run, err := s.Run(ctx, runID)
	if err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	if run.Report == nil {
		return task.Run{}, s.wrap(doing, ErrActive)
	}
	var only []task.SourceFolder
	for _, f := range run.Report.Undone() {
		only = append(only, task.SourceFolder{Source: f.Source, Folder: f.Folder})
	}
	if len(only) == 0 {
		return task.Run{}, s.wrap(doing, ErrNothingFailed)
	}
	text, err := json.Marshal(only)
	if err != nil {
		return task.Run{}, s.wrap(doing, err)
	}
	return s.createRun(ctx, run.TaskID, TriggerRetry, string(text))
}

// SetPace bounds how fast a run goes that has not ended. One that has is [ErrNotQueued].
func (s *Store) SetPace(ctx context.Context, runID string, p task.Pace) error {
	doing := "change the pace of run " + runID
	if err := p.Validate(); err != nil {
		return s.wrap(doing, refused(err))
	}
	res, err := s.write.NewRaw("UPDATE run SET max_rate = ?, max_messages = ? WHERE id = ? AND state <> ?", p.Bytes, p.Messages, runID, task.StateEnded).Exec(ctx)
	if err != nil {
		return s.wrap(doing, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return s.wrap(doing, err)
	}
	if _, err := s.Run(ctx, runID); err != nil {
		return err
	}
	return s.wrap(doing, fmt.Errorf("%w: it has ended", ErrNotQueued))
}

// Pace is what SetPace has set.
func (s *Store) Pace(ctx context.Context, runID string) (p task.Pace, err error) {
	err = s.read.NewRaw("SELECT max_rate, max_messages FROM run WHERE id = ?", runID).Scan(ctx, &p.Bytes, &p.Messages)
	return p, s.wrap("read the pace of run "+runID, notFound(err))
}
