package wire

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// StatusError is a refusal in the server's own words (RFC 9051 section 7.1).
// errors.Is matches it with the kind of package mail that its code stands for.
type StatusError struct {
	Type    string // "NO", "BAD" or "BYE"
	Code    string // response code in upper case, without its argument; empty if there is none
	CodeArg string // what followed the code inside the brackets
	Text    string // at most 500 bytes; foreign text
}

// maxText is how much of a server's words is kept.
const maxText = 500

// Error quotes the server.
func (e *StatusError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%s %q", e.Type, e.Text)
	}
	return fmt.Sprintf("%s [%s] %q", e.Type, e.Code, e.Text)
}

// Is matches the sentinel that e stands for.
func (e *StatusError) Is(target error) bool { return target == e.Kind() }

// SyntaxError is an answer that follows no grammar or exceeds a limit. errors.Is
// matches it with mail.ErrProtocol.
type SyntaxError struct {
	What string // what is wrong with it
	Line string // the beginning of the line, at most 100 bytes; foreign text
}

// Error says what is wrong and quotes the line.
func (e *SyntaxError) Error() string {
	if e.Line == "" {
		return e.What
	}
	return fmt.Sprintf("%s in %q", e.What, e.Line)
}

// Is matches mail.ErrProtocol.
func (e *SyntaxError) Is(target error) bool { return target == mail.ErrProtocol }

func syntax(line []byte, format string, args ...any) *SyntaxError {
	return &SyntaxError{What: fmt.Sprintf(format, args...), Line: string(line[:min(len(line), 100)])}
}

// quoted is a StatusError as the cause of a mail.Error that quotes the server
// itself; it can be found by errors.As but adds no words.
type quoted struct{ *StatusError }

func (q quoted) Error() string { return q.Type }
func (q quoted) Unwrap() error { return q.StatusError }

// describe makes err the *mail.Error that leaves the package. An error that is
// one already keeps what it says.
func describe(op string, err error) error {
	if err == nil {
		return nil
	}
	var whole *mail.Error
	if errors.As(err, &whole) {
		return err
	}
	var status *StatusError
	if errors.As(err, &status) {
		return &mail.Error{Op: op, Kind: status.Kind(), Code: status.Code, Text: status.Text, Err: quoted{status}, Wait: status.Wait()}
	}
	var malformed *SyntaxError
	if errors.As(err, &malformed) {
		return &mail.Error{Op: op, Kind: mail.ErrProtocol, Err: malformed}
	}
	return &mail.Error{Op: op, Kind: mail.ErrConnect, Err: err}
}

// ended is what a read error means for whoever waits for an answer: the end of
// the stream is never the end of what was asked for.
func ended(err error) error {
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the server hung up: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// cancelled reports whether err comes from a context that ended.
func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
