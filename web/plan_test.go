package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// rowsForm is the form of the rows of the plan that is shown.
func rowsForm(t *testing.T, page *html.Node) url.Values {
	t.Helper()
	for _, f := range all(page, tag("form")) {
		if strings.HasSuffix(attr(f, "action"), "/plan/rows") {
			return fields(f)
		}
	}
	t.Fatal("the rows can not be edited")
	return nil
}

func TestPlan_isMadeLookedAtApprovedAndWithdrawn(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	at := "/tasks/" + tk.ID + "/plan"
	if text := words(s.page(at).page); !strings.Contains(text, "Nobody has looked yet") {
		t.Errorf("without a plan: %s", text)
	}
	if a := s.post(at, nil); a.status != http.StatusSeeOther || a.header.Get("Location") != at {
		t.Fatalf("%d to %q", a.status, a.header.Get("Location"))
	}
	page := s.page(at).page
	text := words(page)
	for _, want := range []string{
		"Not approved", "Stops a run Destination There is room for 100 MiB", "Raise the quota", "Fine Source old Logged in",
		"40 s to 4 min", "by a sample of 100 messages (1.2 MB)", "of 5,666 messages",
		"becomes one with another folder", "2 too large", "is made", "≤ 800", "folder-rules rule 2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(s.page(at).text, "<b>") {
		t.Error("a folder's name is taken for HTML")
	}
	form := url.Values{"plan": {s.svc.plans[tk.ID][0].ID}}
	if a := s.post(at+"/approve", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text)
	}
	if text = words(s.page(at).page); !strings.Contains(text, "Approved by admin: runs do exactly this.") {
		t.Errorf("%s", text)
	}
	if text = words(byID(s.page("/tasks/"+tk.ID).page, "plan")); !strings.Contains(text, "An approved plan binds runs") {
		t.Errorf("%s", text)
	}
	// A newer plan binds nothing yet, and says which one does.
	s.post(at, nil)
	if text = words(s.page(at).page); !strings.Contains(text, "Another plan, approved by admin, binds runs") || !strings.Contains(text, "Withdraw approval") {
		t.Errorf("%s", text)
	}
	a := s.post(at+"/approve", form)
	if a.status != http.StatusConflict || !strings.Contains(words(a.page), "The plan is not the latest one any more") {
		t.Errorf("an old plan is approved: %d %s", a.status, words(a.page))
	}
	s.post(at+"/withdraw", nil)
	if a = s.post(at+"/withdraw", nil); a.status != http.StatusConflict || !strings.Contains(words(a.page), "No plan of the task is approved") {
		t.Errorf("%d %s", a.status, words(a.page))
	}
	s.post(at+"/first", url.Values{"first": {"yes"}})
	if !s.svc.tasks[tk.ID].PlanFirst {
		t.Error("the task does not ask for a plan")
	}
	s.post(at+"/first", nil)
	if s.svc.tasks[tk.ID].PlanFirst {
		t.Error("the task still asks for a plan")
	}
	s.svc.noPlan = fmt.Errorf("%w: source old: imap.old.example: login refused", web.ErrInvalid)
	if a = s.post(at, nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "login refused") || !strings.Contains(words(a.page), "What was found") {
		t.Errorf("%d %s", a.status, words(a.page))
	}
}

func TestPlan_rowsAreSetByHandWithoutScript(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	at := "/tasks/" + tk.ID + "/plan"
	s.post(at, nil)
	set := func(change ...string) answer {
		t.Helper()
		form := rowsForm(t, s.page(at).page)
		for i := 0; i < len(change); i += 2 {
			if change[i+1] == "" && !strings.HasPrefix(change[i], "target") {
				form.Del(change[i])
			} else {
				form.Set(change[i], change[i+1])
			}
		}
		return s.post(at+"/rows", form)
	}
	overrides := func(want ...task.Override) {
		t.Helper()
		if got := s.svc.tasks[tk.ID].Overrides; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("set by hand: %+v, want %+v", got, want)
		}
	}
	if a := set(); a.status != http.StatusOK || !strings.Contains(words(a.page), "Nothing was changed") || len(s.svc.plans[tk.ID]) != 1 {
		t.Errorf("%d %s", a.status, words(a.page))
	}
	overrides()
	archive := task.Override{Source: "old", Folder: "Archiv/2019", Target: "Old/2019"}
	sent := task.Override{Source: "old", Folder: "Gesendet", Exclude: true}
	spam := task.Override{Source: "shop", Folder: "Spam <b>", Target: "Junk"}
	if a := set("target-2", " /Old/2019/ ", "out-1", "yes", "out-4", "", "target-4", "Junk"); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text)
	}
	overrides(sent, archive, spam)
	page := s.page(at).page
	if text := words(byID(page, "rows")); strings.Count(text, "set by hand as the rules say")+strings.Count(text, "set by hand rule 2 as the rules say") != 3 || len(s.svc.plans[tk.ID]) != 2 {
		t.Errorf("%s", text)
	}
	// What was set stays, unless it is changed or given back to the rules.
	set("target-0", "In")
	overrides(sent, archive, spam, task.Override{Source: "old", Folder: "INBOX", Target: "In"})
	set("reset-0", "yes", "reset-2", "yes", "target-4", "")
	overrides(sent)
	set("reset-1", "yes")
	overrides()

	a := set("out-4", "", "target-3", "typed")
	if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "Say where Spam <b> shall go") {
		t.Errorf("%d %s", a.status, text)
	}
	if form := rowsForm(t, a.page); form.Get("target-3") != "typed" || form.Get("out-4") != "" {
		t.Errorf("what was typed is lost: %v", form)
	}
	if a = set("target-0", "a//b"); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "has a level without a name") {
		t.Errorf("%d %s", a.status, words(a.page))
	}
	if a = set("target-0", "x", "plan", "another"); a.status != http.StatusConflict || !strings.Contains(words(a.page), "A new plan was made meanwhile") {
		t.Errorf("%d %s", a.status, words(a.page))
	}
	if a = set("target-0", "x", "version", "999"); a.status != http.StatusPreconditionFailed {
		t.Errorf("somebody else has changed the task: %d", a.status)
	}
	overrides()
}

func TestPlan_whoMayOnlyLookChangesNothing(t *testing.T) {
	s := newSite(t, web.Options{})
	tk := s.owned(s.addUser("ann", access.RoleUser))
	if _, err := s.svc.PreflightTask(t.Context(), tk.ID); err != nil {
		t.Fatal(err)
	}
	s.addUser("rita", access.RoleReader)
	s.loginAs("rita")
	page := s.page("/tasks/" + tk.ID + "/plan").page
	for _, f := range all(page, tag("form")) {
		if strings.HasPrefix(attr(f, "action"), "/tasks") {
			t.Errorf("a reader is offered %s", attr(f, "action"))
		}
	}
	if text := words(page); !strings.Contains(text, "Archive/old/2019") || !strings.Contains(text, "left out") {
		t.Errorf("%s", text)
	}
}
