package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// TestLists_areInOneOrderOnAllDatabases: by the bytes of their names, whatever the
// language of the database is.
func TestLists_areInOneOrderOnAllDatabases(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	var directory string
	for _, name := range []string{"b", "ä", "a c", "B", "a-b", "ab", "Z"} {
		save(t, s, newTask(name))
		a := task.StoredAccount{Name: name, Account: account("x", "p")}
		if err := s.SaveAccount(t.Context(), &a); err != nil {
			t.Fatal(err)
		}
		d := task.Directory{Name: name, Kind: task.DirectoryStatic, Users: []task.DirectoryUser{{Address: "ann@example.org"}}}
		if err := s.SaveDirectory(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
		directory = d.ID
	}
	localDomain(t, s, "example.org")
	for _, name := range []string{"b", "ä", "a c", "B", "a-b", "ab", "Z"} {
		r := task.Rule{
			Name: name, Directory: directory, Source: task.Account{Local: "{address}"}, Destination: task.Account{Local: "{user}@example.org"},
			Schedule: task.Schedule{Every: time.Hour},
		}
		if err := s.SaveRule(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b.example", "a-b.example", "ab.example"} {
		localDomain(t, s, name)
	}
	for _, name := range []string{"b", "a_b", "a-b", "ab"} {
		addUser(t, s, name, access.RoleAdmin)
		if err := s.SetSecret(t.Context(), task.Secret{Name: name, Hosts: []task.Endpoint{{Host: "hooks.example"}}, Value: "v"}); err != nil {
			t.Fatal(err)
		}
	}
	names := func(name func(i int) string, n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = name(i)
		}
		return out
	}
	tasks := must[[]task.Task](t)(s.Tasks(t.Context()))
	accounts := must[[]task.StoredAccount](t)(s.Accounts(t.Context()))
	directories := must[[]task.Directory](t)(s.Directories(t.Context()))
	rules := must[[]task.Rule](t)(s.Rules(t.Context()))
	domains := must[[]task.LocalDomain](t)(s.LocalDomains(t.Context()))
	users := must[[]access.User](t)(s.Users(t.Context()))
	secrets := must[[]task.Secret](t)(s.Secrets(t.Context()))
	byBytes := []string{"B", "Z", "a c", "a-b", "ab", "b", "ä"}
	for what, tt := range map[string]struct{ got, want []string }{
		"tasks":       {names(func(i int) string { return tasks[i].Name }, len(tasks)), byBytes},
		"accounts":    {names(func(i int) string { return accounts[i].Name }, len(accounts)), byBytes},
		"directories": {names(func(i int) string { return directories[i].Name }, len(directories)), byBytes},
		"rules":       {names(func(i int) string { return rules[i].Name }, len(rules)), byBytes},
		"domains":     {names(func(i int) string { return domains[i].Domain }, len(domains)), []string{"a-b.example", "ab.example", "b.example", "example.org"}},
		"users":       {names(func(i int) string { return users[i].Name }, len(users)), []string{"a-b", "a_b", "ab", "b"}},
		"secrets":     {names(func(i int) string { return secrets[i].Name }, len(secrets)), []string{"a-b", "a_b", "ab", "b"}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
}

func TestLogins_areEndedByTheirUser(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	ann, bob := addUser(t, s, "ann", access.RoleAdmin), addUser(t, s, "bob", access.RoleUser)
	one, two, three, other := login(t, s, ann), login(t, s, ann), login(t, s, ann), login(t, s, bob)
	if err := errors.Join(s.EndLogin(t.Context(), one), s.EndLogin(t.Context(), "none")); err != nil {
		t.Fatal(err)
	}
	if all := must[[]access.Login](t)(s.Logins(t.Context(), ann.ID)); len(all) != 2 {
		t.Errorf("%+v", all)
	}
	if err := s.EndLogins(t.Context(), ann.ID, three); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{one: false, two: false, three: true, other: true} {
		if _, err := s.LoginUser(t.Context(), id, false); (err == nil) != want {
			t.Errorf("login %s: %v, want it to live: %v", id, err, want)
		}
	}
	if hash, err := s.UserHash(t.Context(), bob.ID); err != nil || hash == "" {
		t.Errorf("hash %q, %v", hash, err)
	}
}

func TestCredentialsOf_takesWhatTheTaskOfThatNameHas(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	archive := storedAccount(t, s, "archive")
	save(t, s, referring("nightly", account("work", "w-secret"), task.Account{ID: archive.ID}))
	asked := *referring("nightly", account("work", ""), task.Account{ID: archive.ID})
	got := must[task.Task](t)(s.CredentialsOf(t.Context(), asked))
	if got.Sources[0].Account.Password != "w-secret" || got.Destination.Password != "archive-secret" || got.Destination.Host != "archive.example.org" {
		t.Errorf("%s, %s", got.Sources[0].Account.Password.Reveal(), got.Destination.Password.Reveal())
	}
	asked.Sources[0].Account.Host = "evil.example.org"
	if _, err := s.CredentialsOf(t.Context(), asked); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("another server: %v", err)
	}
	asked.Name = "weekly"
	asked.Sources[0].Account = account("work", "")
	if _, err := s.CredentialsOf(t.Context(), asked); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("another name: %v", err)
	}
	if _, err := s.TaskNamed(t.Context(), "weekly"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a name of no task: %v", err)
	}
}
