package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

func TestTask_deletingIsUndoneOnThePageThatFollows(t *testing.T) {
	s := loggedIn(t)
	one, two, three := s.named("<b>One</b>"), s.named("Two"), s.named("Three")
	undo := func(page answer) (action string, form url.Values) {
		t.Helper()
		for _, f := range all(byID(page.page, "content"), tag("form")) {
			if strings.HasPrefix(attr(f, "action"), "/deleted/") {
				return attr(f, "action"), fields(f)
			}
		}
		t.Fatalf("nothing can be undone: %s", words(page.page))
		return "", nil
	}

	page := s.get(s.post("/tasks/"+one.ID+"/delete", nil).header.Get("Location"))
	if got := words(page.page); !strings.Contains(got, "“<b>One</b>” was deleted.") || !strings.Contains(got, "can be restored until") || len(s.svc.tasks) != 2 {
		t.Errorf("%s", got)
	}
	action, form := undo(page)
	if a := s.post(action, form); a.header.Get("Location") != "/tasks/"+one.ID || len(s.svc.tasks) != 3 {
		t.Errorf("status %d to %q", a.status, a.header.Get("Location"))
	}
	if a := s.post(action, form); a.status != http.StatusNotFound {
		t.Errorf("undone twice: status %d", a.status)
	}

	// Several at once come back at once; one that can not be, alone is told why.
	bulk := url.Values{"do": {"delete"}, "word": {"delete"}, "task": {one.ID, two.ID, three.ID}}
	page = s.get(s.post("/tasks/bulk", bulk).header.Get("Location"))
	if got := words(page.page); !strings.Contains(got, "3 tasks were deleted.") || !strings.Contains(got, "Two") {
		t.Errorf("%s", got)
	}
	s.svc.deleted[0].Task.Destination = task.Account{ID: "gone"}
	broken := s.svc.deleted[0].Task.ID
	action, form = undo(page)
	if got := words(s.get(s.post(action, form).header.Get("Location")).page); !strings.Contains(got, "2 tasks are back.") || !strings.Contains(got, "1 task was passed over") {
		t.Errorf("%s", got)
	}
	list := s.page("/deleted")
	if got := words(list.page); !strings.Contains(got, "Deleted tasks") || len(all(list.page, tag("tr"))) != 2 {
		t.Errorf("%s", got)
	}
	action, form = undo(list)
	if form.Get("task") != broken {
		t.Errorf("restores %q", form.Get("task"))
	}
	if a := s.post(action, form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "stored account that the task") {
		t.Errorf("status %d, %s", a.status, words(a.page))
	}
}

func TestDeletedTasks_areThoseThatOneMightHaveDeleted(t *testing.T) {
	s := loggedIn(t)
	ann, bob := s.addUser("ann", access.RoleUser), s.addUser("bob", access.RoleUser)
	for _, u := range []access.User{ann, bob} {
		if err := s.svc.DeleteTask(t.Context(), s.owned(u).ID, "both"); err != nil {
			t.Fatal(err)
		}
	}
	s.loginAs("ann")
	if got := words(s.page("/deleted").page); !strings.Contains(got, "task of ann") || strings.Contains(got, "task of bob") {
		t.Errorf("%s", got)
	}
	if s.post("/deleted/both/restore", nil); len(s.svc.tasks) != 1 || len(s.svc.deleted) != 1 || s.svc.deleted[0].Task.Name != "task of bob" {
		t.Errorf("%d tasks, deleted %+v", len(s.svc.tasks), s.svc.deleted)
	}
}
