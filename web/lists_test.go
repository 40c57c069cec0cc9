package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// named stores a task of that name.
func (s *site) named(name string, change ...func(*task.Task)) task.Task {
	tk := sampleTask()
	tk.Name = name
	for _, c := range change {
		c(&tk)
	}
	return s.svc.put(tk)
}

// troubled runs a task to an end with that outcome.
func (s *site) troubled(name string, outcome task.Outcome, cause string) (taskID, runID string) {
	s.t.Helper()
	if s.svc.trouble == nil {
		s.svc.trouble = map[string]task.Report{}
	}
	s.svc.trouble[name] = task.Report{Outcome: outcome, Cause: cause}
	id := s.named(name).ID
	run := s.run(id)
	s.finish(run)
	return id, run
}

func TestOverview_saysWhatToDoNext(t *testing.T) {
	s := loggedIn(t)
	a := s.page("/")
	if got := words(byID(a.page, "overview")); !strings.Contains(got, "Nothing to copy yet") || !strings.Contains(a.text, `href="/tasks/new"`) {
		t.Errorf("without any task: %s", got)
	}
	needs, _ := s.troubled("Bert", task.OutcomeNeedsUser, "source old: the login is refused")
	full, _ := s.troubled("Lists", task.OutcomeFull, "destination: quota exceeded")
	fine := s.named("Anna").ID
	s.finish(s.run(fine))
	running := s.run(s.named("Team").ID)
	s.svc.steps(5)
	a = s.page("/")
	attention := byID(a.page, "attention")
	first := byID(a.page, "attention-0")
	if got := words(first); !strings.Contains(got, "Bert") || !strings.Contains(got, "The login is refused") && !strings.Contains(got, "the login is refused") {
		t.Errorf("what needs somebody first: %s", got)
	}
	edit := all(first, func(n *html.Node) bool {
		return attr(n, "href") == "/tasks/"+needs+"/edit" && attr(n, "role") == "button"
	})
	if len(edit) != 1 {
		t.Error("the remedy of a wrong password is no button")
	}
	again := all(attention, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == "/tasks/"+full+"/run" })
	if len(again) != 1 || attr(again[0], "method") != "post" {
		t.Error("a full destination can not be tried again from here")
	}
	if strings.Contains(words(attention), "Anna") {
		t.Error("what is fine needs attention")
	}
	now := words(byID(a.page, "running-now"))
	for _, want := range []string{"Team", "messages/s", "MB/s", "left", "of 5,666 messages"} {
		if !strings.Contains(now, want) {
			t.Errorf("running now lacks %q: %s", want, now)
		}
	}
	if got := words(byID(a.page, "next-runs")); !strings.Contains(got, "in 15 minutes") {
		t.Errorf("next runs: %s", got)
	}
	if got := words(byID(a.page, "latest-runs")); !strings.Contains(got, "Anna") || strings.Contains(got, "Team") {
		t.Errorf("last outcomes: %s", got)
	}
	if got := words(byID(a.page, "health")); !strings.Contains(got, "4 tasks, 1 run at work, 0 waiting") {
		t.Errorf("health: %s", got)
	}
	stream := s.follow("/events")
	if parts := stream.next().parts(t); parts["#overview"] == nil || parts["#favicon"] == nil {
		t.Errorf("the first message is not complete: %d parts", len(parts))
	}
	s.finish(running)
	if parts := stream.next().parts(t); parts["#running-now"] == nil || !strings.Contains(words(parts["#running-now"]), "Nothing runs") || parts["#overview"] != nil {
		t.Errorf("the end of a run comes as %d parts", len(parts))
	}
}

func TestOverview_showsAUserOnlyTheirOwn(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	s.owned(ann)
	s.named("Somebody else's")
	s.loginAs("ann")
	a := s.page("/")
	if strings.Contains(a.text, "Somebody else") || !strings.Contains(a.text, "task of ann") {
		t.Error("the overview of a user is not that of their own tasks")
	}
	if got := words(byID(a.page, "health")); got != "" {
		t.Errorf("a user is told of the service: %s", got)
	}
}

func TestTasks_areFoundSortedAndCutIntoPages(t *testing.T) {
	s := loggedIn(t)
	for i := range 120 {
		s.named(fmt.Sprintf("Task %03d", i))
	}
	s.troubled("ZZ needs somebody", task.OutcomeNeedsUser, "x")
	lines := func(path string) (n int, first string) {
		t.Helper()
		a := s.page(path)
		return len(all(byID(a.page, "task-list"), func(n *html.Node) bool { return strings.HasPrefix(attr(n, "id"), "task-") && n.Data == "tr" })), words(byID(a.page, "task-0"))
	}
	for _, tt := range []struct {
		path, first string
		n           int
	}{
		{"/tasks", "Task 000", 50},
		{"/tasks?page=3", "Task 100", 21},
		{"/tasks?page=999", "Task 100", 21},
		{"/tasks?page=-1&sort=nonsense&state=nonsense", "Task 000", 50},
		{"/tasks?q=somebody", "ZZ needs somebody", 1},
		{"/tasks?state=needs+you", "ZZ needs somebody", 1},
		{"/tasks?state=attention", "ZZ needs somebody", 1},
		{"/tasks?state=never&page=2", "Task 050", 50},
		{"/tasks?sort=state", "ZZ needs somebody", 50},
		{"/tasks?owner=nobody", "", 0},
		{"/tasks?q=" + url.QueryEscape(hostile), "", 0},
	} {
		if n, first := lines(tt.path); n != tt.n || !strings.Contains(first, tt.first) {
			t.Errorf("%s: %d lines, the first is %q", tt.path, n, first)
		}
	}
	a := s.page("/tasks?state=never&page=2")
	next := all(a.page, func(n *html.Node) bool { return attr(n, "rel") == "next" })
	if len(next) != 1 || attr(next[0], "href") != "/tasks?page=3&state=never" || !strings.Contains(words(byID(a.page, "task-list")), "51–100 of 120") {
		t.Errorf("the way to the next page: %v", next)
	}
	connect := all(a.page, func(n *html.Node) bool { return attr(n, "hx-sse:connect") != "" })
	if got := attr(connect[0], "hx-sse:connect"); got != "/tasks/events?page=2&state=never" {
		t.Errorf("another list is pushed than is shown: %s", got)
	}
	if got := attr(byID(a.page, "state"), "name"); got != "state" {
		t.Error("the filter has no state")
	}
}

func TestBulk_doesItToAllThatAreChosen(t *testing.T) {
	s := loggedIn(t)
	a, b := s.named("A").ID, s.named("B").ID
	hand := s.named("By hand", func(tk *task.Task) { tk.Schedule = task.Schedule{} }).ID
	do := func(what string, more url.Values, ids ...string) answer {
		t.Helper()
		v := url.Values{"do": {what}, "task": ids, "list": {"sort=state"}}
		for k := range more {
			v[k] = more[k]
		}
		return s.post("/tasks/bulk", v)
	}
	said := func(an answer) string {
		t.Helper()
		if an.status != http.StatusSeeOther || !strings.Contains(an.header.Get("Location"), "sort=state") {
			t.Fatalf("status %d to %q", an.status, an.header.Get("Location"))
		}
		return words(byID(s.page(an.header.Get("Location")).page, "content"))
	}
	if got := said(do("pause", nil, a, hand, "gone")); !strings.Contains(got, "1 task is paused now.") || !strings.Contains(got, "1 task was passed over") {
		t.Errorf("pause: %s", got)
	}
	if got := s.svc.tasks[a].Pause.By; got != adminName {
		t.Errorf("paused by %q", got)
	}
	if got := said(do("resume", nil, a, b)); !strings.Contains(got, "1 task goes on by schedule now.") {
		t.Errorf("resume: %s", got)
	}
	if got := said(do("run", nil, a, b, a)); !strings.Contains(got, "2 runs were started.") || strings.Contains(got, "passed over") {
		t.Errorf("run: %s", got)
	}
	if got := said(do("run", nil, a, b)); strings.Contains(got, "started") || !strings.Contains(got, "2 tasks were passed over") {
		t.Errorf("run again: %s", got)
	}
	if got := said(do("stop", nil, a, b, hand)); !strings.Contains(got, "2 runs were asked to stop.") {
		t.Errorf("stop: %s", got)
	}
	if got := said(do("run", nil)); !strings.Contains(got, "Choose at least one task first.") {
		t.Errorf("nothing chosen: %s", got)
	}
	if an := do("explode", nil, a); an.status != http.StatusUnprocessableEntity {
		t.Errorf("unheard of: status %d", an.status)
	}
	for _, r := range s.svc.runsOf(a) {
		s.finish(r.ID)
	}
	for _, r := range s.svc.runsOf(b) {
		s.finish(r.ID)
	}

	// Deleting asks for a word first.
	page := do("delete", nil, a, hand)
	if page.status != http.StatusOK || !strings.Contains(words(page.page), "Delete 2 tasks?") || len(s.svc.tasks) != 3 {
		t.Fatalf("status %d, %d tasks", page.status, len(s.svc.tasks))
	}
	form := all(byID(page.page, "content"), tag("form"))[0]
	v := fields(form)
	v.Set("word", "Delete")
	if an := s.post(attr(form, "action"), v); an.status != http.StatusUnprocessableEntity || len(s.svc.tasks) != 3 {
		t.Errorf("mistyped: status %d, %d tasks", an.status, len(s.svc.tasks))
	}
	v.Set("word", "delete")
	deleted := s.post(attr(form, "action"), v)
	if deleted.status != http.StatusSeeOther || len(s.svc.tasks) != 1 || s.svc.tasks[b].Name != "B" {
		t.Errorf("status %d, %d tasks", deleted.status, len(s.svc.tasks))
	}
	s.named("C")
	if got := said(do("pause", url.Values{"all": {"yes"}, "list": {"sort=state&q=c"}})); !strings.Contains(got, "1 task is paused") {
		t.Errorf("all that are found: %s", got)
	}
}

func TestBulk_passesOverWhatIsNotOnesOwn(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	mine, foreign := s.owned(ann), s.named("Foreign")
	s.loginAs("ann")
	s.post("/tasks/bulk", url.Values{"do": {"run"}, "task": {mine.ID, foreign.ID}})
	if len(s.svc.runsOf(mine.ID)) != 1 || len(s.svc.runsOf(foreign.ID)) != 0 {
		t.Error("a user has run a foreign task")
	}
	a := s.post("/tasks/bulk", url.Values{"do": {"delete"}, "task": {foreign.ID}, "word": {"delete"}})
	if _, there := s.svc.tasks[foreign.ID]; !there || strings.Contains(a.text, "Foreign") {
		t.Error("a user has deleted, or seen, a foreign task")
	}
}

func TestRun_exportsForSpreadsheetsComputeNothing(t *testing.T) {
	s := loggedIn(t)
	s.svc.folders = []task.FolderReport{{Source: "old", Folder: "=HYPERLINK(\"http://evil\")", Target: "@x", By: "a,b\n\"c\"", Counts: task.Counts{Source: 3, Copied: 2, Failed: 1}}}
	s.svc.listed = []task.Listed{{Source: "old", Folder: "-2+3", UID: 7, Fate: task.FateFailed, Reason: "+1"}}
	run := s.run(s.named("Anna").ID)
	if a := s.get("/runs/" + run + "/folders.csv"); a.status != http.StatusNotFound {
		t.Errorf("before the end: status %d", a.status)
	}
	s.finish(run)
	read := func(path string) [][]string {
		t.Helper()
		a := s.get(path)
		if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || !strings.Contains(a.header.Get("Content-Disposition"), ".csv") {
			t.Fatalf("%s: %d, %v", path, a.status, a.header)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.text, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	folders := read("/runs/" + run + "/folders.csv")
	if got := folders[1]; got[1] != `'=HYPERLINK("http://evil")` || got[2] != "'@x" || !strings.HasPrefix(got[3], "a,b") || got[4] != "3" || got[9] != "1" {
		t.Errorf("%q", got)
	}
	listed := read("/runs/" + run + "/listed.csv")
	if got := listed[1]; got[0] != "failed" || got[2] != "'-2+3" || got[3] != "7" || got[4] != "'+1" {
		t.Errorf("%q", got)
	}
}

func TestRun_paceIsSetWithoutScript(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.named("Anna").ID)
	s.svc.steps(3)
	form := byID(s.page("/runs/"+run).page, "run-pace")
	v := fields(form)
	if attr(form, "method") != "post" || v.Get("step") != "10" || !strings.Contains(words(form), "As fast as it goes") {
		t.Fatalf("%v: %s", v, words(form))
	}
	v.Set("step", "2")
	v.Set("messages", "20")
	if a := s.post(attr(form, "action"), v); a.header.Get("Location") != "/runs/"+run || s.svc.paces[run] != (task.Pace{Bytes: 100_000, Messages: 20}) {
		t.Errorf("status %d, pace %s", a.status, s.svc.paces[run])
	}
	if form := byID(s.page("/runs/"+run).page, "run-pace"); fields(form).Get("step") != "2" || fields(form).Get("messages") != "20" || !strings.Contains(words(form), "at most 100 kB/s") {
		t.Error("the page does not show the pace")
	}
	for _, wrong := range []string{"", "-1", "99", "x"} {
		if a := s.post("/runs/"+run+"/pace", url.Values{"step": {"2"}, "messages": {wrong + "x"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("messages %q: status %d", wrong, a.status)
		}
		if a := s.post("/runs/"+run+"/pace", url.Values{"step": {wrong}, "messages": {"0"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("step %q: status %d", wrong, a.status)
		}
	}
	s.finish(run)
	if a := s.post("/runs/"+run+"/pace", url.Values{"step": {"1"}, "messages": {"0"}}); a.status != http.StatusConflict {
		t.Errorf("after the end: status %d", a.status)
	}
}

func TestRun_whatWasLeftUndoneIsTriedAgain(t *testing.T) {
	s := loggedIn(t)
	s.svc.folders[0].Copied -= 2
	s.svc.folders[0].Failed = 2
	for uid := range uint32(2) {
		s.svc.listed = append(s.svc.listed, task.Listed{Source: "old", Folder: "INBOX", UID: uid + 1, Fate: task.FateFailed, Reason: fmt.Sprintf("message of %d MB is larger than its limit of 50 MB", 60+uid)})
	}
	run := s.run(s.named("Anna").ID)
	s.finish(run)
	page := s.page("/runs/" + run).page
	causes := byID(page, "causes")
	if got := words(causes); !strings.Contains(got, "2 messages in 1 folder") || !strings.Contains(got, "Raise the limit of the destination") || strings.Count(got, "larger than") != 1 {
		t.Errorf("causes: %s", got)
	}
	form := all(causes, tag("form"))[0]
	a := s.post(attr(form, "action"), nil)
	if next := strings.TrimPrefix(a.header.Get("Location"), "/runs/"); a.status != http.StatusSeeOther || next == run {
		t.Errorf("status %d to %q", a.status, a.header.Get("Location"))
	}
}

func TestTask_pageTellsPlanOptionsAndCommand(t *testing.T) {
	s := loggedIn(t)
	tk := s.named("Anna's move")
	s.finish(s.run(tk.ID))
	s.svc.Note(t.Context(), access.Event{Deed: access.DeedTaskPaused, Kind: "task", ObjectID: tk.ID, Object: tk.Name, At: time.Now()})
	page := s.page("/tasks/" + tk.ID).page
	for id, want := range map[string][]string{
		"plan":     {"As the last run had it", "Gesendet Sent folder-rules 420", "left out"},
		"timeline": {"paused"},
		"options":  {"every 15 minutes this task", "the best that the server offers default", "nothing is ever deleted default"},
		"command":  {"--name 'Anna'\\''s move'", "--from old=imaps://anna%40old.example@imap.old.example", "--plugin folder-rules"},
	} {
		got := words(byID(page, id))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q: %s", id, w, got)
			}
		}
	}
}
