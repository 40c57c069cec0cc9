package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// server is the other end of a connection, played by a test: what it expects and
// what it says, line by line. A surprise ends the test's connection, so that
// nobody waits for ever.
type server struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	out  func(text string) // nil writes to conn as it is
}

// play returns a connection whose other end is played by script. The connection
// is unbuffered: whoever writes waits until somebody reads.
func play(t *testing.T, caps string, lim Limits, script func(s *server)) *Conn {
	t.Helper()
	near, far := net.Pipe()
	s := &server{t: t, conn: far, r: bufio.NewReader(far)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = far.Close() }()
		script(s)
	}()
	// A test that hangs names itself.
	_ = near.SetDeadline(time.Now().Add(time.Minute))
	_ = far.SetDeadline(time.Now().Add(time.Minute))
	c := NewConn(near, ParseCaps(caps), lim)
	t.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	return c
}

// stop ends the script.
func (s *server) stop(format string, args ...any) {
	s.t.Errorf("server: "+format, args...)
	_ = s.conn.Close()
}

// line reads one line without its end; "" when the connection has ended.
func (s *server) line() string {
	line, err := s.r.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}

// expect reads a command line that is want after its tag, and returns the tag.
func (s *server) expect(want string) string {
	line := s.line()
	tag, got, _ := strings.Cut(line, " ")
	if got != want {
		s.stop("got command %q, want %q", line, want)
	}
	return tag
}

// body reads n bytes of a literal.
func (s *server) body(n int) string {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.r, b); err != nil {
		s.stop("reading a literal of %d bytes: %v", n, err)
	}
	return string(b)
}

// say sends lines; each "\n" becomes CRLF.
func (s *server) say(format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n")
	if s.out != nil {
		s.out(text)
		return
	}
	_, _ = io.WriteString(s.conn, text)
}

// open lets c select a folder; the server answers with answer before its OK.
func (s *server) open(name, answer string) {
	line := s.line()
	tag, cmd, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(cmd, "SELECT "+name) && !strings.HasPrefix(cmd, "EXAMINE "+name) {
		s.stop("got command %q, want to open %s", line, name)
	}
	s.say("%s%s OK opened\n", answer, tag)
}

// fetched is what a test's fn got to see.
type fetched struct {
	UID   mail.UID
	Flags string
	Date  string
	Body  string
}

// fetchAll runs Fetch and reads each body to its end.
func fetchAll(ctx context.Context, c *Conn, uids mail.UIDSet) (got []fetched, err error) {
	err = c.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		b, err := io.ReadAll(body)
		if err != nil {
			return fmt.Errorf("body of %d: %w", m.UID, err)
		}
		if int64(len(b)) != m.Size {
			return fmt.Errorf("body of %d has %d bytes, Size says %d", m.UID, len(b), m.Size)
		}
		got = append(got, fetched{m.UID, flagText(m.Flags), dateText(m.InternalDate), string(b)})
		return nil
	})
	return got, err
}

func flagText(flags []mail.Flag) string {
	var out []string
	for _, f := range flags {
		out = append(out, string(f))
	}
	return strings.Join(out, " ")
}

func dateText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05 -0700")
}

// wantKind checks that err is a *mail.Error of a kind.
func wantKind(t *testing.T, err, kind error) *mail.Error {
	t.Helper()
	var e *mail.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v (%T), want a *mail.Error", err, err)
	}
	if !errors.Is(err, kind) {
		t.Fatalf("got error %q, want its kind to be %q", err, kind)
	}
	return e
}

// failedUIDs returns the errors that name messages.
func failedUIDs(t *testing.T, err error) map[mail.UID]error {
	t.Helper()
	var e *mail.MessageErrors
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *mail.MessageErrors", err)
	}
	return e.Errs
}
