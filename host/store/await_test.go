package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// await takes the task through a run of its schedule that waits for somebody.
func await(t *testing.T, s *Store, taskID string, a task.Await) task.Run {
	t.Helper()
	if _, err := s.createRun(t.Context(), taskID, TriggerSchedule, ""); err != nil {
		t.Fatal(err)
	}
	c := must[Claim](t)(s.ClaimNext(t.Context()))
	if err := s.AwaitUser(t.Context(), c.Ticket, &task.Report{Outcome: task.OutcomeNeedsUser, Cause: a.Cause}, a); err != nil {
		t.Fatal(err)
	}
	return must[task.Run](t)(s.Run(t.Context(), c.Run.ID))
}

var refusedLogin = task.Await{Code: task.AwaitLogin, Cause: "login refused", Remedy: "Check it.", Outcome: task.OutcomeNeedsUser}

func TestAwaitUser_saysWhatIsAwaitedAndStartsNothingElse(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := newTask("a")
	tk.Schedule = task.Schedule{Every: time.Hour}
	save(t, s, tk)
	run := await(t, s, tk.ID, refusedLogin)
	if run.Status() != task.StatusWaiting || run.Report != nil || run.Await == nil || *run.Await != refusedLogin {
		t.Errorf("%s, %+v, waits for %+v", run.Status(), run.Report, run.Await)
	}
	if got := must[task.Sums](t)(s.SumTasks(t.Context(), Among{All: true})); got.Of[task.StandingNeedsYou] != 1 {
		t.Errorf("sums %+v", got)
	}
	for range 3 { // hours go by
		if got := must[[]Ticket](t)(s.ClaimDue(t.Context(), must[task.Task](t)(s.Task(t.Context(), tk.ID)).Agenda.Next)); len(got) != 0 {
			t.Errorf("the schedule started %v", got)
		}
	}
	if got := must[[]Ticket](t)(s.Release(t.Context(), time.Now().Add(1000*time.Hour))); len(got) != 0 {
		t.Errorf("released %v by itself", got)
	}
	if err := s.PauseRun(t.Context(), run.ID, "ann"); !errors.Is(err, ErrNotQueued) {
		t.Errorf("pause: %v", err)
	}
	if err := s.AwaitUser(t.Context(), TicketOf(run), &task.Report{}, refusedLogin); !errors.Is(err, ErrFenced) {
		t.Errorf("wait once more: %v", err)
	}
}

func TestAwaitUser_goesOnOnceThePersonHasActed(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	stored := storedAccount(t, s, "old")
	domain := localDomain(t, s, "example.org")
	byHand := func(tk *task.Task) error {
		run, err := s.CreateRun(t.Context(), tk.ID, TriggerHand)
		if err == nil && run.Trigger != TriggerHand {
			t.Errorf("the run counts as started by %s", run.Trigger)
		}
		return err
	}
	tests := []struct {
		name string
		task *task.Task
		act  func(tk *task.Task) error
	}{
		{"saves the task", newTask("saved"), func(tk *task.Task) error { return s.SaveTask(t.Context(), tk) }},
		{"starts it by hand", newTask("by hand"), byHand},
		{"gives the stored account another password", referring("stored", task.Account{ID: stored.ID}, account("ann", "p")), func(*task.Task) error {
			stored.Account.Password = "new"
			return s.SaveAccount(t.Context(), &stored)
		}},
		{"gives the domain another password", referring("domain", account("ann", "p"), task.Account{Local: "bob@example.org"}), func(*task.Task) error {
			domain.Server.Password = "new"
			return s.SaveLocalDomain(t.Context(), domain)
		}},
	}
	bystander := save(t, s, newTask("bystander"))
	other := await(t, s, bystander.ID, refusedLogin)
	for _, tt := range tests {
		save(t, s, tt.task)
		run := await(t, s, tt.task.ID, refusedLogin)
		if err := tt.act(tt.task); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		c := must[Claim](t)(s.ClaimNext(t.Context()))
		if c.Run.ID != run.ID || c.Run.Await != nil || c.Run.Epoch <= run.Epoch {
			t.Errorf("%s: %+v is at work", tt.name, c.Run)
		}
		if err := s.FinishRun(t.Context(), c.Ticket, &task.Report{Outcome: task.OutcomeDone}); err != nil {
			t.Fatal(err)
		}
	}
	if got := must[task.Run](t)(s.Run(t.Context(), other.ID)); got.Status() != task.StatusWaiting {
		t.Errorf("the run of another task is %s", got.Status())
	}
	if err := s.RequestStop(t.Context(), other.ID); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Run](t)(s.Run(t.Context(), other.ID)); got.Status() != task.StatusCancelled || got.Report.Cause != "stopped while it waited for somebody: login refused" {
		t.Errorf("%s: %+v", got.Status(), got.Report)
	}
}

func TestAwaitUser_isTriedAgainWhenItSaysSo(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := save(t, s, newTask("a"))
	until := time.UnixMilli(1_800_000_000_000)
	a := refusedLogin
	a.Until = until
	run := await(t, s, tk.ID, a)
	if got := must[[]Ticket](t)(s.Release(t.Context(), until.Add(-time.Millisecond))); len(got) != 0 {
		t.Errorf("too early: %v", got)
	}
	got := must[[]Ticket](t)(s.Release(t.Context(), until))
	if len(got) != 1 || got[0].RunID != run.ID {
		t.Fatalf("released %v", got)
	}
	if c := must[Claim](t)(s.ClaimNext(t.Context())); c.Ticket != got[0] {
		t.Errorf("claimed %+v, want %+v", c.Ticket, got[0])
	}
}

func TestAwaitUser_isToldOfOnceAndThatItIsOver(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	c := webhook("all")
	if err := s.SaveChannel(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	tk := save(t, s, newTask("a"))
	runOnce(t, s, tk.ID, &task.Report{Outcome: task.OutcomeDone})
	told(t, s)
	a := refusedLogin
	a.Until = time.UnixMilli(1)
	run := await(t, s, tk.ID, a)
	if got := told(t, s); !slices.Equal(got, []string{c.ID + " needs-you"}) {
		t.Errorf("told %v", got)
	}
	must[[]Ticket](t)(s.Release(t.Context(), time.Now()))
	claim := must[Claim](t)(s.ClaimNext(t.Context()))
	if err := s.AwaitUser(t.Context(), claim.Ticket, &task.Report{Outcome: task.OutcomeNeedsUser}, a); err != nil {
		t.Fatal(err)
	}
	if got := told(t, s); len(got) != 0 {
		t.Errorf("told again: %v", got)
	}
	must[[]Ticket](t)(s.Release(t.Context(), time.Now()))
	claim = must[Claim](t)(s.ClaimNext(t.Context()))
	if err := s.FinishRun(t.Context(), claim.Ticket, &task.Report{Outcome: task.OutcomeDone}); err != nil || claim.Run.ID != run.ID {
		t.Fatal(claim.Run, err)
	}
	if got := told(t, s); !slices.Equal(got, []string{c.ID + " recovered"}) {
		t.Errorf("told in the end: %v", got)
	}
}
