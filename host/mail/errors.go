package mail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What kind of trouble an [Error] is. Callers branch with errors.Is.
var (
	ErrAuth      = errors.New("login refused")           // wrong password, unknown user, mechanism not offered
	ErrHost      = errors.New("unknown host")            // the name does not resolve
	ErrTLS       = errors.New("TLS not verified")        // certificate, pin, or STARTTLS not offered
	ErrConnect   = errors.New("no connection")           // refused, unreachable, lost, timed out
	ErrBusy      = errors.New("server asks to wait")     // UNAVAILABLE, INUSE, LIMIT, throttling, too many connections
	ErrProtocol  = errors.New("answer not understood")   // malformed or beyond the limits
	ErrNoFolder  = errors.New("no such folder")          // NONEXISTENT, TRYCREATE
	ErrBadName   = errors.New("folder name not allowed") // CANNOT, or refused before it was sent
	ErrDenied    = errors.New("no permission")           // NOPERM, READ-ONLY, AUTHORIZATIONFAILED
	ErrQuota     = errors.New("destination is full")     // OVERQUOTA
	ErrTooBig    = errors.New("message too big")         // TOOBIG, APPENDLIMIT
	ErrRefused   = errors.New("refused by the server")   // any other NO
	ErrShortBody = errors.New("message ended early")     // the body did not have the announced length
)

// Error is trouble with an account. Its message is one sentence for a person:
// what was tried, where, and what came of it.
type Error struct {
	Op    string // what was tried: "log in as ann", "append to Archive/2024"
	Where string // host:port or directory
	Kind  error  // one of the sentinels above
	Code  string // response code without brackets (RFC 9051 section 7.1), if any
	Text  string // the server's own words, if any; foreign text, at most 500 bytes
	Err   error  // the cause, if any
	// Unknown is set when the server may have done what was asked although no
	// answer said so.
	Unknown bool
	// Wait is how long the server asks to be left alone; 0 when it does not say.
	Wait time.Duration
}

// Error says where, what, and why, and quotes the server.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Where != "" {
		b.WriteString(e.Where + ": ")
	}
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	switch {
	case e.Kind != nil:
		b.WriteString(e.Kind.Error())
	default:
		b.WriteString("trouble")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Text != "" || e.Code != "" {
		text := e.Text
		if len(text) > 500 {
			text = text[:500]
		}
		if e.Code != "" {
			text = strings.TrimSpace("[" + e.Code + "] " + text)
		}
		fmt.Fprintf(&b, " (the server says %q)", text)
	}
	return b.String()
}

// Unwrap makes errors.Is see both the kind and the cause.
func (e *Error) Unwrap() []error {
	out := make([]error, 0, 2)
	if e.Kind != nil {
		out = append(out, e.Kind)
	}
	if e.Err != nil {
		out = append(out, e.Err)
	}
	return out
}

// Retryable reports whether the same thing, tried again later without anyone
// changing anything, may succeed.
func (e *Error) Retryable() bool {
	return errors.Is(e.Kind, ErrConnect) || errors.Is(e.Kind, ErrBusy)
}

// Fatal reports whether the account as a whole is lost, rather than one folder or
// one message.
func (e *Error) Fatal() bool {
	for _, k := range []error{ErrAuth, ErrHost, ErrTLS, ErrConnect, ErrBusy} {
		if errors.Is(e.Kind, k) {
			return true
		}
	}
	return false
}

// SuggestedWait is how long a server has asked to be left alone, in the error that
// err is or wraps; 0 when none has.
func SuggestedWait(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.Wait
	}
	return 0
}

// OutcomeUnknown reports whether err leaves open that the server did what was
// asked. Such a thing is looked up before it is done again.
func OutcomeUnknown(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Unknown
}

// BatchError says which messages of a batch were not stored; the others were.
type BatchError struct {
	Errs []error // one per message of the batch; nil where it was stored
}

// Error names the first refused message and counts the others.
func (e *BatchError) Error() string {
	var first error
	n := 0
	for _, err := range e.Errs {
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		n++
	}
	if n == 0 {
		return "batch: no message refused"
	}
	return fmt.Sprintf("%d of %d messages not stored, the first: %v", n, len(e.Errs), first)
}

// MessageErrors names messages of a folder that could not be read.
type MessageErrors struct {
	Errs map[UID]error
}

// Error counts the messages and gives the reason of the first.
func (e *MessageErrors) Error() string {
	if len(e.Errs) == 0 {
		return "no message unreadable"
	}
	uid := slices.Min(slices.Collect(maps.Keys(e.Errs)))
	return fmt.Sprintf("%d messages not readable, the first UID %d: %v", len(e.Errs), uid, e.Errs[uid])
}
