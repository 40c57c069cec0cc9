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
	return s.createRun(ctx, run.TaskID, TriggerRetry, string(text), 0)
}

// SetRate bounds the bytes that a run which has not ended transfers in a second; 0 is
// no bound. One that has ended is [ErrNotQueued].
func (s *Store) SetRate(ctx context.Context, runID string, bytesPerSecond int64) error {
	doing := "change the rate of run " + runID
	if bytesPerSecond < 0 {
		return s.wrap(doing, refused(errors.New("a rate is not less than 0")))
	}
	res, err := s.write.NewRaw("UPDATE run SET max_rate = ? WHERE id = ? AND state <> ?", bytesPerSecond, runID, task.StateEnded).Exec(ctx)
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

// Rate is the bound of SetRate.
func (s *Store) Rate(ctx context.Context, runID string) (bytesPerSecond int64, err error) {
	err = s.read.NewRaw("SELECT max_rate FROM run WHERE id = ?", runID).Scan(ctx, &bytesPerSecond)
	return bytesPerSecond, s.wrap("read the rate of run "+runID, notFound(err))
}
