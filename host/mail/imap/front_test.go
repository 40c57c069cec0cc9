package imap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// replayed is a connection to a server that says what it was recorded to say,
// whatever it is asked.
type replayed struct {
	net.Conn // nil: what is not below is not used
	r        io.Reader
	sent     bytes.Buffer
}

func (c *replayed) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *replayed) Write(p []byte) (int, error)      { return c.sent.Write(p) }
func (c *replayed) Close() error                     { return nil }
func (c *replayed) SetReadDeadline(time.Time) error  { return nil }
func (c *replayed) SetWriteDeadline(time.Time) error { return nil }

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

// FuzzFront plays any answers to a login. Whatever they are, it ends with a
// connection or a *mail.Error that holds no password, the password is sent once
// at most, and nothing that has arrived behind the login is lost.
func FuzzFront(f *testing.F) {
	for _, s := range []string{
		"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ID] hello\nF1 OK [CAPABILITY IMAP4rev1 ID] welcome\n* 5 EXISTS\n",
		"* OK hello\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\nF1 OK\n+\nF2 OK\n* CAPABILITY IMAP4rev1\nF3 OK\n",
		"* OK hello\n* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=LOGIN\nF1 OK\n+ VXNlcm5hbWU6\n+ UGFzc3dvcmQ6\nF2 NO [AUTHENTICATIONFAILED] you said hunter22\n",
		"* OK hello\n* CAPABILITY IMAP4rev1\nF1 OK\nF2 BAD hunter22\n",
		"* OK [CAPABILITY IMAP4rev1] x\n+ go\n+ go\n+ go\nF1 OK\n",
		"* BYE [UNAVAILABLE] x\n", "* PREAUTH x\n", "* BYE [REFERRAL imap://x/] x\n", "", "* OK [", "* OK {99999999999}\n", "* OK {5}\n1", "garbage\n",
	} {
		f.Add(crlf(s))
	}
	const password = "hunter22"
	f.Fuzz(func(t *testing.T, data []byte) {
		conn := &replayed{r: bytes.NewReader(data)}
		cfg := Config{
			Host: "example.org", TLS: TLSNone, LoginName: "ann", Password: password,
			Dial: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
		}
		cfg.applyDefaults()
		l, err := cfg.connect(t.Context(), new(Traffic))
		if n := strings.Count(conn.sent.String(), password); n > 1 {
			t.Errorf("the password was sent %d times", n)
		}
		if err != nil {
			var e *mail.Error
			if !errors.As(err, &e) || e.Kind == nil || e.Where == "" || e.Op == "" {
				t.Errorf("error %#v", err)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("%q holds the password", err)
			}
			return
		}
		rest, err := io.ReadAll(l)
		if err != nil || !bytes.HasSuffix(data, rest) {
			t.Errorf("%q follows the login, %v", rest, err)
		}
	})
}

func TestFront_handsOverWhatFollowsTheLogin(t *testing.T) {
	data := crlf("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ID] hello\nF1 OK [CAPABILITY IMAP4rev1 ID] welcome\n* 5 EXISTS\n")
	cfg := Config{
		Host: "example.org", TLS: TLSNone, LoginName: "ann", Password: "secret",
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return &replayed{r: bytes.NewReader(data)}, nil
		},
	}
	cfg.applyDefaults()
	l, err := cfg.connect(t.Context(), new(Traffic))
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(l); err != nil || string(rest) != "* 5 EXISTS\r\n" {
		t.Errorf("%q follows, %v", rest, err)
	}
}
