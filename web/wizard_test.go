package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// wizard starts a wizard and returns the address of its second step.
func (s *site) wizard(template string) string {
	s.t.Helper()
	return s.saved("/tasks/new", s.form("/tasks/new", "wizard", "template", template))
}

// step fills in a step, presses a button, and returns where that leads: a redirect's
// place, or "" with the page that is shown again.
func (s *site) step(path, do string, changes ...string) (string, answer) {
	s.t.Helper()
	a := s.post(path, with(s.form(path, "wizard", changes...), "do", do))
	return a.header.Get("Location"), a
}

// must is step for what has to go on.
func (s *site) must(path, do string, changes ...string) string {
	s.t.Helper()
	next, a := s.step(path, do, changes...)
	if next == "" {
		s.t.Fatalf("%s by %q is answered by %d: %s", path, do, a.status, words(byID(a.page, "wizard")))
	}
	return next
}

// typedSides are two accounts as they are typed into the fields.
func typedSides(password string) []string {
	return []string{
		"name", "Anna moves in", "source-1-name", "old", "source-1-host", "imap.old.example", "source-1-user", "anna@old.example", "source-1-password", password,
		"destination-host", "imap.new.example", "destination-user", "anna", "destination-password", "canary-right",
	}
}

func TestWizard_makesATaskWithoutScript(t *testing.T) {
	s := loggedIn(t)
	accounts := s.wizard("pull")
	mapping := s.must(accounts, "next", typedSides("canary-right")...)
	page := s.page(mapping)
	for _, want := range []string{"becomes one with another folder", "folder-rules rule 2", "Spam", "Destination There is room for 100 MiB"} {
		if !strings.Contains(words(page.page), want) {
			t.Errorf("no %q in %s", want, words(page.page))
		}
	}
	if strings.Contains(page.text, "<b>") || strings.Contains(page.text, "canary") {
		t.Error("a folder's name is taken for HTML, or a password is sent back")
	}

	// A row is set by hand, the one of a folder that a rule leaves out is taken in wrongly.
	_, a := s.step(mapping, "next", "target-2", "Old/2019", "out-4", "")
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Say where Spam <b> shall go") || !strings.Contains(a.text, `value="Old/2019"`) {
		t.Fatalf("%d %s", a.status, words(byID(a.page, "wizard")))
	}
	if got := s.must(mapping, "look", "target-2", "Old/2019"); got != mapping {
		t.Fatalf("looking again leads to %s", got)
	}
	if text := words(byID(s.page(mapping).page, "rows")); !strings.Contains(text, "set by hand") {
		t.Errorf("%s", text)
	}
	safety := s.must(mapping, "next")

	// Back and forth: what was typed stays, and so do the passwords.
	if back := s.must(safety, "go accounts", "mirror", "yes"); back != accounts {
		t.Fatalf("back leads to %s", back)
	}
	s.must(accounts, "go safety")
	if v := s.form(safety, "wizard"); v.Get("mirror") != "yes" {
		t.Error("what was typed is forgotten on the way back")
	}
	if _, a = s.step(safety, "next"); a.status != http.StatusUnprocessableEntity || byID(a.page, "confirm") == nil {
		t.Fatalf("deleting needs no word: %d", a.status)
	}
	form := s.form(safety, "wizard")
	form.Del("mirror")
	schedule := s.post(safety, with(form, "do", "next")).header.Get("Location")

	if v := s.form(schedule, "wizard"); v.Get("schedule") != "every" || v.Get("every") != "15" || v.Get("unit") != "minutes" {
		t.Errorf("the template's schedule is %v", v)
	}
	if _, a = s.step(schedule, "next", "every", "soon"); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "A whole number of 1 minute to 31 days.") {
		t.Fatalf("%d", a.status)
	}
	if _, a = s.step(schedule, "preview", "every", "20"); len(all(byID(a.page, "preview-runs"), tag("li"))) != 5 {
		t.Error("no five next runs")
	}
	summary := s.must(schedule, "next")
	text := words(s.page(summary).page)
	for _, want := range []string{"Anna moves in", "anna@old.example", "every 20 minutes", "Nothing is deleted on either side", "40 s to 4 min", "What was found"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if len(s.svc.tasks) != 0 {
		t.Fatal("a task is saved before anybody has said so")
	}
	if next := s.must(summary, "run"); !strings.HasPrefix(next, "/runs/") {
		t.Fatalf("running now leads to %s", next)
	}
	stored := s.only()
	if len(stored.Overrides) != 1 || stored.Overrides[0] != (task.Override{Source: "old", Folder: "Archiv/2019", Target: "Old/2019"}) || stored.Removal.Any() || stored.PlanFirst {
		t.Errorf("%+v", stored)
	}
	for source, want := range map[string]string{"old": "canary-right", "": "canary-right"} {
		if got := s.svc.secretOf(stored.ID, source); got != want {
			t.Errorf("the password of %q is %q", source, got)
		}
	}
	if a := s.get(summary); a.status != http.StatusNotFound {
		t.Errorf("the sketch is still there: %d", a.status)
	}
}

func TestWizard_aWrongPasswordHasItsRemedyAndIsMended(t *testing.T) {
	s := loggedIn(t)
	s.svc.rightPassword = "canary-right"
	accounts := s.wizard("once")
	_, a := s.step(accounts, "test source-1", typedSides("canary-wrong")...)
	tested := words(byID(a.page, "source-1-tested"))
	if a.status != http.StatusOK || !strings.Contains(tested, "Authentication failed") || !strings.Contains(tested, "Check the user name and the password") {
		t.Fatalf("%d %s", a.status, tested)
	}
	// Going on says it, too, and lets go on all the same.
	next, a := s.step(accounts, "next")
	if next != "" || a.status != http.StatusUnprocessableEntity || byID(a.page, "anyway") == nil || !strings.Contains(words(byID(a.page, "source-1-tested")), "Check the user name") {
		t.Fatalf("%q %d %s", next, a.status, words(byID(a.page, "wizard")))
	}
	if strings.Contains(a.text, "canary") {
		t.Error("a password is sent back")
	}
	if next = s.must(accounts, "anyway"); !strings.HasSuffix(next, "/mapping") {
		t.Errorf("going on all the same leads to %s", next)
	}
	_, a = s.step(accounts, "test source-1", "source-1-password", "canary-right")
	if tested = words(byID(a.page, "source-1-tested")); !strings.Contains(tested, "Logged in; 2 folders") {
		t.Errorf("%s", tested)
	}
	if next = s.must(accounts, "next"); !strings.HasSuffix(next, "/mapping") {
		t.Errorf("the right password leads to %s", next)
	}
	// The password does not follow to another server.
	_, a = s.step(accounts, "next", "source-1-host", "imap.evil.example")
	if a.status != http.StatusUnprocessableEntity || byID(a.page, "source-1-password-fault") == nil {
		t.Errorf("the password went to another server: %d", a.status)
	}
}

func TestWizard_sidesAreFoundAndPicked(t *testing.T) {
	s := loggedIn(t)
	archive := strings.TrimPrefix(s.newAccount("x"), "/accounts/")
	if err := s.svc.SaveLocalDomain(t.Context(), sampleDomain(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.SaveDirectory(t.Context(), task.Directory{Name: "few", Kind: task.DirectoryStatic, Users: []task.DirectoryUser{{Address: "ann@new.example", Name: "Ann <i>Moor</i>"}, {Address: "bob@new.example"}}}); err != nil {
		t.Fatal(err)
	}
	accounts := s.wizard("combine")
	if v := s.form(accounts, "wizard"); len(v["source"]) != 2 {
		t.Fatalf("%v", v["source"])
	}
	_, a := s.step(accounts, "find source-1", "source-1-address", "ann@old.example")
	if !strings.Contains(words(byID(a.page, "source-1-found")), "imap.old.example:993") {
		t.Fatalf("%s", words(byID(a.page, "source-1")))
	}
	_, a = s.step(accounts, "use source-1 imaps://ann%40old.example@imap.old.example")
	if v := fields(byID(a.page, "wizard")); v.Get("source-1-host") != "imap.old.example" || v.Get("source-1-user") != "ann@old.example" || v.Get("source-1-port") != "993" {
		t.Fatalf("%v", v)
	}
	_, a = s.step(accounts, "preset source-2", "source-2-preset", "gmail", "source-2-address", "ann@gmail.com")
	if v := fields(byID(a.page, "wizard")); v.Get("source-2-host") != "imap.gmail.com" || v.Get("source-2-user") != "ann@gmail.com" || !strings.Contains(words(byID(a.page, "source-2")), "Make a password for programs") {
		t.Fatalf("%v", v)
	}
	_, a = s.step(accounts, "search destination", "destination-query", "ann")
	users := byID(a.page, "destination-users")
	if text := words(users); !strings.Contains(text, "ann@new.example") || strings.Contains(text, "bob") || !strings.Contains(text, "<i>") {
		t.Fatalf("%s", text)
	}
	s.step(accounts, "pick destination ann@new.example")
	s.step(accounts, "", "source-1-pick", "stored "+archive)
	_, a = s.step(accounts, "test destination")
	if tested := words(byID(a.page, "destination-tested")); !strings.Contains(tested, "Logged in") {
		t.Fatalf("%s", tested)
	}
	mapping := s.must(accounts, "next", "name", "Two into one", "source-1-name", "archive", "source-2-password", "canary")
	summary := strings.TrimSuffix(mapping, "mapping") + "summary"
	if _, a = s.step(summary, "dry"); !strings.HasSuffix(a.header.Get("Location"), "/plan") {
		t.Fatalf("%d %s", a.status, words(byID(a.page, "wizard")))
	}
	stored := s.only()
	if stored.Sources[0].Account.ID != archive || stored.Destination.Local != "ann@new.example" || stored.Sources[1].Account.Host != "imap.gmail.com" || !stored.PlanFirst {
		t.Errorf("%+v", stored)
	}
}

func TestWizard_inboxOnlyLeavesOutWhatNobodyTakesIn(t *testing.T) {
	s := loggedIn(t)
	mapping := s.must(s.wizard("inbox"), "next", typedSides("x")...)
	at := strings.TrimSuffix(mapping, "mapping")
	if next := s.must(at+"template", "next", "template", "once"); next != at+"accounts" {
		t.Fatal(next)
	}
	s.must(at+"template", "next", "template", "inbox")
	s.must(at+"summary", "save")
	stored := s.only()
	if len(stored.Hooks) != 1 || stored.Hooks[0].Plugin != "folder-rules" || stored.Hooks[0].Config != `{"exclude":["**"]}` ||
		len(stored.Overrides) != 1 || stored.Overrides[0] != (task.Override{Source: "old", Folder: "INBOX", Target: "INBOX"}) {
		t.Errorf("%+v %+v", stored.Hooks, stored.Overrides)
	}
}

func TestWizard_isThereForWhoBeganItAlone(t *testing.T) {
	s := newSite(t, web.Options{})
	s.addUser("ann", access.RoleUser)
	s.addUser("bob", access.RoleUser)
	if _, err := s.svc.SaveStoredAccount(t.Context(), task.StoredAccount{Name: "of the admins", Account: task.Account{Kind: task.KindIMAP, Host: "imap.old.example", Port: 993, TLS: task.TLSImplicit, User: "x", Password: "x"}}); err != nil {
		t.Fatal(err)
	}
	s.loginAs("ann")
	accounts := s.wizard("once")
	if strings.Contains(s.page(accounts).text, "of the admins") {
		t.Error("a user can pick an account of the admins")
	}
	_, a := s.step(accounts, "next", append(typedSides("x"), "source-1-pick", "stored a1")...)
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("a foreign account is taken: %d", a.status)
	}
	s.loginAs("bob")
	for _, a := range []answer{s.get(accounts), s.post(accounts, url.Values{"do": {"next"}, "name": {"x"}})} {
		if a.status != http.StatusNotFound {
			t.Errorf("another user gets %d", a.status)
		}
	}
	if a := s.post("/tasks/new", url.Values{"template": {"nonsense"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown template: %d", a.status)
	}
}
