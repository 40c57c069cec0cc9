package web_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/web/view"
)

// Two people edit a task at once: the one who saves last is told, loses nothing of what
// they have typed, and may insist.
func TestTaskForm_theLastOfTwoWhoSaveIsTold(t *testing.T) {
	t.Parallel()
	s := loggedIn(t)
	tk := sampleTask()
	tk.Version = 1
	path := "/tasks/" + s.svc.put(tk).ID
	first, second := s.form(path+"/edit", "task-form", "name", "by the first", "do", "save"), s.form(path+"/edit", "task-form", "name", "by the second", "do", "save")
	s.saved(path+"/edit", first)

	changed := s.post(path+"/edit", with(maps.Clone(second), "do", "add-source")) // what is still being typed is no save
	if form := byID(changed.page, "task-form"); changed.status != http.StatusOK || fields(form).Get("version") != second.Get("version") {
		t.Fatalf("status %d, version %s", changed.status, fields(form).Get("version"))
	}
	a := s.post(path+"/edit", second)
	form := byID(a.page, "task-form")
	if a.status != http.StatusPreconditionFailed || !strings.Contains(words(form), view.In(view.English).FormChanged) || fields(form).Get("name") != "by the second" {
		t.Fatalf("status %d: %s", a.status, words(form))
	}
	if got := s.svc.tasks[strings.TrimPrefix(path, "/tasks/")].Name; got != "by the first" {
		t.Errorf("the task is called %q", got)
	}
	s.saved(path+"/edit", with(fields(form), "do", "save"))
	if got := s.svc.tasks[strings.TrimPrefix(path, "/tasks/")].Name; got != "by the second" {
		t.Errorf("the task is called %q", got)
	}
}
