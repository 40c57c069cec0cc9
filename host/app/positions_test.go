package app

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

func TestService_tellsAQueuedRunWhereItStands(t *testing.T) {
	s := newService(t)
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	if err := s.store.SetLimits(t.Context(), store.Limits{Runs: 1}); err != nil {
		t.Fatal(err)
	}
	ann := access.With(t.Context(), access.Actor{UserID: "u", Name: "ann", Role: access.RoleAdmin})
	start := func(name string) task.Run {
		saved, err := s.SaveTask(t.Context(), task.Task{Name: name, Sources: []task.Source{{Name: "home", Account: accounts.Home}}, Destination: accounts.Local})
		if err != nil {
			t.Fatal(err)
		}
		run, err := s.StartRun(t.Context(), saved.ID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	first := start("first")
	if err := s.SetPace(t.Context(), first.ID, task.Pace{Bytes: 20_000}); err != nil {
		t.Fatal(err)
	}
	comesTo(t, s, first.ID, task.StatusRunning)
	second, third := start("second"), start("third")
	is := func(id string, want task.Position) {
		t.Helper()
		var run task.Run
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if run, err = s.Run(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if run.Position != nil && *run.Position == want {
				return
			}
		}
		t.Errorf("%s run of %s is told %+v, want %+v", run.Status(), run.TaskName, run.Position, want)
	}
	is(second.ID, task.Position{Before: 0, For: task.ObstacleRuns, Limit: 1})
	is(third.ID, task.Position{Before: 1, For: task.ObstacleRuns, Limit: 1})
	rows, _, err := s.FindTasks(ann, task.Query{Text: "third", OnlyLast: true})
	if err != nil || len(rows) != 1 || rows[0].Last.Position == nil {
		t.Errorf("in a list: %+v, %v", rows, err)
	}
	if run, err := s.Run(t.Context(), first.ID); err != nil || run.Position != nil {
		t.Errorf("a run at work is told %+v, %v", run.Position, err)
	}
	for _, r := range []task.Run{second, first} {
		if err := s.StopRun(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	comesTo(t, s, third.ID, task.StatusDone)
}
