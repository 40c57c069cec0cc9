package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestTaskForm_letsNothingBeDeletedWithoutTheWord(t *testing.T) {
	const day = 24 * time.Hour
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	edit := "/tasks/" + id + "/edit"
	form := func() map[string][]string { return fields(byID(s.page(edit).page, "task-form")) }
	stored := func() task.Removal {
		t.Helper()
		tk, err := s.svc.Task(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return tk.Removal
	}
	name := form()["source-1-name"][0]

	// Off by itself, and still off when something else is saved.
	if a := s.post(edit, with(form(), "do", "save")); a.status != http.StatusSeeOther || stored().Any() {
		t.Fatalf("status %d, %+v", a.status, stored())
	}
	on := with(form(), "do", "save", "source-1-delete", "days", "source-1-delete-days", "30", "limit", "25%", "replace", "yes")
	a := s.post(edit, on)
	asked := byID(a.page, "confirm")
	if a.status != http.StatusUnprocessableEntity || asked == nil || stored().Any() {
		t.Fatalf("without the word: status %d, %+v", a.status, stored())
	}
	// What was typed is there still.
	again := fields(byID(a.page, "task-form"))
	if again.Get("source-1-delete") != "days" || again.Get("source-1-delete-days") != "30" || again.Get("limit") != "25%" || again.Get("replace") != "yes" {
		t.Errorf("shown again: %v", again)
	}
	if a := s.post(edit, with(again, "do", "save", "confirm", "Delete")); a.status != http.StatusUnprocessableEntity || stored().Any() {
		t.Errorf("another word: status %d, %+v", a.status, stored())
	}
	if a := s.post(edit, with(again, "do", "save", "confirm", "delete")); a.status != http.StatusSeeOther {
		t.Fatalf("with the word: status %d: %s", a.status, words(byID(a.page, "problems")))
	}
	want := task.Removal{Sources: map[string]time.Duration{name: 30 * day}, Limit: "25%", Replace: true}
	if !stored().Equal(want) {
		t.Errorf("stored %+v, want %+v", stored(), want)
	}
	page := s.page("/tasks/" + id)
	if got := words(byID(page.page, "removal-note")); !strings.Contains(got, "This task deletes") || !strings.Contains(got, "at "+name) || !strings.Contains(got, "25%") {
		t.Errorf("the page of the task warns: %s", got)
	}
	// Saved again as it is, or with less, nothing is asked.
	if a := s.post(edit, with(form(), "do", "save")); a.status != http.StatusSeeOther || !stored().Equal(want) {
		t.Errorf("as it is: status %d, %+v", a.status, stored())
	}
	if a := s.post(edit, with(form(), "do", "save", "source-1-delete", "now")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("sooner: status %d", a.status)
	}
	if a := s.post(edit, with(form(), "do", "save", "source-1-delete", "", "replace", "", "limit", "")); a.status != http.StatusSeeOther || stored().Any() {
		t.Errorf("turned off: status %d, %+v", a.status, stored())
	}
}

func TestTaskForm_saysWhatIsWrongAboutDeleting(t *testing.T) {
	s := loggedIn(t)
	edit := "/tasks/" + s.svc.put(sampleTask()).ID + "/edit"
	for _, tt := range []struct {
		field string
		give  []string
	}{
		{"source-1-delete-days", []string{"source-1-delete", "days", "source-1-delete-days", "soon"}},
		{"source-1-delete-days", []string{"source-1-delete", "days", "source-1-delete-days", "NaN"}},
		{"grace", []string{"mirror", "yes", "grace", "-1"}},
		{"mirror", []string{"mirror", "yes", "grace", "7", "source-1-delete", "now"}},
	} {
		form := fields(byID(s.page(edit).page, "task-form"))
		a := s.post(edit, with(form, append(tt.give, "do", "save", "confirm", "delete")...))
		if a.status != http.StatusUnprocessableEntity || byID(a.page, tt.field+"-fault") == nil {
			t.Errorf("%v: status %d, no fault at %s", tt.give, a.status, tt.field)
		}
	}
}
