package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Positions are not counted by the statement that claims runs. So queues of all kinds
// are emptied by claims, and each has to begin at the position that was told.
func TestPositions_areTheOrderInWhichRunsAreClaimed(t *testing.T) {
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	r := rand.New(rand.NewPCG(1, 2))
	owners := []string{"", ""}
	for _, name := range []string{"ann", "bert"} {
		u := &access.User{Name: name, Role: access.RoleUser}
		if err := s.CreateUser(t.Context(), u, "x"); err != nil {
			t.Fatal(err)
		}
		owners = append(owners, u.ID)
	}
	if p := must[map[string]task.Position](t)(s.Positions(t.Context())); len(p) != 0 {
		t.Errorf("an empty queue: %v", p)
	}
	var list []Upsert
	for i := range 24 {
		tk := newTask(fmt.Sprint(i))
		tk.Owner.ID = owners[r.IntN(len(owners))]
		tk.Destination.User = fmt.Sprint("box", r.IntN(4)) // shared by tasks of several owners
		list = append(list, Upsert{Task: *tk})
	}
	var ids []string
	for i := range list {
		ids = append(ids, save(t, s, &list[i].Task).ID)
	}
	for _, id := range ids {
		if r.IntN(3) > 0 {
			now = now.Add(time.Second)
		}
		must[task.Run](t)(s.CreateRun(t.Context(), id, TriggerHand))
	}
	for n := range 5 { // some are at work when the question is asked
		must[Claim](t)(s.ClaimNext(t.Context()))
		_ = n
	}
	told := must[map[string]task.Position](t)(s.Positions(t.Context()))
	if len(told) != len(ids)-5 {
		t.Fatalf("%d positions", len(told))
	}
	for n := range len(told) {
		c := must[Claim](t)(s.ClaimNext(t.Context()))
		if p := told[c.Run.ID]; p.Before != n || p.For != task.ObstacleWorker {
			t.Errorf("run %d was told %+v", n, p)
		}
	}
}

func TestPositions_sayWhichLimitKeepsARunFromBeginning(t *testing.T) {
	s := openNew(t)
	put := func(name, host, user string) string {
		tk := newTask(name)
		tk.Sources = tk.Sources[:1]
		tk.Sources[0].Account.Host, tk.Sources[0].Account.User = "from-"+name+".example", user
		tk.Destination.Host, tk.Destination.User = host, user
		return must[task.Run](t)(s.CreateRun(t.Context(), save(t, s, tk).ID, TriggerHand)).ID
	}
	put("a", "one.example", "ann")
	must[Claim](t)(s.ClaimNext(t.Context()))
	account, host, free := put("b", "one.example", "ann"), put("c", "one.example", "bert"), put("d", "two.example", "carl")
	port := fmt.Sprint(newTask("x").Destination.Port)
	tests := []struct {
		limits Limits
		want   []task.Position
	}{
		{Limits{}, []task.Position{{For: task.ObstacleWorker}, {For: task.ObstacleWorker}, {For: task.ObstacleWorker}}},
		{Limits{PerAccount: 1}, []task.Position{{For: task.ObstacleAccount, Where: "ann@one.example:" + port, Limit: 1}, {For: task.ObstacleWorker}, {For: task.ObstacleWorker}}},
		{Limits{PerHost: 1, PerAccount: 1}, []task.Position{
			{For: task.ObstacleAccount, Where: "ann@one.example:" + port, Limit: 1}, {For: task.ObstacleHost, Where: "one.example", Limit: 1}, {For: task.ObstacleWorker},
		}},
		{Limits{Runs: 1, PerHost: 1}, []task.Position{
			{For: task.ObstacleHost, Where: "one.example", Limit: 1}, {For: task.ObstacleHost, Where: "one.example", Limit: 1}, {For: task.ObstacleRuns, Limit: 1},
		}},
	}
	for _, tt := range tests {
		if err := s.SetLimits(t.Context(), tt.limits); err != nil {
			t.Fatal(err)
		}
		told := must[map[string]task.Position](t)(s.Positions(t.Context()))
		var got []task.Position
		for _, id := range []string{account, host, free} {
			p := told[id]
			p.Before = 0
			got = append(got, p)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %+v", tt.limits, got)
		}
	}
}
