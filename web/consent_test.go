package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// withOAuth is a site whose admin has stored an account with OAuth, by its form.
func withOAuth(t *testing.T) (s *site, path string) {
	t.Helper()
	s = loggedIn(t)
	form := s.form("/accounts/new", "account-form", "name", "ann", "account-host", "imap.old.example", "account-user", "ann@old.example",
		"oauth-client", "us", "oauth-secret", "canary-secret", "oauth-scope", "mail", "oauth-auth", "https://login.example/authorize",
		"oauth-token", "https://login.example/token", "oauth-device", "https://login.example/device", "do", "save")
	path, _, _ = strings.Cut(s.saved("/accounts/new", form), "?")
	return s, path
}

// asked presses the button and returns where the browser is sent.
func (s *site) asked(path string) *url.URL {
	s.t.Helper()
	a := s.post(path+"/authorize", url.Values{"with": {"browser"}})
	if a.status != http.StatusOK {
		s.t.Fatalf("status %d: %s", a.status, words(byID(a.page, "content")))
	}
	to, err := url.Parse(attr(byID(a.page, "go"), "href"))
	if err != nil || to.Host != "login.example" {
		s.t.Fatalf("the page leads to %v, %v", to, err)
	}
	return to
}

func back(to *url.URL, answer string) string {
	return "/oauth/callback?" + answer + "&state=" + url.QueryEscape(to.Query().Get("state"))
}

func TestConsent_isGivenInTheBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	s, path := withOAuth(t)
	id := strings.TrimPrefix(path, "/accounts/")
	if o := s.svc.accounts[0].OAuth; o == nil || o.ClientID != "us" || o.ClientSecret != "canary-secret" || s.svc.accounts[0].Account.Auth != "xoauth2" {
		t.Fatalf("stored: %+v", s.svc.accounts[0])
	}
	a := s.page(path)
	text := words(byID(a.page, "content"))
	for _, want := range []string{"No consent yet", "Authorize", "Authorize with a code", s.http.URL + "/oauth/callback"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	if text := words(s.page("/accounts").page); !strings.Contains(text, "No consent yet") {
		t.Errorf("the list: %s", text)
	}
	to := s.asked(path)
	if got := to.Query().Get("redirect_uri"); got != s.http.URL+"/oauth/callback" {
		t.Errorf("the answer comes to %s", got)
	}
	a = s.get(back(to, "code=good"))
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/accounts/"+id+"?consent=given" {
		t.Fatalf("status %d to %s: %s", a.status, a.header.Get("Location"), a.text)
	}
	text = words(byID(s.page("/accounts/"+id+"?consent=given").page, "content"))
	for _, want := range []string{"Consent was given", "Ends in 3 days", "Authorize again"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	if a := s.get(back(to, "code=good")); a.status != http.StatusBadRequest || len(s.svc.taken) != 1 {
		t.Errorf("the same answer again: status %d, taken %q", a.status, s.svc.taken)
	}
	// A change of something else keeps what is stored.
	s.saved(path, s.form(path, "account-form", "name", "ann b", "do", "save"))
	if o := s.svc.accounts[0].OAuth; o == nil || o.AuthURL != "https://login.example/authorize" {
		t.Errorf("after a change: %+v", o)
	}
	for _, log := range []string{s.log.String(), s.page(path).text} {
		if strings.Contains(log, "canary") || strings.Contains(log, to.Query().Get("state")) {
			t.Error("a secret is shown or logged")
		}
	}
}

func TestConsent_takesOnlyWhatThisBrowserWasSentFor(t *testing.T) {
	t.Parallel()
	s, path := withOAuth(t)
	refused := func(name, at string) {
		t.Helper()
		a := s.get(at)
		if a.status != http.StatusBadRequest || !strings.Contains(words(a.page), "belongs to no request of this browser") {
			t.Errorf("%s: status %d: %s", name, a.status, words(a.page))
		}
	}
	refused("nothing was asked", "/oauth/callback?code=good&state=state1")
	refused("no parameters", "/oauth/callback")
	to := s.asked(path)
	refused("another state", "/oauth/callback?code=good&state=x"+to.Query().Get("state"))
	refused("no state", "/oauth/callback?code=good")
	mine := s.client
	s.client = newClient(t)
	s.login()
	refused("another browser of the same admin", back(to, "code=good"))
	s.client = newClient(t)
	if a := s.get(back(to, "code=good")); a.status != http.StatusSeeOther || a.header.Get("Location") != "/login?next=%2Foauth%2Fcallback" {
		t.Errorf("nobody: status %d to %s", a.status, a.header.Get("Location"))
	}
	// Somebody else logs in to the same browser.
	s.client = mine
	s.addUser("root", access.RoleAdmin)
	if a := s.post("/login", url.Values{"name": {"root"}, "password": {userPassword}}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	refused("another admin", back(to, "code=good"))
	s.svc.late = true
	refused("too late", back(s.asked(path), "code=good"))
	if len(s.svc.taken) != 0 || !s.svc.accounts[0].OAuth.Consent.Given.IsZero() {
		t.Errorf("taken: %q", s.svc.taken)
	}
	// Several may be open, and an old one makes room.
	s.svc.late = false
	var all []*url.URL
	for range 6 {
		all = append(all, s.asked(path))
	}
	refused("the oldest of six", back(all[0], "code=good"))
	if a := s.get(back(all[1], "code=good")); a.status != http.StatusSeeOther {
		t.Errorf("the second of six: status %d", a.status)
	}
	secret := s.token(access.User{ID: "u-admin"}, access.Scopes()...)
	for _, at := range []struct{ method, path string }{{http.MethodPost, path + "/authorize"}, {http.MethodGet, back(all[2], "code=good")}, {http.MethodGet, path}} {
		if status, _ := s.head(at.method, at.path, secret); status >= 500 || status == http.StatusSeeOther {
			t.Errorf("%s with a token: status %d", at.path, status)
		}
	}
}

func TestConsent_aRefusalIsSaidOnce(t *testing.T) {
	t.Parallel()
	s, path := withOAuth(t)
	to := s.asked(path)
	if a := s.get(back(to, "error=access_denied")); a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Fatalf("status %d to %s", a.status, a.header.Get("Location"))
	}
	if text := words(byID(s.page(path).page, "consent")); !strings.Contains(text, "Consent was not given. Login.example: access_denied") {
		t.Errorf("the page: %s", text)
	}
	if text := words(byID(s.page(path).page, "consent")); strings.Contains(text, "was not given") {
		t.Errorf("the page says it again: %s", text)
	}
}

func TestConsent_byACode(t *testing.T) {
	t.Parallel()
	s, path := withOAuth(t)
	a := s.post(path+"/authorize", url.Values{"with": {"code"}})
	text := words(byID(a.page, "content"))
	if a.status != http.StatusOK || !strings.Contains(text, "ABCD-EFGH") || !strings.Contains(text, "Open login.example") || attr(byID(a.page, "go"), "href") != "https://login.example/device" {
		t.Errorf("status %d: %s", a.status, text)
	}
}

func TestConsent_accountsWithoutItSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	s, path := withOAuth(t)
	s.saved(path, s.form(path, "account-form", "oauth-auth", "", "do", "save"))
	if byID(s.page(path).page, "authorize") != nil {
		t.Error("there is a button that leads nowhere")
	}
	if a := s.post(path+"/authorize", nil); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "no authorization endpoint") {
		t.Errorf("status %d: %s", a.status, words(a.page))
	}
	for _, tt := range []struct{ field, value, want string }{
		{"account-password", "x", "With a client ID there is no password"},
		{"oauth-auth", "http://login.example/", "the authorization endpoint has to begin with https://"},
		{"oauth-auth", "https://login.example/?state=1", "the authorization endpoint names state"},
		{"account-auth", "plain", "needs auth=xoauth2"},
	} {
		a := s.post(path, s.form(path, "account-form", tt.field, tt.value, "do", "save"))
		if text := words(byID(a.page, "account-form")); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, tt.want) {
			t.Errorf("%s: status %d: %s", tt.field, a.status, text)
		}
	}
	form := s.form("/accounts/new", "account-form", "account-host", "imap.old.example", "account-user", "ann", "oauth-client", "us", "do", "test")
	if a := s.post("/accounts/new", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(a.page), "Store the account and give consent first") {
		t.Errorf("a test: status %d", a.status)
	}
	// Without a client ID it has a password, which is asked for.
	a := s.post(path, s.form(path, "account-form", "oauth-client", "", "do", "save"))
	if a.status != http.StatusUnprocessableEntity || attr(byID(a.page, "account-password"), "aria-invalid") != "true" {
		t.Errorf("status %d", a.status)
	}
	s.saved(path, s.form(path, "account-form", "oauth-client", "", "account-password", "x", "account-auth", "", "do", "save"))
	if s.svc.accounts[0].OAuth != nil || byID(s.page(path).page, "consent") != nil {
		t.Error("a password beside OAuth")
	}
}

// The answer comes to an address that nobody else can read, and that the browser's session
// is good for.
func TestConsent_comesBackToAnAddressWithTLSOrOfThisMachine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		secure bool
		public string
		host   string
		want   string
	}{
		{"on this machine", false, "", "127.0.0.1:8420", "http://127.0.0.1:8420/oauth/callback"},
		{"by name", false, "", "localhost:8420", "http://localhost:8420/oauth/callback"},
		{"elsewhere, in clear text", false, "", "weir.example", ""},
		{"by TLS", true, "", "weir.example", "https://weir.example/oauth/callback"},
		{"at its public address", true, "https://mail.example/", "127.0.0.1:8420", "https://mail.example/oauth/callback"},
		{"on this machine beside a public address", false, "https://mail.example", "127.0.0.1:8420", "http://127.0.0.1:8420/oauth/callback"},
		{"a public address in clear text", false, "http://mail.example", "mail.example", ""},
		{"a name that looks alike", false, "", "localhost.evil.example", ""},
	} {
		s := newSite(t, web.Options{Secure: tt.secure, PublicURL: tt.public})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = tt.host
		if got := web.ConsentRedirect(s.server, r); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// oauthSample is an account with a consent that ends soon.
func oauthSample() task.StoredAccount {
	return task.StoredAccount{
		Name: "Ann at her new provider",
		Account: task.Account{
			Kind: task.KindIMAP, Host: "outlook.example", Port: 993, TLS: task.TLSImplicit, User: "ann@new.example", Auth: "xoauth2",
		},
		OAuth: &task.OAuth{
			Grant: task.GrantRefreshToken, ClientID: "5b2c1f0e-8a3d-4f7e-9c1b-2d6e8f0a4c7b", Scope: "https://outlook.example/IMAP.AccessAsUser.All offline_access",
			AuthURL: "https://login.example/organizations/oauth2/v2.0/authorize", TokenURL: "https://login.example/token", DeviceURL: "https://login.example/device",
			Consent: task.Consent{Given: time.Now().Add(-80 * 24 * time.Hour), Renewed: time.Now().Add(-time.Hour), Expires: time.Now().Add(5 * 24 * time.Hour)},
		},
	}
}
