package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
)

// nightly are the fields of a schedule with everything.
func nightly() url.Values {
	v := with(filled(), "schedule", "cron", "cron", " 30  2 * * 1-5 ", "zone", "Europe/Berlin", "from", "22:00", "to", "06:00", "jitter", "5")
	v["day"] = []string{"1", "2", "3", "4", "5"}
	return v
}

var nightlySchedule = task.Schedule{
	Cron: "30 2 * * 1-5", Zone: "Europe/Berlin", Jitter: 5,
	Window: task.Window{From: 22 * 60, To: 6 * 60, Days: 0b0111110},
}

// exact are the times of a list of next runs.
func exact(n *html.Node) []string {
	var times []string
	for _, e := range all(n, func(n *html.Node) bool { return attr(n, "class") == "exact" }) {
		times = append(times, words(e))
	}
	return times
}

func TestScheduleForm_takesACronLineWithZoneWindowAndJitter(t *testing.T) {
	s := loggedIn(t)
	v := fields(byID(s.page("/tasks/form").page, "task-form"))
	for key, values := range nightly() {
		if _, ok := v[key]; !ok && key != "do" && key != "day" {
			t.Errorf("the form has no field %s", key)
		}
		v[key] = values
	}
	if a := s.post("/tasks/form", v); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	tk := s.only()
	if tk.Schedule != nightlySchedule {
		t.Errorf("stored is %+v", tk.Schedule)
	}
	// What is stored comes back, and is stored the same again.
	v = fields(byID(s.page("/tasks/"+tk.ID+"/edit").page, "task-form"))
	if a := s.post("/tasks/"+tk.ID+"/edit", with(v, "do", "save")); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	if got := s.only().Schedule; got != nightlySchedule {
		t.Errorf("stored again is %+v", got)
	}
	v = fields(byID(s.page("/tasks/"+tk.ID+"/edit").page, "task-form"))
	s.post("/tasks/"+tk.ID+"/edit", with(v, "do", "save", "schedule", "hand"))
	if got := s.only().Schedule; got != (task.Schedule{}) {
		t.Errorf("by hand it is %+v", got)
	}
}

func TestScheduleForm_saysWhichFieldIsWrongAndKeepsIt(t *testing.T) {
	tests := []struct {
		name, field, value, want string
	}{
		{"cron line", "cron", "61 * * * *", `minute "61": not a number from 0 to 59`},
		{"cron line that never comes", "cron", "0 0 31 2 *", "no such day"},
		{"zone", "zone", "Berlin", "no time zone of this name"},
		{"beginning", "from", "late", "A time of day"},
		{"end missing", "to", "", "a beginning and an end"},
		{"no time between", "to", "22:00", "another time than it begins"},
		{"never open", "cron", "0 12 * * *", ""},
		{"jitter", "jitter", "51", "from 0 to 50"},
		{"jitter that is no number", "jitter", "some", "from 0 to 50"},
	}
	s := loggedIn(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post("/tasks/form", with(nightly(), tt.field, tt.value))
			field, want := tt.field, tt.want
			if want == "" {
				field, want = "from", "lies within this window"
			}
			if got := words(byID(a.page, field+"-fault")); a.status != http.StatusUnprocessableEntity || !strings.Contains(got, want) {
				t.Errorf("status %d, %q", a.status, got)
			}
			v := fields(byID(a.page, "task-form"))
			if got := v.Get(tt.field); got != strings.TrimSpace(tt.value) {
				t.Errorf("%s is %q again", tt.field, got)
			}
			if got := strings.Join(v["day"], ""); got != "12345" || v.Get("schedule") != "cron" {
				t.Errorf("the days are %s again, the kind %s", got, v.Get("schedule"))
			}
			if n := byID(a.page, "schedule-more"); field != "cron" {
				if _, open := attrOK(n, "open"); !open {
					t.Error("the fault is folded away")
				}
			}
			if len(exact(a.page)) != 0 {
				t.Error("next runs of a schedule that is wrong are shown")
			}
		})
	}
	for _, give := range [][]string{{"every", "1", "unit", "seconds"}, {"every", "32", "unit", "days"}, {"every", "1.5", "unit", "hours"}} {
		a := s.post("/tasks/form", with(with(filled(), "schedule", "every"), give...))
		if got := words(byID(a.page, "every-fault")); !strings.Contains(got, "1 minute to 31 days") {
			t.Errorf("%v: status %d, %q", give, a.status, got)
		}
	}
}

func TestScheduleForm_previewsTheNextRunsWithoutSaving(t *testing.T) {
	s := loggedIn(t)
	v := with(nightly(), "do", "preview", "name", "", "source-1-host", "")
	a := s.post("/tasks/form", v)
	if a.status != http.StatusOK || len(s.svc.tasks) != 0 {
		t.Fatalf("status %d, %d tasks", a.status, len(s.svc.tasks))
	}
	times := exact(byID(a.page, "preview-runs"))
	if len(times) != 5 {
		t.Fatalf("shown are %q", times)
	}
	for _, at := range times {
		if !strings.Contains(at, "02:30 CE") || strings.HasPrefix(at, "Sun") || strings.HasPrefix(at, "Sat") {
			t.Errorf("shown is %q", at)
		}
	}
	if got := words(byID(a.page, "preview-runs")); !strings.Contains(got, "The jitter comes on top") {
		t.Errorf("beside them it says %q", got)
	}
	if words(byID(a.page, "name-fault")) != "" {
		t.Error("other fields are judged")
	}
	if _, ok := attrOK(byID(a.page, "preview"), "autofocus"); !ok {
		t.Error("the button has lost the focus")
	}
	a = s.post("/tasks/form", with(v, "zone", "Berlin"))
	if words(byID(a.page, "zone-fault")) == "" || len(exact(a.page)) != 0 {
		t.Error("a schedule that is wrong is previewed")
	}
}

func TestScheduleForm_previewOfAnIntervalCountsFromTheLatestRun(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	s.finish(s.run(tk.ID))
	v := fields(byID(s.page("/tasks/"+tk.ID+"/edit").page, "task-form"))
	a := s.post("/tasks/"+tk.ID+"/edit", with(v, "do", "preview", "every", "3", "unit", "hours"))
	runs, err := s.svc.Runs(t.Context(), tk.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := runs[0].Queued.Add(3 * time.Hour).Format("Mon 2 Jan 2006, 15:04 MST")
	if got := exact(byID(a.page, "preview-runs")); len(got) != 5 || got[0] != want {
		t.Errorf("got %q, want %q first", got, want)
	}
}

func TestTask_pageTellsTheNextRuns(t *testing.T) {
	s := loggedIn(t)
	tk := sampleTask()
	tk.Schedule = nightlySchedule
	tk = s.svc.put(tk)
	a := s.page("/tasks/" + tk.ID)
	content := words(byID(a.page, "content"))
	if want := "every weekday at 02:30, Europe/Berlin, between 22:00 and 06:00 on weekdays, up to 5 % later"; !strings.Contains(content, want) {
		t.Errorf("the page lacks %q: %s", want, content)
	}
	var want []string
	for _, at := range tk.NextRuns(5, time.Now()) {
		want = append(want, at.Format("Mon 2 Jan 2006, 15:04 MST"))
	}
	if got := exact(a.page); len(got) != 5 || strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("got %q, want %q", got, want)
	}
	if strings.Contains(content, "Skipped") {
		t.Error("skipped runs are told where there are none")
	}
	tk.Agenda.Skipped, tk.Agenda.LastSkipped = 3, time.Now().Add(-2*time.Hour)
	if got := words(byID(s.page("/tasks/"+s.svc.put(tk).ID).page, "content")); !strings.Contains(got, "Skipped 3 times, because the run before was still at work; last 2 hours ago") {
		t.Errorf("skipped runs are not told: %s", got)
	}
}

func TestTask_isPausedAndResumed(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	button := func(action string) bool {
		t.Helper()
		path := "/tasks/" + tk.ID + "/" + action
		return len(all(s.page("/tasks/"+tk.ID).page, func(n *html.Node) bool {
			return n.Data == "form" && attr(n, "method") == "post" && attr(n, "action") == path
		})) == 1
	}
	if !button("pause") || button("resume") {
		t.Error("the page does not offer to pause, and only that")
	}
	if a := s.post("/tasks/"+tk.ID+"/pause", nil); a.header.Get("Location") != "/tasks/"+tk.ID {
		t.Fatalf("status %d to %q", a.status, a.header.Get("Location"))
	}
	if got := s.only().Pause; got.By != adminName || time.Since(got.At) > time.Minute {
		t.Errorf("the pause is %+v", got)
	}
	a := s.page("/tasks/" + tk.ID)
	got := words(byID(a.page, "content"))
	if !strings.Contains(a.text, "<bdi>admin</bdi> <time") {
		t.Error("no space between who paused it and when")
	}
	for _, want := range []string{"Paused", "by admin just now", "nothing starts by itself", "every 15 minutes"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
	if len(exact(a.page)) != 0 || button("pause") || !button("resume") || !button("run") {
		t.Error("the page of a paused task announces runs, or offers the wrong buttons")
	}
	list := s.page("/tasks").page
	if line := words(byID(list, "task-0")); !strings.Contains(line, "Paused every 15 minutes") {
		t.Errorf("the list says %q", line)
	}
	if got := words(byID(list, "task-summary")); !strings.Contains(got, "1 paused") {
		t.Errorf("the summary says %q", got)
	}
	edit := s.page("/tasks/" + tk.ID + "/edit")
	if got := words(byID(edit.page, "preview-runs")); !strings.Contains(got, "once it is resumed") {
		t.Errorf("the preview says %q", got)
	}
	s.post("/tasks/"+tk.ID+"/edit", with(fields(byID(edit.page, "task-form")), "do", "save", "every", "20"))
	if s.only().Pause.By != adminName {
		t.Error("editing ends the pause")
	}
	s.post("/tasks/"+tk.ID+"/resume", nil)
	if got := s.only(); got.Pause != (task.Pause{}) || got.Agenda.Next.IsZero() {
		t.Errorf("after the pause: %+v", got)
	}
	if line := words(byID(s.page("/tasks").page, "task-0")); !strings.Contains(line, "in 20 minutes every 20 minutes") {
		t.Errorf("the list says %q", line)
	}
	for _, action := range []string{"pause", "resume"} {
		if a := s.post("/tasks/none/"+action, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: status %d", action, a.status)
		}
	}
	byHand := sampleTask()
	byHand.Schedule = task.Schedule{}
	tk = s.svc.put(byHand)
	if button("pause") {
		t.Error("there is nothing to pause in a task that runs by hand")
	}
}
