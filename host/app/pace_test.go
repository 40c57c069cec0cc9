package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func TestService_triesOnlyWhatWasLeftUndoneAgain(t *testing.T) {
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
	// A run that has left one folder undone. It is executed by nobody.
	first, err := s.store.CreateRun(t.Context(), saved.ID, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	ticket := store.Ticket{RunID: first.ID, Epoch: 1}
	if _, err := s.store.ClaimRun(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RetryRun(t.Context(), first.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("while it is at work: %v", err)
	}
	if err := s.SetPace(t.Context(), first.ID, task.Pace{Bytes: 5000, Messages: 7}); err != nil {
		t.Error(err)
	}
	if p, err := s.Pace(t.Context(), first.ID); p != (task.Pace{Bytes: 5000, Messages: 7}) || err != nil {
		t.Errorf("the pace is %s, %v", p, err)
	}
	report := &task.Report{Outcome: task.OutcomeListed, Folders: []task.FolderReport{
		{Source: "home", Folder: "INBOX", Target: "INBOX", Counts: task.Counts{Source: 3, Copied: 2, Failed: 1}, Done: true},
		{Source: "home", Folder: "Papierkorb", Target: "Trash", Counts: task.Counts{Source: 1, Copied: 1}, Done: true},
	}}
	if err := s.store.FinishRun(t.Context(), ticket, report); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPace(t.Context(), first.ID, task.Pace{Bytes: 1}); !errors.Is(err, web.ErrConflict) {
		t.Errorf("the pace of an ended run: %v", err)
	}
	if p, _ := s.Pace(t.Context(), first.ID); p != (task.Pace{}) {
		t.Error("the pace outlives the run")
	}
	again, err := s.RetryRun(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	r := ended(t, s, again.ID)
	if r.Trigger != store.TriggerRetry || len(r.Report.Folders) != 1 || r.Report.Folders[0].Folder != "INBOX" || r.Report.Counts.Copied == 0 {
		t.Errorf("%q: %s, %+v", r.Trigger, r.Report.Cause, r.Report.Folders)
	}
	if _, err := s.RetryRun(t.Context(), again.ID); !errors.Is(err, web.ErrConflict) || !strings.Contains(err.Error(), "nothing of the run failed") {
		t.Errorf("what left nothing undone: %v", err)
	}
	if _, err := s.RetryRun(t.Context(), first.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("what is not the latest: %v", err)
	}
}
