package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/task"
)

// planned keeps a plan of the task, made by ann.
func planned(t *testing.T, s *Store, taskID string, change func(*task.Plan)) task.Plan {
	t.Helper()
	p := task.Plan{TaskID: taskID, MadeBy: "ann", Rows: []task.PlanRow{{Source: "a", Folder: "INBOX", Target: "INBOX", By: "same name", Messages: 3, ToCopy: -1, Bytes: 7}}}
	if change != nil {
		change(&p)
	}
	check(t, s.SavePlan(t.Context(), &p))
	return p
}

func TestPlans_oneAtMostBindsTheRunsOfATask(t *testing.T) {
	s := openNew(t)
	tk := newTask("x")
	check(t, s.SaveTask(t.Context(), tk))
	if _, err := s.LatestPlan(t.Context(), tk.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("without any: %v", err)
	}
	first := planned(t, s, tk.ID, func(p *task.Plan) { p.Approved, p.RunID = time.Now(), "r" }) // what it says of its fate does not count
	if first.ID == "" || first.Made.IsZero() || first.InForce() || first.RunID != "" || first.MadeBy != "ann" {
		t.Errorf("%+v", first)
	}
	got := must[task.Plan](t)(s.LatestPlan(t.Context(), tk.ID))
	if diff := cmp.Diff(first, got); diff != "" {
		t.Errorf("-saved +read:\n%s", diff)
	}
	if _, err := s.PlanInForce(t.Context(), tk.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody has approved it: %v", err)
	}
	check(t, s.ApprovePlan(t.Context(), tk.ID, first.ID, "bert"))
	check(t, s.ApprovePlan(t.Context(), tk.ID, first.ID, "carl"))
	if got = must[task.Plan](t)(s.PlanInForce(t.Context(), tk.ID)); got.ID != first.ID || got.ApprovedBy != "bert" || got.Approved.IsZero() {
		t.Errorf("%+v", got)
	}

	// A new plan binds nothing; once it is approved, the old one does not any more.
	second := planned(t, s, tk.ID, nil)
	if got = must[task.Plan](t)(s.PlanInForce(t.Context(), tk.ID)); got.ID != first.ID {
		t.Error("a new plan has replaced the approved one by itself")
	}
	if err := s.ApprovePlan(t.Context(), tk.ID, first.ID, "ann"); !errors.Is(err, ErrPlanEnded) {
		t.Errorf("one that is not the latest: %v", err)
	}
	check(t, s.ApprovePlan(t.Context(), tk.ID, second.ID, "ann"))
	if old := must[task.Plan](t)(s.Plan(t.Context(), tk.ID, first.ID)); old.InForce() || old.EndedBy != "ann" {
		t.Errorf("%+v", old)
	}
	check(t, s.PlanCarriedOut(t.Context(), tk.ID, first.ID, "late"))
	if done := must[bool](t)(s.PlanWasCarriedOut(t.Context(), tk.ID)); done {
		t.Error("a run has carried out a plan that was replaced before")
	}
	check(t, s.WithdrawPlan(t.Context(), tk.ID, "ann"))
	if err := s.WithdrawPlan(t.Context(), tk.ID, "ann"); !errors.Is(err, ErrNoPlan) {
		t.Errorf("withdrawn twice: %v", err)
	}
	if err := s.ApprovePlan(t.Context(), tk.ID, second.ID, "ann"); !errors.Is(err, ErrPlanEnded) {
		t.Errorf("one that was withdrawn: %v", err)
	}

	third := planned(t, s, tk.ID, nil)
	check(t, s.ApprovePlan(t.Context(), tk.ID, third.ID, "ann"))
	check(t, s.PlanCarriedOut(t.Context(), tk.ID, third.ID, "run1"))
	if got = must[task.Plan](t)(s.LatestPlan(t.Context(), tk.ID)); got.InForce() || got.RunID != "run1" || got.EndedBy != "" {
		t.Errorf("%+v", got)
	}
	if done := must[bool](t)(s.PlanWasCarriedOut(t.Context(), tk.ID)); !done {
		t.Error("no plan was carried out")
	}

	broken := planned(t, s, tk.ID, func(p *task.Plan) { p.Incomplete = true })
	if err := s.ApprovePlan(t.Context(), tk.ID, broken.ID, "ann"); !errors.Is(err, ErrPlanIncomplete) {
		t.Errorf("one with rows missing: %v", err)
	}
	other := newTask("y")
	check(t, s.SaveTask(t.Context(), other))
	for _, id := range []string{"nowhere", third.ID} {
		planned(t, s, other.ID, nil)
		if err := s.ApprovePlan(t.Context(), other.ID, id, "ann"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the plan of another task, or of none: %v", err)
		}
	}
	if err := s.SavePlan(t.Context(), &task.Plan{TaskID: "nowhere"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no task: %v", err)
	}
	deleteForGood(t, s, tk.ID)
	if _, err := s.Plan(t.Context(), tk.ID, third.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the task is gone, and its plan: %v", err)
	}
}

func TestPlans_theLatestAreKeptAndAllThatWereApproved(t *testing.T) {
	s := openNew(t)
	tk := newTask("x")
	check(t, s.SaveTask(t.Context(), tk))
	approved := planned(t, s, tk.ID, nil)
	check(t, s.ApprovePlan(t.Context(), tk.ID, approved.ID, "ann"))
	first := planned(t, s, tk.ID, nil)
	for range keptPlans {
		planned(t, s, tk.ID, nil)
	}
	if _, err := s.Plan(t.Context(), tk.ID, first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the oldest one: %v", err)
	}
	must[task.Plan](t)(s.Plan(t.Context(), tk.ID, approved.ID))
}

func TestOverrides_areKeptThroughEveryOtherChange(t *testing.T) {
	s := openNew(t)
	tk := newTask("x")
	tk.PlanFirst = true
	tk.Overrides = []task.Override{{Source: "a", Folder: "Old", Target: "Archive/Old"}, {Source: "a", Folder: "Spam", Exclude: true}}
	want := tk.Overrides
	check(t, s.SaveTask(t.Context(), tk))
	// Forms and programs that know nothing of them save the task without them.
	plain := *newTask("renamed")
	plain.ID = tk.ID
	check(t, s.SaveTask(t.Context(), &plain))
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if diff := cmp.Diff(want, got.Overrides); diff != "" || !got.PlanFirst || got.Name != "renamed" {
		t.Errorf("%v, %s", got.PlanFirst, diff)
	}
	if full := must[task.Task](t)(s.Credentials(t.Context(), tk.ID)); len(full.Overrides) != 2 {
		t.Errorf("a run knows %+v", full.Overrides)
	}

	many := make([]task.Override, 2*overridesAtOnce+1)
	for i := range many {
		many[i] = task.Override{Source: "a", Folder: fmt.Sprintf("F%04d", i), Target: "Ärger/" + fmt.Sprint(i)}
	}
	check(t, s.SetOverrides(t.Context(), tk.ID, got.Version, many))
	check(t, s.SetPlanFirst(t.Context(), tk.ID, false))
	changed := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if diff := cmp.Diff(many, changed.Overrides); diff != "" || changed.PlanFirst || changed.Version != got.Version+2 {
		t.Errorf("version %d, then %d; %.500s", got.Version, changed.Version, diff)
	}
	if err := s.SetOverrides(t.Context(), tk.ID, got.Version, nil); !errors.Is(err, ErrChanged) {
		t.Errorf("an old version: %v", err)
	}
	for name, bad := range map[string]task.Override{
		"nowhere": {Source: "a", Folder: "x"}, "both": {Source: "a", Folder: "x", Target: "y", Exclude: true}, "no folder": {Source: "a", Target: "y"},
		"a level without a name": {Source: "a", Folder: "x", Target: "y//z"}, "a control character": {Source: "a", Folder: "x", Target: "y\n"},
		"bytes that are no text": {Source: "a", Folder: "x\xff", Target: "y"}, "NUL": {Source: "a", Folder: "x\x00", Target: "y"},
	} {
		if err := s.SetOverrides(t.Context(), tk.ID, 0, []task.Override{bad}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.SetOverrides(t.Context(), tk.ID, 0, append(want, want[0])); !errors.Is(err, ErrRefused) {
		t.Errorf("one folder twice: %v", err)
	}
	for _, err := range []error{s.SetOverrides(t.Context(), "nowhere", 0, nil), s.SetPlanFirst(t.Context(), "nowhere", true)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("of no task: %v", err)
		}
	}
	check(t, s.SetOverrides(t.Context(), tk.ID, 0, nil))
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); len(got.Overrides) != 0 {
		t.Errorf("%d stay", len(got.Overrides))
	}
}
