package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/task"
)

func TestUses_areNamedByTheTasksThatRefer(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	archive := storedAccount(t, s, "archive")
	other := storedAccount(t, s, "other")
	localDomain(t, s, "example.org")
	nightly := save(t, s, referring("nightly", task.Account{ID: archive.ID}, task.Account{Local: "ann@example.org"}))
	backup := save(t, s, referring("backup", task.Account{Local: "bob@example.org"}, task.Account{ID: archive.ID, Root: "Backup"}))
	save(t, s, referring("elsewhere", account("x", "x-secret"), account("y", "y-secret")))

	want := []Named{{backup.ID, "backup"}, {nightly.ID, "nightly"}}
	if got := must[[]Named](t)(s.TasksOfAccount(t.Context(), archive.ID, 10)); !cmp.Equal(got, want) {
		t.Errorf("of the account: %+v", got)
	}
	if got := must[[]Named](t)(s.TasksOfAccount(t.Context(), archive.ID, 1)); !cmp.Equal(got, want[:1]) {
		t.Errorf("of the account, one: %+v", got)
	}
	if got := must[[]Named](t)(s.TasksOfAccount(t.Context(), other.ID, 10)); len(got) != 0 {
		t.Errorf("of the other account: %+v", got)
	}
	got, total, err := s.TasksOfDomain(t.Context(), "example.org", 1)
	if err != nil || total != 2 || !cmp.Equal(got, want[:1]) {
		t.Errorf("of the domain: %+v of %d, %v", got, total, err)
	}
	if got, total, err := s.TasksOfDomain(t.Context(), "example.net", 1); err != nil || total != 0 || len(got) != 0 {
		t.Errorf("of another domain: %+v of %d, %v", got, total, err)
	}
}

func TestPluginUses_areThoseThatNameIt(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	with := func(name string, plugins ...string) *task.Task {
		x := newTask(name)
		x.Hooks = nil
		for _, id := range plugins {
			x.Hooks = append(x.Hooks, task.Hook{Plugin: id})
		}
		return save(t, s, x)
	}
	c, a, b := with("c", "spam", "spam"), with("a", "spam", "rules"), with("b", "spam")
	with("d")
	gone := with("e", "spam", "old")
	if err := s.DeleteTask(t.Context(), gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	want := map[string]UsedBy{
		"spam":  {[]Named{{a.ID, "a"}, {b.ID, "b"}}, 3},
		"rules": {[]Named{{a.ID, "a"}}, 1},
	}
	if got := must[map[string]UsedBy](t)(s.PluginUses(t.Context(), 2)); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if got := must[map[string]UsedBy](t)(s.PluginUses(t.Context(), 10)); len(got["spam"].First) != 3 || got["spam"].First[2].ID != c.ID {
		t.Errorf("%+v", got)
	}
}

// What was stored for one server is worth nothing to whoever types another one.
func TestTyped_passwordsGoOnlyWhereTheyWereMeantFor(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	archive := storedAccount(t, s, "archive")
	plain := archive.Account
	plain.Password = ""
	if got := must[task.Account](t)(s.TypedAccount(t.Context(), archive.ID, plain)); got.Password.Reveal() != "archive-secret" {
		t.Errorf("the stored account gets the password %q", got.Password.Reveal())
	}
	typed := plain
	typed.Password = "typed"
	typed.Host = "elsewhere.example"
	if got := must[task.Account](t)(s.TypedAccount(t.Context(), archive.ID, typed)); got.Password.Reveal() != "typed" {
		t.Errorf("a typed password has become %q", got.Password.Reveal())
	}
	for name, change := range map[string]func(*task.Account){
		"host": func(a *task.Account) { a.Host = "evil.example" }, "port": func(a *task.Account) { a.Port = 1993 },
		"clear text": func(a *task.Account) { a.TLS = task.TLSNone }, "user": func(a *task.Account) { a.User = "eve" },
		"authority": func(a *task.Account) { a.CAFile = "/tmp/ca.pem" }, "pin": func(a *task.Account) { a.Pin = "sha256:00" },
	} {
		a := plain
		change(&a)
		if got, err := s.TypedAccount(t.Context(), archive.ID, a); !errors.Is(err, ErrPasswordNeeded) || got.Password != "" {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := s.TypedAccount(t.Context(), "", plain); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("a new account: %v", err)
	}
	if _, err := s.TypedAccount(t.Context(), "nobody's", plain); !errors.Is(err, ErrNotFound) {
		t.Errorf("no account: %v", err)
	}

	d := task.Directory{Name: "staff", Kind: task.DirectoryLDAP, URL: "ldaps://dc.example", Base: "dc=example", BindDN: "reader", Password: "d-secret"}
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	d.Password, d.Base, d.Filter = "", "ou=people,dc=example", "(mail=*)"
	if got := must[task.Directory](t)(s.TypedDirectory(t.Context(), d)); got.Password.Reveal() != "d-secret" {
		t.Errorf("another search base gets the password %q", got.Password.Reveal())
	}
	for name, change := range map[string]func(*task.Directory){
		"server": func(d *task.Directory) { d.URL = "ldaps://evil.example" }, "bind DN": func(d *task.Directory) { d.BindDN = "root" },
		"authority": func(d *task.Directory) { d.CAFile = "/tmp/ca.pem" }, "clear text": func(d *task.Directory) { d.URL = "ldap://dc.example?tls=none" },
		"new": func(d *task.Directory) { d.ID = "" },
	} {
		typed := d
		change(&typed)
		if got, err := s.TypedDirectory(t.Context(), typed); !errors.Is(err, ErrPasswordNeeded) || got.Password != "" {
			t.Errorf("directory, another %s: %v", name, err)
		}
	}
	d.BindDN = ""
	if _, err := s.TypedDirectory(t.Context(), d); err != nil {
		t.Errorf("nobody asks: %v", err)
	}
}

func TestRuleTasks_sayWhoHasOneAndWhoHasLeft(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	localDomain(t, s, "example.org")
	d := task.Directory{Name: "few", Kind: task.DirectoryStatic, Users: []task.DirectoryUser{{Address: "ann@example.org"}}}
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	rule := task.Rule{Name: "backup", Directory: d.ID, Source: task.Account{Local: "{address}"}, Destination: task.Account{Kind: task.KindMaildir, Dir: "/backup/{user}"}}
	if err := s.SaveRule(t.Context(), &rule); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ApplyRule(t.Context(), rule.ID, []string{"bob@example.org", "ann@example.org", "cat@example.org"}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ApplyRule(t.Context(), rule.ID, []string{"ann@example.org", "cat@example.org"}, false); err != nil {
		t.Fatal(err)
	}
	all := must[[]RuleTask](t)(s.RuleTasks(t.Context(), rule.ID))
	if err := s.PauseTask(t.Context(), all[0].ID, "root"); err != nil {
		t.Fatal(err)
	}
	all = must[[]RuleTask](t)(s.RuleTasks(t.Context(), rule.ID))
	want := []RuleTask{{User: "ann@example.org", Paused: true}, {User: "bob@example.org", Paused: true, ByRule: true}, {User: "cat@example.org"}}
	for i := range all {
		all[i].ID = ""
	}
	if !cmp.Equal(all, want) {
		t.Error(cmp.Diff(want, all))
	}
	if all := must[[]RuleTask](t)(s.RuleTasks(t.Context(), "nobody's")); len(all) != 0 {
		t.Errorf("of no rule: %+v", all)
	}
}
