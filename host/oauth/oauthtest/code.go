package oauthtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
)

// grantedCode is what a browser was sent back with.
type grantedCode struct {
	redirect, challenge string
	used                bool
}

// AuthURL is the authorization endpoint.
func (s *Server) AuthURL() string { return s.URL + "/authorize" }

// authorize is the page on which a person consents: they have, unless they Refused.
// Whoever asks for something that is not registered is sent nowhere (RFC 6749 section
// 4.1.2.1).
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	redirect := q.Get("redirect_uri")
	if q.Get("client_id") != ClientID || !slices.Contains(s.Redirects, redirect) {
		http.Error(w, "no such client, or no address of it", http.StatusBadRequest)
		return
	}
	back, err := url.Parse(redirect)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if s.Issuer != "" {
		answer.Set("iss", s.Issuer)
	}
	challenge := q.Get("code_challenge")
	switch {
	case q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(challenge) != 43:
		answer.Set("error", "invalid_request")
	case s.Refused:
		answer.Set("error", "access_denied")
		answer.Set("error_description", "The person does not want to.")
	default:
		code := "canary-code-" + rand.Text()
		s.codes[code] = grantedCode{redirect: redirect, challenge: challenge}
		s.issued = append(s.issued, code)
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// redeem gives tokens for a code, once, to whoever knows what the challenge was made of.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	code := r.PostFormValue("code")
	granted, there := s.codes[code]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !there || granted.used || granted.redirect != r.PostFormValue("redirect_uri"):
		fail(w, http.StatusBadRequest, "invalid_grant", "the code "+code+" is not good")
	case granted.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		fail(w, http.StatusBadRequest, "invalid_grant", "the verifier "+r.PostFormValue("code_verifier")+" is wrong")
	default:
		granted.used = true
		s.codes[code] = granted
		s.give(w, s.newRefresh())
	}
}
