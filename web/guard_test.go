package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

const userPassword = "four random words"

// addUser makes a user with userPassword.
func (s *site) addUser(name string, role access.Role, domains ...string) access.User {
	s.t.Helper()
	u, err := s.svc.AddUser(s.t.Context(), access.User{Name: name, Role: role, Domains: domains}, userPassword)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// loginAs logs the browser in as another one than the admin.
func (s *site) loginAs(name string) {
	s.t.Helper()
	s.client = newClient(s.t)
	if a := s.post("/login", url.Values{"name": {name}, "password": {userPassword}}); a.status != http.StatusSeeOther {
		s.t.Fatalf("login of %s: status %d", name, a.status)
	}
}

// owned is a task of the user, into a mailbox of new.example.
func (s *site) owned(u access.User) task.Task {
	t := sampleTask()
	t.Name = "task of " + u.Name
	t.Owner = task.Owner{ID: u.ID, Name: u.Name, Role: string(u.Role)}
	return s.svc.put(t)
}

// head is a request of which only the status is looked at: a stream never ends.
func (s *site) head(method, path string, header map[string]string) (status int, location string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.http.URL+path, strings.NewReader(""))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// people of the matrix; all but the first can log in.
var matrixPeople = []string{"anonymous", "reader", "ann", "bob", "olga", "oscar", adminName}

// crowd is a site with all of them, and with a task, a run, a session and a token of
// ann.
func crowd(t *testing.T) (s *site, actors map[string]access.Actor, fill *strings.Replacer, object access.Object) {
	t.Helper()
	s = newSite(t, web.Options{})
	actors = map[string]access.Actor{"anonymous": {}, adminName: {UserID: "u-admin", Role: access.RoleAdmin}}
	for _, u := range []access.User{
		s.addUser("reader", access.RoleReader), s.addUser("ann", access.RoleUser), s.addUser("bob", access.RoleUser),
		s.addUser("olga", access.RoleOperator, "new.example"), s.addUser("oscar", access.RoleOperator, "old.example"),
	} {
		actors[u.Name] = u.Actor()
	}
	ann := actors["ann"]
	tk := s.owned(access.User{ID: ann.UserID, Name: ann.Name, Role: ann.Role})
	run, err := s.svc.StartRun(t.Context(), tk.ID)
	if err != nil {
		t.Fatal(err)
	}
	planned, err := s.svc.PreflightTask(t.Context(), tk.ID)
	if err != nil {
		t.Fatal(err)
	}
	login, err := s.svc.StartLogin(t.Context(), ann.UserID, "", "", run.Queued)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.AddToken(t.Context(), access.Token{UserID: ann.UserID, Name: "x", Scopes: access.Scopes()}); err != nil {
		t.Fatal(err)
	}
	tokens, _ := s.svc.Tokens(t.Context(), ann.UserID)
	stored, err := s.svc.SaveStoredAccount(t.Context(), task.StoredAccount{Name: "archive", Account: sampleTask().Destination})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := s.svc.SaveChannel(access.With(t.Context(), ann), task.Channel{
		Name: "hook", Kind: task.ChannelWebhook, Target: "https://hooks.example/", Events: task.NoticeEvents(), All: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.svc.SaveLocalDomain(t.Context(), sampleDomain(), true); err != nil {
		t.Fatal(err)
	}
	directory, err := s.svc.SaveDirectory(t.Context(), task.Directory{Name: "staff", Kind: task.DirectoryLDAP, URL: "ldaps://dc.new.example", Base: "dc=new,dc=example"})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := s.svc.SaveRule(t.Context(), sampleRule(directory.ID))
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.svc.NewDraft(access.With(t.Context(), ann), "move.csv", strings.NewReader(goodTable+wrongRow))
	if err != nil {
		t.Fatal(err)
	}
	batch := task.Batch{ID: "b1", Name: "old.csv", Owner: ann.UserID}
	s.svc.batches = map[string]task.Batch{batch.ID: batch}
	if _, _, err := s.svc.MakeLink(access.With(t.Context(), ann), tk.ID, task.LinkTime); err != nil {
		t.Fatal(err)
	}
	sketch, err := s.svc.SaveSketch(access.With(t.Context(), ann), "", []byte(`{"Template":"once","Values":{"source":["1"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	gone := s.owned(access.User{ID: ann.UserID, Name: ann.Name + " that is gone", Role: ann.Role})
	if err := s.svc.DeleteTask(t.Context(), gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	fill = strings.NewReplacer(":deletion", gone.ID, ":deleted", gone.ID, ":sketch", sketch, ":step", "accounts", ":batch", batch.ID, ":draft", draft.ID, ":row", "0", ":planned", planned.ID, ":domain", "new.example", ":directory", directory.ID, ":rule", rule.ID, ":plugin", "folder-rules", ":upload", uploadedHex, ":script", "rules", ":task", tk.ID, ":run", run.ID, ":user", ann.UserID, ":session", login, ":token", tokens[0].ID, ":account", stored.ID, ":channel", channel.ID)
	return s, actors, fill, access.OfTask(tk)
}

// visitor is a crowd that one of them looks at.
type visitor struct {
	site   *site
	actors map[string]access.Actor
	fill   *strings.Replacer
	object access.Object
}

func visit(t *testing.T, who string) (v visitor) {
	t.Helper()
	v.site, v.actors, v.fill, v.object = crowd(t)
	switch who {
	case "anonymous":
	case adminName:
		v.site.login()
	default:
		v.site.loginAs(who)
	}
	return v
}

// Every route of the table is asked by everybody; who is admitted is what package
// access says of the route's action. A route without an action admits nobody, and
// fails here.
func TestRoutes_admitWhomTheTableAllows(t *testing.T) {
	site := newSite(t, web.Options{})
	reading := map[string]visitor{} // by the name of who reads
	for _, r := range site.server.Routes() {
		if r.Open {
			continue
		}
		if !r.Action.Known() {
			t.Errorf("%s %s has no rule: the action %q is not in the table of package access", r.Method, r.Path, r.Action)
			continue
		}
		if r.Method != http.MethodGet && r.Action.ReadsOnly() {
			t.Errorf("%s %s changes something, and needs only the right to %s", r.Method, r.Path, r.Action)
		}
		for _, who := range matrixPeople {
			v, there := reading[who]
			if !there || r.Method != http.MethodGet { // what changes something gets a crowd of its own
				v = visit(t, who)
			}
			if !there && r.Method == http.MethodGet {
				reading[who] = v
			}
			s, actors, fill, object := v.site, v.actors, v.fill, v.object
			o := access.Object{}
			about := strings.Contains(r.Path, ":task") || strings.Contains(r.Path, ":run")
			if about {
				o = object
			}
			status, location := s.head(r.Method, fill.Replace(r.Path), map[string]string{"Sec-Fetch-Site": "same-origin"})
			toLogin := status == http.StatusUnauthorized || status == http.StatusSeeOther && strings.HasPrefix(location, "/login")
			actor := actors[who]
			switch {
			case who == "anonymous":
				if !toLogin {
					t.Errorf("%s %s by nobody: status %d to %q", r.Method, r.Path, status, location)
				}
			case access.Allowed(actor, r.Action, o):
				own := r.Action == access.OwnAccount && (strings.Contains(r.Path, ":session") || strings.Contains(r.Path, ":token")) && !strings.Contains(r.Path, ":user") || r.Action == access.OwnChannels && strings.Contains(r.Path, ":channel") && who != adminName
				own = own || strings.Contains(r.Path, ":draft") || strings.Contains(r.Path, ":sketch") || strings.Contains(r.Path, ":batch") && actor.Role != access.RoleReader && actor.Role != access.RoleAdmin
				own = own || strings.Contains(r.Path, ":delet") && !access.Allowed(actor, access.DeleteTask, object)
				if want404 := own && who != "ann"; want404 != (status == http.StatusNotFound || r.Method != http.MethodGet && status == http.StatusBadRequest && want404) && !strings.HasSuffix(r.Path, "qr.png") && !strings.Contains(r.Path, "/report") && !strings.HasSuffix(r.Path, ".csv") {
					t.Errorf("%s %s by %s: status %d", r.Method, r.Path, who, status)
				}
				if status == http.StatusForbidden || toLogin || status >= 500 {
					t.Errorf("%s %s by %s, who is allowed to: status %d", r.Method, r.Path, who, status)
				}
			default:
				want := http.StatusForbidden
				if strings.Contains(r.Path, ":") && !(about && access.Allowed(actor, access.ReadTask, o)) {
					want = http.StatusNotFound // foreign ids are as if they were not there
				}
				if status != want {
					t.Errorf("%s %s by %s: status %d, want %d", r.Method, r.Path, who, status, want)
				}
			}
		}
	}
}

func TestRoutes_aReaderChangesNothing(t *testing.T) {
	s, _, fill, _ := crowd(t)
	s.loginAs("reader")
	tasks, runs, users := len(s.svc.tasks), len(s.svc.runs), len(s.svc.users)
	for _, r := range s.server.Routes() {
		if r.Method != http.MethodPost || r.Open || r.Action == access.OwnAccount {
			continue
		}
		if a := s.post(fill.Replace(r.Path), nil); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("%s: status %d", r.Path, a.status)
		}
	}
	if len(s.svc.tasks) != tasks || len(s.svc.runs) != runs || len(s.svc.users) != users {
		t.Error("something has changed")
	}
	page := s.page(fill.Replace("/tasks/:task")).page
	for _, f := range all(page, tag("form")) {
		if action := attr(f, "action"); strings.HasPrefix(action, "/tasks") || strings.HasPrefix(action, "/runs") {
			t.Errorf("the page of a task offers %s", action)
		}
	}
}

func TestTasks_listsOnlyWhatMayBeSeen(t *testing.T) {
	s := newSite(t, web.Options{})
	ann, bob := s.addUser("ann", access.RoleUser), s.addUser("bob", access.RoleUser)
	s.addUser("olga", access.RoleOperator, "elsewhere.example")
	s.owned(ann)
	s.owned(bob)
	for who, want := range map[string][2]bool{"ann": {true, false}, "bob": {false, true}, "olga": {false, false}} {
		s.loginAs(who)
		for _, text := range []string{s.page("/tasks").text, s.follow("/tasks/events").next().data} {
			if strings.Contains(text, "task of ann") != want[0] || strings.Contains(text, "task of bob") != want[1] {
				t.Errorf("%s sees the wrong tasks", who)
			}
		}
	}
	s.client = newClient(t)
	s.login()
	if text := s.page("/tasks").text; !strings.Contains(text, "task of ann") || !strings.Contains(text, "task of bob") {
		t.Error("the admin does not see all tasks")
	}
}

func TestTasks_belongToWhoeverMakesThem(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	s.loginAs("ann")
	form := fields(byID(s.page("/tasks/form").page, "task-form"))
	for k, v := range map[string]string{
		"name": "Mine", "source-1-name": "old", "source-1-host": "imap.old.example", "source-1-user": "ann", "source-1-password": "x",
		"destination-host": "imap.new.example", "destination-user": "ann", "destination-password": "y", "do": "save",
	} {
		form.Set(k, v)
	}
	if a := s.post("/tasks/form", form); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	for _, tk := range s.svc.tasks {
		if tk.Owner.ID != ann.ID {
			t.Errorf("owner %+v", tk.Owner)
		}
	}
}

func TestToken_opensWhatItsScopesReach(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	mine := s.owned(ann)
	foreign := s.owned(s.addUser("bob", access.RoleUser))
	secret, err := s.svc.AddToken(t.Context(), access.Token{UserID: ann.ID, Name: "x", Scopes: []access.Scope{access.ScopeRead, access.ScopeRun}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/tasks", http.StatusOK},
		{http.MethodGet, "/tasks/" + mine.ID, http.StatusOK},
		{http.MethodGet, "/tasks/" + foreign.ID, http.StatusNotFound},
		{http.MethodGet, "/tasks/events", http.StatusOK},
		{http.MethodPost, "/tasks/" + mine.ID + "/run", http.StatusSeeOther},
		{http.MethodPost, "/tasks/" + mine.ID + "/delete", http.StatusForbidden},
		{http.MethodGet, "/tasks/form", http.StatusForbidden},
		{http.MethodGet, "/account", http.StatusForbidden},
		{http.MethodPost, "/account/tokens", http.StatusForbidden},
		{http.MethodGet, "/users", http.StatusForbidden},
	} {
		if status, _ := s.head(tt.method, tt.path, map[string]string{"Authorization": "Bearer " + secret}); status != tt.want {
			t.Errorf("%s %s: status %d, want %d", tt.method, tt.path, status, tt.want)
		}
	}
	for _, wrong := range []string{"Bearer", "Bearer ", "bearer x", "Bearer " + secret + "x"} {
		a := s.request(http.MethodGet, "/tasks", nil, map[string]string{"Authorization": wrong})
		if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: status %d, %v", wrong, a.status, a.header)
		}
	}
	// Another scheme, as of a proxy, is none of ours.
	if a := s.request(http.MethodGet, "/tasks", nil, map[string]string{"Authorization": "Basic x"}); a.status != http.StatusSeeOther {
		t.Errorf("Basic: status %d", a.status)
	}
	if a := s.request(http.MethodGet, "/login", nil, map[string]string{"Authorization": "Bearer " + secret}); a.status != http.StatusOK {
		t.Errorf("the login: status %d", a.status)
	}
}
