// Package rawimap is the least IMAP that moves mail: it frames lines and literals
// and knows nothing else. The bare relay of the benchmark is made of it, and so
// are the corpus and the verifier, which therefore share no code with what they
// measure. It talks to a private Dovecot, trusts it, and ends at the first
// answer that is not OK.
package rawimap

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Password opens every account of the benchmark.
const Password = "secret"

// bufferSize holds a few dozen ordinary messages: a system call then costs
// little beside the copying.
const bufferSize = 128 << 10

// Conn is one logged-in connection. Commands are written to W and leave with
// Flush; any number may be on their way. It is not safe for concurrent use, but
// one goroutine may read while another one writes.
type Conn struct {
	conn net.Conn
	R    *bufio.Reader
	W    *bufio.Writer
	tag  int
}

// patience bounds what is done with one connection when nobody else bounds it.
const patience = 10 * time.Minute

// Dial connects and logs in. The deadline of ctx, or patience, bounds everything
// that is done with the connection.
func Dial(ctx context.Context, addr, user string) (*Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(patience)
	}
	_ = conn.SetDeadline(deadline)
	c := &Conn{conn: conn, R: bufio.NewReaderSize(conn, bufferSize), W: bufio.NewWriterSize(conn, bufferSize)}
	if err := c.login(user); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("log in to %s as %s: %w", addr, user, err)
	}
	return c, nil
}

func (c *Conn) login(user string) error {
	hello, _, err := c.Line()
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(hello, []byte("* OK")) {
		return fmt.Errorf("greeted with %q", hello)
	}
	return c.Do("LOGIN "+user+" "+Password, nil)
}

// Close hangs up without a word.
func (c *Conn) Close() error { return c.conn.Close() }

// Send writes a command without flushing it and returns its tag.
func (c *Conn) Send(command string) (tag string) {
	tag = c.Tag()
	// Errors of a bufio.Writer stay with it and are returned by Flush.
	_, _ = c.W.WriteString(tag + " " + command + "\r\n")
	return tag
}

// Tag returns a new tag for a command that the caller writes itself.
func (c *Conn) Tag() string {
	c.tag++
	return "t" + strconv.Itoa(c.tag)
}

// Flush sends what was written.
func (c *Conn) Flush() error { return c.W.Flush() }

// Do sends a command and reads up to its answer. Untagged answers go to fn; a
// line that announces a literal is no answer that Do can read.
func (c *Conn) Do(command string, fn func(line []byte) error) error {
	tag := c.Send(command)
	if err := c.Flush(); err != nil {
		return err
	}
	return c.Wait(tag, fn)
}

// Wait reads up to the answer with tag and demands OK.
func (c *Conn) Wait(tag string, fn func(line []byte) error) error {
	for {
		line, literal, err := c.Line()
		if err != nil {
			return err
		}
		if literal >= 0 {
			return fmt.Errorf("a literal that nobody expects: %.200q", line)
		}
		if done, err := Answer(line, tag); done || err != nil {
			return err
		}
		if fn != nil && line[0] == '*' {
			if err := fn(line); err != nil {
				return err
			}
		}
	}
}

// Answer reports whether line is the tagged answer to tag. Any tagged answer
// other than OK, and BYE, is an error.
func Answer(line []byte, tag string) (done bool, err error) {
	if len(line) == 0 {
		return false, fmt.Errorf("an empty line")
	}
	if line[0] == '*' {
		if bytes.HasPrefix(line, []byte("* BYE")) {
			return false, fmt.Errorf("the server says %q", line)
		}
		return false, nil
	}
	got, status, _ := bytes.Cut(line, []byte(" "))
	if !bytes.HasPrefix(status, []byte("OK")) {
		return false, fmt.Errorf("the server answers %.300q", line)
	}
	return string(got) == tag, nil
}

// Line reads up to the end of a line, without it. When the line announces a
// literal, literal is its size, and that many bytes follow in R; else it is -1.
// The line is good until the next read.
func (c *Conn) Line() (line []byte, literal int64, err error) {
	line, err = c.R.ReadSlice('\n')
	if err != nil {
		return nil, -1, fmt.Errorf("read an answer: %w", err)
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 || line[len(line)-1] != '}' {
		return line, -1, nil
	}
	open := bytes.LastIndexByte(line, '{')
	if open < 0 {
		return line, -1, nil
	}
	literal, err = strconv.ParseInt(string(line[open+1:len(line)-1]), 10, 64)
	if err != nil || literal < 0 {
		return line, -1, nil
	}
	return line, literal, nil
}

// Answers reads the answers to commands that another goroutine goes on sending,
// up to the one to [Conn.Finish]. An answer that is not OK closes the connection,
// so that the sender notices.
func (c *Conn) Answers() <-chan error {
	result := make(chan error, 1)
	go func() {
		err := c.Wait(finish, nil)
		if err != nil {
			_ = c.Close()
		}
		result <- err
	}()
	return result
}

// finish is a tag that Tag never returns.
const finish = "end"

// Finish ends what [Conn.Answers] reads.
func (c *Conn) Finish() error {
	_, _ = c.W.WriteString(finish + " NOOP\r\n")
	return c.Flush()
}

// Folder is one line of a listing.
type Folder struct {
	Token      string // the name exactly as the server spelled it, quotes included: it can be sent back
	Subscribed bool
	Messages   int
	UIDNext    int
	ModSeq     string
}

// List lists all folders with their state in one command (RFC 5258, RFC 5819).
func (c *Conn) List() ([]Folder, error) {
	var out []Folder
	at := map[string]int{}
	err := c.Do(`LIST "" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT HIGHESTMODSEQ))`, func(line []byte) error {
		text := string(line)
		if rest, ok := strings.CutPrefix(text, "* LIST ("); ok {
			attrs, rest, _ := strings.Cut(rest, ") ")
			_, token, ok := strings.Cut(rest, " ")
			if !ok {
				return fmt.Errorf("no LIST answer: %q", text)
			}
			if strings.Contains(attrs, `\NonExistent`) || strings.Contains(attrs, `\Noselect`) {
				return nil
			}
			at[token] = len(out)
			out = append(out, Folder{Token: token, Subscribed: strings.Contains(attrs, `\Subscribed`)})
		}
		if rest, ok := strings.CutPrefix(text, "* STATUS "); ok {
			open := strings.LastIndex(rest, " (")
			if open < 0 {
				return fmt.Errorf("no STATUS answer: %q", text)
			}
			if i, ok := at[rest[:open]]; ok {
				out[i].status(strings.Fields(strings.Trim(rest[open:], " ()")))
			}
		}
		return nil
	})
	return out, err
}

func (f *Folder) status(words []string) {
	for i := 0; i+1 < len(words); i += 2 {
		switch words[i] {
		case "MESSAGES":
			f.Messages, _ = strconv.Atoi(words[i+1])
		case "UIDNEXT":
			f.UIDNext, _ = strconv.Atoi(words[i+1])
		case "HIGHESTMODSEQ":
			f.ModSeq = words[i+1]
		}
	}
}

// Message is what stands before the literal of a FETCH answer.
type Message struct {
	UID   string
	Flags string // without the parentheses and without \Recent
	Date  string // without the quotes
}

// ParseFetch reads the line of a FETCH answer; items that are not in it stay
// empty. ok is false for any other answer.
func ParseFetch(line []byte) (m Message, ok bool) {
	_, rest, ok := strings.Cut(string(line), " FETCH (")
	if !ok || line[0] != '*' {
		return m, false
	}
	if _, after, ok := strings.Cut(rest, "UID "); ok {
		m.UID = after[:strings.IndexAny(after+" ", " )")]
	}
	if _, after, ok := strings.Cut(rest, "FLAGS ("); ok {
		m.Flags, _, _ = strings.Cut(after, ")")
		if strings.Contains(m.Flags, `\Recent`) {
			m.Flags = strings.Join(strings.Fields(strings.ReplaceAll(m.Flags, `\Recent`, "")), " ")
		}
	}
	if _, after, ok := strings.Cut(rest, `INTERNALDATE "`); ok {
		m.Date, _, _ = strings.Cut(after, `"`)
	}
	return m, true
}

// DateLayout spells an INTERNALDATE (RFC 3501 section 9, date-time).
const DateLayout = "02-Jan-2006 15:04:05 -0700"

// Appender writes MULTIAPPEND commands with non-synchronizing literals (RFC 3502,
// RFC 7888). Somebody else reads the answers.
type Appender struct {
	C        *Conn
	Folder   string // as the server spells it
	messages int
	bytes    int64
}

// A batch beyond this gains nothing more (measured on Dovecot 2.3).
const (
	batchMessages = 100
	batchBytes    = 4 << 20
)

// Message begins the next message. The caller then writes its size bytes to C.W.
func (a *Appender) Message(flags, date string, size int64) {
	if a.messages == batchMessages || a.bytes >= batchBytes {
		a.End()
	}
	if a.messages == 0 {
		_, _ = a.C.W.WriteString(a.C.Tag() + " APPEND " + a.Folder)
	}
	a.messages++
	a.bytes += size
	_, _ = a.C.W.WriteString(" (" + flags + ") \"" + date + "\" {" + strconv.FormatInt(size, 10) + "+}\r\n")
}

// End ends the command that is open, if there is one.
func (a *Appender) End() {
	if a.messages > 0 {
		_, _ = a.C.W.WriteString("\r\n")
	}
	a.messages, a.bytes = 0, 0
}

// Copy moves the n bytes of a literal from one connection to another.
func Copy(to *Conn, from *Conn, n int64) error {
	_, err := io.CopyN(to.W, from.R, n)
	return err
}

// ParseDate reads an INTERNALDATE; Dovecot pads the day with a space or a zero.
func ParseDate(text string) (time.Time, error) {
	return time.Parse("_2-Jan-2006 15:04:05 -0700", text)
}
