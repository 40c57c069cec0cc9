package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/oauth"
	"github.com/mailweir/mailweir/host/oauth/oauthtest"
)

func client(s *oauthtest.Server) oauth.Client {
	return oauth.Client{
		HTTP:     &http.Client{Timeout: 10 * time.Second, CheckRedirect: oauth.NoRedirect},
		TokenURL: s.TokenURL(), DeviceURL: s.DeviceURL(), ID: oauthtest.ClientID, Secret: oauthtest.ClientSecret, Scope: "mail offline_access",
	}
}

func TestRefresh_givesWhatTheServerReplaces(t *testing.T) {
	t.Parallel()
	for name, basic := range map[string]bool{"credentials in the body": false, "credentials in the header": true} {
		t.Run(name, func(t *testing.T) {
			s := oauthtest.Start(t)
			s.Basic, s.RefreshEnd = basic, 24*time.Hour
			first := s.NewRefresh()
			got, err := client(s).Refresh(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Good(got.Access) || got.Refresh == "" || got.Refresh == first {
				t.Errorf("%+v", got)
			}
			if left := time.Until(got.RefreshExpires); left < 23*time.Hour || left > 25*time.Hour {
				t.Errorf("the refresh token ends in %v", left)
			}
			s.Keep = true
			again, err := client(s).Refresh(t.Context(), got.Refresh)
			if err != nil || again.Refresh != "" {
				t.Errorf("a token that is not replaced: %+v, %v", again, err)
			}
		})
	}
}

func TestClientCredentials_gets(t *testing.T) {
	t.Parallel()
	s := oauthtest.Start(t)
	got, err := client(s).ClientCredentials(t.Context())
	if err != nil || !s.Good(got.Access) || got.Refresh != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRefresh_tellsRefusalsFromTrouble(t *testing.T) {
	t.Parallel()
	answer := func(status int, header, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "ECHO", r.PostFormValue("refresh_token")+" "+r.PostFormValue("client_secret"))))
		}
	}
	tests := []struct {
		name      string
		give      http.HandlerFunc
		retryable bool
		final     bool
		want      string
	}{
		{"revoked", answer(400, "", `{"error":"invalid_grant","error_description":"revoked: ECHO"}`), false, true, `invalid_grant (the server says "revoked: [redacted] [redacted]")`},
		{"unknown client", answer(401, "", `{"error":"invalid_client"}`), false, true, "invalid_client"},
		{"a code that is no code", answer(400, "", `{"error":"in valid ECHO"}`), false, true, "unknown_error"},
		{"overloaded", answer(503, "Retry-After: 7", `{"error":"temporarily_unavailable"}`), true, false, "temporarily_unavailable"},
		{"500", answer(500, "", "<h1>ECHO</h1>"), true, false, "the server answers with status 500"},
		{"429", answer(429, "Retry-After: 7", ""), true, false, "the server answers with status 429"},
		{"a page of somebody else", answer(404, "", "<h1>ECHO</h1>"), false, false, "the server answers with status 404"},
		{"no JSON", answer(200, "", "ECHO"), false, false, "no answer of OAuth"},
		{"no token", answer(200, "", `{"token_type":"bearer","x":"ECHO"}`), false, false, "no answer of OAuth"},
		{"another kind of token", answer(200, "", `{"access_token":"a","token_type":"mac"}`), false, false, "no bearer token"},
		{"a token with a line break", answer(200, "", `{"access_token":"a\nb","token_type":"bearer"}`), false, false, "holds what no token holds"},
		{"a redirect", answer(307, "Location: http://127.0.0.1:1/", ""), false, false, "redirects to another address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.give)
			defer server.Close()
			c := oauth.Client{
				HTTP:     &http.Client{Timeout: 10 * time.Second, CheckRedirect: oauth.NoRedirect},
				TokenURL: server.URL, ID: "x", Secret: "canary/secret",
			}
			_, err := c.Refresh(t.Context(), "canary+refresh")
			var e *oauth.Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || e.Retryable() != tt.retryable || e.Final() != tt.final {
				t.Fatalf("%v; %+v", err, e)
			}
			if text := err.Error(); strings.Contains(text, "canary") || strings.ContainsAny(text, "\r\n") {
				t.Errorf("the error holds a secret: %s", text)
			}
			if tt.name == "429" && e.Wait != 7*time.Second {
				t.Errorf("it asks to wait for %v", e.Wait)
			}
		})
	}
}

func TestRefresh_aServerThatIsAwayOrSlowIsTrouble(t *testing.T) {
	t.Parallel()
	silent := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-silent }))
	defer slow.Close()
	defer close(silent)
	for _, url := range []string{"http://127.0.0.1:1/", slow.URL} {
		c := oauth.Client{HTTP: &http.Client{Timeout: 200 * time.Millisecond}, TokenURL: url, ID: "x"}
		_, err := c.Refresh(t.Context(), "canary-refresh")
		var e *oauth.Error
		if !errors.As(err, &e) || !e.Retryable() || e.Final() || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestWait_untilThePersonHasDecided(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  func(*oauthtest.Server)
		want string // of the error; "" is a token
	}{
		{"consented", func(s *oauthtest.Server) { s.Consented = true }, ""},
		{"consented, after a server's 500", func(s *oauthtest.Server) {
			broken := true
			s.Consented = true
			s.Fail = func(w http.ResponseWriter, _ *http.Request) bool {
				if broken {
					w.WriteHeader(500)
				}
				was := broken
				broken = false
				return was
			}
		}, ""},
		{"refused", func(s *oauthtest.Server) { s.Refused = true }, "access_denied"},
		{"nobody", func(*oauthtest.Server) {}, "expired_token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := oauthtest.Start(t)
			s.Do(tt.set)
			c := client(s)
			r, err := c.Ask(t.Context())
			if err != nil || r.Code != "WDJB-MJHT" || r.Page != "https://login.example/device" {
				t.Fatalf("%+v, %v", r, err)
			}
			if tt.name == "nobody" {
				r.Expires = time.Now().Add(1500 * time.Millisecond)
			}
			got, err := c.Wait(t.Context(), r)
			if tt.want == "" && (err != nil || !s.Good(got.Access) || got.Refresh == "") {
				t.Errorf("%+v, %v", got, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWait_endsWithItsContext(t *testing.T) {
	t.Parallel()
	s := oauthtest.Start(t)
	r, err := client(s).Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(s).Wait(ctx, r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzClient_answersOfAServer(f *testing.F) {
	f.Add(200, `{"access_token":"a","token_type":"bearer","expires_in":3600,"refresh_token":"b","refresh_token_expires_in":"1e99"}`)
	f.Add(400, `{"error":"invalid_grant","error_description":"canary-secret"}`)
	f.Add(200, `{"device_code":"d","user_code":"u","verification_uri":"https://x.example","expires_in":-5,"interval":-1}`)
	f.Add(200, `{"access_token":1,"expires_in":"x"}`)
	f.Add(500, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status == 204 || status == 304 {
			return
		}
		c := oauth.Client{TokenURL: "http://x.example/", DeviceURL: "http://x.example/", ID: "x", Secret: "canary-secret", HTTP: &http.Client{
			CheckRedirect: oauth.NoRedirect,
			Transport: roundTrip(func(r *http.Request) *http.Response {
				rec := httptest.NewRecorder()
				rec.Header().Set("Content-Type", "application/json")
				rec.WriteHeader(status)
				_, _ = rec.WriteString(body)
				a := rec.Result()
				a.Request = r
				return a
			}),
		}}
		got, err := c.Refresh(t.Context(), "canary-refresh")
		switch {
		case err == nil && (got.Access == "" || got.Expires.IsZero() || strings.ContainsAny(got.Access, "\r\n\x00")):
			t.Errorf("%+v", got)
		case err != nil && strings.Contains(err.Error(), "canary-"):
			t.Errorf("a secret in %q", err)
		}
		if r, err := c.Ask(t.Context()); err == nil && (r.Code == "" || r.Expires.After(time.Now().Add(time.Hour))) {
			t.Errorf("%+v", r)
		} else if err != nil && strings.Contains(err.Error(), "canary-secret") {
			t.Errorf("a secret in %q", err)
		}
	})
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
