package oauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/url"

	"golang.org/x/oauth2"
)

// CodeRequest is a request for consent that a browser carries to the authorization
// server and back (RFC 6749 section 4.1, with the proof of RFC 7636). Whoever keeps it
// until the answer comes lets nobody see State and Verifier but the browser it is for.
type CodeRequest struct {
	Page     string // where the browser goes
	Redirect string // where it comes back to
	State    string // what it brings along then
	Verifier string // what only we know
}

// AskCode begins to ask for consent. hint is who is expected to give it, or "". It does
// no I/O.
func (c Client) AskCode(redirect, hint string) CodeRequest {
	r := CodeRequest{Redirect: redirect, State: rand.Text() + rand.Text(), Verifier: oauth2.GenerateVerifier()}
	config := c.config(oauth2.AuthStyleInParams)
	config.RedirectURL = redirect
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(r.Verifier)}
	if hint != "" { // OpenID Connect Core section 3.1.2.1; servers pass over what they do not know
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	r.Page = config.AuthCodeURL(r.State, options...)
	return r
}

// TakeCode gets tokens for what the browser has brought back, unless that is no answer to
// r. Errors are *Error: one that is Final says that consent was refused.
func (c Client) TakeCode(ctx context.Context, r CodeRequest, answer url.Values) (Token, error) {
	code, err := c.code(r, answer)
	if err != nil {
		return Token{}, err
	}
	return c.request(ctx, func(ctx context.Context, style oauth2.AuthStyle) (*oauth2.Token, error) {
		config := c.config(style)
		config.RedirectURL = r.Redirect // RFC 6749 section 4.1.3: the same as before
		return config.Exchange(ctx, code, oauth2.VerifierOption(r.Verifier))
	}, "", code, r.Verifier)
}

// maxCode bounds what may be a code.
const maxCode = 16 << 10

func (c Client) code(r CodeRequest, answer url.Values) (string, error) {
	for _, name := range []string{"state", "code", "error", "iss"} { // RFC 6749 section 3.1
		if len(answer[name]) > 1 {
			return "", &Error{Text: "the answer names " + name + " more than once"}
		}
	}
	switch said := answer.Get("error"); {
	case r.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(r.State)) != 1:
		return "", &Error{Text: "the answer belongs to another request"}
	case !c.issued(answer.Get("iss")):
		return "", &Error{Text: "the answer comes from another authorization server"}
	case said != "":
		secrets := []string{c.Secret, r.State, r.Verifier}
		return "", &Error{Code: code(words(said, secrets)), Text: words(answer.Get("error_description"), secrets)}
	case answer.Get("code") == "":
		return "", &Error{Text: "the answer has no code"}
	case len(answer.Get("code")) > maxCode || !printable(answer.Get("code")):
		return "", &Error{Text: "the answer has a code that holds what no code holds"}
	}
	return answer.Get("code"), nil
}

// issued reports whether an issuer can be that of our endpoints (RFC 9207): some name it
// by the host of the one, some by that of the other. A server that names none is asked
// for the proof alone.
func (c Client) issued(issuer string) bool {
	if issuer == "" {
		return true
	}
	i, err := url.Parse(issuer)
	if err != nil || i.Host == "" {
		return false
	}
	for _, endpoint := range []string{c.AuthURL, c.TokenURL} {
		if e, err := url.Parse(endpoint); err == nil && e.Scheme == i.Scheme && e.Host == i.Host {
			return true
		}
	}
	return false
}
