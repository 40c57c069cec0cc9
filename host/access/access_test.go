package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Who is in the matrix, in the order of its columns.
var actors = []access.Actor{
	{Address: "192.0.2.1"}, // nobody
	{UserID: "r", Role: access.RoleReader},
	{UserID: "R", Role: access.RoleReader, Domains: []string{"a.example"}},
	{UserID: "u", Role: access.RoleUser},
	{UserID: "x", Role: access.RoleUser},
	{UserID: "o", Role: access.RoleOperator, Domains: []string{"a.example"}},
	{UserID: "p", Role: access.RoleOperator, Domains: []string{"b.example"}},
	{UserID: "a", Role: access.RoleAdmin},
}

// The objects: a task of u in a.example, one of o elsewhere, one of an admin in
// a.example, one of the service itself in a.example, and the service.
var objects = map[string]access.Object{
	"user's":     {Owner: "u", OwnerRole: access.RoleUser, Domains: []string{"a.example"}},
	"operator's": {Owner: "o", OwnerRole: access.RoleOperator, Domains: []string{"c.example"}},
	"admin's":    {Owner: "a", OwnerRole: access.RoleAdmin, Domains: []string{"a.example"}},
	"nobody's":   {Domains: []string{"a.example"}},
	"service":    {},
}

// The matrix is the decision once more, by letters: who of rRuxopa may.
const matrix = `
list tasks             service     r R u x o p a
read a task            user's      r R u . o . a
read a task            operator's  r . . . o . a
read a task            admin's     r R . . o . a
read a task            nobody's    r R . . o . a
make a task            service     . . u x o p a
change a task          user's      . . u . o . a
change a task          operator's  . . . . o . a
change a task          admin's     . . . . . . a
change a task          nobody's    . . . . . . a
delete a task          user's      . . u . o . a
delete a task          operator's  . . . . o . a
delete a task          admin's     . . . . . . a
delete a task          nobody's    . . . . . . a
run or stop a task     user's      . . u . o . a
run or stop a task     admin's     . . . . o . a
run or stop a task     nobody's    . . . . o . a
pause or resume a task user's      . . u . o . a
pause or resume a task admin's     . . . . o . a
give a task to another user user's . . . . . . a
grant a plugin what it asks for user's . . . . . . a
manage users           service     . . . . . . a
read the audit trail   service     . . . . . . a
administer the service service     . . . . . . a
manage one's own account service   r R u x o p a
manage one's own channels service  . . u x o p a
read metrics           service     r R . . . . a
sing                   service     . . . . . . .
`

func TestAllowed_isTheMatrix(t *testing.T) {
	seen := map[access.Action]bool{}
	for _, line := range strings.Split(strings.TrimSpace(matrix), "\n") {
		f := strings.Fields(line)
		letters, object := f[len(f)-7:], f[len(f)-8]
		action := access.Action(strings.Join(f[:len(f)-8], " "))
		o, ok := objects[object]
		if !ok {
			t.Fatalf("no object %q in %q", object, line)
		}
		seen[action] = true
		if access.Allowed(actors[0], action, o) || access.Allowed(access.Actor{}, action, o) {
			t.Errorf("nobody may %s, %s", action, object)
		}
		for i, a := range actors[1:] {
			if got, want := access.Allowed(a, action, o), letters[i] != "."; got != want {
				t.Errorf("%s of %s may %s: %v, want %v", a.UserID, a.Role, action, got, want)
			}
		}
	}
	for _, a := range []access.Action{
		access.ListTasks, access.ReadTask, access.CreateTask, access.ChangeTask, access.DeleteTask, access.RunTask, access.PauseTask,
		access.GiveTask, access.GrantPlugin, access.ManageUsers, access.ReadAudit, access.Administer, access.OwnAccount, access.OwnChannels, access.ReadMetrics,
	} {
		if !seen[a] || !a.Known() {
			t.Errorf("the matrix does not say who may %s", a)
		}
	}
	if access.Action("sing").Known() {
		t.Error("an unknown action is known")
	}
}

func TestAllowed_aTokenNeedsTheScope(t *testing.T) {
	admin := actors[7]
	want := map[access.Action]access.Scope{
		access.ReadTask: access.ScopeRead, access.RunTask: access.ScopeRun, access.ChangeTask: access.ScopeWrite,
		access.ManageUsers: access.ScopeAdmin, access.Administer: access.ScopeAdmin,
	}
	for action, scope := range want {
		for _, s := range access.Scopes() {
			a := admin
			a.TokenID, a.Scopes = "t", []access.Scope{s}
			if got := access.Allowed(a, action, access.Object{}); got != (s == scope) {
				t.Errorf("a token for %s may %s: %v", s, action, got)
			}
		}
	}
	all := admin
	all.TokenID, all.Scopes = "t", access.Scopes()
	if access.Allowed(all, access.OwnAccount, access.Object{}) {
		t.Error("a token may make tokens and change the password")
	}
	user := actors[3]
	user.TokenID, user.Scopes = "t", access.Scopes()
	if access.Allowed(user, access.ManageUsers, access.Object{}) {
		t.Error("a scope gives more than the role has")
	}
}

func TestAllowed_aRoleThatNobodyKnowsMayNothing(t *testing.T) {
	for _, role := range []access.Role{"", "king", "Admin"} {
		if access.Allowed(access.Actor{UserID: "k", Role: role}, access.ListTasks, access.Object{}) {
			t.Errorf("role %q may list tasks", role)
		}
	}
}

func TestOfTask_belongsToTheDomainsOfOwnerAndMailbox(t *testing.T) {
	o := access.OfTask(task.Task{
		Owner:       task.Owner{ID: "u", Name: "ann@Mail.example", Role: "user"},
		Destination: task.Account{User: "cyrus", Authzid: "ann@new.example"},
		Sources:     []task.Source{{Account: task.Account{User: "ann@foreign.example"}}},
	})
	if want := []string{"mail.example", "new.example"}; o.Owner != "u" || o.OwnerRole != access.RoleUser || !slices.Equal(o.Domains, want) {
		t.Errorf("%+v", o)
	}
	if o := access.OfTask(task.Task{Destination: task.Account{User: "ann"}}); len(o.Domains) != 0 || o.Owner != "" {
		t.Errorf("%+v", o)
	}
}

func TestValidPassword_refusesWhatIsGuessedFirst(t *testing.T) {
	for password, want := range map[string]bool{
		"correct horse": true, "päßwörter!": true, "tiny": false, "": false, "ann@mail.example": false, "ANN@mail.example ": false,
		"aaaaaaaaaaaaaaaa": false, strings.Repeat("ab", 512): true, strings.Repeat("ab", 513): false,
	} {
		err := access.ValidPassword("ann@mail.example", password)
		if (err == nil) != want {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && len(password) > 3 && strings.Contains(err.Error(), password) {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

func TestTokenValidate_saysWhatIsWrong(t *testing.T) {
	now := time.Now()
	good := access.Token{Name: "x", Scopes: []access.Scope{access.ScopeRead}, Expires: now.Add(time.Hour)}
	if err := good.Validate(now); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*access.Token){
		"no name": func(t *access.Token) { t.Name = "" }, "longer": func(t *access.Token) { t.Name = strings.Repeat("x", 101) },
		"no scope": func(t *access.Token) { t.Scopes = nil }, `"all"`: func(t *access.Token) { t.Scopes = []access.Scope{"all"} },
		"expired": func(t *access.Token) { t.Expires = now },
	} {
		bad := good
		change(&bad)
		if err := bad.Validate(now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzParseDomains(f *testing.F) {
	f.Add("a.example, B.example\nc")
	f.Add(",,\t-x-")
	f.Fuzz(func(t *testing.T, text string) {
		got := access.ParseDomains(text)
		for i, d := range got {
			if d == "" || strings.ContainsAny(d, ", \n\t\r") || slices.Contains(got[:i], d) {
				t.Errorf("%q is read as %q", text, got)
			}
		}
		u := access.User{Name: "x", Role: access.RoleOperator, Domains: got}
		if u.Validate() == nil && strings.Join(got, " ") != strings.Join(strings.Fields(strings.Join(got, " ")), " ") {
			t.Errorf("%q does not survive being stored", got)
		}
	})
}
