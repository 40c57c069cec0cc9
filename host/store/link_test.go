package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// waiting is a task whose source home has no password yet.
func waiting(name string) *task.Task {
	tk := newTask(name)
	tk.Sources[1].Account.Password = ""
	tk.Schedule.Every = time.Hour
	tk.Await = true
	return tk
}

func TestSaveTask_aTaskThatWaitsForAPasswordIsNotStarted(t *testing.T) {
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	strict := waiting("a")
	strict.Await = false
	if err := s.SaveTask(t.Context(), strict); !errors.Is(err, ErrPasswordNeeded) {
		t.Fatalf("a password may be missing without Await: %v", err)
	}
	tk := save(t, s, waiting("a"))
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if !slices.Equal(got.Missing, []string{"home"}) || !slices.Equal(tk.Missing, got.Missing) || !got.Agenda.Next.IsZero() {
		t.Fatalf("missing %q, next %v", got.Missing, got.Agenda.Next)
	}
	if _, err := s.CreateRun(t.Context(), tk.ID, TriggerHand); !errors.Is(err, ErrWaits) {
		t.Errorf("it was started by hand: %v", err)
	}
	now = now.Add(3 * time.Hour)
	if tickets := must[[]Ticket](t)(s.ClaimDue(t.Context(), now)); len(tickets) != 0 {
		t.Errorf("it was started by its schedule: %v", tickets)
	}
	for range 2 {
		if err := errors.Join(s.PauseTask(t.Context(), tk.ID, "ann"), s.ResumeTask(t.Context(), tk.ID)); err != nil {
			t.Fatal(err)
		}
	}
	if got = must[task.Task](t)(s.Task(t.Context(), tk.ID)); !got.Agenda.Next.IsZero() {
		t.Error("a resumed task does not wait any more")
	}
	// Who changes something else need not know the password.
	got.Name = "b"
	save(t, s, &got)
	if !got.Waits() {
		t.Error("it does not wait any more")
	}
	got.Sources[1].Account.Password = "h-secret"
	save(t, s, &got)
	if got.Waits() || got.Agenda.Next.IsZero() {
		t.Errorf("with its password it still waits: %q, next %v", got.Missing, got.Agenda.Next)
	}
	must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
}

func TestSaveTask_nobodyIsAskedForAnAdministratorsPassword(t *testing.T) {
	s := openNew(t)
	tk := waiting("a")
	tk.Sources[1].Account.Master = "admin"
	if err := s.SaveTask(t.Context(), tk); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("a master user's password may be missing: %v", err)
	}
}

func TestFindTasks_findsWhatWaitsForAPassword(t *testing.T) {
	s := openNew(t)
	all := Among{All: true}
	save(t, s, newTask("a"))
	tk := save(t, s, waiting("b"))
	batch := task.Batch{Name: "x.csv"}
	if err := s.CreateBatch(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	tk.Batch = batch.ID
	save(t, s, tk)
	for want, q := range map[string]task.Query{
		"a b": {Order: task.OrderState},
		"b":   {Standings: []task.Standing{task.StandingWaiting}},
		"a":   {Standings: []task.Standing{task.StandingNever}},
		"b ":  {Batch: batch.ID},
	} {
		found, total, err := s.FindTasks(t.Context(), all, q)
		var names []string
		for _, f := range found {
			names = append(names, f.Name)
		}
		if err != nil || total != len(strings.Fields(want)) || strings.Join(names, " ") != strings.TrimSpace(want) {
			t.Errorf("%+v: %q of %d, %v", q, names, total, err)
		}
	}
	sums := must[task.Sums](t)(s.SumTasks(t.Context(), all))
	if sums.Of[task.StandingWaiting] != 1 || sums.Of[task.StandingNever] != 1 {
		t.Errorf("%+v", sums)
	}
}

func TestUseLink_givesThePasswordsOnce(t *testing.T) {
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	tk := save(t, s, waiting("a"))
	first := must[task.Link](t)(s.MakeLink(t.Context(), tk.ID, "olga", "first", now.Add(time.Hour)))
	must[task.Link](t)(s.MakeLink(t.Context(), tk.ID, "olga", "second", now.Add(time.Hour)))
	if _, err := s.LinkOf(t.Context(), "first"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the first link opens beside the second: %v", err)
	}
	if l := must[task.Link](t)(s.LinkOf(t.Context(), "second")); l.TaskID != tk.ID || l.By != "olga" || !l.Used.IsZero() || !l.Expires.Equal(first.Expires) {
		t.Errorf("%+v", l)
	}
	var n int
	if err := s.read.NewRaw("SELECT count(*) FROM link WHERE token_hash = ?", []byte("second")).Scan(t.Context(), &n); err != nil || n != 0 {
		t.Errorf("the token itself is stored: %d, %v", n, err)
	}

	use := func(token string, version int64, passwords map[string]task.Password) error {
		_, err := s.UseLink(t.Context(), token, version, passwords)
		return err
	}
	right := map[string]task.Password{"home": "given"}
	if err := use("second", tk.Version, map[string]task.Password{"home": "x", "work": "other"}); err == nil {
		t.Error("a password was given that nobody asked for")
	}
	if err := use("second", tk.Version+1, right); !errors.Is(err, ErrChanged) {
		t.Errorf("for a task that has changed: %v", err)
	}
	if err := use("second", tk.Version, nil); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("no password was given: %v", err)
	}
	if l := must[task.Link](t)(s.LinkOf(t.Context(), "second")); !l.Used.IsZero() {
		t.Fatal("the link is used up by what did not work")
	}
	if err := use("second", tk.Version, right); err != nil {
		t.Fatal(err)
	}
	got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID))
	if got.Waits() || got.Sources[1].Account.Password != "given" || got.Sources[0].Account.Password != "w-secret" || got.Destination.Password != "a-secret" {
		t.Errorf("waits: %v", got.Missing)
	}
	if err := use("second", got.Version, right); !errors.Is(err, ErrLinkUsed) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.RevokeLink(t.Context(), tk.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LinkOf(t.Context(), "second"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked, and still there: %v", err)
	}
	if err := s.RevokeLink(t.Context(), tk.ID); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}

	must[task.Link](t)(s.MakeLink(t.Context(), tk.ID, "olga", "third", now.Add(time.Hour)))
	now = now.Add(time.Hour)
	if err := use("third", got.Version, map[string]task.Password{"home": "x", "work": "y"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("it has expired: %v", err)
	}
	deleteForGood(t, s, tk.ID)
	if _, err := s.Link(t.Context(), tk.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the link outlives its task: %v", err)
	}
}

func TestSumBatch_countsTasksAndWhatTheirRunsHaveCopied(t *testing.T) {
	s := openNew(t)
	batch := task.Batch{Name: "x.csv"}
	if err := s.CreateBatch(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	sum := func() task.BatchSums {
		return must[task.BatchSums](t)(s.SumBatch(t.Context(), Among{All: true}, batch.ID))
	}
	tk, other := newTask("a"), newTask("b")
	tk.Batch = batch.ID
	save(t, s, other)
	if got := sum(); got.Tasks.All != 0 || got.Messages != 0 {
		t.Errorf("empty: %+v", got)
	}
	save(t, s, tk)
	ids := must[[]string](t)(s.Unstarted(t.Context(), batch.ID, time.Now().Add(-time.Hour), 10))
	if !slices.Equal(ids, []string{tk.ID}) {
		t.Errorf("to be started: %q", ids)
	}
	for i := range int64(2) {
		run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
		claimed := must[task.Run](t)(s.ClaimRun(t.Context(), TicketOf(run)))
		counts := task.Counts{Source: 10, Copied: 3 + i, Bytes: 100}
		if _, err := s.SaveProgress(t.Context(), TicketOf(claimed), task.Progress{Counts: counts}); err != nil {
			t.Fatal(err)
		}
		if got := sum(); got.Tasks.Of[task.StandingActive] != 1 || got.Messages != 3+4*i || got.Bytes != 100+100*i {
			t.Errorf("at work: %+v", got)
		}
		if err := s.FinishRun(t.Context(), TicketOf(claimed), &task.Report{Outcome: task.OutcomeDone, Counts: counts}); err != nil {
			t.Fatal(err)
		}
	}
	if got := sum(); got.Tasks.All != 1 || got.Tasks.Of[task.StandingDone] != 1 || got.Messages != 7 || got.Bytes != 200 {
		t.Errorf("%+v", got)
	}
	if got := must[task.BatchSums](t)(s.SumBatch(t.Context(), Among{}, batch.ID)); got.Tasks.All != 0 || got.Messages != 0 {
		t.Errorf("for nobody: %+v", got)
	}
	if ids := must[[]string](t)(s.Unstarted(t.Context(), batch.ID, time.Now().Add(-time.Hour), 10)); len(ids) != 0 {
		t.Errorf("started already: %q", ids)
	}
}
