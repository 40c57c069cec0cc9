package app

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// someAdmin does things; a password, which takes long, is not needed for that.
var someAdmin = access.User{ID: "u-root", Name: "root", Role: access.RoleAdmin}

// refusingServer is an IMAP server that refuses every login, and says which there were.
func refusingServer(t *testing.T) (a task.Account, logins chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	logins = make(chan string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1] ready\r\n")
				for lines := bufio.NewScanner(c); lines.Scan(); {
					tag, command, _ := strings.Cut(lines.Text(), " ")
					if strings.HasPrefix(strings.ToUpper(command), "LOGIN") {
						logins <- command
					}
					fmt.Fprintf(c, "%s NO [AUTHENTICATIONFAILED] no\r\n", tag)
				}
			}()
		}
	}()
	at := netip.MustParseAddrPort(l.Addr().String())
	return task.Account{Kind: task.KindIMAP, Host: at.Addr().String(), Port: int(at.Port()), TLS: task.TLSNone, User: "ann", Password: "stored-secret"}, logins
}

func TestService_looksAtAccountsAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := by(t.Context(), someAdmin)
	account, logins := refusingServer(t)
	elsewhere, stolen := refusingServer(t)
	stored, err := s.SaveStoredAccount(ctx, task.StoredAccount{Name: "archive", Account: account})
	if err != nil {
		t.Fatal(err)
	}

	// As it is stored: what comes of it is remembered, with the remedy.
	test, err := s.LookAtAccount(ctx, stored.ID, stored.Account)
	if err != nil || test.OK || len(test.Hints) == 0 || !strings.Contains(test.Hints[0].Remedy, "check the user name and the password") {
		t.Errorf("%+v, %v", test, err)
	}
	if got := <-logins; !strings.Contains(got, "stored-secret") {
		t.Errorf("the login was %q", got)
	}
	if stored, err = s.StoredAccount(ctx, stored.ID); err != nil || !strings.Contains(stored.Snapshot.Fault, "login refused") {
		t.Errorf("remembered: %+v, %v", stored.Snapshot, err)
	}

	// As it is typed: nothing is stored.
	typed := stored.Account
	typed.Password = "typed-secret"
	if _, err := s.LookAtAccount(ctx, stored.ID, typed); err != nil {
		t.Error(err)
	}
	if got := <-logins; !strings.Contains(got, "typed-secret") {
		t.Errorf("the login was %q", got)
	}

	// Elsewhere the stored password is not sent.
	typed = stored.Account
	typed.Port = elsewhere.Port
	if _, err := s.LookAtAccount(ctx, stored.ID, typed); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("another server: %v", err)
	}
	if len(stolen) > 0 {
		t.Errorf("another server was told %q", <-stolen)
	}
	if _, err := s.LookAtAccount(ctx, "", task.Account{Kind: task.KindIMAP}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("no account: %v", err)
	}
	if _, err := s.LookAtAccount(ctx, "nobody's", stored.Account); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("an account that is not there: %v", err)
	}

	// With --public-only nothing on this machine is looked at, nor asked.
	s.work.conn.Reach = &Reach{}
	typed = elsewhere
	test, err = s.LookAtAccount(ctx, "", typed)
	if err != nil || test.OK || !strings.Contains(test.Sentence, "is no public address") || len(stolen) > 0 {
		t.Errorf("out of reach: %+v, %v", test, err)
	}
}

func TestService_namesWhatUsesAnAccount(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local()) // tasks of others need a user who is there
	account, _ := refusingServer(t)
	stored, err := s.SaveStoredAccount(ctx, task.StoredAccount{Name: "archive", Account: account})
	if err != nil {
		t.Fatal(err)
	}
	if u, err := s.AccountUses(ctx, stored.ID); err != nil || !u.None() {
		t.Errorf("%+v, %v", u, err)
	}
	for i := range web.ShownUses + 2 {
		tk := task.Task{Name: fmt.Sprintf("task %02d", i), Sources: []task.Source{{Name: "s", Account: task.Account{ID: stored.ID, Root: fmt.Sprint("R", i)}}}, Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir()}}
		if _, err := s.SaveTask(ctx, tk); err != nil {
			t.Fatal(err)
		}
	}
	u, err := s.AccountUses(ctx, stored.ID)
	if err != nil || len(u.First) != web.ShownUses || u.More != 2 || u.First[0].Name != "task 00" || u.First[0].Kind != "task" {
		t.Errorf("%+v, %v", u, err)
	}
	if err := s.DeleteStoredAccount(ctx, stored.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("in use: %v", err)
	}
}

// withDomain has a local domain, whose server refuses everybody.
func withDomain(t *testing.T) *service {
	t.Helper()
	s := newService(t)
	server, _ := refusingServer(t)
	server.User = ""
	d := task.LocalDomain{Domain: "example.org", Way: task.ByMaster, Admin: "warden", Server: server}
	if err := s.SaveLocalDomain(by(t.Context(), someAdmin), d, true); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestService_keepsLocalDomains(t *testing.T) {
	t.Parallel()
	s := withDomain(t)
	ctx := by(t.Context(), someAdmin)
	d, err := s.LocalDomain(ctx, "example.org")
	if err != nil || d.Server.Password != "" {
		t.Fatalf("%+v, %v", d, err)
	}
	if err := s.SaveLocalDomain(ctx, d, true); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("made twice: %v", err)
	}
	other := d
	other.Domain = "example.net"
	if err := s.SaveLocalDomain(ctx, other, false); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("changed before it was made: %v", err)
	}
	d.Server.Host = "localhost"
	if err := s.SaveLocalDomain(ctx, d, false); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "password is needed") {
		t.Errorf("another server without a password: %v", err)
	}
	test, err := s.LookAtMailbox(ctx, "ann@example.org")
	if err != nil || test.OK || !strings.Contains(test.Sentence, "login refused") {
		t.Errorf("%+v, %v", test, err)
	}
	if _, err := s.LookAtMailbox(ctx, "ann@example.net"); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("another domain: %v", err)
	}
	if err := s.DeleteLocalDomain(ctx, "example.org"); err != nil {
		t.Error(err)
	}
	if _, err := s.LocalDomain(ctx, "example.org"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestService_directoriesAnswerInWords(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := by(t.Context(), someAdmin)
	file := filepath.Join(t.TempDir(), "staff.csv")
	var table strings.Builder
	table.WriteString("address;name;groups\n")
	for i := range 212 {
		fmt.Fprintf(&table, "user%03d@example.org;User %d;%s\n", i, i, []string{"staff", "staff, movers"}[min(1, i%3)])
	}
	if err := os.WriteFile(file, []byte(table.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	d := task.Directory{Name: "staff", Kind: task.DirectoryCSV, File: file}
	answer, err := s.AskDirectory(ctx, d, web.DirectoryAsk{})
	if err != nil || answer.Fault != "" || answer.Total != 212 || len(answer.Users) != web.ShownUsers || len(answer.Groups) == 0 || answer.Groups[0] != "staff" {
		t.Errorf("%d users, groups %q, fault %q, %v", answer.Total, answer.Groups, answer.Fault, err)
	}
	if answer, err = s.AskDirectory(ctx, d, web.DirectoryAsk{Text: " USER 21", Group: "STAFF"}); err != nil || answer.Total != 3 {
		t.Errorf("the search finds %d, %v", answer.Total, err)
	}
	d.File += ".gone"
	if answer, err = s.AskDirectory(ctx, d, web.DirectoryAsk{}); err != nil || answer.Total != 0 || !strings.Contains(answer.Fault, "staff.csv.gone") {
		t.Errorf("a file that is not there: %+v, %v", answer, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	down := task.Directory{Name: "dc", Kind: task.DirectoryLDAP, URL: "ldap://" + l.Addr().String() + "?tls=none", Base: "dc=example", BindDN: "cn=reader,dc=example", Password: "d-secret"}
	if answer, err = s.AskDirectory(ctx, down, web.DirectoryAsk{}); err != nil || !strings.Contains(answer.Fault, "no connection") || !strings.Contains(answer.Fault, "whether the server is up") {
		t.Errorf("a server that is down: %+v, %v", answer, err)
	}
	saved, err := s.SaveDirectory(ctx, down)
	if err != nil || saved.Password != "" {
		t.Fatalf("%+v, %v", saved, err)
	}
	if got, err := s.Directory(ctx, "dc"); err != nil || got.Password != "" || got.ID != saved.ID {
		t.Errorf("the directory is told with its password, or %v", err)
	}
	saved.URL = "ldap://127.0.0.2?tls=none"
	if _, err := s.AskDirectory(ctx, saved, web.DirectoryAsk{}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("the stored password for another server: %v", err)
	}
	if err := s.DeleteDirectory(ctx, "dc"); err != nil {
		t.Error(err)
	}
}

func TestService_rulesDoWhatTheirPreviewSays(t *testing.T) {
	t.Parallel()
	s := withDomain(t)
	ctx := by(t.Context(), someAdmin)
	few := task.Directory{Name: "few", Kind: task.DirectoryStatic}
	for i := range 15 {
		few.Users = append(few.Users, task.DirectoryUser{Address: fmt.Sprintf("user%02d@example.org", i), Groups: []string{"movers"}})
	}
	few.Users = append(few.Users, task.DirectoryUser{Address: "other@example.org"})
	few, err := s.SaveDirectory(ctx, few)
	if err != nil {
		t.Fatal(err)
	}
	rule := task.Rule{
		Name: "move", Directory: few.ID, Group: "movers",
		Source: task.Account{Local: "{user}@example.org"}, Destination: task.Account{Kind: task.KindMaildir, Dir: filepath.Join(t.TempDir(), "{user}")},
	}
	preview, err := s.PreviewRule(ctx, rule)
	if err != nil || preview.Count[web.RuleMakes] != 15 || len(preview.Lines) != 15 || preview.Lines[0].From != "user00@example.org" || !strings.HasSuffix(preview.Lines[0].To, "/user00") {
		t.Errorf("%+v, %v", preview, err)
	}
	if rows, _, err := s.FindTasks(ctx, task.Query{}); err != nil || len(rows) != 0 {
		t.Errorf("the preview has made %d tasks, %v", len(rows), err)
	}
	if rule, err = s.SaveRule(ctx, rule); err != nil {
		t.Fatal(err)
	}
	result, err := s.ApplyRule(ctx, rule.ID, false)
	if err != nil || result.Made != 15 {
		t.Errorf("%+v, %v", result, err)
	}

	// Most have left, and one is new.
	few.Users = []task.DirectoryUser{{Address: "user00@example.org", Groups: []string{"movers"}}, {Address: "new@example.org", Groups: []string{"movers"}}}
	if few, err = s.SaveDirectory(ctx, few); err != nil {
		t.Fatal(err)
	}
	preview, err = s.PreviewRule(ctx, rule)
	if err != nil || !preview.Unlikely || preview.Count[web.RulePauses] != 14 || preview.Count[web.RuleKeeps] != 1 || preview.Count[web.RuleMakes] != 1 {
		t.Errorf("%+v, %v", preview.Count, err)
	}
	if _, err := s.ApplyRule(ctx, rule.ID, false); !errors.Is(err, web.ErrConflict) {
		t.Errorf("unlikely: %v", err)
	}
	if result, err = s.ApplyRule(ctx, rule.ID, true); err != nil || result.Made != 1 || result.Paused != 14 {
		t.Errorf("%+v, %v", result, err)
	}
	few.Users = append(few.Users, task.DirectoryUser{Address: "user01@example.org", Groups: []string{"movers"}})
	if _, err = s.SaveDirectory(ctx, few); err != nil {
		t.Fatal(err)
	}
	if preview, err = s.PreviewRule(ctx, rule); err != nil || preview.Count[web.RuleResumes] != 1 || preview.Count[web.RulePauses] != 0 {
		t.Errorf("%+v, %v", preview.Count, err)
	}

	if err := s.DeleteDirectory(ctx, few.ID); !errors.Is(err, web.ErrConflict) {
		t.Errorf("a directory that a rule asks: %v", err)
	}
	if err := s.DeleteLocalDomain(ctx, "example.org"); !errors.Is(err, web.ErrConflict) {
		t.Errorf("a domain that tasks need: %v", err)
	}
	if u, err := s.DomainUses(ctx, "example.org"); err != nil || u.First[0].Kind != "rule" || u.More == 0 {
		t.Errorf("%+v, %v", u, err)
	}
	unknown := rule
	unknown.Directory = "nobody's"
	if _, err := s.SaveRule(ctx, unknown); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if err := s.DeleteRule(ctx, rule.ID); err != nil {
		t.Error(err)
	}
	if rows, _, err := s.FindTasks(ctx, task.Query{}); err != nil || len(rows) != 16 {
		t.Errorf("%d tasks are left, %v", len(rows), err)
	}
	events, err := s.Events(ctx, access.Filter{Kind: kindRule, Limit: 20})
	if err != nil || len(events) != 5 {
		t.Errorf("%d events of the rule, %v", len(events), err)
	}
}

func TestPreview_refusesWhatCanNotBeATask(t *testing.T) {
	rule := task.Rule{ID: "r", Source: task.Account{ID: "a", Root: "{user}"}, Destination: task.Account{Local: "{address}"}}
	p := previewRule(rule, []task.DirectoryUser{{Address: "a/b@example.org"}, {Address: "ann@example.org"}}, []store.RuleTask{{ID: "t", User: "ann@example.org", Paused: true}})
	if p.Lines[0].Effect != web.RuleRefuses || p.Lines[0].Fault == "" || p.Lines[1].Effect != web.RuleKeeps || p.Lines[1].From != "ann" {
		t.Errorf("%+v", p.Lines)
	}
}

func TestService_saysWhatIsInForce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := by(t.Context(), someAdmin)
	four := 4
	s.options = ServeOptions{Workers: 8, Limits: Limits{PerHost: &four}, Also: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Reach: &Reach{}, Data: "/data"}
	s.relays = map[string]Relay{"office": {}, "archive": {}}
	if err := s.SetLimits(ctx, web.Limits{Runs: 12, PerAccount: 1}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Settings(ctx)
	if err != nil || got.Limits != (web.Limits{Runs: 12, PerAccount: 1}) || got.Workers != 8 || !got.WorkersGiven || !got.PublicOnly || !got.Fixed.PerHost || got.Fixed.Runs ||
		strings.Join(got.Also, " ") != "10.1.0.0/16" || strings.Join(got.Relays, " ") != "archive office" || got.Retention <= 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.SetLimits(ctx, web.Limits{Runs: -1}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("less than nothing: %v", err)
	}
	events, err := s.Events(ctx, access.Filter{Deed: access.DeedLimits, Limit: 5})
	if err != nil || len(events) != 1 || events[0].Actor != "root" || !strings.Contains(events[0].Detail, "12 runs") {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestProviders_allHaveAServerThatCanBeRead(t *testing.T) {
	s := &service{work: &executor{conn: ConnOptions{Log: quiet}}} // no database takes part
	filled := 0
	for _, p := range s.Providers(t.Context()) {
		if p.Name == "" || !p.Password && !p.AppPassword && !p.OAuth {
			t.Errorf("%+v is not whole", p)
		}
		if p.Server.Host == "" {
			continue
		}
		filled++
		if of, ok := s.ProviderOf(t.Context(), p.Server.Host); !ok || of.ID != p.ID {
			t.Errorf("%s is of %q", p.Server.Host, of.ID)
		}
	}
	if filled < 8 {
		t.Errorf("%d providers have a server", filled)
	}
	found, err := s.FindServer(t.Context(), "ann@gmail.com")
	if err != nil || len(found.Candidates) == 0 || found.Candidates[0].Provider != "Gmail" || !found.Candidates[0].Sure {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err = s.FindServer(t.Context(), "nonsense"); err != nil || found.Fault == "" {
		t.Errorf("%+v, %v", found, err)
	}
}
