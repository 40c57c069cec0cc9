package imap

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func poolFrom(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("no certificate in %s", file)
	}
	return pool
}

func TestOpen_sendsThePasswordAsTheServerWantsIt(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	set := func(mechanism string) func(*Config) { return func(c *Config) { c.Mechanism = mechanism } }
	tests := []struct {
		name string
		caps string
		give func(*Config)
		want []string // lines up to the login; "+" lines are answered in turn
		err  string   // part of the refusal; then nothing is sent
	}{
		{"PLAIN at once", "AUTH=PLAIN SASL-IR", nil, []string{"AUTHENTICATE PLAIN " + b64("\x00ann\x00secret")}, ""},
		{"PLAIN when asked", "AUTH=PLAIN", nil, []string{"AUTHENTICATE PLAIN", b64("\x00ann\x00secret")}, ""},
		{"PLAIN goes before LOGIN", "AUTH=PLAIN AUTH=LOGIN SASL-IR", nil, []string{"AUTHENTICATE PLAIN " + b64("\x00ann\x00secret")}, ""},
		{"PLAIN for somebody else", "AUTH=PLAIN SASL-IR", func(c *Config) { c.Authzid = "bob" }, []string{"AUTHENTICATE PLAIN " + b64("bob\x00ann\x00secret")}, ""},
		{"PLAIN although LOGIN is disabled", "LOGINDISABLED AUTH=PLAIN SASL-IR", nil, []string{"AUTHENTICATE PLAIN " + b64("\x00ann\x00secret")}, ""},
		{"the LOGIN command", "", nil, []string{`LOGIN "ann" "secret"`}, ""},
		{"the LOGIN command by choice", "AUTH=PLAIN SASL-IR", set("login"), []string{`LOGIN "ann" "secret"`}, ""},
		{"a master user", "", func(c *Config) { c.LoginName = "ann*admin" }, []string{`LOGIN "ann*admin" "secret"`}, ""},
		{"quotes and backslashes", "", func(c *Config) { c.Password = `a"b\c` }, []string{`LOGIN "ann" "a\"b\\c"`}, ""},
		{"a password in UTF-8", "", func(c *Config) { c.Password = "grün" }, []string{`LOGIN "ann" {5}`, "grün"}, ""},
		{"name and password in UTF-8", "", func(c *Config) { c.LoginName, c.Password = "änn", "grün" }, []string{`LOGIN {4} {5}`[:9], "änn {5}", "grün"}, ""},
		{"SASL LOGIN", "LOGINDISABLED AUTH=LOGIN SASL-IR", nil, []string{"AUTHENTICATE LOGIN", b64("ann"), b64("secret")}, ""},
		{"no way", "LOGINDISABLED AUTH=GSSAPI AUTH=XOAUTH2", nil, nil, "it offers GSSAPI, XOAUTH2"},
		{"login is disabled", "LOGINDISABLED", set("login"), nil, "LOGINDISABLED"},
		{"PLAIN is not offered", "AUTH=LOGIN", set("plain"), nil, "does not offer PLAIN; it offers LOGIN"},
		{"an identity without PLAIN", "AUTH=LOGIN", func(c *Config) { c.Authzid = "bob" }, nil, "does not offer PLAIN"},
		{"NUL in the password", "AUTH=PLAIN", func(c *Config) { c.Password = "a\x00b" }, nil, "NUL"},
		{"XOAUTH2", "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR", set("xoauth2"), []string{"AUTHENTICATE XOAUTH2 " + b64("user=ann\x01auth=Bearer secret\x01\x01")}, ""},
		{"XOAUTH2 when asked", "AUTH=XOAUTH2", set("xoauth2"), []string{"AUTHENTICATE XOAUTH2", b64("user=ann\x01auth=Bearer secret\x01\x01")}, ""},
		{"XOAUTH2 is not offered", "AUTH=PLAIN AUTH=OAUTHBEARER", set("xoauth2"), nil, "does not offer XOAUTH2; it offers OAUTHBEARER, PLAIN"},
		{"OAUTHBEARER is not offered", "AUTH=PLAIN", set("oauthbearer"), nil, "does not offer OAUTHBEARER"},
		{"a token with a line break", "AUTH=XOAUTH2", func(c *Config) { c.Mechanism, c.Password = "xoauth2", "a\nb" }, nil, "no token holds, at byte 2"},
		{"unknown mechanism", "AUTH=PLAIN", set("ntlm"), nil, "ntlm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			sent := make(chan struct{}, 10)
			s := startFake(t, func(c *fakeConn) {
				c.say("* OK [CAPABILITY IMAP4rev1 " + tt.caps + "] hello\n")
				if tt.want == nil {
					c.answers(tt.caps, nil)
					return
				}
				tag, cmd := c.command()
				got = append(got, cmd)
				for i, ask := range []string{"", "VXNlcm5hbWU6", "UGFzc3dvcmQ6"} {
					if i == 0 && len(tt.want) != 2 || i > 0 && len(tt.want) != 3 {
						continue // "User Name" and "Password:" are SASL LOGIN's questions
					}
					c.say("+ " + ask + "\n")
					got = append(got, c.line())
				}
				sent <- struct{}{}
				c.say(tag + " OK [CAPABILITY IMAP4rev1] welcome\n")
				c.answers("", nil)
			})
			cfg := config(s.port)
			if tt.give != nil {
				tt.give(&cfg)
			}
			a, err := Open(t.Context(), cfg)
			if tt.want == nil {
				wantError(t, err, mail.ErrAuth, tt.err)
				for _, cmd := range s.said() {
					if cmd != "CAPABILITY" {
						t.Errorf("%q was sent", cmd)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Close()
			<-sent
			if !slices.Equal(got, tt.want) {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOpen_logsInOnceAndTellsWhyItCanNot(t *testing.T) {
	tests := []struct {
		name  string
		give  string // answer to the login
		kind  error
		words string
	}{
		{"wrong password", "NO [AUTHENTICATIONFAILED] Authentication failed.", mail.ErrAuth, "Authentication failed."},
		{"wrong password, no code", "NO Login incorrect", mail.ErrAuth, "Login incorrect"},
		{"expired password", "NO [EXPIRED] too old", mail.ErrAuth, "EXPIRED"},
		{"not allowed to", "NO [AUTHORIZATIONFAILED] not for you", mail.ErrAuth, "not for you"},
		{"not understood", "BAD invalid command", mail.ErrAuth, "invalid command"},
		{"server in trouble", "NO [UNAVAILABLE] Temporary authentication failure", mail.ErrBusy, "UNAVAILABLE"},
		{"mailbox locked", "NO [INUSE] wait", mail.ErrBusy, "wait"},
		{"a limit", "NO [LIMIT] slowly", mail.ErrBusy, "slowly"},
		{"too many connections", "NO Too many simultaneous connections. (Failure)", mail.ErrBusy, "simultaneous"},
		{"too many users", "NO Maximum number of connections from user+IP exceeded", mail.ErrBusy, "exceeded"},
		{"needs TLS", "NO [PRIVACYREQUIRED] use TLS", mail.ErrTLS, "use TLS"},
		{"another server", "NO [REFERRAL imap://evil.example/] elsewhere", mail.ErrAuth, "evil.example"},
		{"an echo of the password", `NO you said "secret", which is wrong`, mail.ErrAuth, "[redacted]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startFake(t, ordinary("AUTH=PLAIN SASL-IR", map[string]string{"AUTHENTICATE": tt.give}))
			_, err := Open(t.Context(), config(s.port))
			wantError(t, err, tt.kind, tt.words, "log in as ann")
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q holds the password", err)
			}
			logins := 0
			for _, cmd := range s.said() {
				if strings.HasPrefix(cmd, "AUTHENTICATE") || strings.HasPrefix(cmd, "LOGIN") {
					logins++
				}
			}
			if logins != 1 || s.connections() != 1 {
				t.Errorf("%d logins on %d connections, want one: %q", logins, s.connections(), s.said())
			}
		})
	}
}

func TestAccount_doesNotRepeatALoginThatWasRefused(t *testing.T) {
	logins := make(chan struct{}, 10)
	s := startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1] hello\n")
		tag, _ := c.command()
		logins <- struct{}{}
		if len(logins) > 1 {
			c.say(tag + " NO [AUTHENTICATIONFAILED] the password has changed\n")
			return
		}
		c.say(tag + " OK welcome\n")
		c.answers("", map[string]string{"EXAMINE": "* OK [UIDVALIDITY 1] x\n"})
	})
	a := open(t, config(s.port))
	r, err := a.Examine(t.Context(), mail.Folder{Name: "INBOX", Raw: "INBOX"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 3 {
		_, err := a.Examine(t.Context(), mail.Folder{Name: "INBOX", Raw: "INBOX"})
		wantError(t, err, mail.ErrAuth, "the password has changed")
	}
	if n := len(logins); n != 2 {
		t.Errorf("%d logins, want 2", n)
	}
}

func TestOpen_tellsWhyThereIsNoConnection(t *testing.T) {
	cert, _ := newCertificate(t, "127.0.0.1")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	wait := func(c *fakeConn) { _, _ = io.Copy(io.Discard, c.r) }
	tests := []struct {
		name   string
		give   func(c *fakeConn)
		config func(c *Config)
		kind   error
		words  string
	}{
		{"closed port", nil, func(c *Config) { c.Port = closed.Addr().(*net.TCPAddr).Port }, mail.ErrConnect, "connection refused"},
		{"silence instead of a greeting", wait, nil, mail.ErrConnect, "nothing came from the server for 50ms"},
		{"silence after the greeting", func(c *fakeConn) { c.say("* OK hello\n"); wait(c) }, nil, mail.ErrConnect, "nothing came"},
		{"silence instead of TLS", wait, func(c *Config) { c.TLS = TLSImplicit }, mail.ErrConnect, "nothing came"},
		{"hangs up", func(*fakeConn) {}, nil, mail.ErrConnect, "hung up"},
		{"goodbye", func(c *fakeConn) { c.say("* BYE the server goes down\n") }, nil, mail.ErrConnect, "the server goes down"},
		{"goodbye, busy", func(c *fakeConn) { c.say("* BYE [UNAVAILABLE] come back later\n") }, nil, mail.ErrBusy, "come back later"},
		{"goodbye during the login", func(c *fakeConn) {
			c.say("* OK [CAPABILITY IMAP4rev1] hello\n")
			c.command()
			c.say("* BYE [LIMIT] too many\n")
		}, nil, mail.ErrBusy, "too many"},
		{"another protocol", func(c *fakeConn) { c.say("220 mx.example ESMTP\n"); wait(c) }, nil, mail.ErrProtocol, "220 mx.example"},
		{"an endless greeting", func(c *fakeConn) {
			for range 100 {
				c.say("* OK " + strings.Repeat("x", 4096))
			}
			wait(c)
		}, nil, mail.ErrProtocol, "more than"},
		{"endless answers", func(c *fakeConn) {
			c.say("* OK hello\n")
			for range 5000 {
				c.say("* OK still thinking\n")
			}
			wait(c)
		}, nil, mail.ErrProtocol, "more than"},
		{"logged in unasked", func(c *fakeConn) { c.say("* PREAUTH welcome\n"); wait(c) }, nil, mail.ErrAuth, "PREAUTH"},
		{"TLS on the port for clear text", func(c *fakeConn) { c.secure(cert) }, nil, mail.ErrConnect, "nothing came"},
		{"clear text on the port for TLS", func(c *fakeConn) { c.say("* OK hello\n"); wait(c) }, func(c *Config) { c.TLS = TLSImplicit }, mail.ErrTLS, "does not answer in TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(0)
			if tt.give != nil {
				cfg.Port = startFake(t, tt.give).port
			}
			if strings.HasPrefix(tt.words, "nothing came") {
				cfg.Timeout = 50 * time.Millisecond
			}
			if tt.config != nil {
				tt.config(&cfg)
			}
			_, err := Open(t.Context(), cfg)
			wantError(t, err, tt.kind, tt.words)
		})
	}
}

func TestOpen_tellsAnUnknownHost(t *testing.T) {
	cfg := config(143)
	cfg.Host = "no-such-host.invalid"
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: cfg.Host, IsNotFound: true}}
	}
	_, err := Open(t.Context(), cfg)
	if !errors.Is(err, mail.ErrHost) || !strings.HasPrefix(err.Error(), "no-such-host.invalid:143: connect: unknown host") {
		t.Errorf("got %v", err)
	}
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: cfg.Host, IsTemporary: true}}
	}
	if _, err := Open(t.Context(), cfg); !errors.Is(err, mail.ErrConnect) {
		t.Errorf("a name server in trouble gives %v, want %v", err, mail.ErrConnect)
	}
}

func TestOpen_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := startFake(t, func(c *fakeConn) {
		c.say("* OK hello\n")
		c.command()
		cancel()
		_, _ = c.r.ReadByte()
	})
	_, err := Open(ctx, config(s.port))
	wantError(t, err, mail.ErrConnect)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to be %v", err, context.Canceled)
	}
}

func TestOpen_readsMailAsAMasterUser(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	d.Dial("ann").Append("INBOX", "", time.Now(), []byte("Subject: for ann\r\n\r\nx\r\n"))
	for _, mechanism := range []string{"plain", "login", ""} {
		cfg := config(d.Port())
		cfg.LoginName, cfg.Password, cfg.Mechanism = "ann*"+mailtest.MasterUser, mailtest.MasterPassword, mechanism
		a := open(t, cfg)
		folders, err := a.Folders(t.Context())
		if err != nil || len(folders) != 1 || folders[0].Status.Messages != 1 {
			t.Errorf("%q: Folders = %+v, %v", mechanism, folders, err)
		}
	}
	cfg := config(d.Port())
	cfg.LoginName, cfg.Authzid, cfg.Password = mailtest.MasterUser, "ann", mailtest.MasterPassword
	if _, err := open(t, cfg).Folders(t.Context()); err != nil {
		t.Errorf("authzid: %v", err)
	}
	cfg = config(d.Port())
	cfg.Password = "wrong"
	_, err := Open(t.Context(), cfg)
	wantError(t, err, mail.ErrAuth)
}
