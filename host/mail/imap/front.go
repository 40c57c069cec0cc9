package imap

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// front speaks IMAP up to the login: a few commands, one at a time. It takes no
// structured data, so it needs no parser, and nothing that a server says before
// it is known to be the right one reaches one.
type front struct {
	cfg  *Config
	nc   net.Conn
	in   *bufio.Reader
	tag  int
	caps string // what the server announced last, "" if it did not
	bye  *wire.StatusError
}

// Limits of what a server may say before the login. Greetings and lists of
// capabilities are below 2 kB.
const (
	maxFrontLine      = 16 << 10
	maxFrontResponses = 1000
)

func newFront(cfg *Config, nc net.Conn) *front {
	f := &front{cfg: cfg}
	f.reset(nc)
	return f
}

// reset begins anew on nc and forgets what was announced before.
func (f *front) reset(nc net.Conn) {
	f.nc, f.in, f.caps = nc, bufio.NewReaderSize(nc, maxFrontLine), ""
}

func (f *front) buffered() int { return f.in.Buffered() }

// handOver returns the connection with what has arrived but was not read.
func (f *front) handOver() (net.Conn, error) {
	n := f.in.Buffered()
	if n == 0 {
		return f.nc, nil
	}
	early, err := f.in.Peek(n)
	return &prefixed{f.nc, early}, err
}

// prefixed is a connection whose first bytes have been read already.
type prefixed struct {
	net.Conn
	first []byte
}

func (c *prefixed) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	c.first = c.first[n:]
	return n, nil
}

// greet reads the greeting (RFC 9051 section 7.1).
func (f *front) greet() error {
	line, err := f.line()
	if err != nil {
		return f.step("read the greeting", err)
	}
	kind, rest, _ := strings.Cut(strings.TrimPrefix(line, "* "), " ")
	status := parseStatus(strings.ToUpper(kind), rest)
	switch {
	case !strings.HasPrefix(line, "* "):
		return f.strange("read the greeting", line)
	case status.Type == "OK":
		f.note(status)
		return nil
	case status.Type == "BYE":
		return f.refusal("read the greeting", status)
	case status.Type == "PREAUTH" && f.cfg.TLS == TLSStart:
		// RFC 9051 section 7.1.4: from PREAUTH there is no way to STARTTLS.
		return &mail.Error{
			Op: "start TLS", Kind: mail.ErrTLS,
			Err: errors.New("the server greets with PREAUTH, which rules STARTTLS out; someone may be tampering with the connection"),
		}
	case status.Type == "PREAUTH":
		return &mail.Error{Kind: mail.ErrAuth, Err: errors.New("the server has logged us in unasked (PREAUTH), nobody knows as whom")}
	}
	return f.strange("read the greeting", line)
}

// capability makes sure that the server's capabilities are known.
func (f *front) capability() error {
	if f.caps != "" {
		return nil
	}
	answer, err := f.command("CAPABILITY")
	if err == nil && answer.Type != "OK" {
		err = f.refusal("ask for the capabilities", answer)
	}
	return f.step("ask for the capabilities", err)
}

// offers reports whether the server announced a capability.
func (f *front) offers(name string) bool { return wire.ParseCaps(f.caps).Has(name) }

// note remembers the capabilities of a response code.
func (f *front) note(s wire.StatusError) {
	if s.Code == "CAPABILITY" {
		f.caps = s.CodeArg
	}
}

// command sends a command and reads up to its tagged answer.
func (f *front) command(cmd string) (wire.StatusError, error) {
	return f.converse(cmd, nil, nil)
}

// converse is command for one that the server may ask to be continued: proceed
// gives the next line to send. untagged is shown the other responses without
// "* "; both may be nil.
func (f *front) converse(cmd string, proceed func(challenge string) string, untagged func(string)) (wire.StatusError, error) {
	f.tag++
	tag := "F" + strconv.Itoa(f.tag)
	if err := f.send(tag + " " + cmd); err != nil {
		return wire.StatusError{}, err
	}
	for range maxFrontResponses {
		line, err := f.line()
		if err != nil {
			return wire.StatusError{}, err
		}
		head, rest, _ := strings.Cut(line, " ")
		switch head {
		case tag:
			kind, rest, _ := strings.Cut(rest, " ")
			status := parseStatus(strings.ToUpper(kind), rest)
			switch status.Type {
			case "OK", "NO", "BAD":
				f.note(status)
				return status, nil
			}
			return status, f.strange("", line)
		case "*":
			f.untagged(rest)
			if untagged != nil {
				untagged(rest)
			}
		case "+":
			if proceed == nil {
				return wire.StatusError{}, f.strange("", line)
			}
			if err := f.send(proceed(rest)); err != nil {
				return wire.StatusError{}, err
			}
		default:
			return wire.StatusError{}, f.strange("", line)
		}
	}
	return wire.StatusError{}, &mail.Error{Kind: mail.ErrProtocol, Err: fmt.Errorf("more than %d responses to one command", maxFrontResponses)}
}

func (f *front) untagged(text string) {
	kind, rest, _ := strings.Cut(text, " ")
	switch kind = strings.ToUpper(kind); kind {
	case "CAPABILITY":
		f.caps = rest
	case "OK":
		f.note(parseStatus(kind, rest))
	case "BYE":
		bye := parseStatus(kind, rest)
		f.bye = &bye
	}
}

func (f *front) send(line string) error {
	_, err := f.nc.Write([]byte(line + "\r\n"))
	return f.whyEnded(err)
}

// line reads one line. A response that goes on behind a literal is put together:
// servers may send the strings of ID so.
func (f *front) line() (string, error) {
	var whole strings.Builder
	for {
		b, err := f.in.ReadSlice('\n')
		if whole.Len()+len(b) > maxFrontLine || errors.Is(err, bufio.ErrBufferFull) {
			return "", &mail.Error{Kind: mail.ErrProtocol, Err: fmt.Errorf("a response of more than %d bytes", maxFrontLine)}
		}
		if err != nil {
			return "", f.whyEnded(err)
		}
		text := strings.TrimRight(string(b), "\r\n")
		n, head := literalAtEnd(text)
		if n < 0 {
			whole.WriteString(text)
			return whole.String(), nil
		}
		if n > maxFrontLine {
			return "", &mail.Error{Kind: mail.ErrProtocol, Err: fmt.Errorf("a response of more than %d bytes", maxFrontLine)}
		}
		literal := make([]byte, n)
		if _, err := io.ReadFull(f.in, literal); err != nil {
			return "", f.whyEnded(err)
		}
		whole.WriteString(head + quote(string(literal)))
	}
}

// literalAtEnd cuts "{n}" off a line; n is -1 if there is none.
func literalAtEnd(line string) (n int, head string) {
	open := strings.LastIndexByte(line, '{')
	if open < 0 || !strings.HasSuffix(line, "}") {
		return -1, line
	}
	n, err := strconv.Atoi(line[open+1 : len(line)-1])
	if err != nil || n < 0 {
		return -1, line
	}
	return n, line[:open]
}

// quote makes a quoted string (RFC 9051 section 9). s holds no line ends, or is
// not meant for a server.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// whyEnded prefers the server's last words to the end of the connection.
func (f *front) whyEnded(err error) error {
	if err == nil {
		return nil
	}
	if f.bye != nil {
		return f.refusal("", *f.bye)
	}
	return ended(reason(err))
}

// ended makes the end of the stream a sentence.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the server hung up: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// refusal is the error of a NO, BAD or BYE. RFC 2221: a referral to another
// server is for a person to follow, not for a program that holds a password.
func (f *front) refusal(op string, s wire.StatusError) *mail.Error {
	e := &mail.Error{Op: op, Kind: s.Kind(), Code: s.Code, Text: s.Text, Wait: s.Wait()}
	if s.Code == "REFERRAL" {
		e.Kind = mail.ErrAuth
		e.Err = fmt.Errorf("the server refers to another one, %.200q, which is not followed", s.CodeArg)
	}
	return e
}

func (f *front) strange(op, line string) error {
	return &mail.Error{Op: op, Kind: mail.ErrProtocol, Err: fmt.Errorf("unexpected answer %.100q", line)}
}

// step says what was tried in an error that does not know it.
func (f *front) step(op string, err error) error {
	if err == nil {
		return nil
	}
	var e *mail.Error
	if !errors.As(err, &e) {
		return &mail.Error{Op: op, Kind: mail.ErrConnect, Err: err}
	}
	if e.Op == "" {
		e.Op = op
	}
	return e
}

// parseStatus reads what follows OK, NO, BAD, BYE or PREAUTH (RFC 9051 section 7.1).
func parseStatus(kind, rest string) wire.StatusError {
	s := wire.StatusError{Type: kind, Text: strings.TrimSpace(rest)}
	if strings.HasPrefix(s.Text, "[") {
		if code, text, ok := strings.Cut(s.Text[1:], "]"); ok {
			name, arg, _ := strings.Cut(code, " ")
			s.Code, s.CodeArg, s.Text = strings.ToUpper(name), strings.TrimSpace(arg), strings.TrimSpace(text)
		}
	}
	if len(s.Text) > 500 {
		s.Text = s.Text[:500]
	}
	return s
}
