package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/oauth/oauthtest"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// tokenSession is a session of go-imap's server in memory that takes XOAUTH2 alone.
type tokenSession struct {
	imapserver.Session
	good func(token string) bool
}

func (s *tokenSession) AuthenticateMechanisms() []string { return []string{"XOAUTH2"} }

func (s *tokenSession) Authenticate(string) (sasl.Server, error) {
	return xoauth2(func(user, token string) error {
		if !s.good(token) {
			return imapserver.ErrAuthFailed
		}
		return s.Login(user, "behind the door")
	}), nil
}

type xoauth2 func(user, token string) error

func (x xoauth2) Next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	user, rest, _ := strings.Cut(string(response), "\x01")
	_, token, _ := strings.Cut(rest, "Bearer ")
	return nil, true, x(strings.TrimPrefix(user, "user="), strings.TrimRight(token, "\x01"))
}

// mailWithTokens is a mail server on which ann has messages, for tokens of auth.
func mailWithTokens(t *testing.T, auth *oauthtest.Server, messages int) (port int) {
	t.Helper()
	user := imapmemserver.NewUser("ann", "behind the door")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		text := fmt.Sprintf("Subject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\ntext\r\n", i, i)
		if _, err := user.Append("INBOX", bytes.NewReader([]byte(text)), &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	users := imapmemserver.New()
	users.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &tokenSession{users.NewSession(), auth.Good}, nil, nil
		},
		Caps: imap.CapSet{imap.CapIMAP4rev1: {}}, InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port
}

// pullOf is a task from a stored account into a Maildir tree.
func pullOf(ctx context.Context, t *testing.T, s *service, name string, from task.StoredAccount) task.Task {
	t.Helper()
	tk, err := s.SaveTask(ctx, task.Task{
		Name: name, Sources: []task.Source{{Name: "ann", Account: task.Account{ID: from.ID}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

// oauthAccount is ann's account at a port, with the client of auth.
func oauthAccount(auth *oauthtest.Server, port int) task.StoredAccount {
	return task.StoredAccount{
		Name:    "ann",
		Account: task.Account{Kind: task.KindIMAP, Host: "127.0.0.1", Port: port, TLS: task.TLSNone, User: "ann", Auth: "xoauth2"},
		OAuth: &task.OAuth{
			Grant: task.GrantRefreshToken, TokenURL: auth.TokenURL(), DeviceURL: auth.DeviceURL(),
			ClientID: oauthtest.ClientID, ClientSecret: oauthtest.ClientSecret, Scope: "mail offline_access",
		},
	}
}

// eventually polls for what happens beside the test.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to that %s", what)
		}
	}
}

// The story of an account: consent by a device code, runs with tokens that expire and are
// replaced, a consent that is revoked, and one that is given anew. No token or secret
// turns up anywhere meanwhile.
func TestService_copiesWithTokensUntilTheConsentEnds(t *testing.T) {
	t.Parallel()
	auth := oauthtest.Start(t)
	port := mailWithTokens(t, auth, 3)
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	var logged safeBuffer
	s.consents.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.work.conn.Log = s.consents.log
	var shown []any // what pages and the API are made of

	stored, err := s.SaveStoredAccount(ctx, oauthAccount(auth, port))
	if err != nil {
		t.Fatal(err)
	}
	tk := pullOf(ctx, t, s, "t", stored)
	start := func() task.Run {
		t.Helper()
		run, err := s.StartRun(ctx, tk.ID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	waits := func(id, why string) {
		t.Helper()
		var run task.Run
		eventually(t, "the run waits", func() bool {
			run, err = s.Run(ctx, id)
			if err != nil || run.State == task.StateEnded {
				t.Fatalf("%+v, %v", run.Report, err)
			}
			return run.State == task.StateWaiting
		})
		if a := run.Await; a == nil || a.Code != task.AwaitLogin || !strings.Contains(a.Cause, why) || !strings.Contains(a.Remedy, "mailweir account authorize ann") {
			t.Errorf("it waits for %+v", a)
		}
		shown = append(shown, run)
	}
	copies := func(id string, copied int64) {
		t.Helper()
		run := ended(t, s, id)
		if run.Report.Outcome != task.OutcomeDone || run.Report.Counts.Copied != copied || run.Report.Counts.Source != 3 {
			t.Errorf("%s: %s, %+v", run.Report.Outcome, run.Report.Cause, run.Report.Counts)
		}
		lines, err := s.Log(ctx, id, 0, 1000)
		if err != nil {
			t.Error(err)
		}
		shown = append(shown, run, lines)
	}

	// goesOn sees that a run is in the queue again. The sweep that hands it out comes only
	// after half a minute, so another one is started instead.
	goesOn := func(id string) {
		t.Helper()
		eventually(t, "the run goes on", func() bool {
			run, err := s.Run(ctx, id)
			return err == nil && run.State == task.StateQueued
		})
		if err := s.StopRun(ctx, id); err != nil {
			t.Fatal(err)
		}
		_ = ended(t, s, id)
	}

	// Nobody has consented yet: nothing is asked of anybody.
	run := start()
	waits(run.ID, "nobody has given it yet")
	if n := auth.Asked(); n != 0 {
		t.Errorf("the authorization server was asked %d times", n)
	}
	asked, err := s.AuthorizeAccount(ctx, stored.ID)
	if err != nil || asked.Code != "WDJB-MJHT" || asked.Page != "https://login.example/device" || time.Until(asked.Expires) > 10*time.Minute {
		t.Fatalf("%+v, %v", asked, err)
	}
	auth.Do(func(a *oauthtest.Server) { a.Consented, a.RefreshEnd = true, 24*time.Hour })
	goesOn(run.ID) // by itself
	copies(start().ID, 3)

	// A token that the mail server does not take any more is replaced, and so is the
	// refresh token.
	before := auth.Asked()
	auth.ForgetAccess()
	copies(start().ID, 0)
	copies(start().ID, 0) // with the same token
	if n := auth.Asked() - before; n != 1 {
		t.Errorf("the authorization server was asked %d times, want once", n)
	}
	test, err := s.TestStoredAccount(ctx, stored.ID)
	if err != nil || !test.OK || len(test.Remedies) != 1 || !strings.Contains(test.Remedies[0], "authorize ann") {
		t.Errorf("a consent that ends tomorrow: %+v, %v", test, err)
	}
	shown = append(shown, asked, test)

	// Revoked: asked once, and never again before somebody does something.
	auth.Revoke()
	before = auth.Asked()
	run = start()
	waits(run.ID, "invalid_grant")
	again := start() // by hand: the same run
	if again.ID != run.ID {
		t.Errorf("another run beside the one that waits")
	}
	waits(run.ID, "invalid_grant")
	if n := auth.Asked() - before; n != 1 {
		t.Errorf("a revoked token was sent %d times", n)
	}
	stored, err = s.StoredAccount(ctx, stored.ID)
	if err != nil || !strings.Contains(stored.OAuth.Consent.Warning(time.Now()), "invalid_grant") {
		t.Errorf("%+v, %v", stored.OAuth, err)
	}
	shown = append(shown, stored)
	stored.OAuth.RefreshToken = task.Password(auth.NewRefresh())
	saved, err := s.SaveStoredAccount(ctx, stored)
	if err != nil {
		t.Fatal(err)
	}
	goesOn(run.ID)
	copies(start().ID, 0)

	events, err := s.Events(ctx, access.Filter{Limit: 100})
	if err != nil {
		t.Error(err)
	}
	rows, _, err := s.FindTasks(ctx, task.Query{})
	if err != nil || len(rows) == 0 {
		t.Errorf("%d tasks, %v", len(rows), err)
	}
	shown = append(shown, saved, events, rows)
	text, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	secrets := append(canaries{oauthtest.ClientSecret, "canary-device-code-77"}, auth.Issued()...)
	if len(secrets) < 6 {
		t.Errorf("only %d tokens were issued", len(secrets))
	}
	if found := secrets.in(append(text, fmt.Sprintf("%+v %#v", shown, shown)...)); found != "" {
		t.Errorf("what pages are made of holds %q", found)
	}
	if found := secrets.in([]byte(logged.String())); found != "" || !strings.Contains(logged.String(), "access token renewed") {
		t.Errorf("the log holds %q:\n%s", found, logged.String())
	}
	secrets.notBelow(t, string(s.work.data))
}

func TestConsents_token(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	down := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	busy := func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	tests := []struct {
		name     string
		lifetime time.Duration // of the token that is there before
		then     func(*oauthtest.Server)
		reach    *Reach
		refuse   bool // that token
		kind     error
		fresh    bool // another token than before
		asked    int  // besides for the first
	}{
		{name: "good", lifetime: time.Hour},
		{name: "good, and the server is down", lifetime: time.Hour, then: func(a *oauthtest.Server) { a.Fail = down }},
		{name: "refused", lifetime: time.Hour, refuse: true, fresh: true, asked: 1},
		{name: "refused, and the server is down", lifetime: time.Hour, refuse: true, then: func(a *oauthtest.Server) { a.Fail = down }, kind: mail.ErrConnect, asked: 1},
		{name: "expired", lifetime: -time.Second, fresh: true, asked: 1},
		{name: "expired, and the server is down", lifetime: -time.Second, then: func(a *oauthtest.Server) { a.Fail = down }, kind: mail.ErrConnect, asked: 1},
		{name: "expired, and the server is busy", lifetime: -time.Second, then: func(a *oauthtest.Server) { a.Fail = busy }, kind: mail.ErrBusy, asked: 1},
		{name: "expired and revoked", lifetime: -time.Second, then: func(a *oauthtest.Server) { a.NewRefreshLocked() }, kind: mail.ErrAuth, asked: 1},
		{name: "expired, out of reach", lifetime: -time.Second, reach: &Reach{}, kind: mail.ErrDenied},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			auth := oauthtest.Start(t)
			auth.Lifetime = tt.lifetime
			account := oauthAccount(auth, 143)
			account.Name = fmt.Sprint("account ", i)
			account.OAuth.RefreshToken = task.Password(auth.NewRefresh())
			stored, err := s.SaveStoredAccount(ctx, account)
			if err != nil {
				t.Fatal(err)
			}
			first, err := s.consents.token(ctx, stored.ID, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			before := auth.Asked()
			if tt.then != nil {
				auth.Do(tt.then)
			}
			refused := ""
			if tt.refuse {
				refused = first
			}
			got, err := s.consents.token(ctx, stored.ID, refused, tt.reach)
			if tt.kind == nil && err != nil || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Fatalf("%v", err)
			}
			if err == nil && (got != first) != tt.fresh {
				t.Errorf("the same token: %v", got == first)
			}
			if n := auth.Asked() - before; n != tt.asked {
				t.Errorf("the server was asked %d times, want %d", n, tt.asked)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("a secret in %v", err)
			}
			if tt.kind == mail.ErrBusy && mail.SuggestedWait(err) != 9*time.Second {
				t.Errorf("it waits for %v", mail.SuggestedWait(err))
			}
		})
	}
}

func TestConsents_theLastMinutesOfATokenBridgeTrouble(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	auth := oauthtest.Start(t)
	account := oauthAccount(auth, 143)
	account.OAuth.RefreshToken = task.Password(auth.NewRefresh())
	stored, err := s.SaveStoredAccount(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.consents.token(ctx, stored.ID, "", nil); err != nil {
		t.Fatal(err)
	}
	// The hour is almost over.
	end := time.Now().Add(time.Minute).UnixMilli()
	if _, err := s.store.DB().Exec(fmt.Sprintf("UPDATE consent SET access_until = %d, state = json_set(state, '$.renewed', '2020-01-01T00:00:00Z')", end)); err != nil {
		t.Fatal(err)
	}
	auth.Do(func(a *oauthtest.Server) {
		a.Fail = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }
	})
	old, err := s.consents.token(ctx, stored.ID, "", nil)
	if err != nil || auth.Asked() != 2 {
		t.Fatalf("%v; asked %d times", err, auth.Asked())
	}
	auth.Do(func(a *oauthtest.Server) { a.Fail = nil })
	if got, err := s.consents.token(ctx, stored.ID, "", nil); err != nil || got == old || auth.Asked() != 3 {
		t.Errorf("renewed before it expired: %v, %v; asked %d times", got != old, err, auth.Asked())
	}
}

func TestConsents_manyAskForOneToken(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	auth := oauthtest.Start(t)
	auth.Fail = func(http.ResponseWriter, *http.Request) bool { time.Sleep(50 * time.Millisecond); return false }
	account := oauthAccount(auth, 143)
	account.OAuth.RefreshToken = task.Password(auth.NewRefresh())
	stored, err := s.SaveStoredAccount(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	other := newConsents(s.store, quiet) // as another node
	defer other.close()
	var all sync.WaitGroup
	var mu sync.Mutex
	tokens := map[string]bool{}
	for i := range 8 {
		all.Go(func() {
			token, err := []*consents{s.consents, other}[i%2].token(ctx, stored.ID, "", nil)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			tokens[token] = true
		})
	}
	all.Wait()
	if len(tokens) != 1 || auth.Asked() != 1 {
		t.Errorf("%d tokens, asked %d times", len(tokens), auth.Asked())
	}
}

func TestConsents_whatTheServerReplacesIsStoredThoughTheRunWasStopped(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	auth := oauthtest.Start(t)
	arrived, answer := make(chan struct{}), make(chan struct{})
	auth.Fail = func(http.ResponseWriter, *http.Request) bool { close(arrived); <-answer; return false }
	account := oauthAccount(auth, 143)
	account.OAuth.RefreshToken = task.Password(auth.NewRefresh())
	stored, err := s.SaveStoredAccount(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	keeper := newConsents(s.store, quiet)
	stopped, stop := context.WithCancel(ctx)
	go func() { <-arrived; stop() }()
	if _, err := keeper.token(stopped, stored.ID, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(answer)
	keeper.close() // waits for it
	auth.Do(func(a *oauthtest.Server) { a.Fail = nil; a.ForgetAccessLocked() })
	c, err := s.store.Consent(ctx, stored.ID)
	if err != nil || c.OAuth.RefreshToken == account.OAuth.RefreshToken {
		t.Fatalf("the new refresh token is lost: %v", err)
	}
	if _, err := s.consents.token(ctx, stored.ID, c.Access, nil); err != nil {
		t.Errorf("it is not good any more: %v", err)
	}
	if _, err := keeper.token(ctx, stored.ID, "", nil); !errors.Is(err, mail.ErrConnect) {
		t.Errorf("after the end: %v", err)
	}
}

func TestService_asksForConsentWhereSomebodyCanGiveIt(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	auth := oauthtest.Start(t)
	for name, tt := range map[string]struct {
		change func(*task.StoredAccount)
		reach  *Reach
		want   string
	}{
		"a password":        {func(a *task.StoredAccount) { a.OAuth, a.Account.Password = nil, "x" }, nil, "has a password"},
		"no device codes":   {func(a *task.StoredAccount) { a.OAuth.DeviceURL, a.OAuth.RefreshToken = "", "x" }, nil, "no device endpoint"},
		"its own grant":     {func(a *task.StoredAccount) { a.OAuth.DeviceURL, a.OAuth.Grant = "", task.GrantClientCredentials }, nil, "nobody is asked"},
		"an unknown client": {func(a *task.StoredAccount) { a.OAuth.ClientID = "x" }, nil, "invalid_client"},
		"nobody is there":   {func(a *task.StoredAccount) { a.OAuth.DeviceURL = "http://127.0.0.1:1/" }, nil, "no connection"},
		"out of reach":      {func(*task.StoredAccount) {}, &Reach{}, "no public address"},
	} {
		a := oauthAccount(auth, 143)
		a.Name = name
		tt.change(&a)
		stored, err := s.SaveStoredAccount(ctx, a)
		if err != nil {
			t.Fatal(name, err)
		}
		s.work.conn.Reach = tt.reach
		if _, err := s.AuthorizeAccount(ctx, stored.ID); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AuthorizeAccount(ctx, "nobody's"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("an account that is not there: %v", err)
	}
}

func TestService_knowsWhereProvidersGiveTokens(t *testing.T) {
	t.Parallel()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	for host, want := range map[string]string{
		"imap.gmail.com":         "https://oauth2.googleapis.com/token  https://mail.google.com/",
		"outlook.office365.com":  "https://login.microsoftonline.com/organizations/oauth2/v2.0/token https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
		"imap-mail.outlook.com":  "https://login.microsoftonline.com/consumers/oauth2/v2.0/token https://login.microsoftonline.com/consumers/oauth2/v2.0/devicecode https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
		"mail.elsewhere.example": "",
	} {
		a := task.StoredAccount{
			Name: host, Account: task.Account{Kind: task.KindIMAP, Host: host, Port: 993, TLS: task.TLSImplicit, User: "ann", Auth: "xoauth2"},
			OAuth: &task.OAuth{Grant: task.GrantRefreshToken, ClientID: "us", RefreshToken: "x"},
		}
		stored, err := s.SaveStoredAccount(ctx, a)
		if want == "" {
			if !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "the token endpoint is missing") {
				t.Errorf("%s: %v", host, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(host, err)
		}
		if o := stored.OAuth; o.TokenURL+" "+o.DeviceURL+" "+o.Scope != want {
			t.Errorf("%s: %+v", host, o)
		}
	}
}
