package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Error is why there is no access token, as one sentence.
type Error struct {
	Code   string        // of RFC 6749 section 5.2, if the server has said one; foreign text
	Text   string        // in words; foreign text is quoted
	Status int           // of HTTP; 0: there was no answer
	Wait   time.Duration // how long the server asks to be left alone; 0 when it does not say
	Err    error         // the cause, if any
}

// Error says what the server has said, or why there was no answer.
func (e *Error) Error() string {
	switch {
	case e.Code != "" && e.Text != "":
		return fmt.Sprintf("%s (the server says %q)", e.Code, e.Text)
	case e.Code != "":
		return e.Code
	case e.Text != "":
		return e.Text
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same thing may succeed later although nobody has done
// anything.
func (e *Error) Retryable() bool {
	switch e.Code {
	case "temporarily_unavailable", "server_error", "slow_down":
		return true
	case "":
		return e.Err != nil || e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout
	}
	return false
}

// Final reports whether the authorization server has refused for good: the consent was
// revoked or has expired, or it does not know the client. Asking again would only be
// refused again, and may count as an attack.
func (e *Error) Final() bool { return e.Code != "" && !e.Retryable() }

// maxWords bounds what is quoted of a server.
const maxWords = 300

// failed makes what the library says an *Error without secrets.
func (c Client) failed(err error, secrets ...string) error {
	clean := func(text string) string { return words(text, append(secrets, c.Secret)) }
	var answer *oauth2.RetrieveError
	var request *url.Error
	switch {
	case errors.As(err, &answer):
		e := &Error{Code: code(clean(answer.ErrorCode)), Text: clean(answer.ErrorDescription)}
		if answer.Response != nil {
			e.Status, e.Wait = answer.Response.StatusCode, retryAfter(answer.Response.Header.Get("Retry-After"))
		}
		if e.Code == "" {
			e.Text = fmt.Sprintf("the server answers with status %d", e.Status)
		}
		return e
	case errors.Is(err, errRedirect):
		return &Error{Text: errRedirect.Error()}
	case errors.As(err, &request):
		// url.Error names method and URL; its cause alone says what happened.
		return &Error{Err: request.Err}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Err: err}
	}
	// What is left is an answer that can not be read. The library may quote all of it, so
	// nothing is taken over.
	return &Error{Text: "the server's answer is no answer of OAuth"}
}

// words are the first line of what a server says, without secrets.
func words(text string, secrets []string) string {
	for _, s := range secrets {
		const tooShort = 4 // it would be found in any text
		if len(s) < tooShort {
			continue
		}
		text = strings.ReplaceAll(text, s, "[redacted]")
		text = strings.ReplaceAll(text, url.QueryEscape(s), "[redacted]")
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if runes := []rune(text); len(runes) > maxWords {
		text = string(runes[:maxWords]) + "..."
	}
	return text
}

// code takes what can be an error code: RFC 6749 section 5.2 has no long ones.
func code(text string) string {
	if len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "unknown_error"
	}
	return text
}

// retryAfter reads a number of seconds (RFC 9110 section 10.2.3); a date is not worth
// the trouble here.
func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, 3600))*time.Second, time.Hour)
}

// errRedirect keeps credentials from following a redirect to elsewhere.
var errRedirect = errors.New("the server redirects to another address; give that one")

// NoRedirect is the CheckRedirect of a Client's HTTP.
func NoRedirect(*http.Request, []*http.Request) error { return errRedirect }
