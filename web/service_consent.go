package web

import (
	"context"
	"net/url"
	"time"
)

// Consents is the part of Service about consents of OAuth that are given in the browser of
// who is logged in.
type Consents interface {
	// AskConsent begins to ask for the consent of a stored account. redirect is where the
	// browser comes back to. What can not be asked is ErrInvalid.
	AskConsent(ctx context.Context, accountID, redirect string) (ConsentRequest, error)
	// TakeConsent takes what the browser has brought back. A refusal, an answer that belongs
	// to another request, and tokens that can not be got are ErrInvalid; an account that is
	// another one meanwhile is ErrChanged.
	TakeConsent(ctx context.Context, asked ConsentRequest, answer url.Values) error
}

// ConsentRequest is a consent that somebody is asked for. It is kept in their session
// until the answer comes, and shown to nobody.
type ConsentRequest struct {
	AccountID string
	Page      string // where the browser goes
	Redirect  string // where it comes back to
	State     string // what it brings along
	Verifier  string // what proves that the answer is for us
	Basis     string // what the account was like
	Expires   time.Time
}
