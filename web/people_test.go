package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web"
)

func TestAccount_changesThePasswordAndEndsOtherSessions(t *testing.T) {
	s := newSite(t, web.Options{})
	s.addUser("ann", access.RoleUser)
	s.loginAs("ann")
	elsewhere := s.client
	s.loginAs("ann")
	const better = "five rather random words"
	for _, tt := range []struct {
		old, password, again, want string
	}{
		{"wrong", better, better, "The password is wrong"},
		{userPassword, better, better + "x", "not the same"},
		{userPassword, "short", "short", "shorter than 10"},
	} {
		a := s.post("/account/password", url.Values{"old": {tt.old}, "password": {tt.password}, "again": {tt.again}})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), tt.want) {
			t.Errorf("%s: status %d", tt.want, a.status)
		}
	}
	a := s.post("/account/password", url.Values{"old": {userPassword}, "password": {better}, "again": {better}})
	if a.status != http.StatusOK || !strings.Contains(words(a.page), "The password is changed") || sessionCookie(a) == nil {
		t.Errorf("status %d", a.status)
	}
	s.page("/account")
	if strings.Contains(a.text+s.log.String(), better) {
		t.Error("the password is shown or logged")
	}
	s.client = elsewhere
	if a := s.get("/account"); a.status != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", a.status)
	}
}

func TestAccount_whoFindsABrowserOpenCanNotGuessThePassword(t *testing.T) {
	s := loggedIn(t)
	form := url.Values{"old": {"guess"}, "password": {userPassword}, "again": {userPassword}}
	for range web.FreeAttempts {
		s.post("/account/password", form)
	}
	form.Set("old", adminPassword)
	if a := s.post("/account/password", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Too many attempts") {
		t.Errorf("status %d", a.status)
	}
	if a := s.post("/account/codes", url.Values{"do": {"start"}, "old": {adminPassword}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("codes: status %d", a.status)
	}
}

func TestAccount_showsATokenOnce(t *testing.T) {
	s := loggedIn(t)
	for want, form := range map[string]url.Values{
		"no name":        {"scope": {"read"}},
		"no scope":       {"name": {"x"}},
		"1 to 3650 days": {"name": {"x"}, "scope": {"read"}, "days": {"0"}},
		`cope "frobnic"`: {"name": {"x"}, "scope": {"frobnic"}},
	} {
		a := s.post("/account/tokens", form)
		if text := words(a.page); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, want) {
			t.Errorf("%s: status %d", want, a.status)
		}
	}
	a := s.post("/account/tokens", url.Values{"name": {"<b>backup</b>"}, "scope": {"read", "run"}, "days": {"30"}})
	secret := strings.TrimSpace(rawText(all(byID(a.page, "secret"), tag("code"))[0]))
	if a.status != http.StatusOK || !strings.HasPrefix(secret, "mailweir_") {
		t.Fatalf("status %d, secret %q", a.status, secret)
	}
	page := s.page("/account")
	if strings.Contains(page.text, secret) || strings.Contains(s.log.String(), secret) {
		t.Error("the token is shown again, or logged")
	}
	if !strings.Contains(words(page.page), "<b>backup</b>") || len(all(page.page, tag("b"))) > 0 {
		t.Error("the name of the token is not shown as it is")
	}
	made := s.svc.users[0].tokens[0]
	if left := time.Until(made.Expires); left < 29*24*time.Hour || left > 31*24*time.Hour {
		t.Errorf("it expires in %s", left)
	}
	if a := s.post("/account/tokens/"+made.ID+"/revoke", nil); a.status != http.StatusSeeOther || len(s.svc.users[0].tokens) != 0 {
		t.Errorf("revoke: status %d", a.status)
	}
}

func TestAccount_endsSessions(t *testing.T) {
	s := loggedIn(t)
	here := s.client
	s.client = newClient(t)
	s.login()
	there := s.client
	s.client = here
	buttons := 0
	for _, f := range all(s.page("/account").page, tag("form")) {
		if action := attr(f, "action"); strings.HasPrefix(action, "/account/sessions/l") {
			buttons++
			s.post(action, nil)
		}
	}
	if buttons != 1 {
		t.Errorf("%d sessions can be ended one by one", buttons)
	}
	s.client = there
	if a := s.get("/account"); a.status != http.StatusSeeOther {
		t.Errorf("the ended session goes on: %d", a.status)
	}
	s.login()
	s.post("/account/sessions/end", nil)
	s.page("/account")
	s.client = here
	if a := s.get("/account"); a.status != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", a.status)
	}
}

func TestCodes_areTurnedOnByTheFirstOfThem(t *testing.T) {
	s := loggedIn(t)
	if a := s.get("/account/codes/qr.png"); a.status != http.StatusNotFound {
		t.Errorf("a picture of no key: %d", a.status)
	}
	if a := s.post("/account/codes", url.Values{"do": {"start"}, "old": {"wrong"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without the password: %d", a.status)
	}
	s.post("/account/codes", url.Values{"do": {"start"}, "old": {adminPassword}})
	page := s.page("/account/codes").page
	img := all(page, tag("img"))[0]
	if a := s.get(attr(img, "src")); a.status != http.StatusOK || a.header.Get("Content-Type") != "image/png" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %d, %v", a.status, a.header)
	}
	if a := s.post("/account/codes", url.Values{"do": {"confirm"}, "code": {"1"}}); a.status != http.StatusUnprocessableEntity || s.svc.users[0].TOTP {
		t.Errorf("a wrong code: %d", a.status)
	}
	a := s.post("/account/codes", url.Values{"do": {"confirm"}, "code": {s.svc.code}})
	if got := len(all(byID(a.page, "recovery"), tag("li"))); got != 2 || !s.svc.users[0].TOTP {
		t.Errorf("%d recovery codes are shown", got)
	}
	if text := s.page("/account/codes").text; strings.Contains(text, "aaaa-bbbb") {
		t.Error("the recovery codes are shown again")
	}
	if a := s.post("/account/codes", url.Values{"do": {"off"}, "old": {adminPassword}}); a.status != http.StatusSeeOther || s.svc.users[0].TOTP {
		t.Errorf("off: %d", a.status)
	}
}

func TestUsers_areMadeChangedAndRemoved(t *testing.T) {
	s := loggedIn(t)
	form := url.Values{"name": {"Olga"}, "role": {"operator"}, "password": {userPassword}, "again": {userPassword}}
	a := s.post("/users/new", form)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "An operator needs a domain") || fields(a.page).Get("name") != "Olga" {
		t.Errorf("without a domain: %d", a.status)
	}
	if strings.Contains(a.text, userPassword) {
		t.Error("the password is sent back")
	}
	form.Set("domains", "New.example old.example")
	if a := s.post("/users/new", form); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	olga := s.svc.users[1]
	at := "/users/" + olga.ID
	if text := words(s.page("/users").page); !strings.Contains(text, "olga Operator new.example, old.example") {
		t.Errorf("the list says %s", text)
	}
	typed := fields(all(s.page(at).page, func(n *html.Node) bool { return attr(n, "action") == at })[0])
	if typed.Get("role") != "operator" || typed.Get("domains") != "new.example old.example" || typed.Get("enabled") != "yes" {
		t.Errorf("the form holds %v", typed)
	}
	typed.Set("role", "user")
	typed.Del("enabled")
	if a := s.post(at, typed); a.status != http.StatusOK || olga.Role != access.RoleUser || !olga.Disabled || olga.Domains != nil {
		t.Errorf("status %d, %+v", a.status, olga.User)
	}
	if a := s.post(at+"/password", url.Values{"password": {"another good one"}, "again": {"another good one"}}); a.status != http.StatusOK || olga.password != "another good one" {
		t.Errorf("password: %d", a.status)
	}
	olga.TOTP, olga.Tasks = true, 2
	if s.post(at+"/codes", nil); olga.TOTP {
		t.Error("the codes are still on")
	}
	if a := s.post(at+"/remove", nil); a.status != http.StatusUnprocessableEntity || len(s.svc.users) != 2 {
		t.Errorf("removed although there are tasks: %d", a.status)
	}
	if a := s.post(at+"/remove", url.Values{"heir": {"u-admin"}}); a.status != http.StatusSeeOther || len(s.svc.users) != 1 {
		t.Errorf("remove: %d", a.status)
	}
}

func TestUsers_nobodyLocksThemselfOut(t *testing.T) {
	s := loggedIn(t)
	for path, form := range map[string]url.Values{
		"/users/u-admin": {"role": {"user"}}, "/users/u-admin/remove": {}, "/users/u-admin/password": {"password": {userPassword}, "again": {userPassword}}, "/users/u-admin/codes": {},
	} {
		if a := s.post(path, form); a.status != http.StatusConflict {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	if forms := all(byID(s.page("/users/u-admin").page, "content"), tag("form")); len(forms) != 0 {
		t.Errorf("%d forms are offered", len(forms))
	}
}

func TestAudit_isFilteredAndPaged(t *testing.T) {
	s := loggedIn(t)
	for i := range 250 {
		s.svc.Note(access.With(t.Context(), access.Actor{UserID: "x", Name: "ann", LoginID: "l"}),
			access.Event{Deed: access.DeedTaskMade, Kind: "task", ObjectID: "t1", Object: fmt.Sprintf("<i>%d</i>\u202e", i)})
	}
	s.svc.Note(t.Context(), access.Event{Deed: access.DeedRunStarted, Kind: "task", ObjectID: "t2", Object: "other"})
	seen, at, pages := 0, "/audit?deed=task+made", 0
	for at != "" {
		page := s.page(at).page
		pages++
		for _, line := range all(byID(page, "content"), tag("tr"))[1:] {
			seen++
			if text := words(line); !strings.Contains(text, "ann") || !strings.Contains(text, "<i>") || !strings.Contains(text, "U+202E") {
				t.Fatalf("line %q", text)
			}
		}
		at = ""
		for _, a := range all(page, func(n *html.Node) bool { return attr(n, "rel") == "next" }) {
			at = attr(a, "href")
		}
	}
	if seen != 250 || pages != 3 {
		t.Errorf("%d events on %d pages", seen, pages)
	}
	if text := words(s.page("/audit?actor=bob").page); !strings.Contains(text, "nothing of this kind") {
		t.Error("an actor who did nothing is shown with something")
	}
	s.page("/audit?before=x&deed=%00&object=%25")
	if a := s.post("/audit/retention", url.Values{"days": {"many"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("retention: %d", a.status)
	}
	if a := s.post("/audit/retention", url.Values{"days": {"30"}}); a.status != http.StatusSeeOther || s.svc.days != 30 {
		t.Errorf("retention: %d, %d days", a.status, s.svc.days)
	}
}

func TestTimeline_isThatOfTheTask(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	s.svc.Note(t.Context(), access.Event{Deed: access.DeedTaskPaused, Kind: "task", ObjectID: tk.ID, Object: tk.Name})
	s.svc.Note(t.Context(), access.Event{Deed: access.DeedTaskDeleted, Kind: "task", ObjectID: "other", Object: "other"})
	text := words(byID(s.page("/tasks/"+tk.ID+"/timeline").page, "content"))
	if !strings.Contains(text, "task paused") || strings.Contains(text, "task deleted") {
		t.Errorf("it says %s", text)
	}
}

func TestOwner_isChangedByAnAdmin(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	tk := s.owned(ann)
	s.login()
	bob := s.addUser("bob", access.RoleUser)
	s.page("/tasks/" + tk.ID + "/owner")
	if a := s.post("/tasks/"+tk.ID+"/owner", url.Values{"owner": {bob.ID}}); a.status != http.StatusSeeOther || s.svc.tasks[tk.ID].Owner.ID != bob.ID {
		t.Errorf("status %d", a.status)
	}
	if a := s.post("/tasks/"+tk.ID+"/owner", url.Values{"owner": {"nobody"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", a.status)
	}
	s.loginAs("ann")
	if a := s.get("/tasks/" + tk.ID); a.status != http.StatusNotFound {
		t.Errorf("the owner before still sees it: %d", a.status)
	}
}

func TestForm_offersFilesOfTheMachineOnlyToAdmins(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	tk := s.owned(ann)
	offers := func(path string) bool {
		t.Helper()
		page := s.page(path).page
		maildir := len(all(page, func(n *html.Node) bool { return n.Data == "option" && attr(n, "value") == "maildir" })) > 0
		if ca := byID(page, "destination-ca") != nil; ca != maildir {
			t.Errorf("%s: directories %v, authorities %v", path, maildir, ca)
		}
		return maildir
	}
	s.loginAs("ann")
	if offers("/tasks/form") || offers("/tasks/"+tk.ID+"/edit") {
		t.Error("an ordinary user is offered directories")
	}
	s.client = newClient(t)
	s.login()
	if !offers("/tasks/form") || offers("/tasks/"+tk.ID+"/edit") {
		t.Error("an admin is not offered directories, or those for the task of another")
	}
	if text := words(s.page("/tasks").page); !strings.Contains(text, "of ann") {
		t.Errorf("the list does not say whose the task is: %s", text)
	}
}

func FuzzAudit_readsAnyFilter(f *testing.F) {
	f.Add("actor=ann&deed=task+made&object=x&before=7")
	f.Add("before=-1&before=99999999999999999999&deed=%00&actor=%20ANN%20")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		got := web.ReadFilter(q)
		if got.Before < 0 || got.Limit <= 0 || got.Deed != "" && !slices.Contains(access.Deeds(), got.Deed) || got.Kind+got.ID != "" {
			t.Errorf("%q is read as %+v", query, got)
		}
	})
}

func FuzzToken_isWhatFollowsBearer(f *testing.F) {
	f.Add("Bearer abc")
	f.Add("bearer  abc ")
	f.Add("Basic Bearer")
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Authorization": {header}}}
		if secret, ok := web.Bearer(r); ok && (!strings.EqualFold(header[:6], "bearer") || strings.TrimSpace(secret) != secret || !strings.Contains(header, secret)) {
			t.Errorf("%q is read as %q", header, secret)
		}
	})
}
