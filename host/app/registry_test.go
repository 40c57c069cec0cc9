package app

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// newRegistry opens a registry on a directory of its own.
func newRegistry(t *testing.T) (r *Registry, dir string) {
	t.Helper()
	dir = t.TempDir()
	r, err := OpenRegistry(t.Context(), RegistryOptions{KeepOptions: KeepOptions{Data: dir, Getenv: noEnv}, Log: quiet, Timeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, dir
}

// run executes a task as the job queue does.
func (r *Registry) run(t *testing.T, id, dir string) *task.Report {
	t.Helper()
	data, err := openDataDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := &executor{store: r.store, shelf: r.shelf, data: data, conn: r.conn}
	queued, err := r.store.CreateRun(t.Context(), id, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.store.ClaimRun(t.Context(), store.TicketOf(queued))
	if err != nil {
		t.Fatal(err)
	}
	report := e.execute(t.Context(), run, func(task.Progress) {}, func(task.LogLine) {})
	if err := r.store.FinishRun(t.Context(), store.TicketOf(run), report); err != nil {
		t.Fatal(err)
	}
	return report
}

func serverOf(t *testing.T, address string) task.Account {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return task.Account{Kind: task.KindIMAP, TLS: task.TLSNone, Host: host, Port: n}
}

func makeLocal(t *testing.T, r *Registry, domain, address string) {
	t.Helper()
	d := task.LocalDomain{Domain: domain, Server: serverOf(t, address), Way: task.ByMaster, Admin: mailtest.MasterUser, Short: true}
	d.Server.Password = mailtest.MasterPassword
	if err := r.SaveLocalDomain(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

const people = `dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=ann,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Ann
mail: ann@example.org

dn: uid=bob,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: Bob
mail: bob@example.org

dn: cn=movers,ou=people,dc=example,dc=org
objectClass: groupOfNames
cn: movers
member: uid=ann,ou=people,dc=example,dc=org

`

func TestRule_movesUsersOfAGroupWithoutTheirPasswords(t *testing.T) {
	ldap := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: people})
	old := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	fresh := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 11, Messages: 40, Folders: 4})
	c := old.Dial("ann")
	c.Fill(corpus)
	c.Close()

	r, dir := newRegistry(t)
	makeLocal(t, r, "old.example", old.Addr())
	makeLocal(t, r, "example.org", fresh.Addr())
	d := task.Directory{
		Name: "ldap", Kind: task.DirectoryLDAP, URL: ldap.URL() + "?tls=none", BindDN: mailtest.SlapdReader, Password: mailtest.SlapdPassword,
		Base: "ou=people,dc=example,dc=org", GroupBase: "ou=people,dc=example,dc=org",
	}
	if err := r.SaveDirectory(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	rule := task.Rule{
		Name: "move", Directory: d.ID, Group: "movers",
		Source: task.Account{Local: "{user}@old.example"}, Destination: task.Account{Local: "{address}"},
		Schedule: task.Schedule{Every: time.Hour},
	}
	if err := r.SaveRule(t.Context(), &rule); err != nil {
		t.Fatal(err)
	}

	// The service applies it by itself.
	_, stop := startService(t, dir)
	var tasks []task.Task
	for deadline := time.Now().Add(20 * time.Second); len(tasks) == 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var err error
		if tasks, err = r.store.Tasks(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if len(tasks) != 1 || tasks[0].Rule.User != "ann@example.org" || tasks[0].Rule.Name != "move" {
		t.Fatalf("%+v", tasks)
	}

	report := r.run(t, tasks[0].ID, dir)
	if report.Outcome != task.OutcomeDone {
		t.Fatalf("%s: %s", report.Outcome, report.Cause)
	}
	c = fresh.Dial("ann")
	defer c.Close()
	if diff := mailtest.Diff(corpus, c.DumpUTF8()); diff != "" {
		t.Error(diff)
	}

	// A directory that is down pauses nobody.
	ldap.Kill()
	if _, err := r.ApplyRule(t.Context(), "move", true); OutcomeOf(err) != task.OutcomeTemporary {
		t.Errorf("%v", err)
	}
	again, err := r.store.Task(t.Context(), tasks[0].ID)
	if err != nil || !again.Pause.At.IsZero() {
		t.Errorf("%+v, %v", again.Pause, err)
	}
}

func TestStoredAccount_aNewPasswordMendsItsTasks(t *testing.T) {
	server := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	r, dir := newRegistry(t)
	stored := task.StoredAccount{Name: "ann", Account: serverOf(t, server.Addr())}
	stored.Account.User, stored.Account.Password = "ann", "expired"
	if err := r.SaveAccount(t.Context(), &stored); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range 2 {
		tk := task.Task{
			Name: fmt.Sprint("backup ", i), Sources: []task.Source{{Name: "source", Account: task.Account{ID: stored.ID}}},
			Destination: task.Account{Kind: task.KindMaildir, Dir: filepath.Join(t.TempDir(), "backup")},
		}
		if err := r.store.SaveTask(t.Context(), &tk); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, tk.ID)
	}
	if report := r.run(t, ids[0], dir); report.Outcome != task.OutcomeNeedsUser || !strings.Contains(report.Cause, "login refused") {
		t.Errorf("%s: %s", report.Outcome, report.Cause)
	}
	test, err := r.TestAccount(t.Context(), "ann")
	if err != nil || test.OK || test.Outcome != task.OutcomeNeedsUser || len(test.Hints) == 0 {
		t.Errorf("%+v, %v", test, err)
	}
	stored.Account.Password = "secret"
	if err := r.SaveAccount(t.Context(), &stored); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if report := r.run(t, id, dir); report.Outcome != task.OutcomeDone {
			t.Errorf("%s: %s", report.Outcome, report.Cause)
		}
	}
	if test, err = r.TestAccount(t.Context(), "ann"); err != nil || !test.OK {
		t.Errorf("%+v, %v", test, err)
	}
	if got, err := r.Account(t.Context(), "ann"); err != nil || got.Snapshot.Fault != "" || got.Snapshot.Server != "Dovecot" || got.Snapshot.Folders == 0 {
		t.Errorf("%+v, %v", got.Snapshot, err)
	}
}

func TestImportTasks_storesManyRowsInOneGo(t *testing.T) {
	r, _ := newRegistry(t)
	const rows = 2000
	var b strings.Builder
	b.WriteString("name,source,source_password,destination,destination_password\n")
	for i := range rows {
		fmt.Fprintf(&b, "n%04d,imaps://u%d@old.example,p,imaps://u%d@new.example,q\n", i, i, i)
	}
	for _, check := range []bool{true, false} {
		seen := 0
		batch, err := r.ImportTasks(t.Context(), strings.NewReader(b.String()), ImportOptions{Name: "many.csv", Check: check, Row: func(row ImportRow) {
			if seen++; row.Line != seen+1 {
				t.Fatalf("line %d comes as row %d", row.Line, seen)
			}
		}})
		if err != nil || batch.Totals != (task.BatchTotals{Rows: rows, Made: rows}) || seen != rows {
			t.Fatalf("%+v, %v", batch.Totals, err)
		}
		tasks, err := r.store.Tasks(t.Context())
		if want := map[bool]int{true: 0, false: rows}[check]; err != nil || len(tasks) != want {
			t.Fatalf("%d tasks, %v", len(tasks), err)
		}
	}
	batches, err := r.Batches(t.Context(), 10)
	if err != nil || len(batches) != 1 || batches[0].Totals.Made != rows {
		t.Errorf("%+v, %v", batches, err)
	}
}

func TestImportTasks_keepsWhatWasStoredBeforeItWasStopped(t *testing.T) {
	r, _ := newRegistry(t)
	var b strings.Builder
	b.WriteString("name,source,destination\n")
	for i := range 3 * rowsAtOnce {
		fmt.Fprintf(&b, "n%d,maildir:///srv/old/%d,maildir:///srv/new/%d\n", i, i, i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	batch, err := r.ImportTasks(ctx, strings.NewReader(b.String()), ImportOptions{Name: "x", Row: func(ImportRow) { cancel() }})
	if err == nil || batch.Totals.Made != rowsAtOnce {
		t.Errorf("%+v, %v", batch.Totals, err)
	}
	tasks, err := r.store.Tasks(t.Context())
	if err != nil || len(tasks) != rowsAtOnce {
		t.Errorf("%d tasks, %v", len(tasks), err)
	}
	if batches, err := r.Batches(t.Context(), 1); err != nil || batches[0].Totals.Made != rowsAtOnce {
		t.Errorf("%+v, %v", batches, err)
	}
}

func TestImportTasks_writesNoPassword(t *testing.T) {
	secrets := canaries{"canary-import-1d2e", "canary-import-7f3a"}
	r, dir := newRegistry(t)
	address := parrot(t)
	table := "name;source;source_password;destination;destination_password\n" +
		"a;imap://ann@" + address + "?tls=none;" + secrets[0] + ";maildir:///srv/a;\n" + // repeated by the server
		"b;imap://ann:" + secrets[1] + "@" + address + ";;maildir:///srv/b;\n" +
		"c;imap://ann@" + address + "?tls=none;" + secrets[0] + ";maildir:///srv/c;" + secrets[1] + "\n" +
		"d;" + secrets[0] + ";;maildir:///srv/d;\n"
	for _, test := range []bool{true, false} {
		var said, failed bytes.Buffer
		batch, err := r.ImportTasks(t.Context(), strings.NewReader(table), ImportOptions{Name: "x.csv", Test: test, Failed: &failed, Row: func(row ImportRow) {
			fmt.Fprintf(&said, "%+v\n", row)
		}})
		if want := map[bool]int{true: 4, false: 3}[test]; err != nil || batch.Totals.Failed != want {
			t.Errorf("%+v, %v\n%s", batch.Totals, err, said.String())
		}
		if found := secrets.in(append(said.Bytes(), failed.Bytes()...)); found != "" {
			t.Errorf("%q is in\n%s%s", found, said.String(), failed.String())
		}
	}
	secrets.notBelow(t, dir)
}

func TestOutcomeOf_refusalsAreNoFaultsOfOurs(t *testing.T) {
	r, _ := newRegistry(t)
	makeLocal(t, r, "example.org", "127.0.0.1:10143")
	_, unknown := r.Account(t.Context(), "nobody")
	_, foreign := r.TestMailbox(t.Context(), "ann@example.com")
	_, twisted := r.TestMailbox(t.Context(), "ann*bob@example.org")
	_, table := r.ImportTasks(t.Context(), strings.NewReader("nonsense"), ImportOptions{Name: "x"})
	for name, err := range map[string]error{"unknown": unknown, "foreign": foreign, "twisted": twisted, "table": table, "name": r.SaveAccount(t.Context(), &task.StoredAccount{})} {
		if OutcomeOf(err) != task.OutcomeNeedsUser {
			t.Errorf("%s: %v is %s", name, err, OutcomeOf(err))
		}
	}
	if OutcomeOf(fmt.Errorf("x: %w", store.ErrUnlikely)) != task.OutcomeSafety {
		t.Error("too many users who have left are no safety stop")
	}
}

func TestWarnings_sayWhatMayGoWrong(t *testing.T) {
	imap := task.Account{Kind: task.KindIMAP, Host: "mail.example.org"}
	good := []string{"SPECIAL-USE", "UIDPLUS"}
	tests := []struct {
		name string
		give CheckReport
		want string // of the only warning; "" is none
	}{
		{"nothing", CheckReport{TLS: "TLS 1.3", Capabilities: good}, ""},
		{"clear text", CheckReport{TLS: "none", Capabilities: good}, "reads the password"},
		{"no UIDPLUS", CheckReport{TLS: "TLS 1.3", Capabilities: good[:1]}, "no UIDPLUS"},
		{"no SPECIAL-USE", CheckReport{TLS: "TLS 1.3", Capabilities: good[1:]}, "no SPECIAL-USE"},
		{"small messages", CheckReport{TLS: "TLS 1.3", Capabilities: append(good, "APPENDLIMIT=35882577")}, "no message above 34 MiB"},
		{"APPENDLIMIT by folder", CheckReport{TLS: "TLS 1.3", Capabilities: append(good, "APPENDLIMIT")}, ""},
		{"almost full", CheckReport{TLS: "TLS 1.3", Capabilities: good, Quota: []CheckQuota{{"User quota", "STORAGE", 95, 100}}}, "User quota STORAGE is 95 % full"},
		{"half full", CheckReport{TLS: "TLS 1.3", Capabilities: good, Quota: []CheckQuota{{"", "STORAGE", 50, 100}, {"", "MESSAGE", 1, 0}}}, ""},
		{"a folder", CheckReport{TLS: "TLS 1.3", Capabilities: good, Folders: []CheckFolder{{Name: "x", Fault: "no such name"}}}, `"x" can not be used: no such name.`},
	}
	for _, tt := range tests {
		got := warnings(imap, &tt.give)
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0].Text, tt.want)) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	many := CheckReport{TLS: "TLS 1.3", Capabilities: good}
	for i := range 10 {
		many.Folders = append(many.Folders, CheckFolder{Name: fmt.Sprint(i), Fault: "x"})
	}
	if got := warnings(imap, &many); len(got) != 4 || got[3].Text != "7 more folders can not be used." {
		t.Errorf("%+v", got)
	}
}

func TestLoginHints_areThoseOfTheProvider(t *testing.T) {
	test := TestAccount(t.Context(), task.Account{Kind: task.KindIMAP, Host: "127.0.0.1", Port: 1, TLS: task.TLSNone, User: "ann", Password: "x"}, ConnOptions{Log: quiet})
	if test.OK || test.Outcome != task.OutcomeTemporary || len(test.Hints) != 1 || test.Snapshot().Fault != test.Sentence {
		t.Errorf("%+v", test)
	}
	gmail, _ := provider.ByID("gmail")
	_, refused := OpenSource(t.Context(), refusing(t), ConnOptions{Log: quiet})
	hints := LoginHints(task.Account{Host: "imap.gmail.com"}, refused)
	if len(hints) != 1+len(gmail.Hints) || !strings.Contains(hints[1].Remedy, "app password") {
		t.Errorf("%+v", hints)
	}
}

// refusing is an account of a server that refuses every login.
func refusing(t *testing.T) task.Account {
	a := serverOf(t, parrot(t))
	a.User, a.Password = "ann", "wrong"
	return a
}

func TestReach_findsServersWithinItOnly(t *testing.T) {
	r := (&Reach{}).pages()
	for address, want := range map[string]bool{"93.184.216.34:443": true, "93.184.216.34:80": false, "127.0.0.1:443": false, "10.0.0.1:443": false, "[::1]:443": false, "93.184.216.34:993": true} {
		if err := r.allows(netip.MustParseAddrPort(address)); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := (&Reach{}).allows(netip.MustParseAddrPort("93.184.216.34:443")); err == nil {
		t.Error("tasks may connect to web servers")
	}
}
