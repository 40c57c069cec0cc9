package store

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

// begin starts a run of the task, with those options.
func begin(t *testing.T, s *Store, taskID string, o *task.RunOptions) Ticket {
	t.Helper()
	run := must[task.Run](t)(s.CreateRun(t.Context(), taskID, TriggerHand))
	ticket := TicketOf(must[task.Run](t)(s.ClaimRun(t.Context(), TicketOf(run))))
	if before := must[*task.RunOptions](t)(s.SaveRunOptions(t.Context(), ticket, o)); before != nil {
		t.Errorf("it was started with %+v before", before)
	}
	return ticket
}

func sampleOptions(n int) *task.RunOptions {
	return &task.RunOptions{
		Program: "1", Options: []task.Option{{Name: task.OptionRate, Value: fmt.Sprint(n), From: task.FromRun}},
		Hooks: []task.HookUsed{{Plugin: "p", Digest: "sha256:00", Grants: []task.Grant{{Name: "kv"}}, OnError: task.OnErrorHold, Merges: task.MergesRefuse}},
	}
}

func TestRunOptions_areKeptAsTheyWereAsLongAsTheRun(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := save(t, s, newTask("kept"))
	first := begin(t, s, tk.ID, sampleOptions(1))
	if got := must[*task.RunOptions](t)(s.RunOptions(t.Context(), first.RunID)); !reflect.DeepEqual(got, sampleOptions(1)) {
		t.Errorf("%+v", got)
	}
	// It goes on with others: these count then, and what was before is told.
	if before := must[*task.RunOptions](t)(s.SaveRunOptions(t.Context(), first, sampleOptions(2))); !reflect.DeepEqual(before, sampleOptions(1)) {
		t.Errorf("before: %+v", before)
	}
	finish(t, s, first.RunID)
	if _, err := s.SaveRunOptions(t.Context(), first, sampleOptions(3)); !errors.Is(err, ErrFenced) {
		t.Errorf("a run that has ended: %v", err)
	}
	if got := must[*task.RunOptions](t)(s.RunOptions(t.Context(), first.RunID)); !reflect.DeepEqual(got, sampleOptions(2)) {
		t.Errorf("%+v", got)
	}
	if before := must[string](t)(s.RunBefore(t.Context(), first.RunID)); before != "" {
		t.Errorf("before the first run there was %s", before)
	}
	second := begin(t, s, tk.ID, sampleOptions(2))
	if before := must[string](t)(s.RunBefore(t.Context(), second.RunID)); before != first.RunID {
		t.Errorf("before the second run there was %q", before)
	}
	finish(t, s, second.RunID)
	queued := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	if o := must[*task.RunOptions](t)(s.RunOptions(t.Context(), queued.ID)); o != nil {
		t.Errorf("a queued run was started with %+v", o)
	}
	if _, err := s.RunOptions(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no run: %v", err)
	}
	// Runs with the same options share a row, and those that no run has are gone.
	var rows int
	if err := s.DB().QueryRow("SELECT count(*) FROM run_options").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
