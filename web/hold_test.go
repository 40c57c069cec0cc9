package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestRun_isPausedAndGoesOnFromItsPage(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.svc.steps(6)
	if got := words(byID(s.page("/runs/"+run).page, "run-head")); !strings.Contains(got, "Pause run") {
		t.Errorf("a run at work: %s", got)
	}
	if a := s.post("/runs/"+run+"/pause", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/runs/"+run {
		t.Fatalf("pause: status %d to %q", a.status, a.header.Get("Location"))
	}
	page := s.page("/runs/" + run)
	head, totals := words(byID(page.page, "run-head")), words(byID(page.page, "run-totals"))
	if !strings.Contains(head, "Paused") || !strings.Contains(head, "Resume run") || !strings.Contains(head, "Stop") {
		t.Errorf("a paused run: %s", head)
	}
	// How far it got stays to be seen.
	if !strings.Contains(totals, "Paused by admin") || !strings.Contains(totals, "%") {
		t.Errorf("a paused run: %s", totals)
	}
	if a := s.post("/runs/"+run+"/resume", nil); a.status != http.StatusSeeOther {
		t.Fatalf("resume: status %d", a.status)
	}
	s.finish(run)
	if a := s.post("/runs/"+run+"/pause", nil); a.status != http.StatusConflict {
		t.Errorf("pause what has ended: status %d", a.status)
	}
}

func TestRun_thatWaitsSaysForWhatAndWhatToDo(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	run := s.run(tk.ID)
	s.svc.steps(2)
	wait := task.Await{
		Code: task.AwaitLogin, Cause: "source old: login <refused>", Remedy: "Check user name and password.",
		Until: time.Now().Add(time.Hour), Outcome: task.OutcomeNeedsUser,
	}
	if err := s.svc.await(run, wait); err != nil {
		t.Fatal(err)
	}
	got := words(byID(s.page("/runs/"+run).page, "run"))
	for _, want := range []string{"Waits for you", "Source old: login <refused>", "Check user name and password.", "goes on by itself as soon as", "Go on now", "tried again by itself"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
	over := s.page("/")
	if got := words(byID(over.page, "attention")); !strings.Contains(got, "login <refused>") || !strings.Contains(got, "Waits for you") {
		t.Errorf("the overview: %s", got)
	}
}

func TestRun_thatIsQueuedSaysWhereItStands(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	run := s.run(tk.ID)
	stand := func(p task.Position) {
		if err := s.svc.hold(run, func(r *task.Run) { r.Position = &p }, "stands"); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		give task.Position
		want string
	}{
		{task.Position{For: task.ObstacleWorker}, "It is next. It begins when a worker is free."},
		{task.Position{Before: 1, For: task.ObstacleRuns, Limit: 4}, "One run comes before it. As many runs as may be at work at a time are: 4."},
		{task.Position{Before: 12, For: task.ObstacleHost, Where: "<mail.example>", Limit: 2}, "12 runs come before it. As many runs as may be at work at a time with the host <mail.example> are: 2."},
		{task.Position{Before: 2, For: task.ObstacleAccount, Where: "ann@mail.example:993", Limit: 1}, "with the account ann@mail.example:993 are: 1."},
	}
	for _, tt := range tests {
		stand(tt.give)
		for _, path := range []string{"/runs/" + run, "/tasks/" + tk.ID} {
			if got := words(byID(s.page(path).page, "content")); !strings.Contains(got, tt.want) {
				t.Errorf("%s lacks %q: %s", path, tt.want, got)
			}
		}
	}
	var got struct {
		Position struct {
			Before, Limit int
			Where         string
			WaitsFor      string `json:"waits_for"`
		}
	}
	a := s.get("/api/v1/runs/" + run)
	if err := json.Unmarshal([]byte(a.text), &got); err != nil || got.Position.Before != 2 || got.Position.Limit != 1 || got.Position.WaitsFor != "account" || got.Position.Where != "ann@mail.example:993" {
		t.Errorf("%+v, %v: %s", got, err, a.text)
	}
	// Another position is pushed.
	e := s.follow("/runs/" + run + "/events")
	e.next()
	stand(task.Position{For: task.ObstacleWorker})
	if ev := e.next(); !strings.Contains(ev.data, "It is next.") {
		t.Errorf("pushed %s", ev.data)
	}
}
