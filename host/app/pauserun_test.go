package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// comesTo waits until the run has the status.
func comesTo(t *testing.T, s *service, runID string, want task.Status) task.Run {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		run, err := s.Run(t.Context(), runID)
		if err != nil {
			t.Fatal(err)
		}
		if run.Status() == want {
			return run
		}
		if time.Now().After(deadline) {
			t.Fatalf("the run is %s, not %s", run.Status(), want)
		}
	}
}

func TestService_pausesARunAtAMessageAndGoesOnWithoutDoublingAny(t *testing.T) {
	s := newService(t)
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	saved, err := s.SaveTask(t.Context(), task.Task{
		Name: "home", Sources: []task.Source{{Name: "home", Account: accounts.Home}}, Destination: accounts.Local,
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.StartRun(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	// Slow enough to be met in the middle.
	if err := s.SetPace(t.Context(), run.ID, task.Pace{Bytes: 1500000}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		now, err := s.Run(t.Context(), run.ID)
		if err != nil || now.State == task.StateEnded || time.Now().After(deadline) {
			t.Fatalf("never met at work: %s, %v", now.Status(), err)
		}
		if now.Progress.Counts.Copied > 0 {
			break
		}
	}
	ann := access.With(t.Context(), access.Actor{UserID: "u", Name: "ann", Role: access.RoleAdmin})
	asked := time.Now()
	if err := s.PauseRun(ann, run.ID); err != nil {
		t.Fatal(err)
	}
	paused := comesTo(t, s, run.ID, task.StatusPaused)
	if took := time.Since(asked); took > 2*time.Second {
		t.Errorf("it took %v to come to rest", took)
	}
	c := paused.Progress.Counts
	if c.Copied == 0 || c.Copied >= c.Source || paused.Pause.By != "ann" {
		t.Errorf("paused by %q at %+v", paused.Pause.By, c)
	}
	if _, err := s.StartRun(t.Context(), saved.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("another run beside it: %v", err)
	}
	if err := s.SetPace(t.Context(), run.ID, task.Pace{}); err != nil {
		t.Fatal(err)
	}
	// It goes on with what the task says now, and tells so.
	saved.Schedule = task.Schedule{Every: time.Hour}
	if saved, err = s.SaveTask(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	if err := s.ResumeRun(ann, run.ID); err != nil {
		t.Fatal(err)
	}
	r := ended(t, s, run.ID)
	if r.Report.Outcome != task.OutcomeDone || r.Report.Counts.Present < c.Copied || r.Report.Counts.Copied == 0 {
		t.Errorf("%s: %s, %+v; %d were copied before the pause", r.Report.Outcome, r.Report.Cause, r.Report.Counts, c.Copied)
	}
	options, err := s.RunOptions(t.Context(), run.ID)
	if err != nil || options == nil || !slices.Contains(options.Options, task.Option{Name: task.OptionSchedule, Value: "1h", From: task.FromTask}) {
		t.Errorf("it went on with %+v, %v", options, err)
	}
	lines, err := s.Log(t.Context(), run.ID, -1, 500)
	if err != nil || !slices.ContainsFunc(lines, func(l task.LogLine) bool {
		return strings.Contains(l.Text, "another option option=schedule before=\"by hand\" now=1h")
	}) {
		t.Errorf("the log does not tell that it went on with another option: %v, %v", lines, err)
	}
	if _, err := s.CompareRuns(t.Context(), run.ID, ""); !errors.Is(err, web.ErrConflict) {
		t.Errorf("compare the first run with the one before: %v", err)
	}
	again, err := s.StartRun(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := ended(t, s, again.ID).Report.Counts; last.Copied != 0 || last.Present != last.Source {
		t.Errorf("a run after it: %+v", last)
	}
	c2, err := s.CompareRuns(t.Context(), again.ID, "")
	if err != nil || !c2.OptionsKept || !c2.FoldersKept || c2.Before.ID != run.ID || len(c2.Options) != 0 || len(c2.Folders) == 0 {
		t.Errorf("compared with the run before: %+v, %v", c2, err)
	}
	if _, err := s.CompareRuns(t.Context(), again.ID, again.ID); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("compared with itself: %v", err)
	}
	if err := s.PauseRun(ann, run.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("pause what has ended: %v", err)
	}
	events, err := s.Events(t.Context(), access.Filter{Kind: "task", ID: saved.ID, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[access.Deed]string{}
	for _, e := range events {
		seen[e.Deed] = e.Actor
	}
	if seen[access.DeedRunPaused] != "ann" || seen[access.DeedRunResumed] != "ann" {
		t.Errorf("the audit trail: %v", seen)
	}
}
