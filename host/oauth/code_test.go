package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/oauth"
	"github.com/mailweir/mailweir/host/oauth/oauthtest"
)

const redirect = "https://weir.example/oauth/callback"

// browse is a browser that goes to a page and tells where it was sent from there.
func browse(t *testing.T, page string) url.Values {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	to, err := resp.Location()
	if err != nil || !strings.HasPrefix(to.String(), redirect+"?") {
		t.Fatalf("status %d to %v, %v", resp.StatusCode, to, err)
	}
	return to.Query()
}

func codeClient(s *oauthtest.Server) oauth.Client {
	c := client(s)
	c.AuthURL = s.AuthURL() + "?access_type=offline"
	return c
}

func TestTakeCode_getsTokensForAnAnswerToTheRequest(t *testing.T) {
	t.Parallel()
	s := oauthtest.Start(t)
	s.Redirects, s.Issuer = []string{redirect}, s.URL
	c := codeClient(s)
	r := c.AskCode(redirect, "ann@example.org")
	asked, err := url.Parse(r.Page)
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	for name, want := range map[string]string{
		"access_type": "offline", "client_id": oauthtest.ClientID, "login_hint": "ann@example.org", "redirect_uri": redirect,
		"response_type": "code", "scope": "mail offline_access", "state": r.State, "code_challenge_method": "S256",
	} {
		if q.Get(name) != want || len(q[name]) != 1 {
			t.Errorf("%s is %q, want %q", name, q[name], want)
		}
	}
	if len(r.Verifier) < 43 || len(r.State) < 43 || strings.Contains(r.Page, r.Verifier) || strings.Contains(r.Page, oauthtest.ClientSecret) {
		t.Errorf("%+v", r)
	}
	answer := browse(t, r.Page)
	got, err := c.TakeCode(t.Context(), r, answer)
	if err != nil || !s.Good(got.Access) || got.Refresh == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if again, err := c.TakeCode(t.Context(), r, answer); err == nil {
		t.Errorf("a code is good twice: %+v", again)
	}
	if other := c.AskCode(redirect, ""); other.State == r.State || other.Verifier == r.Verifier || strings.Contains(other.Page, "login_hint") {
		t.Errorf("another request is as the first: %+v", other)
	}
}

func TestTakeCode_refusesWhatIsNoAnswerToIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		alter func(s *oauthtest.Server, c *oauth.Client, r *oauth.CodeRequest, answer url.Values)
		want  string
		final bool
		asked int // how often the token endpoint is
	}{
		{"another state", func(_ *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, a url.Values) {
			a.Set("state", a.Get("state")+"x")
		}, "belongs to another request", false, 0},
		{"no state", func(_ *oauthtest.Server, _ *oauth.Client, r *oauth.CodeRequest, a url.Values) {
			r.State = ""
			a.Del("state")
		}, "belongs to another request", false, 0},
		{"two states", func(_ *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, a url.Values) { a.Add("state", "x") }, "more than once", false, 0},
		{"another server's", func(_ *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, a url.Values) {
			a.Set("iss", "https://evil.example")
		}, "another authorization server", false, 0},
		{"no code", func(_ *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, a url.Values) { a.Del("code") }, "no code", false, 0},
		{"a code with a line break", func(_ *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, a url.Values) {
			a.Set("code", "a\nb")
		}, "holds what no code holds", false, 0},
		{"a refusal", func(_ *oauthtest.Server, _ *oauth.Client, r *oauth.CodeRequest, a url.Values) {
			a.Del("code")
			a.Set("error", "access_denied")
			a.Set("error_description", "no\nmore "+r.Verifier)
		}, `access_denied (the server says "no")`, true, 0},
		{"another verifier", func(_ *oauthtest.Server, _ *oauth.Client, r *oauth.CodeRequest, _ url.Values) {
			r.Verifier = strings.Repeat("canary", 10)
		}, "invalid_grant", true, 1},
		{"another address", func(_ *oauthtest.Server, _ *oauth.Client, r *oauth.CodeRequest, _ url.Values) {
			r.Redirect = "https://weir.example/oauth/callback/"
		}, "invalid_grant", true, 1},
		{"an overloaded server", func(s *oauthtest.Server, _ *oauth.Client, _ *oauth.CodeRequest, _ url.Values) {
			s.Fail = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
		}, "status 503", false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := oauthtest.Start(t)
			s.Redirects = []string{redirect}
			c := codeClient(s)
			r := c.AskCode(redirect, "")
			answer := browse(t, r.Page)
			tt.alter(s, &c, &r, answer)
			_, err := c.TakeCode(t.Context(), r, answer)
			e, ok := err.(*oauth.Error)
			if !ok || !strings.Contains(err.Error(), tt.want) || e.Final() != tt.final || s.Asked() != tt.asked {
				t.Errorf("%v, asked %d times", err, s.Asked())
			}
			if text := err.Error(); strings.Contains(text, "canary") || strings.Contains(text, r.Verifier) && r.Verifier != "" || strings.Contains(text, "\n") {
				t.Errorf("the error holds a secret or two lines: %s", text)
			}
		})
	}
}
