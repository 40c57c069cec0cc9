package task_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func account(t *testing.T, url string) task.Account {
	t.Helper()
	a, err := task.ParseAccount(url)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTask_Validate(t *testing.T) {
	ann, bob := account(t, "imaps://ann@a.example"), account(t, "imaps://bob@b.example")
	good := task.Task{Name: "Move Ann", Sources: []task.Source{{Name: "old", Account: ann}}, Destination: bob}
	if err := good.Validate(); err != nil {
		t.Fatalf("a good task: %v", err)
	}
	tests := []struct {
		name   string
		change func(*task.Task)
		want   []string
	}{
		{"no name", func(t *task.Task) { t.Name = " " }, []string{"no name"}},
		{"no source", func(t *task.Task) { t.Sources = nil }, []string{"no source"}},
		{"source name", func(t *task.Task) { t.Sources = []task.Source{{Name: "../x", Account: ann}} }, []string{`"../x"`}},
		{"same name twice", func(t *task.Task) { t.Sources = append(t.Sources, t.Sources[0]) }, []string{`called "old"`}},
		{"into itself", func(t *task.Task) { t.Destination = ann }, []string{"never end"}},
		{"too often", func(t *task.Task) { t.Schedule.Every = time.Second }, []string{"shorter than 1m0s"}},
		{"all faults at once", func(t *task.Task) { t.Name, t.Destination = "", task.Account{} }, []string{"no name", "destination"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := good
			bad.Sources = append([]task.Source(nil), good.Sources...)
			tt.change(&bad)
			err := bad.Validate()
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want a sentence with %q", err, want)
				}
			}
		})
	}
}

func TestTask_twoRootsOfOneAccountAreTwoMailboxes(t *testing.T) {
	tk := task.Task{
		Name:        "within",
		Sources:     []task.Source{{Name: "old", Account: account(t, "imaps://ann@a.example?root=Old")}},
		Destination: account(t, "imaps://ann@a.example?root=New"),
	}
	if err := tk.Validate(); err != nil {
		t.Error(err)
	}
}

func TestOutcome_exitStatusIsTheContract(t *testing.T) {
	want := map[task.Outcome]int{
		task.OutcomeDone: 0, task.OutcomeListed: 3, task.OutcomeTemporary: 4, task.OutcomeStopped: 4,
		task.OutcomeNeedsUser: 5, task.OutcomeFull: 6, task.OutcomeSafety: 7, task.OutcomeUsage: 64, task.OutcomeBug: 70, "?": 70,
	}
	for o, status := range want {
		if got := o.ExitStatus(); got != status {
			t.Errorf("%s: %d, want %d", o, got, status)
		}
		if o.Words() == "" {
			t.Errorf("%s has no words", o)
		}
	}
}
