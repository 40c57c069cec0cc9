package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// Request is what a person does to give consent: they open Page somewhere and type Code
// there.
type Request struct {
	Code    string    // to be typed
	Page    string    // where
	Whole   string    // a page that knows the code already; often ""
	Expires time.Time // after that the code is worth nothing

	answer *oauth2.DeviceAuthResponse
}

const (
	// longestAsk bounds how long somebody is waited for, whatever the server says.
	longestAsk = 30 * time.Minute
	// RFC 8628 section 3.2: 5 seconds unless the server says something else.
	usualInterval, longestInterval = 5, 60
)

// Ask begins to ask for consent by a device code (RFC 8628). Errors are *Error.
func (c Client) Ask(ctx context.Context) (Request, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
	var options []oauth2.AuthCodeOption
	if c.Secret != "" { // RFC 8628 section 3.1; the library leaves it out
		options = append(options, oauth2.SetAuthURLParam("client_secret", c.Secret))
	}
	got, err := c.config(oauth2.AuthStyleInParams).DeviceAuth(ctx, options...)
	if err != nil {
		return Request{}, c.failed(err)
	}
	if got.DeviceCode == "" || got.UserCode == "" || len(got.UserCode) > 100 || !printable(got.UserCode) || !webPage(got.VerificationURI) {
		return Request{}, &Error{Text: "the server's answer names no code, or no page to type it at"}
	}
	if !webPage(got.VerificationURIComplete) {
		got.VerificationURIComplete = ""
	}
	if got.Interval < 1 {
		got.Interval = usualInterval
	}
	got.Interval = min(got.Interval, longestInterval)
	if latest := time.Now().Add(longestAsk); got.Expiry.IsZero() || got.Expiry.After(latest) {
		got.Expiry = latest
	}
	return Request{Code: got.UserCode, Page: got.VerificationURI, Whole: got.VerificationURIComplete, Expires: got.Expiry, answer: got}, nil
}

// webPage reports whether text can be shown as the address of a page.
func webPage(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(text) < 2000 && printable(text)
}

// Wait asks the server until the person has given consent or refused it, or the code has
// expired. Trouble on the way does not end it (RFC 8628 section 3.5). Errors are *Error.
func (c Client) Wait(ctx context.Context, r Request) (Token, error) {
	ctx, cancel := context.WithDeadline(context.WithValue(ctx, oauth2.HTTPClient, c.HTTP), r.Expires)
	defer cancel()
	for {
		// The library waits before each question, and longer when it is told to.
		got, err := c.config(oauth2.AuthStyleInParams).DeviceAccessToken(ctx, r.answer)
		if err == nil {
			return c.token(got, "")
		}
		e := &Error{}
		switch failed := c.failed(err, r.answer.DeviceCode); {
		case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
			return Token{}, &Error{Code: "expired_token", Text: "nobody has typed the code in time"}
		case ctx.Err() != nil:
			return Token{}, &Error{Err: ctx.Err()}
		case !errors.As(failed, &e) || !e.Retryable():
			return Token{}, failed
		}
	}
}
