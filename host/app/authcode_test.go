package app

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/oauth/oauthtest"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// browser goes through the pages of a service as a person does: redirects are followed,
// and each place is noted.
type browser struct {
	t    *testing.T
	http *http.Client
	seen []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, http: &http.Client{Jar: jar, Transport: &http.Transport{}}}
	b.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		b.seen = append(b.seen, r.URL.String())
		return nil
	}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

func (b *browser) do(method, address string, form url.Values) string {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

var goLink = regexp.MustCompile(`id="go"[^>]* href="([^"]+)"`)

// The whole way, over HTTP: the button on the page of an account, the authorization
// server, and back; a run that has waited goes on, and copies with the tokens.
func TestService_consentIsGivenInABrowser(t *testing.T) {
	t.Parallel()
	auth := oauthtest.Start(t)
	s, _, _ := withUsers(t)
	ctx := access.With(t.Context(), access.Local())
	pages := web.New(s, web.Options{Log: quiet})
	server := httptest.NewServer(pages.Handler())
	defer server.Close()
	callback := server.URL + "/oauth/callback"
	auth.Redirects, auth.Issuer = []string{callback}, auth.URL

	account := oauthAccount(auth, mailWithTokens(t, auth, 3))
	account.OAuth.AuthURL, account.OAuth.DeviceURL = auth.AuthURL(), ""
	stored, err := s.SaveStoredAccount(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	tk := pullOf(ctx, t, s, "t", stored)
	run, err := s.StartRun(ctx, tk.ID)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the run waits", func() bool {
		r, err := s.Run(ctx, run.ID)
		return err == nil && r.State == task.StateWaiting
	})

	b := newBrowser(t)
	b.do(http.MethodPost, server.URL+"/login", url.Values{"name": {"root"}, "password": {goodPassword}})
	button := server.URL + "/accounts/" + stored.ID + "/authorize"
	begin := func() string {
		t.Helper()
		found := goLink.FindStringSubmatch(b.do(http.MethodPost, button, url.Values{"with": {"browser"}}))
		if found == nil {
			t.Fatal("the page leads nowhere")
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}

	// Somebody refuses first.
	auth.Do(func(a *oauthtest.Server) { a.Refused = true })
	if text := b.do(http.MethodGet, begin(), nil); !strings.Contains(text, "access_denied") || !strings.Contains(text, "The person does not want to.") {
		t.Errorf("a refusal: %s", text)
	}
	if got, _ := s.StoredAccount(ctx, stored.ID); got.OAuth.Consent.Fault == "" || auth.Asked() != 0 {
		t.Errorf("%+v, asked %d times", got.OAuth.Consent, auth.Asked())
	}

	auth.Do(func(a *oauthtest.Server) { a.Refused, a.RefreshEnd = false, 24*time.Hour })
	b.seen = nil
	text := b.do(http.MethodGet, begin(), nil)
	if !strings.Contains(text, "Consent was given") || !strings.Contains(text, "Ends in 1 day") && !strings.Contains(text, "Ends today") || !strings.Contains(text, "3 messages") {
		t.Errorf("afterwards: %s", text)
	}
	if last := b.seen[len(b.seen)-1]; last != server.URL+"/accounts/"+stored.ID+"?consent=given" {
		t.Errorf("it ends at %s", last)
	}
	var answer string
	for _, at := range b.seen {
		if strings.HasPrefix(at, callback+"?") {
			answer = at
		}
	}
	got, err := s.StoredAccount(ctx, stored.ID)
	if err != nil || got.OAuth.Consent.Fault != "" || got.OAuth.Consent.Given.IsZero() || got.Snapshot.Fault != "" || got.Snapshot.Messages != 3 {
		t.Errorf("%+v, %+v, %v", got.OAuth.Consent, got.Snapshot, err)
	}
	eventually(t, "the run goes on", func() bool {
		r, err := s.Run(ctx, run.ID)
		return err == nil && r.State != task.StateWaiting
	})

	// The answer is good once, and for nobody else.
	asked := auth.Asked()
	b.do(http.MethodGet, answer, nil)
	other := newBrowser(t)
	other.do(http.MethodPost, server.URL+"/login", url.Values{"name": {"root"}, "password": {goodPassword}})
	stolen := begin()
	b.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		answer = r.URL.String()
		return http.ErrUseLastResponse
	}
	b.do(http.MethodGet, stolen, nil)
	if text := other.do(http.MethodGet, answer, nil); !strings.Contains(text, "belongs to no request of this browser") || auth.Asked() != asked {
		t.Errorf("an answer to somebody else: asked %d times, %s", auth.Asked()-asked, text)
	}

	// The trail has it, and no secret is in what pages are made of.
	events, err := s.Events(ctx, access.Filter{Deed: access.DeedConsentGiven, Limit: 10})
	if err != nil || len(events) != 1 || events[0].Actor != "root" || events[0].Object != "ann" {
		t.Errorf("%+v, %v", events, err)
	}
	for _, secret := range auth.Issued() {
		if strings.Contains(text, secret) {
			t.Error("a page shows a token or a code")
		}
	}
}

func TestService_consentOfAnAccountThatIsAnotherOneMeanwhile(t *testing.T) {
	t.Parallel()
	auth := oauthtest.Start(t)
	const callback = "https://weir.example/oauth/callback"
	auth.Redirects = []string{callback}
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())
	account := oauthAccount(auth, 1)
	account.OAuth.AuthURL = auth.AuthURL()
	stored, err := s.SaveStoredAccount(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(page string) url.Values {
		t.Helper()
		b := newBrowser(t)
		b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, err := b.http.Get(page)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		to, err := resp.Location()
		if err != nil {
			t.Fatal(err)
		}
		return to.Query()
	}

	// Tokens that are renewed meanwhile change nothing about what was asked.
	asked, err := s.AskConsent(ctx, stored.ID, callback)
	if err != nil {
		t.Fatal(err)
	}
	stored.OAuth.RefreshToken = task.Password(auth.NewRefresh())
	stored.OAuth.ClientSecret = oauthtest.ClientSecret
	if stored, err = s.SaveStoredAccount(ctx, stored); err != nil {
		t.Fatal(err)
	}
	if _, err := s.consents.token(ctx, stored.ID, "", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.TakeConsent(ctx, asked, answer(asked.Page)); err != nil {
		t.Fatal(err)
	}

	// Another client does.
	if asked, err = s.AskConsent(ctx, stored.ID, callback); err != nil {
		t.Fatal(err)
	}
	got := answer(asked.Page)
	before := auth.Asked()
	stored.OAuth.ClientID, stored.OAuth.ClientSecret = "another", "x"
	if stored, err = s.SaveStoredAccount(ctx, stored); err != nil {
		t.Fatal(err)
	}
	if err := s.TakeConsent(ctx, asked, got); !errors.Is(err, web.ErrChanged) || auth.Asked() != before {
		t.Errorf("%v, asked %d times", err, auth.Asked()-before)
	}
	if c, err := s.store.Consent(ctx, stored.ID); err != nil || c.Access != "" {
		t.Errorf("%+v, %v", c, err)
	}

	// What can not be asked, is said.
	for name, tt := range map[string]struct {
		change func(*task.OAuth)
		want   string
	}{
		"without an endpoint": {func(o *task.OAuth) { o.AuthURL = "" }, "no authorization endpoint"},
		"for the client itself": {func(o *task.OAuth) {
			o.Grant, o.AuthURL, o.DeviceURL = task.GrantClientCredentials, "", ""
		}, "nobody is asked"},
	} {
		o := *stored.OAuth
		o.ClientSecret = "x"
		tt.change(&o)
		changed := stored
		changed.OAuth = &o
		if _, err := s.SaveStoredAccount(ctx, changed); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := s.AskConsent(ctx, stored.ID, callback); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AskConsent(ctx, "nobody's", callback); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("no account: %v", err)
	}
	if err := s.store.GiveConsent(ctx, store.Consent{AccountID: stored.ID, Basis: "x"}, store.Tokens{Access: "a"}); !errors.Is(err, store.ErrChanged) {
		t.Errorf("another basis: %v", err)
	}
}
