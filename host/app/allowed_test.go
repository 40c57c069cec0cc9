package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// remote is an account that is never asked.
func remote(user string) task.Account {
	return task.Account{Kind: task.KindIMAP, TLS: task.TLSImplicit, Host: "mail.example", Port: 993, User: user, Password: "p"}
}

func mustGrant(t *testing.T, text string) task.Grant {
	t.Helper()
	g, err := task.ParseGrant(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func wantInvalid(t *testing.T, err error, text string) {
	t.Helper()
	if !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want it refused with %q", err, text)
	}
}

func TestSaveTask_onlyAdminsGrant(t *testing.T) {
	s, root, ann := withUsers(t)
	granted := func(tk task.Task, plugin string, grants ...string) task.Task {
		h := task.Hook{Plugin: plugin}
		for _, g := range grants {
			h.Grants = append(h.Grants, mustGrant(t, g))
		}
		tk.Hooks = []task.Hook{h}
		return tk
	}
	plain := task.Task{Name: "of ann", Sources: []task.Source{{Name: "a", Account: remote("ann")}}, Destination: remote("bob")}
	_, err := s.SaveTask(by(t.Context(), ann), granted(plain, "folder-rules", "http:hooks.example"))
	wantInvalid(t, err, "plugin folder-rules: only an admin can grant it http:hooks.example")
	saved, err := s.SaveTask(by(t.Context(), ann), plain)
	if err != nil {
		t.Fatal(err)
	}
	program := root.Actor()
	program.TokenID, program.Scopes, program.Address = "t", []access.Scope{access.ScopeWrite}, "192.0.2.1"
	_, err = s.SaveTask(access.With(t.Context(), program), granted(saved, "folder-rules", "http:hooks.example"))
	wantInvalid(t, err, "only an admin")
	if saved, err = s.SaveTask(by(t.Context(), root), granted(saved, "folder-rules", "http:hooks.example", "kv")); err != nil {
		t.Fatal(err)
	}
	// What was granted stays when its user changes something else, and can be given up.
	saved.Name = "of ann, again"
	if saved, err = s.SaveTask(by(t.Context(), ann), saved); err != nil || len(saved.Hooks[0].Grants) != 2 {
		t.Fatalf("%+v, %v", saved.Hooks, err)
	}
	if saved, err = s.SaveTask(by(t.Context(), ann), granted(saved, "folder-rules", "http:hooks.example")); err != nil {
		t.Fatal(err)
	}
	for _, change := range []task.Task{
		granted(saved, "folder-rules", "http:hooks.example", "kv"),
		granted(saved, "folder-rules", "http:hooks.example?private"),
		granted(saved, "sender-filter", "http:hooks.example"),
	} {
		_, err := s.SaveTask(by(t.Context(), ann), change)
		wantInvalid(t, err, "only an admin")
	}
}

func TestSaveTask_onlyAdminsMakeTasksForOthers(t *testing.T) {
	s, root, ann := withUsers(t)
	tk := task.Task{
		Name: "as if of root", Owner: task.Owner{ID: root.ID},
		Sources: []task.Source{{Name: "a", Account: remote("ann")}}, Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir()},
	}
	_, err := s.SaveTask(by(t.Context(), ann), tk)
	wantInvalid(t, err, "only an admin can make a task for another user")
	tk.Owner, tk.Destination = task.Owner{ID: ann.ID}, remote("bob")
	if saved, err := s.SaveTask(by(t.Context(), root), tk); err != nil || saved.Owner.ID != ann.ID {
		t.Errorf("%+v, %v", saved.Owner, err)
	}
}

// referable is a service with stored accounts and a local domain, and an operator of it.
func referable(t *testing.T) (s *service, root, ann, warden access.User, accounts map[string]task.StoredAccount) {
	t.Helper()
	s, root, ann = withUsers(t)
	var err error
	if warden, err = s.AddUser(t.Context(), access.User{Name: "warden", Role: access.RoleOperator, Domains: []string{"new.example"}}, goodPassword); err != nil {
		t.Fatal(err)
	}
	accounts = map[string]task.StoredAccount{}
	for name, a := range map[string]task.StoredAccount{
		"ann's":           {Owner: ann.ID, Account: remote("ann")},
		"root's":          {Owner: root.ID, Account: remote("root")},
		"nobody's":        {Account: remote("archive")},
		"ann's directory": {Owner: ann.ID, Account: task.Account{Kind: task.KindMaildir, Dir: "/srv/mail"}},
	} {
		a.Name = name
		if err := s.store.SaveAccount(t.Context(), &a); err != nil {
			t.Fatal(err)
		}
		accounts[name] = a
	}
	server := remote("")
	server.User = ""
	domain := task.LocalDomain{Domain: "new.example", Server: server, Way: task.ByMaster, Admin: "master"}
	domain.Server.Password = "p"
	if err := s.store.SaveLocalDomain(t.Context(), domain); err != nil {
		t.Fatal(err)
	}
	return s, root, ann, warden, accounts
}

func TestSaveTask_refersToWhatIsItsOwners(t *testing.T) {
	s, root, ann, warden, accounts := referable(t)
	stored := func(name string) task.Account { return task.Account{ID: accounts[name].ID} }
	local := func(address string) task.Account { return task.Account{Local: address} }
	tests := []struct {
		name    string
		who     access.User
		account task.Account
		want    string // "" is that it may be
	}{
		{"one's own", ann, stored("ann's"), ""},
		{"an admin's", ann, stored("root's"), "source a: ann@new.example has no stored account"},
		{"the service's", ann, stored("nobody's"), "source a: ann@new.example has no stored account"},
		{"one that is not there", ann, task.Account{ID: "none"}, "source a: ann@new.example has no stored account none"},
		{"a directory", ann, stored("ann's directory"), "directories of this machine are for tasks of admins only"},
		{"one's own mailbox", ann, local("Ann@new.example"), ""},
		{"another mailbox", ann, local("bob@new.example"), "source a: the mailbox bob@new.example is for tasks of its user"},
		{"a mailbox of the operator's domain", warden, local("bob@new.example"), ""},
		{"an account of somebody in it", warden, stored("ann's"), "has no stored account"},
		{"anything", root, stored("ann's"), ""},
		{"anything stored", root, stored("nobody's"), ""},
		{"any mailbox", root, local("bob@new.example"), ""},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tk := task.Task{Name: fmt.Sprint("task ", i), Sources: []task.Source{{Name: "a", Account: tt.account}}, Destination: remote("bob")}
			_, err := s.SaveTask(by(t.Context(), tt.who), tk)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantInvalid(t, err, tt.want)
			tk.Sources[0].Account, tk.Destination = tk.Destination, tk.Sources[0].Account
			_, err = s.SaveTask(by(t.Context(), tt.who), tk)
			wantInvalid(t, err, strings.Replace(tt.want, "source a", "destination", 1))
		})
	}
}

// TestRun_refersToWhatIsItsOwnersStill: an account may have become another one's, and
// a task may be given away, or not.
func TestRun_refersToWhatIsItsOwnersStill(t *testing.T) {
	s, root, ann, _, accounts := referable(t)
	tk := task.Task{Name: "of ann", Sources: []task.Source{{Name: "a", Account: task.Account{ID: accounts["ann's"].ID}}}, Destination: remote("bob")}
	saved, err := s.SaveTask(by(t.Context(), ann), tk)
	if err != nil {
		t.Fatal(err)
	}
	lost := accounts["ann's"]
	lost.Owner, lost.Account.Password = root.ID, "p"
	if err := s.store.SaveAccount(t.Context(), &lost); err != nil {
		t.Fatal(err)
	}
	run, err := s.StartRun(by(t.Context(), ann), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	if r := ended(t, s, run.ID).Report; r.Outcome != task.OutcomeUsage || !strings.Contains(r.Cause, "has no stored account") {
		t.Errorf("%s: %s", r.Outcome, r.Cause)
	}
	// Nothing of it changes until the account is another one.
	saved.Name = "of ann, again"
	_, err = s.SaveTask(by(t.Context(), ann), saved)
	wantInvalid(t, err, "has no stored account")
	tk.Name = "of root"
	if tk, err = s.SaveTask(by(t.Context(), root), tk); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, s.GiveTask(by(t.Context(), root), tk.ID, ann.ID), "has no stored account")
}

func TestImportTasks_doesWhatItsActorMay(t *testing.T) {
	s, root, ann, _, accounts := referable(t)
	r := &Registry{store: s.store, shelf: s.shelf, conn: ConnOptions{Log: quiet}, consents: newConsents(s.store, quiet), log: quiet}
	granted := task.Task{
		Name: "template", Sources: []task.Source{{Name: "a", Account: remote("x")}}, Destination: remote("y"),
		Hooks: []task.Hook{{Plugin: "folder-rules", Grants: []task.Grant{mustGrant(t, "http:hooks.example")}}},
	}
	granted, err := s.SaveTask(by(t.Context(), root), granted)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveTask(by(t.Context(), ann), task.Task{Name: "mine", Sources: []task.Source{{Name: "source", Account: remote("x")}}, Destination: remote("y")}); err != nil {
		t.Fatal(err)
	}
	_ = accounts
	const table = `name,source,source_password,destination,destination_password,template
plain,imaps://a@mail.example,p,imaps://b@mail.example,p,
mine,imaps://a@mail.example,p,imaps://b@mail.example,p,
template,imaps://a@mail.example,p,imaps://b@mail.example,p,
directory,maildir:///srv/a,,imaps://b@mail.example,p,
own,account:ann's,,imaps://b@mail.example,p,
admin's,account:root's,,imaps://b@mail.example,p,
self,ann@new.example,,imaps://b@mail.example,p,
other,bob@new.example,,imaps://b@mail.example,p,
granted,imaps://a@mail.example,p,imaps://b@mail.example,p,template
`
	effects := func(who access.User, check bool) map[string]ImportRow {
		t.Helper()
		rows := map[string]ImportRow{}
		ctx := t.Context()
		if who.ID != "" {
			ctx = by(ctx, who)
		}
		_, err := r.ImportTasks(ctx, strings.NewReader(table), ImportOptions{Name: "x.csv", Check: check, Row: func(row ImportRow) { rows[row.Name] = row }})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want := map[string]string{"template": "another task has this name", "directory": "admins only", "admin's": "", "other": "is for tasks of its user", "granted": ""}
	for _, check := range []bool{true, false} {
		for name, row := range effects(ann, check) {
			text, refused := want[name]
			if refused != (row.Effect == task.EffectFailed) || !strings.Contains(row.Error, text) {
				t.Errorf("check %v, row %s: %+v, want it refused: %v, with %q", check, name, row, refused, text)
			}
		}
	}
	tasks, err := s.store.Tasks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var owned []string
	for _, tk := range tasks {
		if tk.Owner.ID == ann.ID {
			owned = append(owned, tk.Name)
		}
	}
	slices.Sort(owned)
	if strings.Join(owned, " ") != "mine own plain self" {
		t.Errorf("ann owns %q", owned)
	}
	if after, err := s.Task(t.Context(), granted.ID); err != nil || after.Owner.ID != root.ID || after.Destination.User != "y" {
		t.Errorf("the admin's task is %+v, %v", after, err)
	}
	events, err := s.Events(t.Context(), access.Filter{Actor: ann.Name, Kind: kindTask, Limit: 100})
	if err != nil || len(events) != 5 { // one of them was no import
		t.Errorf("%d events, %v: %+v", len(events), err, events)
	}
	for name, row := range effects(access.User{}, true) { // who has the command line has the machine
		if row.Effect == task.EffectFailed {
			t.Errorf("without an actor, row %s: %s", name, row.Error)
		}
	}
	reader, err := s.AddUser(t.Context(), access.User{Name: "auditor", Role: access.RoleReader}, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ImportTasks(by(t.Context(), reader), strings.NewReader(table), ImportOptions{Name: "x.csv"}); err == nil {
		t.Error("who only reads imports")
	}
}
