package oauthtest

import (
	"encoding/json"
	"net/http"
	"time"
)

// User is whose mail the tokens open, for mail servers that ask.
const User = "ann"

// IntrospectURL is where mail servers ask whether a token is good (RFC 7662).
func (s *Server) IntrospectURL() string { return s.URL + "/introspect" }

// Introspected is how often they did.
func (s *Server) Introspected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.introspected
}

func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	token := r.PostFormValue("token")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.introspected++
	answer := map[string]any{"active": false}
	if s.access[token] && time.Now().Before(s.until[token]) {
		answer = map[string]any{"active": true, "username": User, "scope": "mail", "exp": s.until[token].Unix()}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}
