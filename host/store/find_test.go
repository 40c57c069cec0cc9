package store

import (
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func idsOf(tasks []task.Task) []string {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.ID
	}
	return ids
}

func namesOf(tasks []task.Task) []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.Name
	}
	return names
}

// stand makes a task whose latest run, if it has any, ended so.
func stand(t *testing.T, s *Store, name string, outcomes ...task.Outcome) *task.Task {
	t.Helper()
	tk := save(t, s, newTask(name))
	for _, o := range outcomes {
		run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
		must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{run.ID, 1}))
		if err := s.FinishRun(t.Context(), Ticket{run.ID, 1}, &task.Report{Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	return tk
}

func TestFindTasks_byTextStandingOwnerAndOrder(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	ann := &access.User{Name: "ann@new.example", Role: access.RoleUser}
	if err := s.CreateUser(t.Context(), ann, "x"); err != nil {
		t.Fatal(err)
	}
	fine := stand(t, s, "A fine one", task.OutcomeFull, task.OutcomeDone)
	now = now.Add(time.Second)
	needs := stand(t, s, "B 100% needs_you", task.OutcomeDone, task.OutcomeFull)
	now = now.Add(time.Second)
	stand(t, s, "C never ran")
	waits := stand(t, s, "D waits", task.OutcomeDone)
	now = now.Add(time.Second)
	must[task.Run](t)(s.CreateRun(t.Context(), waits.ID, TriggerHand))
	due := newTask("E is due")
	due.Schedule.Every, due.Owner.ID = time.Hour, ann.ID
	due.Sources[0].Account.User = "Very.Special@old.example"
	save(t, s, due)
	if err := s.PauseTask(t.Context(), waits.ID, "x"); err != nil {
		t.Fatal(err)
	}
	everything := Among{All: true}
	tests := []struct {
		name  string
		among Among
		give  task.Query
		want  []string
		total int
	}{
		{"all by name", everything, task.Query{}, []string{"A fine one", "B 100% needs_you", "C never ran", "D waits", "E is due"}, 5},
		{"a part", everything, task.Query{Offset: 1, Limit: 2}, []string{"B 100% needs_you", "C never ran"}, 5},
		{"beyond the end", everything, task.Query{Offset: 70, Limit: 2}, nil, 5},
		{"text of the name", everything, task.Query{Text: " NEEDS"}, []string{"B 100% needs_you"}, 1},
		{"% is no wildcard", everything, task.Query{Text: "0%"}, []string{"B 100% needs_you"}, 1},
		{"nor is _", everything, task.Query{Text: "e_e"}, nil, 0},
		{"user of an account", everything, task.Query{Text: "very.special"}, []string{"E is due"}, 1},
		{"name of the owner", everything, task.Query{Text: "ann@"}, []string{"E is due"}, 1},
		{"owner", everything, task.Query{Owner: "ann@new.example"}, []string{"E is due"}, 1},
		{"needs you", everything, task.Query{Standings: []task.Standing{task.StandingNeedsYou}}, []string{"B 100% needs_you"}, 1},
		{"only the latest run counts", everything, task.Query{Standings: []task.Standing{task.StandingDone}}, []string{"A fine one"}, 1},
		{"never and active", everything, task.Query{Standings: []task.Standing{task.StandingNever, task.StandingActive}}, []string{"C never ran", "D waits", "E is due"}, 3},
		{"paused", everything, task.Query{Paused: true}, []string{"D waits"}, 1},
		{"due", everything, task.Query{Due: true}, []string{"E is due"}, 1},
		{"by state", everything, task.Query{Order: task.OrderState}, []string{"B 100% needs_you", "D waits", "C never ran", "E is due", "A fine one"}, 5},
		{"latest first", everything, task.Query{Order: task.OrderLatest, Limit: 3}, []string{"D waits", "B 100% needs_you", "A fine one"}, 5},
		{"next first", everything, task.Query{Order: task.OrderNext, Limit: 1}, []string{"E is due"}, 5},
		{"one's own", Among{Owner: ann.ID}, task.Query{}, []string{"E is due"}, 1},
		{"those", everything, task.Query{IDs: []string{fine.ID, needs.ID}, Order: task.OrderState}, []string{"B 100% needs_you", "A fine one"}, 2},
		{"named", everything, task.Query{Names: []string{"A fine one", "nobody's"}}, []string{"A fine one"}, 1},
		{"nobody's", Among{}, task.Query{}, nil, 0},
	}
	for _, tt := range tests {
		got, total, err := s.FindTasks(t.Context(), tt.among, tt.give)
		if err != nil || !slices.Equal(namesOf(got), tt.want) && len(got)+len(tt.want) > 0 || total != tt.total {
			t.Errorf("%s: %q of %d, %v; want %q of %d", tt.name, namesOf(got), total, err, tt.want, tt.total)
		}
	}
	sums := must[task.Sums](t)(s.SumTasks(t.Context(), everything))
	if sums.All != 5 || sums.Paused != 1 || sums.Of[task.StandingNever] != 2 || sums.Of[task.StandingActive] != 1 ||
		sums.Of[task.StandingNeedsYou] != 1 || sums.Of[task.StandingDone] != 1 {
		t.Errorf("sums %+v", sums)
	}
	if sums := must[task.Sums](t)(s.SumTasks(t.Context(), Among{Owner: ann.ID})); sums.All != 1 {
		t.Errorf("ann's sums %+v", sums)
	}
	recent := must[map[string][]task.Run](t)(s.RecentRuns(t.Context(), []string{fine.ID, due.ID}, 1))
	if len(recent) != 1 || len(recent[fine.ID]) != 1 || recent[fine.ID][0].Report.Outcome != task.OutcomeDone {
		t.Errorf("recent runs %+v", recent)
	}
	one, _, err := s.FindTasks(t.Context(), everything, task.Query{Text: "E is due"})
	if err != nil || len(one[0].Sources) != 2 || len(one[0].Hooks) != 2 || one[0].Owner.Name != "ann@new.example" || one[0].Destination.Password != "" {
		t.Errorf("%+v, %v", one, err)
	}
}
