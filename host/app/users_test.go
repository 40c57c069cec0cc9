package app

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

const goodPassword = "correct horse battery"

// withUsers is a service with an admin and an ordinary user.
func withUsers(t *testing.T) (s *service, root, ann access.User) {
	t.Helper()
	s = newService(t)
	var err error
	if root, err = s.MakeFirstUser(t.Context(), "root", goodPassword); err != nil {
		t.Fatal(err)
	}
	if ann, err = s.AddUser(t.Context(), access.User{Name: "Ann@New.example", Role: access.RoleUser}, goodPassword); err != nil {
		t.Fatal(err)
	}
	return s, root, ann
}

func by(ctx context.Context, u access.User) context.Context {
	a := u.Actor()
	a.LoginID, a.Address = "l", "192.0.2.1"
	return access.With(ctx, a)
}

func TestService_loginNeedsBothNameAndPassword(t *testing.T) {
	s, root, ann := withUsers(t)
	ann.Disabled = true
	if err := s.ChangeUser(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password string
		want           bool
	}{
		{"root", goodPassword, true},
		{" ROOT ", goodPassword, true},
		{"root", goodPassword + "x", false},
		{"admin", goodPassword, false},
		{"", "", false},
		{"ann@new.example", goodPassword, false}, // disabled
	} {
		u, err := s.Login(t.Context(), tt.name, tt.password)
		if tt.want && (err != nil || u.ID != root.ID) || !tt.want && !errors.Is(err, web.ErrRefused) {
			t.Errorf("%q: %+v, %v; want %v", tt.name, u, err, tt.want)
		}
	}
	events, err := s.Events(t.Context(), access.Filter{Deed: access.DeedLoginFailed, Limit: 10})
	if err != nil || len(events) != 4 {
		t.Errorf("%d failed logins are noted, %v", len(events), err)
	}
	for _, e := range events {
		if strings.Contains(e.Object+e.Detail, "admin") {
			t.Errorf("what was typed as a name is kept: %+v", e)
		}
	}
}

func TestService_theFirstUserIsAnAdminAndThereIsOne(t *testing.T) {
	s := newService(t)
	if _, err := s.AddUser(t.Context(), access.User{Name: "ann", Role: access.RoleUser}, goodPassword); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("an ordinary user is the first: %v", err)
	}
	if _, err := s.MakeFirstUser(t.Context(), "root", "short"); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a short password: %v", err)
	}
	root, err := s.MakeFirstUser(t.Context(), "root", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.MakeFirstUser(t.Context(), "eve", goodPassword); !errors.Is(err, web.ErrConflict) {
		t.Errorf("a second first: %v", err)
	}
	root.Role = access.RoleUser
	if err := s.ChangeUser(t.Context(), root); !errors.Is(err, web.ErrConflict) {
		t.Errorf("the last admin: %v", err)
	}
	if _, err := s.AddUser(t.Context(), access.User{Name: "root", Role: access.RoleUser}, goodPassword); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("the name twice: %v", err)
	}
}

func TestService_codesAreGoodOnce(t *testing.T) {
	s, root, _ := withUsers(t)
	if _, err := s.PendingKey(t.Context(), root.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("before there is a key: %v", err)
	}
	if err := s.NewKey(t.Context(), root.ID); err != nil {
		t.Fatal(err)
	}
	key, err := s.PendingKey(t.Context(), root.ID)
	if err != nil || len(key.Secret) != 32 {
		t.Fatalf("%q, %v", key.Secret, err)
	}
	if img, err := png.Decode(bytes.NewReader(key.QR)); err != nil || img.Bounds().Dx() != qrSize {
		t.Errorf("the picture: %v", err)
	}
	code := func(at time.Time) string {
		t.Helper()
		c, err := totp.GenerateCode(key.Secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if got, err := s.ConfirmKey(t.Context(), root.ID, "000000x"); got != nil || err != nil {
		t.Errorf("a wrong code: %v, %v", got, err)
	}
	check := func(code string, want bool) {
		t.Helper()
		if got, err := s.CheckCode(t.Context(), root.ID, code); got != want || err != nil {
			t.Errorf("%q: %v, %v; want %v", code, got, err, want)
		}
	}
	check(code(time.Now()), false) // not confirmed yet
	// The clock may go on meanwhile: the step before the present one is used first.
	now := time.Now()
	recovery, err := s.ConfirmKey(t.Context(), root.ID, code(now.Add(-totpStep)))
	if err != nil || len(recovery) != recoveryCodes {
		t.Fatalf("%v, %v", recovery, err)
	}
	check(code(now.Add(-totpStep)), false) // used by the confirmation
	later := code(now)
	check(later[:3]+" "+later[3:], true)
	check(later, false)
	check(code(now.Add(-time.Hour)), false)
	check(strings.ToUpper(recovery[3]), true)
	check(recovery[3], false)
	check("", false)
	if u, err := s.User(t.Context(), root.ID); err != nil || !u.TOTP || u.Recovery != recoveryCodes-1 {
		t.Errorf("%+v, %v", u, err)
	}
	if err := s.RemoveKey(t.Context(), root.ID); err != nil {
		t.Fatal(err)
	}
	check(recovery[4], false)
}

func TestStepOf_isThatOfTheRFC(t *testing.T) {
	// RFC 6238 appendix B, SHA-1, the last six of the eight digits.
	const key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		now := time.Unix(at, 0)
		for _, off := range []time.Duration{-totpStep, 0, totpStep} {
			if step, err := stepOf(key, code, now.Add(off)); err != nil || step != at/30 {
				t.Errorf("at %d%+v: %d, %v", at, off, step, err)
			}
		}
		if step, _ := stepOf(key, code, now.Add(2*totpStep)); step != 0 {
			t.Errorf("at %d: it is good for too long", at)
		}
	}
	if _, err := stepOf("!", "123456", time.Now()); err == nil {
		t.Error("a damaged key is no error")
	}
}

func TestService_tokensAreShownOnceAndRevoked(t *testing.T) {
	s, _, ann := withUsers(t)
	ctx := by(t.Context(), ann)
	if _, err := s.AddToken(ctx, access.Token{UserID: ann.ID, Name: "x"}); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("without scope: %v", err)
	}
	secret, err := s.AddToken(ctx, access.Token{UserID: ann.ID, Name: "backup", Scopes: []access.Scope{access.ScopeRun}})
	if err != nil || len(secret) < 60 || !strings.HasPrefix(secret, tokenPrefix) {
		t.Fatalf("%q, %v", secret, err)
	}
	a, err := s.TokenActor(t.Context(), secret)
	if err != nil || a.UserID != ann.ID || a.Role != access.RoleUser || a.TokenID == "" || !slices.Equal(a.Scopes, []access.Scope{access.ScopeRun}) {
		t.Errorf("%+v, %v", a, err)
	}
	tokens, err := s.Tokens(t.Context(), ann.ID)
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	if err := s.RevokeToken(ctx, "another", tokens[0].ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("by another: %v", err)
	}
	if err := s.RevokeToken(ctx, ann.ID, tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenActor(t.Context(), secret); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
}

func TestService_boundTasksKeepOffThisMachine(t *testing.T) {
	s, root, ann := withUsers(t)
	accounts, err := demo.Start() // on loopback
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	good := task.Task{Name: "of ann", Sources: []task.Source{{Name: "a", Account: accounts.Home}}, Destination: accounts.Local}
	for want, change := range map[string]func(*task.Task){
		"directories": func(c *task.Task) { c.Destination = task.Account{Kind: task.KindMaildir, Dir: t.TempDir()} },
		"authorities": func(c *task.Task) { c.Destination.CAFile, c.Destination.TLS = "/etc/passwd", task.TLSImplicit },
		"plugin /etc/passwd.js": func(c *task.Task) {
			c.Hooks = []task.Hook{{Plugin: "/etc/passwd.js"}}
		},
	} {
		bad := good
		change(&bad)
		if _, err := s.SaveTask(by(t.Context(), ann), bad); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "admins only") {
			t.Errorf("%s: %v", want, err)
		}
	}
	saved, err := s.SaveTask(by(t.Context(), ann), good)
	if err != nil || saved.Owner.ID != ann.ID {
		t.Fatal(saved.Owner, err)
	}
	outcome := func() *task.Report {
		t.Helper()
		run, err := s.StartRun(by(t.Context(), ann), saved.ID)
		if err != nil {
			t.Fatal(err)
		}
		return ended(t, s, run.ID).Report
	}
	if r := outcome(); r.Outcome != task.OutcomeNeedsUser || !strings.Contains(r.Cause, "no public address") || r.Counts.Copied != 0 {
		t.Errorf("%s: %s", r.Outcome, r.Cause)
	}
	// An admin who edits it does not lift the limits; one who owns it does.
	if _, err := s.SaveTask(by(t.Context(), root), saved); err != nil {
		t.Fatal(err)
	}
	if r := outcome(); r.Outcome != task.OutcomeNeedsUser {
		t.Errorf("edited by an admin: %s: %s", r.Outcome, r.Cause)
	}
	if err := s.GiveTask(by(t.Context(), root), saved.ID, root.ID); err != nil {
		t.Fatal(err)
	}
	if r := outcome(); r.Outcome != task.OutcomeDone || r.Counts.Copied == 0 {
		t.Errorf("of an admin: %s: %s", r.Outcome, r.Cause)
	}
	// What an admin's task may have does not go to somebody else, nor outlives the role.
	saved.Name, saved.ID, saved.Owner = "into a directory", "", task.Owner{}
	saved.Sources[0].Account.Password, saved.Destination = accounts.Home.Password, task.Account{Kind: task.KindMaildir, Dir: t.TempDir()}
	if saved, err = s.SaveTask(by(t.Context(), root), saved); err != nil {
		t.Fatal(err)
	}
	if err := s.GiveTask(by(t.Context(), root), saved.ID, ann.ID); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("given to ann: %v", err)
	}
	ann.Role = access.RoleAdmin
	root.Role = access.RoleUser
	if err := errors.Join(s.ChangeUser(t.Context(), ann), s.ChangeUser(t.Context(), root)); err != nil {
		t.Fatal(err)
	}
	if r := outcome(); r.Outcome != task.OutcomeUsage || !strings.Contains(r.Cause, "admins only") {
		t.Errorf("after the admin is none: %s: %s", r.Outcome, r.Cause)
	}
}

func TestService_notesWhoDidWhat(t *testing.T) {
	s, root, ann := withUsers(t)
	ctx := by(t.Context(), ann)
	account := func(host string) task.Account {
		return task.Account{Kind: task.KindIMAP, Host: host, Port: 993, TLS: task.TLSImplicit, User: "ann", Password: "canary-1"}
	}
	tk, err := s.SaveTask(ctx, task.Task{Name: "mine", Sources: []task.Source{{Name: "a", Account: account("127.0.0.1")}}, Destination: account("127.0.0.2")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveTask(ctx, tk); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.PauseTask(ctx, tk.ID, ann.Name), s.ResumeTask(ctx, tk.ID)); err != nil {
		t.Fatal(err)
	}
	run, err := s.StartRun(ctx, tk.ID)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, s, run.ID)
	if err := s.SetPassword(by(t.Context(), root), ann.ID, "canary-2 canary-2", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteTask(ctx, tk.ID, ""); err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), access.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(events) {
		got = append(got, e.Actor+": "+string(e.Deed)+" "+e.Object)
		if strings.Contains(e.Object+e.Detail, "canary") {
			t.Errorf("a password is noted: %+v", e)
		}
		if e.Actor != "" && (e.Via != "login" || e.Address != "192.0.2.1") || e.Actor == "" && e.Via != "service" {
			t.Errorf("%+v", e)
		}
	}
	const a = "ann@new.example"
	want := []string{
		": user made root", ": user made " + a, a + ": task made mine", a + ": task changed mine", a + ": task paused mine",
		a + ": task resumed mine", a + ": run started mine", "root: password changed " + a, a + ": task deleted mine",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPeople_changesCountForARunningService(t *testing.T) {
	dir := t.TempDir()
	p, err := OpenPeople(t.Context(), KeepOptions{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := p.Add(t.Context(), access.User{Name: "root", Role: access.RoleAdmin}, goodPassword); err != nil {
		t.Fatal(err)
	}
	other, err := OpenPeople(t.Context(), KeepOptions{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	id, err := other.s.StartLogin(t.Context(), must(t, other, "root").ID, "", "", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SetPassword(t.Context(), "root", goodPassword+"!"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.s.LoginActor(t.Context(), id, true); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("the login lives on: %v", err)
	}
	if _, err := p.SetDisabled(t.Context(), "root", true); !errors.Is(err, ErrUser) || OutcomeOf(err) != task.OutcomeNeedsUser {
		t.Errorf("the last admin: %v", err)
	}
	events, err := p.s.Events(t.Context(), access.Filter{Deed: access.DeedPassword, Limit: 1})
	if err != nil || len(events) != 1 || events[0].Via != "command line" {
		t.Errorf("%+v, %v", events, err)
	}
}

func must(t *testing.T, p *People, name string) access.User {
	t.Helper()
	u, err := p.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
