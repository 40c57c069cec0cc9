package imap

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func TestOpen_verifiesTheServerBeforeItSaysAnything(t *testing.T) {
	good, pool := newCertificate(t, "127.0.0.1")
	elsewhere, poolElsewhere := newCertificate(t, "mail.example.org")
	pin := pinOf(good)
	tests := []struct {
		name  string
		cert  tls.Certificate
		give  func(c *Config)
		kind  error // nil is success
		words []string
	}{
		{"trusted authority", good, func(c *Config) { c.RootCAs = pool }, nil, nil},
		{"unknown authority", good, func(c *Config) {}, mail.ErrTLS, []string{"unknown authority", "pin=sha256:" + hex.EncodeToString(pin[:]), "ca="}},
		{"name of another host", elsewhere, func(c *Config) { c.RootCAs = poolElsewhere }, mail.ErrTLS, []string{"127.0.0.1", "pin=sha256:"}},
		{"right pin", good, func(c *Config) { c.Pin, c.HasPin = pin, true }, nil, nil},
		{"right pin, name of another host", elsewhere, func(c *Config) { c.Pin, c.HasPin = pinOf(elsewhere), true }, nil, nil},
		{"wrong pin, trusted authority", good, func(c *Config) { c.RootCAs, c.Pin, c.HasPin = pool, pinOf(elsewhere), true }, mail.ErrTLS, []string{"another key", "pin=sha256:" + hex.EncodeToString(pin[:])}},
	}
	for _, mode := range []TLSMode{TLSImplicit, TLSStart} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%d/%s", mode, tt.name), func(t *testing.T) {
				s := startMemory(t, memoryOptions{caps: usual, implicit: mode == TLSImplicit, tls: &tls.Config{Certificates: []tls.Certificate{tt.cert}}})
				cfg := config(s.port)
				cfg.TLS = mode
				tt.give(&cfg)
				a, err := Open(t.Context(), cfg)
				if tt.kind != nil {
					wantError(t, err, tt.kind, tt.words...)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				if got := a.Info().TLS; got != "TLS 1.3" {
					t.Errorf("TLS is %q", got)
				}
				if _, err := a.Folders(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestOpen_tellsTheKeyOfAServerThatIsNotTrusted(t *testing.T) {
	cert, _ := newCertificate(t, "127.0.0.1")
	s := startFake(t, func(c *fakeConn) { c.secure(cert) })
	cfg := config(s.port)
	cfg.TLS = TLSImplicit
	_, err := Open(t.Context(), cfg)
	var untrusted *CertificateError
	if !errors.As(err, &untrusted) || untrusted.Pin != pinOf(cert) {
		t.Errorf("got %v, want a *CertificateError with the server's key", err)
	}
}

func TestOpen_refusesOldTLS(t *testing.T) {
	cert, pool := newCertificate(t, "127.0.0.1")
	s := startFake(t, func(c *fakeConn) {
		old := tls.Server(c.Conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		_ = old.Handshake()
	})
	cfg := config(s.port)
	cfg.TLS, cfg.RootCAs = TLSImplicit, pool
	_, err := Open(t.Context(), cfg)
	wantError(t, err, mail.ErrTLS, "protocol version")
}

// TestOpen_neverFallsBackToClearText plays what someone on the line can do to
// STARTTLS. Whatever it is, no login is sent.
func TestOpen_neverFallsBackToClearText(t *testing.T) {
	cert, pool := newCertificate(t, "127.0.0.1")
	offer := "* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hello\n"
	tests := []struct {
		name  string
		give  func(c *fakeConn)
		kind  error
		words string
	}{
		{"STARTTLS is not offered", func(c *fakeConn) {
			c.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\n")
			c.answers("AUTH=PLAIN", nil)
		}, mail.ErrTLS, "does not offer STARTTLS"},
		{"STARTTLS is not offered when asked", func(c *fakeConn) {
			c.say("* OK hello\n")
			c.answers("AUTH=PLAIN", nil)
		}, mail.ErrTLS, "does not offer STARTTLS"},
		{"STARTTLS is refused", func(c *fakeConn) {
			c.say(offer)
			c.answers("STARTTLS", map[string]string{"STARTTLS": "NO not today"})
		}, mail.ErrTLS, "not today"},
		{"STARTTLS is not understood", func(c *fakeConn) {
			c.say(offer)
			c.answers("STARTTLS", map[string]string{"STARTTLS": "BAD what"})
		}, mail.ErrTLS, "what"},
		{"answers under TLS are sent before it", func(c *fakeConn) {
			c.say(offer)
			tag, _ := c.command()
			c.say(tag + " OK go\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\nF2 OK done\n")
			if c.secure(cert) {
				c.answers("AUTH=PLAIN", nil)
			}
		}, mail.ErrTLS, "clear text follows"},
		{"clear text instead of TLS", func(c *fakeConn) {
			c.say(offer)
			tag, _ := c.command()
			c.say(tag + " OK go\n")
			_, _ = c.r.Peek(1) // TLS has begun
			c.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\n")
			greeting, _ := io.ReadAll(c.r)
			if bytes.Contains(greeting, []byte("LOGIN")) || bytes.Contains(greeting, []byte("AUTHENTICATE")) {
				t.Errorf("%q was sent in clear text", greeting)
			}
		}, mail.ErrTLS, "does not answer in TLS"},
		{"logged in unasked", func(c *fakeConn) {
			c.say("* PREAUTH [CAPABILITY IMAP4rev1] welcome\n")
			c.answers("", nil)
		}, mail.ErrTLS, "PREAUTH"},
		{"sent elsewhere", func(c *fakeConn) {
			c.say("* BYE [REFERRAL imap://ann@evil.example/] go there\n")
		}, mail.ErrAuth, "refers to another one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startFake(t, tt.give)
			cfg := config(s.port)
			cfg.TLS, cfg.RootCAs = TLSStart, pool
			_, err := Open(t.Context(), cfg)
			wantError(t, err, tt.kind, tt.words)
			for _, cmd := range s.said() {
				if cmd != "STARTTLS" && cmd != "CAPABILITY" {
					t.Errorf("%q was sent in clear text", cmd)
				}
			}
			if n := s.connections(); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}
		})
	}
}

func TestOpen_forgetsWhatWasAnnouncedBeforeTLS(t *testing.T) {
	cert, pool := newCertificate(t, "127.0.0.1")
	s := startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hello\n")
		tag, _ := c.command()
		c.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN\n" + tag + " OK go\n")
		if c.secure(cert) {
			c.answers("LOGINDISABLED AUTH=GSSAPI", nil)
		}
	})
	cfg := config(s.port)
	cfg.TLS, cfg.RootCAs = TLSStart, pool
	_, err := Open(t.Context(), cfg)
	wantError(t, err, mail.ErrAuth, "LOGINDISABLED", "GSSAPI")
	for _, cmd := range s.said() {
		if strings.HasPrefix(cmd, "AUTH") || strings.HasPrefix(cmd, "LOGIN") {
			t.Errorf("%q was sent", cmd)
		}
	}
}

func TestOpen_speaksTLSWithDovecot(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{TLS: true})
	pool := poolFrom(t, d.CAFile())
	for _, mode := range []TLSMode{TLSImplicit, TLSStart} {
		cfg := config(d.Port())
		if mode == TLSImplicit {
			cfg.Port = d.ImapsPort()
		}
		cfg.TLS = mode
		_, err := Open(t.Context(), cfg)
		wantError(t, err, mail.ErrTLS, "pin=sha256:")
		var untrusted *CertificateError
		if !errors.As(err, &untrusted) {
			t.Fatal(err)
		}
		pinned := cfg
		pinned.Pin, pinned.HasPin = untrusted.Pin, true
		cfg.RootCAs = pool
		for _, c := range []Config{cfg, pinned} {
			a, err := Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if info := a.Info(); info.TLS != "TLS 1.3" || !strings.HasPrefix(info.Server, "Dovecot") {
				t.Errorf("Info is %+v", info)
			}
			_ = a.Close()
		}
	}
}
