package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/view"
)

func sampleDomain() task.LocalDomain {
	return task.LocalDomain{
		Domain: "new.example", Way: task.ByMaster, Admin: "warden",
		Server: task.Account{Kind: task.KindIMAP, Host: "mail.new.example", Port: 993, TLS: task.TLSImplicit, Password: "domain-canary"},
	}
}

func sampleRule(directoryID string) task.Rule {
	return task.Rule{
		Name: "move", Directory: directoryID, Group: "movers",
		Source: task.Account{Local: "{user}@old.example"}, Destination: task.Account{Local: "{address}"},
	}
}

// registryPages are the pages about what tasks come from and about the service, with
// something on each.
func (s *site) registryPages() []string {
	s.t.Helper()
	account := s.newAccount("x")
	consents, err := s.svc.SaveStoredAccount(s.t.Context(), oauthSample())
	if err != nil {
		s.t.Fatal(err)
	}
	s.post(account+"/test", nil)
	s.saved("/domains/new", s.form("/domains/new", "domain-form", "domain", "new.example", "host", "mail.new.example", "admin", "warden", "password", "x"))
	directory, _, _ := strings.Cut(s.saved("/directories/new", s.form("/directories/new", "directory-form", "kind", "static", "name", "few", "users", "ann@new.example Ann = staff", "do", "save")), "?")
	rule, _, _ := strings.Cut(s.saved("/rules/new", s.form("/rules/new", "rule-form", "name", "move", "directory", strings.TrimPrefix(directory, "/directories/"), "from-address", "{user}@old.example", "do", "save")), "?")
	channel, _, _ := strings.Cut(s.saved("/channels/new", s.form("/channels/new", "channel-form", "name", "on call", "addresses", "ann@new.example", "relay", "office")), "?")
	return []string{
		"/accounts", "/accounts/new", account, "/accounts/" + consents.ID, "/domains", "/domains/new", "/domains/new.example", "/directories", "/directories/new", directory, directory + "?ask=yes",
		"/rules", "/rules/new", rule, "/channels", "/channels/new", channel, "/settings", "/about",
	}
}

// form is what a browser would send for the form of an id, with changes.
func (s *site) form(path, id string, changes ...string) url.Values {
	s.t.Helper()
	f := byID(s.page(path).page, id)
	if f == nil {
		s.t.Fatalf("%s has no form %s", path, id)
	}
	return with(fields(f), changes...)
}

// saved posts a form that must be taken, and returns where it leads.
func (s *site) saved(path string, form url.Values) string {
	s.t.Helper()
	a := s.post(path, form)
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("POST %s: status %d: %s", path, a.status, words(byID(a.page, "content")))
	}
	return a.header.Get("Location")
}

// newAccount stores one by its form.
func (s *site) newAccount(password string) (path string) {
	s.t.Helper()
	form := s.form("/accounts/new", "account-form", "name", "archive", "account-host", "imap.old.example", "account-user", "ann@old.example", "account-password", password, "do", "save")
	path, _, _ = strings.Cut(s.saved("/accounts/new", form), "?")
	return path
}

func TestAccounts_areStoredTestedMendedAndRemoved(t *testing.T) {
	s := loggedIn(t)
	s.svc.rightPassword = "canary-right"
	if text := words(s.page("/accounts").page); !strings.Contains(text, "No account is stored yet") {
		t.Errorf("the empty list: %s", text)
	}
	path := s.newAccount("canary-wrong")
	id := strings.TrimPrefix(path, "/accounts/")
	if text := words(byID(s.page(path).page, "content")); !strings.Contains(text, "Not tested") || !strings.Contains(text, "Nothing uses this account yet") {
		t.Errorf("a new account: %s", text)
	}

	// A wrong password, and what to do about it.
	a := s.post(path+"/test", nil)
	text := words(byID(a.page, "content"))
	if a.status != http.StatusOK || !strings.Contains(text, "log in as ann@old.example: login refused") || !strings.Contains(text, "Check the user name and the password") {
		t.Errorf("status %d: %s", a.status, text)
	}
	if text := words(s.page("/accounts").page); !strings.Contains(text, "Does not work") {
		t.Errorf("the list: %s", text)
	}

	// What is typed is tested without being stored, and the password comes back neither way.
	form := s.form(path, "account-form", "account-password", "canary-right", "do", "test")
	a = s.post(path, form)
	if text := words(byID(a.page, "tried")); a.status != http.StatusOK || !strings.Contains(text, "Logged in; 2 folders") {
		t.Errorf("status %d: %s", a.status, text)
	}
	if strings.Contains(a.text, "canary") || !strings.Contains(words(a.page), view.In(view.English).FormRetype) {
		t.Error("the password is shown, or nobody says that it is to be typed again")
	}
	if s.svc.passwords[id] != "canary-wrong" {
		t.Error("the test has stored the password")
	}

	s.saved(path, with(form, "do", "save", "name", "Archive of the office"))
	a = s.post(path+"/test", nil)
	text = words(byID(a.page, "content"))
	for _, want := range []string{"Works", "2 folders, 1,201 messages", "734 MB of 1.1 GB used", "Says where it stores each message", "Takes one message at a time", "52.4 MB"} {
		if !strings.Contains(text, want) {
			t.Errorf("the snapshot does not say %q: %s", want, text)
		}
	}
	if text := words(s.page("/accounts").page); !strings.Contains(text, "Archive of the office") {
		t.Errorf("the list: %s", text)
	}

	s.saved(path+"/remove", nil)
	if a := s.get(path); a.status != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.status)
	}
}

func TestAccounts_aPasswordGoesOnlyWhereItWasMeantFor(t *testing.T) {
	s := loggedIn(t)
	path := s.newAccount("canary-right")
	for _, do := range []string{"test", "save"} {
		a := s.post(path, s.form(path, "account-form", "account-host", "imap.evil.example", "do", do))
		if field := byID(a.page, "account-password"); a.status != http.StatusUnprocessableEntity || attr(field, "aria-invalid") != "true" {
			t.Errorf("%s: status %d", do, a.status)
		}
		if got := attr(byID(a.page, "account-host"), "value"); got != "imap.evil.example" {
			t.Errorf("%s: what was typed has become %q", do, got)
		}
	}
	// The name alone needs no password.
	s.saved(path, s.form(path, "account-form", "name", "other", "do", "save"))
}

func TestAccounts_whatIsUsedStays(t *testing.T) {
	s := loggedIn(t)
	path := s.newAccount("x")
	s.svc.uses = web.Uses{First: []web.Use{{Kind: "task", ID: "t1", Name: "nightly"}, {Kind: "rule", ID: "r1", Name: "move"}}, More: 3}
	page := s.page(path).page
	if text := words(byID(page, "content")); !strings.Contains(text, "nightly task move rule and 3 more") || !strings.Contains(text, "can not be removed while something uses it") {
		t.Errorf("the page: %s", text)
	}
	if len(all(page, func(n *html.Node) bool { return attr(n, "href") == "/tasks/t1" })) != 1 {
		t.Error("the page does not lead to the task")
	}
	a := s.post(path+"/remove", nil)
	if a.status != http.StatusConflict || !strings.Contains(words(byID(a.page, "content")), "can not be removed") {
		t.Errorf("status %d", a.status)
	}
}

func TestAccounts_findTheServerOfAnAddress(t *testing.T) {
	s := loggedIn(t)
	form := s.form("/accounts/new", "account-form", "name", "mine", "address", "ann@old.example", "do", "find")
	a := s.post("/accounts/new", form)
	found := byID(a.page, "found")
	if text := words(found); a.status != http.StatusOK || !strings.Contains(text, "imap.old.example") || !strings.Contains(text, "can be forged") {
		t.Fatalf("status %d: %s", a.status, text)
	}
	var uses []string
	for _, b := range all(found, tag("button")) {
		uses = append(uses, attr(b, "value"))
	}
	if len(uses) != 2 {
		t.Fatalf("%q can be used", uses)
	}
	a = s.post("/accounts/new", with(fields(byID(a.page, "account-form")), "do", uses[0]))
	got := fields(byID(a.page, "account-form"))
	for field, want := range map[string]string{"name": "mine", "account-host": "imap.old.example", "account-port": "993", "account-user": "ann@old.example", "account-tls": "implicit"} {
		if got.Get(field) != want {
			t.Errorf("%s is %q, want %q", field, got.Get(field), want)
		}
	}
	for address, want := range map[string]string{"nonsense": "is no address", "ann@nowhere.example": "No server was found"} {
		a := s.post("/accounts/new", with(form, "address", address, "do", "find"))
		if text := words(byID(a.page, "found")); a.status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: status %d: %s", address, a.status, text)
		}
	}
	// What nobody offers is no account.
	for _, do := range []string{"use", "use maildir:///etc", "use %zz"} {
		a := s.post("/accounts/new", with(form, "do", do))
		if got := fields(byID(a.page, "account-form")); a.status != http.StatusOK || got.Get("account-host")+got.Get("account-dir") != "" {
			t.Errorf("%q: status %d, %v", do, a.status, got)
		}
	}
}

func TestAccounts_aProviderSaysWhatItWants(t *testing.T) {
	s := loggedIn(t)
	a := s.post("/accounts/new", s.form("/accounts/new", "account-form", "address", "ann@gmail.com", "preset", "gmail", "do", "preset"))
	got := fields(byID(a.page, "account-form"))
	if got.Get("account-host") != "imap.gmail.com" || got.Get("account-user") != "ann@gmail.com" {
		t.Errorf("filled in: %v", got)
	}
	text := words(byID(a.page, "provider"))
	for _, want := range []string{"What is known of Gmail", "the whole address", "Connections at a time 15", "2.6 GB", "Make a password for programs"} {
		if !strings.Contains(text, want) {
			t.Errorf("the provider does not say %q: %s", want, text)
		}
	}
	a = s.post("/accounts/new", s.form("/accounts/new", "account-form", "preset", "dovecot", "do", "preset"))
	if text := words(byID(a.page, "provider")); !strings.Contains(text, "as its administrator has set it up") {
		t.Errorf("software: %s", text)
	}
}

func TestDomains_areStoredTestedAndRemoved(t *testing.T) {
	s := loggedIn(t)
	form := s.form("/domains/new", "domain-form", "domain", "New.Example", "host", "mail.new.example", "admin", "warden", "password", "canary-right")
	if got := s.saved("/domains/new", form); got != "/domains/new.example?saved=1" {
		t.Errorf("it leads to %q", got)
	}
	if d := s.svc.domains[0]; d.Server.Port != 993 || d.Way != task.ByMaster || s.svc.passwords["new.example"] != "canary-right" {
		t.Errorf("stored: %+v", d)
	}
	a := s.post("/domains/new", form)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "is a local domain already") || strings.Contains(a.text, "canary") {
		t.Errorf("twice: status %d", a.status)
	}
	s.svc.rightPassword = "canary-right"
	for address, want := range map[string]struct {
		status int
		text   string
	}{
		"ann@new.example":          {http.StatusOK, "Logged in; 2 folders"},
		"ann@other.example":        {http.StatusUnprocessableEntity, "ends with “@new.example”"},
		"ann*warden@new.example":   {http.StatusUnprocessableEntity, "holds what separates a mailbox from the master user"},
		"":                         {http.StatusUnprocessableEntity, "ends with “@new.example”"},
		"<script>@new.example.org": {http.StatusUnprocessableEntity, "ends with"},
	} {
		a := s.post("/domains/new.example/test", url.Values{"mailbox": {address}})
		if text := words(byID(a.page, "content")); a.status != want.status || !strings.Contains(text, want.text) {
			t.Errorf("%q: status %d: %s", address, a.status, text)
		}
	}
	// Another server, another administrator: the password is needed again.
	for field, value := range map[string]string{"host": "mail.evil.example", "admin": "root", "way": "authzid", "sep": "+"} {
		a := s.post("/domains/new.example", s.form("/domains/new.example", "domain-form", field, value))
		if a.status != http.StatusUnprocessableEntity || attr(byID(a.page, "password"), "aria-invalid") != "true" {
			t.Errorf("%s: status %d", field, a.status)
		}
	}
	s.saved("/domains/new.example", s.form("/domains/new.example", "domain-form", "short", "yes"))
	s.svc.uses = web.Uses{First: []web.Use{{Kind: "task", ID: "t1", Name: "nightly"}}}
	if a := s.post("/domains/new.example/remove", nil); a.status != http.StatusConflict {
		t.Errorf("in use: %d", a.status)
	}
	s.svc.uses = web.Uses{}
	s.saved("/domains/new.example/remove", nil)
	if a := s.get("/domains/new.example"); a.status != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.status)
	}
}

func TestDirectories_sayWhoHasAMailbox(t *testing.T) {
	s := loggedIn(t)
	form := s.form("/directories/new", "directory-form", "kind", "ldap", "url", "ldaps://dc.new.example", "base", "dc=new,dc=example", "bind", "reader@new.example", "password", "canary-1")
	a := s.post("/directories/new", with(form, "do", "test"))
	text := words(byID(a.page, "answer"))
	for _, want := range []string{"Found 212 users", "2 groups: staff, movers", "The first 25", "Ann Miller", "7 entries have no address", "cn=printer"} {
		if !strings.Contains(text, want) {
			t.Errorf("the test does not say %q: %s", want, text)
		}
	}
	if a.status != http.StatusOK || strings.Contains(a.text, "canary") || strings.Contains(a.text, "\u202e") || len(s.svc.directories) != 0 {
		t.Errorf("status %d, %d stored, or something is shown that must not be", a.status, len(s.svc.directories))
	}
	a = s.post("/directories/new", with(form, "url", "ldaps://down.example", "do", "test"))
	if text := words(byID(a.page, "answer")); !strings.Contains(text, "no connection") || !strings.Contains(text, "whether the server is up") {
		t.Errorf("one that is down: %s", text)
	}
	where := s.saved("/directories/new", with(form, "url", "ldaps://dc.new.example", "name", "staff", "do", "save"))
	path, _, _ := strings.Cut(where, "?")
	text = words(byID(s.page(path+"?ask=yes&q=MILLER&in=movers").page, "answer"))
	if !strings.Contains(text, "Found 1 user.") || strings.Contains(text, "User 1") {
		t.Errorf("the search: %s", text)
	}
	if text := words(byID(s.page(path+"?ask=yes&q=nobody").page, "answer")); !strings.Contains(text, "knows nobody of this kind") {
		t.Errorf("a search in vain: %s", text)
	}
	if a := s.post(path, s.form(path, "directory-form", "url", "ldaps://dc.evil.example", "do", "test")); a.status != http.StatusUnprocessableEntity || attr(byID(a.page, "password"), "aria-invalid") != "true" {
		t.Errorf("the stored password for another server: %d", a.status)
	}
	// A rule keeps it.
	if _, err := s.svc.SaveRule(t.Context(), sampleRule(s.svc.directories[0].ID)); err != nil {
		t.Fatal(err)
	}
	if a := s.post(path+"/remove", nil); a.status != http.StatusConflict || !strings.Contains(words(a.page), "while rules ask it") {
		t.Errorf("in use: %d", a.status)
	}
	s.svc.rules = nil
	s.saved(path+"/remove", nil)
}

func TestDirectories_aListIsTyped(t *testing.T) {
	s := loggedIn(t)
	form := s.form("/directories/new", "directory-form", "kind", "static", "name", "few", "users", "ann@new.example Ann = staff\nnonsense\n", "do", "save")
	a := s.post("/directories/new", form)
	if text := words(byID(a.page, "users-fault")); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, "line 2 does not begin with an address") {
		t.Errorf("status %d: %s", a.status, text)
	}
	if got := fields(byID(a.page, "directory-form")).Get("users"); got != form.Get("users") {
		t.Errorf("what was typed has become %q", got)
	}
	path, _, _ := strings.Cut(s.saved("/directories/new", with(form, "users", "ann@new.example Ann Miller = staff, movers\r\n\r\nbob@new.example")), "?")
	want := []task.DirectoryUser{{Address: "ann@new.example", Name: "Ann Miller", Groups: []string{"staff", "movers"}}, {Address: "bob@new.example"}}
	if got := s.svc.directories[0].Users; !slices.EqualFunc(got, want, func(a, b task.DirectoryUser) bool {
		return a.Address == b.Address && a.Name == b.Name && slices.Equal(a.Groups, b.Groups)
	}) {
		t.Errorf("stored: %+v", got)
	}
	if got := fields(byID(s.page(path).page, "directory-form")).Get("users"); got != "ann@new.example Ann Miller = staff, movers\nbob@new.example" {
		t.Errorf("shown: %q", got)
	}
	for _, tt := range []struct{ kind, field string }{{"csv", "file"}, {"ldap", "url"}, {"static", "users"}} {
		a := s.post("/directories/new", s.form("/directories/new", "directory-form", "kind", tt.kind, "name", "x", "do", "save"))
		if a.status != http.StatusUnprocessableEntity || attr(byID(a.page, tt.field), "aria-invalid") != "true" {
			t.Errorf("%s without %s: %d", tt.kind, tt.field, a.status)
		}
	}
}

func FuzzUserLines_areReadAsTheyAreWritten(f *testing.F) {
	for _, text := range []string{"ann@new.example Ann = staff, sales", "a@b", "x@y = = z", "@", "a@b c=d =", "\t\r\n a@b \u00a0 n = ,, g"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		users, err := view.ParseUserLines(text)
		if err != nil {
			return
		}
		again, err := view.ParseUserLines(view.UserLines(users))
		if err != nil || len(again) != len(users) {
			t.Fatalf("%q is written as %q: %v", text, view.UserLines(users), err)
		}
		for i, u := range users {
			if !strings.Contains(u.Address, "@") || again[i].Address != u.Address || again[i].Name != u.Name || !slices.Equal(again[i].Groups, u.Groups) {
				t.Errorf("%+v is read again as %+v", u, again[i])
			}
		}
	})
}

func TestRules_sayWhoWouldGetATaskBeforeTheyDo(t *testing.T) {
	s := loggedIn(t)
	directory, err := s.svc.SaveDirectory(t.Context(), task.Directory{Name: "staff", Kind: task.DirectoryLDAP, URL: "ldaps://dc.new.example", Base: "dc=new,dc=example"})
	if err != nil {
		t.Fatal(err)
	}
	like := sampleTask()
	s.svc.put(like)
	a := s.post("/rules/new", s.form("/rules/new", "rule-form", "do", "save"))
	for _, field := range []string{"name", "directory", "from-address"} {
		if attr(byID(a.page, field), "aria-invalid") != "true" {
			t.Errorf("status %d, and %s is not marked", a.status, field)
		}
	}
	form := s.form("/rules/new", "rule-form", "directory", directory.ID, "from-address", "{user}@old.example", "schedule", "every", "every", "6", "unit", "hours")
	a = s.post("/rules/new", with(form, "do", "who"))
	text := words(byID(a.page, "preview-who"))
	for _, want := range []string{"211 get a task", "1 has a task", "1 has left", "ann@old.example ann@new.example", "and 188 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("status %d: the preview does not say %q: %s", a.status, want, text)
		}
	}
	if len(s.svc.rules) != 0 {
		t.Error("the preview has stored the rule")
	}
	if a := s.post("/rules/new", with(form, "do", "preview")); len(all(byID(a.page, "preview-runs"), tag("time"))) != 5 {
		t.Errorf("the next runs: status %d", a.status)
	}
	if a := s.post("/rules/new", with(form, "do", "save", "name", "move", "like", "nobody's")); attr(byID(a.page, "like"), "aria-invalid") != "true" {
		t.Errorf("hooks as those of no task: status %d", a.status)
	}
	path, _, _ := strings.Cut(s.saved("/rules/new", with(form, "like", like.Name, "group", "movers")), "?")
	r := s.svc.rules[0]
	if r.Source.Local != "{user}@old.example" || r.Destination.Local != "{address}" || r.Group != "movers" || r.Schedule.Every.Hours() != 6 || len(r.Hooks) != len(like.Hooks) || len(r.Hooks) == 0 {
		t.Errorf("stored: %+v", r)
	}
	s.saved(path, s.form(path, "rule-form", "name", "move all", "do", "save"))
	if len(s.svc.rules[0].Hooks) == 0 {
		t.Error("another name has lost the hooks")
	}
	s.saved(path, s.form(path, "rule-form", "no-hooks", "yes", "do", "save"))
	if len(s.svc.rules[0].Hooks) != 0 {
		t.Error("the hooks are still there")
	}

	s.svc.unlikely = true
	a = s.post(path+"/apply", nil)
	if a.status != http.StatusConflict || !strings.Contains(words(a.page), "hardly what is meant") || byID(a.page, "many") == nil {
		t.Errorf("most have left: status %d: %s", a.status, words(byID(a.page, "content")))
	}
	a = s.post(path+"/apply", url.Values{"many": {"yes"}})
	if text := words(byID(a.page, "content")); a.status != http.StatusOK || !strings.Contains(text, "212 users: 211 tasks made, 0 changed, 1 paused, 0 resumed.") {
		t.Errorf("status %d: %s", a.status, text)
	}
	if text := words(s.page("/rules").page); !strings.Contains(text, "move all {user}@old.example → {address}") || !strings.Contains(text, "212") {
		t.Errorf("the list: %s", text)
	}
	s.saved(path+"/remove", nil)
	if a := s.get(path); a.status != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.status)
	}
}

func TestRules_sidesAreStoredAccountsAndDirectoriesToo(t *testing.T) {
	s := loggedIn(t)
	account := strings.TrimPrefix(s.newAccount("x"), "/accounts/")
	d, err := s.svc.SaveDirectory(t.Context(), task.Directory{Name: "staff", Kind: task.DirectoryCSV, File: "/etc/staff.csv"})
	if err != nil {
		t.Fatal(err)
	}
	form := s.form("/rules/new", "rule-form", "name", "backup", "directory", d.ID, "do", "save",
		"from-kind", "account", "from-account", account, "from-root", "/{address}/", "to-kind", "maildir", "to-dir", "backup/{user}")
	a := s.post("/rules/new", form)
	if attr(byID(a.page, "to-dir"), "aria-invalid") != "true" || attr(byID(a.page, "from-account"), "aria-invalid") != "" {
		t.Errorf("status %d", a.status)
	}
	s.saved("/rules/new", with(form, "to-dir", "/backup/{user}"))
	want := task.Rule{Source: task.Account{ID: account, Root: "{address}"}, Destination: task.Account{Kind: task.KindMaildir, Dir: "/backup/{user}"}}
	if r := s.svc.rules[0]; r.Source != want.Source || r.Destination != want.Destination {
		t.Errorf("stored: %+v", r)
	}
}
