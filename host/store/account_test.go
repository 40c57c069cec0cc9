package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mailweir/mailweir/host/task"
)

func storedAccount(t testing.TB, s *Store, name string) task.StoredAccount {
	t.Helper()
	a := task.StoredAccount{Name: name, Account: account(name, task.Password(name+"-secret"))}
	if err := s.SaveAccount(t.Context(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func localDomain(t testing.TB, s *Store, domain string) task.LocalDomain {
	t.Helper()
	d := task.LocalDomain{
		Domain: domain, Way: task.ByMaster, Admin: "warden",
		Server: task.Account{Kind: task.KindIMAP, Host: "mail." + domain, Port: 993, TLS: task.TLSImplicit, Password: "warden-secret"},
	}
	if err := s.SaveLocalDomain(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

func referring(name string, source, destination task.Account) *task.Task {
	return &task.Task{Name: name, Sources: []task.Source{{Name: "source", Account: source}}, Destination: destination}
}

func TestStoredAccount_oneNewPasswordMendsAllItsTasks(t *testing.T) {
	s := openNew(t)
	archive := storedAccount(t, s, "archive")
	var ids []string
	for i := range 3 {
		tk := save(t, s, referring(fmt.Sprint("task ", i), account("work", "w-secret"), task.Account{ID: archive.ID, Root: fmt.Sprint("Backup/", i)}))
		ids = append(ids, tk.ID)
	}
	archive.Account.Password = "new-secret"
	archive.Account.Host = "new.example.org"
	if err := s.SaveAccount(t.Context(), &archive); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		d := must[task.Task](t)(s.Credentials(t.Context(), id)).Destination
		if d.Password.Reveal() != "new-secret" || d.Host != "new.example.org" || d.Root != fmt.Sprint("Backup/", i) || d.ID != archive.ID {
			t.Errorf("task %d goes to %s of %q", i, d, d.ID)
		}
		if shown := must[task.Task](t)(s.Task(t.Context(), id)).Destination; shown.Password != "" || shown.Host != "new.example.org" {
			t.Errorf("task %d shows %s", i, shown)
		}
	}
	if got := must[task.StoredAccount](t)(s.Account(t.Context(), "archive")); got.Tasks != 3 || got.Account.Password != "" {
		t.Errorf("%+v", got)
	}
}

func TestStoredAccount_sendsItsPasswordNowhereElse(t *testing.T) {
	s := openNew(t)
	a := storedAccount(t, s, "archive")
	a.Account.Password = ""
	a.Account.Host = "evil.example.org"
	if err := s.SaveAccount(t.Context(), &a); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("another host: %v", err)
	}
	a.Account.Host, a.Name = "archive.example.org", "renamed"
	if err := s.SaveAccount(t.Context(), &a); err != nil {
		t.Errorf("another name: %v", err)
	}
	if got := must[task.Account](t)(s.AccountCredentials(t.Context(), "renamed")); got.Password.Reveal() != "archive-secret" {
		t.Error("the password is lost")
	}
	if _, err := s.DB().Exec("UPDATE account SET account = replace(account, 'archive.example.org', 'evil.example.org')"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AccountCredentials(t.Context(), a.ID); err == nil {
		t.Error("the password opens for an account that was changed in the database")
	}
}

func TestStoredAccount_staysWhileTasksNeedIt(t *testing.T) {
	s := openNew(t)
	a := storedAccount(t, s, "archive")
	tk := save(t, s, referring("nightly", task.Account{ID: a.ID}, account("work", "w")))
	err := s.DeleteAccount(t.Context(), a.ID)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), `["nightly"]`) {
		t.Errorf("%v", err)
	}
	if _, err := s.DB().Exec("DELETE FROM account"); err == nil {
		t.Error("the database lets it go")
	}
	if err := s.DeleteTask(t.Context(), tk.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAccount(t.Context(), a.ID); err != nil {
		t.Error(err)
	}
	if err := s.DeleteAccount(t.Context(), a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestStoredAccount_faults(t *testing.T) {
	s := openNew(t)
	a := storedAccount(t, s, "a")
	twin := task.StoredAccount{Name: "a", Account: account("x", "y")}
	if err := s.SaveAccount(t.Context(), &twin); !errors.Is(err, ErrNameTaken) {
		t.Errorf("the name: %v", err)
	}
	if err := s.SaveAccount(t.Context(), &task.StoredAccount{ID: "nowhere", Name: "b", Account: account("x", "y")}); !errors.Is(err, ErrNotFound) {
		t.Errorf("the ID: %v", err)
	}
	if err := s.SaveTask(t.Context(), referring("t", task.Account{ID: "nowhere"}, account("b", "c"))); !errors.Is(err, ErrNotFound) {
		t.Errorf("a reference to nothing: %v", err)
	}
	if err := s.SaveTask(t.Context(), referring("t", task.Account{ID: a.ID}, task.Account{ID: a.ID})); err == nil || !strings.Contains(err.Error(), "same account") {
		t.Errorf("a copy into itself: %v", err)
	}
	if err := s.SaveTask(t.Context(), referring("t", task.Account{ID: a.ID}, account("a", "z"))); err == nil || !strings.Contains(err.Error(), "same account") {
		t.Errorf("a copy into what it refers to: %v", err)
	}
	if err := s.SaveTask(t.Context(), referring("t", task.Account{ID: a.ID, Password: "p"}, account("b", "c"))); err == nil {
		t.Error("a reference with a password was stored")
	}
	if tasks := must[[]task.Task](t)(s.Tasks(t.Context())); len(tasks) != 0 {
		t.Errorf("%d tasks", len(tasks))
	}
}

func TestStoredAccount_aFormThatShowsNoReferenceKeepsIt(t *testing.T) {
	s := openNew(t)
	a := storedAccount(t, s, "archive")
	tk := save(t, s, referring("t", account("work", "w-secret"), task.Account{ID: a.ID}))
	typed := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	typed.Destination.ID = "" // what a form that knows servers and users alone sends back
	typed.Name = "renamed"
	save(t, s, &typed)
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Destination.ID != a.ID || got.Name != "renamed" {
		t.Errorf("%+v", got.Destination)
	}
	// Another mailbox is another account, and its password nobody knows.
	typed.Destination.ID, typed.Destination.User = "", "bob"
	if err := s.SaveTask(t.Context(), &typed); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("%v", err)
	}
	typed.Destination.Password = "b-secret"
	save(t, s, &typed)
	if got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID)); got.Destination.ID != "" || got.Destination.Password.Reveal() != "b-secret" {
		t.Errorf("%+v", got.Destination)
	}
}

func TestSnapshot_isForgottenWithTheAccountThatItWasOf(t *testing.T) {
	s := openNew(t)
	a := storedAccount(t, s, "a")
	want := task.Snapshot{At: time.UnixMilli(1_700_000_000_000).UTC(), Server: "Dovecot", Capabilities: []string{"IDLE"}, Folders: 3, Messages: 7}
	if err := s.SetSnapshot(t.Context(), a.ID, want); err != nil {
		t.Fatal(err)
	}
	got := must[[]task.StoredAccount](t)(s.Accounts(t.Context()))
	if diff := cmp.Diff(want, got[0].Snapshot); diff != "" {
		t.Error(diff)
	}
	a.Account.Host, a.Account.Password = "b.example.org", "new"
	if err := s.SaveAccount(t.Context(), &a); err != nil {
		t.Fatal(err)
	}
	if got := must[task.StoredAccount](t)(s.Account(t.Context(), a.ID)); !got.Snapshot.At.IsZero() {
		t.Errorf("%+v", got.Snapshot)
	}
}

func TestLocalDomain_opensEveryMailboxWithOneCredential(t *testing.T) {
	s := openNew(t)
	d := localDomain(t, s, "example.org")
	ann := save(t, s, referring("ann", account("old", "o-secret"), task.Account{Local: "ann@example.org"}))
	bob := save(t, s, referring("bob", task.Account{Local: "bob@example.org"}, account("old", "o-secret")))
	for range 2 {
		got := must[task.Task](t)(s.Credentials(t.Context(), ann.ID)).Destination
		if got.LoginName() != "ann@example.org*warden" || got.Password != d.Server.Password || got.Host != "mail.example.org" {
			t.Errorf("%s with %q", got.LoginName(), got.Password.Reveal())
		}
		// The next round has another password, for all.
		d.Server.Password = "changed"
		if err := s.SaveLocalDomain(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []string{"ann@example.net", "ann*warden@example.org", "nobody"} {
		if err := s.SaveTask(t.Context(), referring(wrong, account("old", "o"), task.Account{Local: wrong})); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
	d.Way, d.Short = task.ByAuthzid, true
	if err := s.SaveLocalDomain(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := must[task.Task](t)(s.Credentials(t.Context(), bob.ID)).Sources[0].Account; got.User != "warden" || got.Authzid != "bob" || got.Password.Reveal() != "changed" {
		t.Errorf("%s", got)
	}
	d.Server.Host, d.Server.Password = "evil.example.org", ""
	if err := s.SaveLocalDomain(t.Context(), d); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("another host: %v", err)
	}
	if err := s.DeleteLocalDomain(t.Context(), "example.org"); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), `["ann" "bob"]`) {
		t.Errorf("%v", err)
	}
	if got := must[task.Account](t)(s.LocalAccount(t.Context(), "cy@example.org")); got.Authzid != "cy" || got.Password.Reveal() != "changed" {
		t.Errorf("%s", got)
	}
}

func TestLocalDomain_anAddressThatItDoesNotTakeAnyMoreHidesNoTask(t *testing.T) {
	s := openNew(t)
	d := localDomain(t, s, "example.org")
	bad := save(t, s, referring("bad", account("old", "o-secret"), task.Account{Local: "ann+bob@example.org"}))
	good := save(t, s, referring("good", account("old", "o-secret"), task.Account{Local: "cy@example.org"}))
	d.Server.Sep, d.Server.Password = "+", "warden-secret"
	if err := s.SaveLocalDomain(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if tasks := must[[]task.Task](t)(s.Tasks(t.Context())); len(tasks) != 2 || tasks[0].Destination.Local != "ann+bob@example.org" || tasks[1].Destination.Host != "mail.example.org" {
		t.Errorf("%+v", tasks)
	}
	if _, err := s.Credentials(t.Context(), bad.ID); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "ann+bob@example.org") {
		t.Errorf("%v", err)
	}
	if got := must[task.Task](t)(s.Credentials(t.Context(), good.ID)).Destination; got.LoginName() != "cy@example.org+warden" {
		t.Errorf("%q", got.LoginName())
	}
	typed := must[task.Task](t)(s.Task(t.Context(), bad.ID))
	typed.Destination.Local = "cy@example.org"
	save(t, s, &typed)
}

func TestDirectory_givesBackWhatWasSaved(t *testing.T) {
	s := openNew(t)
	d := task.Directory{
		Name: "ldap", Kind: task.DirectoryLDAP, URL: "ldaps://ldap.example.org", BindDN: "cn=reader,dc=example,dc=org",
		Password: "r-secret", Base: "dc=example,dc=org",
	}
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, must[task.Directory](t)(s.Directory(t.Context(), "ldap")), cmp.Comparer(func(a, b task.Password) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Error(diff)
	}
	if all := must[[]task.Directory](t)(s.Directories(t.Context())); len(all) != 1 || all[0].Password != "" {
		t.Errorf("%+v", all)
	}
	d.Password, d.Filter = "", "(mail=*)"
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Errorf("another filter: %v", err)
	}
	d.URL = "ldaps://evil.example.org"
	if err := s.SaveDirectory(t.Context(), &d); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("another server: %v", err)
	}
	if err := s.DeleteDirectory(t.Context(), d.ID); err != nil {
		t.Error(err)
	}
}

func rule(t testing.TB, s *Store) task.Rule {
	t.Helper()
	localDomain(t, s, "old.example")
	localDomain(t, s, "example.org")
	d := task.Directory{Name: "list", Kind: task.DirectoryStatic, Users: []task.DirectoryUser{{Address: "ann@example.org"}}}
	if err := s.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	r := task.Rule{
		Name: "move", Directory: d.ID, Source: task.Account{Local: "{user}@old.example"}, Destination: task.Account{Local: "{address}"},
		Schedule: task.Schedule{Every: time.Hour},
	}
	if err := s.SaveRule(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRule_keepsWhatItRefersTo(t *testing.T) {
	s := openNew(t)
	r := rule(t, s)
	a := storedAccount(t, s, "archive")
	second := task.Rule{Name: "backup", Directory: r.Directory, Source: task.Account{Local: "{address}"}, Destination: task.Account{ID: a.ID, Root: "{address}"}}
	if err := s.SaveRule(t.Context(), &second); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"domain": s.DeleteLocalDomain(t.Context(), "old.example"), "account": s.DeleteAccount(t.Context(), a.ID), "directory": s.DeleteDirectory(t.Context(), r.Directory),
	} {
		if !errors.Is(err, ErrInUse) {
			t.Errorf("the %s: %v", name, err)
		}
	}
	third := second
	third.ID, third.Directory = "", "nowhere"
	third.Name = "third"
	if err := s.SaveRule(t.Context(), &third); !errors.Is(err, ErrNotFound) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func taskNames(t testing.TB, s *Store) (working, paused []string) {
	t.Helper()
	for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
		if tk.Pause.At.IsZero() {
			working = append(working, tk.Name)
		} else {
			paused = append(paused, tk.Name)
		}
	}
	return working, paused
}

func TestApplyRule_givesEachUserOneTask(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_800_000_000_000)
	setClock(s, &now)
	r := rule(t, s)
	apply := func(many bool, addresses ...string) task.RuleResult {
		t.Helper()
		now = now.Add(time.Minute)
		return must[task.RuleResult](t)(s.ApplyRule(t.Context(), r.ID, addresses, many))
	}
	if got := apply(false, "ann@example.org", "bob@example.org", "ann@example.org"); got.Made != 2 {
		t.Errorf("%+v", got)
	}
	if got := apply(false, "ann@example.org", "bob@example.org"); got != (task.RuleResult{Users: 2}) {
		t.Errorf("the second time: %+v", got)
	}
	for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
		if tk.Rule.Name != "move" || !strings.HasSuffix(tk.Name, ": "+tk.Rule.User) || tk.Schedule.Every != time.Hour {
			t.Errorf("%+v", tk)
		}
		if src := must[task.Task](t)(s.Credentials(t.Context(), tk.ID)).Sources[0].Account; src.Host != "mail.old.example" || src.Password.Reveal() != "warden-secret" {
			t.Errorf("%s", src)
		}
	}

	// Who leaves pauses a task, who is back resumes it, and nothing is deleted.
	if got := apply(false, "bob@example.org"); got.Paused != 1 {
		t.Errorf("%+v", got)
	}
	if _, paused := taskNames(t, s); len(paused) != 1 || paused[0] != "move: ann@example.org" {
		t.Errorf("%q", paused)
	}
	if got := apply(false, "ann@example.org", "bob@example.org"); got.Resumed != 1 {
		t.Errorf("%+v", got)
	}

	// What a person paused is the person's to resume.
	tasks := must[[]task.Task](t)(s.Tasks(t.Context()))
	if err := s.PauseTask(t.Context(), tasks[0].ID, "admin"); err != nil {
		t.Fatal(err)
	}
	if got := apply(false, "ann@example.org", "bob@example.org"); got.Resumed != 0 {
		t.Errorf("%+v", got)
	}

	// A change of the rule reaches its tasks, one of a task by hand stays.
	mine := tasks[1]
	mine.Name, mine.Schedule = "mine", task.Schedule{Every: 2 * time.Hour}
	save(t, s, &mine)
	apply(false, "ann@example.org", "bob@example.org")
	if got := must[task.Task](t)(s.Task(t.Context(), mine.ID)); got.Schedule.Every != 2*time.Hour || got.Rule.User != "bob@example.org" {
		t.Errorf("%+v", got)
	}
	now = now.Add(time.Minute)
	r.Schedule.Every = 3 * time.Hour
	if err := s.SaveRule(t.Context(), &r); err != nil {
		t.Fatal(err)
	}
	if got := apply(false, "ann@example.org", "bob@example.org"); got.Changed != 2 {
		t.Errorf("%+v", got)
	}
	if got := must[task.Task](t)(s.Task(t.Context(), mine.ID)); got.Schedule.Every != 3*time.Hour || got.Name != "mine" {
		t.Errorf("%+v", got)
	}

	// Without the rule its tasks are like any other.
	if err := s.DeleteRule(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	for _, tk := range must[[]task.Task](t)(s.Tasks(t.Context())) {
		if tk.Rule.ID != "" {
			t.Errorf("%+v", tk.Rule)
		}
	}
}

func TestApplyRule_doesNotBelieveThatEverybodyHasLeft(t *testing.T) {
	s := openNew(t)
	r := rule(t, s)
	var all []string
	for i := range 30 {
		all = append(all, fmt.Sprintf("u%d@example.org", i))
	}
	must[task.RuleResult](t)(s.ApplyRule(t.Context(), r.ID, all, false))
	for _, left := range [][]string{nil, all[:3]} {
		if _, err := s.ApplyRule(t.Context(), r.ID, left, false); !errors.Is(err, ErrUnlikely) {
			t.Errorf("%d left: %v", len(left), err)
		}
		if _, paused := taskNames(t, s); len(paused) > 0 {
			t.Errorf("%d left: %q were paused", len(left), paused)
		}
	}
	if got := must[task.Rule](t)(s.Rule(t.Context(), "move")); !strings.Contains(got.Result.Fault, "27 of 30 users are gone") {
		t.Errorf("%+v", got.Result)
	}
	if got := must[task.RuleResult](t)(s.ApplyRule(t.Context(), r.ID, all[:3], true)); got.Paused != 27 {
		t.Errorf("%+v", got)
	}
}

func TestApplyRule_oneUserInTroubleDoesNotStopTheOthers(t *testing.T) {
	s := openNew(t)
	r := rule(t, s)
	save(t, s, newTask("move: bob@example.org"))
	got, err := s.ApplyRule(t.Context(), r.ID, []string{"x*y@example.org", "bob@example.org", "../up@example.org", "cy@example.org", "dee@example.net"}, false)
	if got.Made != 1 || !errors.Is(err, ErrNameTaken) || !strings.Contains(err.Error(), "and 1 more") {
		t.Errorf("%+v, %v", got, err)
	}
	if working, _ := taskNames(t, s); len(working) != 2 {
		t.Errorf("%q", working)
	}
}

func TestRule_faults(t *testing.T) {
	for name, r := range map[string]task.Rule{
		"same task":   {Name: "r", Directory: "d", Source: task.Account{ID: "a"}, Destination: task.Account{ID: "b"}},
		"into itself": {Name: "r", Directory: "d", Source: task.Account{Local: "{address}"}, Destination: task.Account{Local: "{address}"}},
		"passwords":   {Name: "r", Directory: "d", Source: account("a", "b"), Destination: task.Account{Local: "{address}"}},
		"no name":     {Directory: "d", Source: task.Account{ID: "a"}, Destination: task.Account{Local: "{address}"}},
	} {
		if r.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestUpsertTasks_makesChangesAndChecks(t *testing.T) {
	s := openNew(t)
	batch := task.Batch{Name: "old.csv"}
	if err := s.CreateBatch(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	keep := func(tk *task.Task) Upsert { return Upsert{Task: *tk, KeepHooks: true, KeepSchedule: true} }
	list := []Upsert{
		keep(referring("a", account("x", "x-secret"), account("y", "y-secret"))),
		keep(referring("b", account("x", ""), account("y", "y-secret"))), // the password is missing
		keep(referring("c", task.Account{Local: "nobody@example.org"}, account("y", "y-secret"))),
		keep(referring("d", account("x", "x-secret"), account("y", "y-secret"))),
	}
	effects := func(list []Upserted) (out []task.Effect) {
		for _, u := range list {
			out = append(out, u.Effect)
		}
		return out
	}
	want := []task.Effect{task.EffectMade, task.EffectFailed, task.EffectFailed, task.EffectMade}
	for _, check := range []bool{true, false} {
		got := must[[]Upserted](t)(s.UpsertTasks(t.Context(), batch.ID, list, check))
		if diff := cmp.Diff(want, effects(got)); diff != "" {
			t.Error(diff)
		}
		if !errors.Is(got[1].Err, ErrPasswordNeeded) || !errors.Is(got[2].Err, ErrNotFound) {
			t.Errorf("%v, %v", got[1].Err, got[2].Err)
		}
		working, _ := taskNames(t, s)
		if stored := len(working); check && stored != 0 || !check && stored != 2 {
			t.Errorf("check %t: %q", check, working)
		}
	}
	before := must[task.Task](t)(s.Task(t.Context(), must[[]task.Task](t)(s.Tasks(t.Context()))[0].ID))
	if before.Batch != batch.ID {
		t.Errorf("it is of batch %q", before.Batch)
	}
	second := referring("a", account("z", "z-secret"), account("y", ""))
	second.Sources[0].Name = "more"
	got := must[[]Upserted](t)(s.UpsertTasks(t.Context(), batch.ID, []Upsert{
		keep(referring("a", account("x", ""), account("y", ""))), // as it is
		keep(second), // one more source
		{Task: *referring("d", account("x", "new"), account("y", "")), KeepHooks: true, KeepSchedule: true},
	}, false))
	if diff := cmp.Diff([]task.Effect{task.EffectSame, task.EffectChanged, task.EffectChanged}, effects(got)); diff != "" {
		t.Error(diff, got)
	}
	a := must[task.Task](t)(s.Credentials(t.Context(), before.ID))
	if len(a.Sources) != 2 || a.Sources[0].Account.Password.Reveal() != "x-secret" || a.Sources[1].Account.Password.Reveal() != "z-secret" || a.Destination.Password.Reveal() != "y-secret" {
		t.Errorf("%+v", a)
	}
	totals := task.BatchTotals{Rows: 4, Made: 2, Failed: 2}
	if err := s.SetTotals(t.Context(), batch.ID, totals); err != nil {
		t.Fatal(err)
	}
	if got := must[[]task.Batch](t)(s.Batches(t.Context(), Among{All: true}, 5)); len(got) != 1 || got[0].Totals != totals || got[0].Name != "old.csv" {
		t.Errorf("%+v", got)
	}
}

func TestOpen_tasksOfEarlierVersionsReferToNothing(t *testing.T) {
	path := older(t, 3, `INSERT INTO task (id, name, destination, destination_password, every_ms, created_at, updated_at)
		VALUES ('a', 'old', '{"kind":"imap","host":"a.example.org","port":993,"tls":"implicit","user":"a"}', '', 0, 1, 1)`)
	s := openAt(t, path, testBox(t, filepath.Dir(path)))
	if got := must[task.Task](t)(s.Task(t.Context(), "a")); got.Destination.Referred() || got.Rule.ID != "" || got.Destination.Host != "a.example.org" {
		t.Errorf("%+v", got)
	}
}
