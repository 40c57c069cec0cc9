package task

import (
	"strings"
	"testing"
	"time"
)

func TestPlanHolds_whatIsNotAsItSays(t *testing.T) {
	p := Plan{Rows: []PlanRow{
		{Source: "a", Folder: "INBOX", Target: "INBOX", By: "same name", Messages: 5},
		{Source: "a", Folder: "Spam", Excluded: true},
		{Source: "a", Folder: "Broken", Error: "trap"},
		{Source: "b", Folder: "INBOX", Target: "b/INBOX"},
	}}
	holds := p.Holds()
	for _, tt := range []struct {
		name string
		give PlanRow
		want string // "" is executed
	}{
		{"as it says", PlanRow{Source: "a", Folder: "INBOX", Target: "INBOX"}, ""},
		{"decided by something else, with more messages", PlanRow{Source: "a", Folder: "INBOX", Target: "INBOX", By: "earlier run", Messages: 9, Create: true}, ""},
		{"still left out", PlanRow{Source: "a", Folder: "Spam", Excluded: true, By: "x"}, ""},
		{"elsewhere", PlanRow{Source: "a", Folder: "INBOX", Target: "Old"}, `it would go to "Old", and was to go to "INBOX"`},
		{"left out now", PlanRow{Source: "a", Folder: "INBOX", Excluded: true}, `it would go to no folder (left out), and was to go to "INBOX"`},
		{"not left out any more", PlanRow{Source: "a", Folder: "Spam", Target: "Spam"}, `it would go to "Spam", and was to go to no folder`},
		{"mended", PlanRow{Source: "a", Folder: "Broken", Target: "Broken"}, "nothing could be done with it then"},
		{"new", PlanRow{Source: "a", Folder: "New", Target: "New"}, "it is not in it"},
		{"of another source", PlanRow{Source: "b", Folder: "Spam", Excluded: true}, "it is not in it"},
	} {
		err := holds(tt.give)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil {
			continue
		}
		if trouble, ok := TroubleOf(err.Error()); !ok || trouble.Remedy == "" {
			t.Errorf("%s: nobody knows what to do about %v", tt.name, err)
		}
	}
}

func TestPlanTotals_countWhatIsKnown(t *testing.T) {
	p := Plan{Rows: []PlanRow{
		{Messages: 10, ToCopy: 4, Bytes: 100, Create: true, TooBig: 1, DeleteTarget: 2},
		{Messages: 7, ToCopy: -1, Bytes: 50, TooBig: -1},
		{Messages: 3, Excluded: true},
		{Messages: 2, Error: "trap", ToCopy: 0},
		{Messages: -1, ToCopy: -1, Bytes: -1},
	}}
	want := PlanTotals{
		Folders: 5, Create: 1, Excluded: 1, Errors: 1, Messages: 22, ToCopy: 4, Present: 6, Unsure: 7, Skipped: 3, Bytes: 150, TooBig: 1, Delete: 2,
	}
	if got := p.Totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPlanState_followsItsFate(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		give  Plan
		want  PlanState
		force bool
	}{
		{Plan{}, PlanNew, false},
		{Plan{Approved: now}, PlanApproved, true},
		{Plan{Approved: now, Ended: now, EndedBy: "ann"}, PlanEnded, false},
		{Plan{Approved: now, Ended: now, RunID: "r"}, PlanCarriedOut, false},
	} {
		if got := tt.give.State(); got != tt.want || tt.give.InForce() != tt.force {
			t.Errorf("%+v: %s, in force %v", tt.give, got, tt.give.InForce())
		}
	}
}

func TestBasisChanged_saysWhat(t *testing.T) {
	was := Basis{"a", "b", "c", "d"}
	for now, want := range map[Basis]string{
		was: "", {"x", "b", "c", "d"}: "the accounts", {"a", "x", "c", "d"}: "the plugins", {"a", "b", "x", "x"}: "the folders set by hand and the rules for deleting",
	} {
		if got := was.Changed(now); got != want {
			t.Errorf("%+v: %q, want %q", now, got, want)
		}
	}
}
