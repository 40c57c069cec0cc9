// Package oauthtest is an authorization server in memory, for tests: refresh tokens that
// are replaced with each use, client credentials, codes, device codes, an answer for mail servers, and
// trouble at will.
package oauthtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// The client that the server knows.
const (
	ClientID     = "mailweir-test"
	ClientSecret = "canary-client-secret-4d1e"
)

// Server is an authorization server. Fields are changed with Do.
type Server struct {
	URL string

	Lifetime   time.Duration // of access tokens; default an hour
	Basic      bool          // takes the client's credentials in the header only
	Keep       bool          // a refresh token is not replaced when it is used
	RefreshEnd time.Duration // told as the lifetime of refresh tokens; 0 is not told
	Fail       func(w http.ResponseWriter, r *http.Request) bool
	Consented  bool // somebody has typed the device code
	Refused    bool // somebody has refused
	Pending    int  // questions that found neither
	// Redirects are the only addresses to which browsers are sent back.
	Redirects []string
	Issuer    string // named in answers to browsers; "" is none

	mu      sync.Mutex
	refresh string          // the one that is good
	access  map[string]bool // those that are good
	old     map[string]bool // refresh tokens that were replaced: one more use revokes all
	asked   int
	issued  []string
	codes   map[string]grantedCode
	until   map[string]time.Time // when access tokens expire

	introspected int
}

// Start starts a server that the end of the test stops.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Lifetime: time.Hour, access: make(map[string]bool), old: make(map[string]bool), codes: make(map[string]grantedCode), until: make(map[string]time.Time)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /device", s.device)
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /introspect", s.introspect)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// TokenURL and DeviceURL are the endpoints.
func (s *Server) TokenURL() string  { return s.URL + "/token" }
func (s *Server) DeviceURL() string { return s.URL + "/device" }

// Do changes the server between two requests.
func (s *Server) Do(change func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// NewRefresh returns a refresh token that is good; the one before is not any more.
func (s *Server) NewRefresh() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newRefresh()
}

// NewRefreshLocked is NewRefresh within Do.
func (s *Server) NewRefreshLocked() string { return s.newRefresh() }

func (s *Server) newRefresh() string {
	s.refresh = "canary-refresh-" + rand.Text()
	s.issued = append(s.issued, s.refresh)
	return s.refresh
}

// Good reports whether a token opens mail.
func (s *Server) Good(access string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access[access]
}

// ForgetAccess makes all access tokens worthless, as a server does that restarts.
func (s *Server) ForgetAccess() { s.Do((*Server).ForgetAccessLocked) }

// ForgetAccessLocked is ForgetAccess within Do.
func (s *Server) ForgetAccessLocked() { clear(s.access) }

// Revoke ends the consent.
func (s *Server) Revoke() {
	s.Do(func(s *Server) {
		s.refresh = ""
		clear(s.access)
	})
}

// Asked is how often the token endpoint was asked.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Issued are all tokens that the server has ever given.
func (s *Server) Issued() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.issued...)
}

func fail(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": text})
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	trouble := s.Fail
	s.mu.Unlock()
	if trouble != nil && trouble(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic && !s.Basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != ClientID || secret != ClientSecret {
		fail(w, http.StatusUnauthorized, "invalid_client", "unknown client with the secret "+r.PostFormValue("client_secret"))
		return
	}
	switch grant := r.PostFormValue("grant_type"); grant {
	case "refresh_token":
		used := r.PostFormValue("refresh_token")
		if s.old[used] { // RFC 9700 section 4.14.2
			s.refresh = ""
		}
		if used == "" || used != s.refresh {
			fail(w, http.StatusBadRequest, "invalid_grant", "the token "+used+" was revoked")
			return
		}
		if s.Keep {
			s.give(w, "")
			return
		}
		s.old[used] = true
		s.give(w, s.newRefresh())
	case "client_credentials":
		s.give(w, "")
	case "urn:ietf:params:oauth:grant-type:device_code":
		switch {
		case s.Refused:
			fail(w, http.StatusBadRequest, "access_denied", "")
		case !s.Consented:
			s.Pending++
			fail(w, http.StatusBadRequest, "authorization_pending", "")
		default:
			s.give(w, s.newRefresh())
		}
	case "authorization_code":
		s.redeem(w, r)
	default:
		fail(w, http.StatusBadRequest, "unsupported_grant_type", grant)
	}
}

func (s *Server) give(w http.ResponseWriter, refresh string) {
	token := "canary-access-" + rand.Text()
	s.access[token], s.until[token] = true, time.Now().Add(s.Lifetime)
	s.issued = append(s.issued, token)
	answer := map[string]any{"access_token": token, "token_type": "bearer", "expires_in": int(s.Lifetime / time.Second)}
	if refresh != "" {
		answer["refresh_token"] = refresh
	}
	if s.RefreshEnd > 0 {
		answer["refresh_token_expires_in"] = int(s.RefreshEnd / time.Second)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Server) device(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("client_id") != ClientID {
		fail(w, http.StatusBadRequest, "invalid_client", "")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"device_code":"canary-device-code-77","user_code":"WDJB-MJHT","verification_uri":"https://login.example/device","expires_in":600,"interval":1}`)
}
