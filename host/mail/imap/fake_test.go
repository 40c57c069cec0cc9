package imap

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// fakeServer plays a server that a test makes up. It remembers every line that
// any of its clients sent.
type fakeServer struct {
	port int

	mu    sync.Mutex
	lines []string
	conns int
}

// startFake runs script for each connection, which ends with it.
func startFake(t *testing.T, script func(c *fakeConn)) *fakeServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{port: l.Addr().(*net.TCPAddr).Port}
	var wg sync.WaitGroup
	var open []net.Conn
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			open = append(open, nc)
			s.mu.Unlock()
			wg.Go(func() {
				defer nc.Close()
				script(&fakeConn{s: s, Conn: nc, r: bufio.NewReader(nc)})
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, nc := range open {
			_ = nc.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	return s
}

// said returns the lines that clients sent, without their tags.
func (s *fakeServer) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

func (s *fakeServer) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// fakeConn is one connection to a fakeServer.
type fakeConn struct {
	net.Conn
	s *fakeServer
	r *bufio.Reader
}

// say sends lines; "\n" becomes CRLF.
func (c *fakeConn) say(text string) {
	_, _ = io.WriteString(c.Conn, strings.ReplaceAll(text, "\n", "\r\n"))
}

// line reads one line; it is "" when the client has gone.
func (c *fakeConn) line() string {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}

// command reads one command.
func (c *fakeConn) command() (tag, cmd string) {
	line := c.line()
	if line == "" {
		return "", ""
	}
	tag, cmd, _ = strings.Cut(line, " ")
	c.s.mu.Lock()
	c.s.lines = append(c.s.lines, cmd)
	c.s.mu.Unlock()
	return tag, cmd
}

// answers serves commands by a table from the beginning of a command to what is
// said before its tagged OK; an answer that begins with "NO " or "BAD " is the
// tagged answer itself. A command that is not there is answered with OK, but for
// CAPABILITY, which gives caps.
func (c *fakeConn) answers(caps string, table map[string]string) {
	for {
		tag, cmd := c.command()
		if tag == "" {
			return
		}
		answer, known := "", false
		for begin, a := range table {
			if strings.HasPrefix(strings.ToUpper(cmd), begin) {
				answer, known = a, true
			}
		}
		switch {
		case known && (strings.HasPrefix(answer, "NO ") || strings.HasPrefix(answer, "BAD ")):
			c.say(tag + " " + answer + "\n")
			continue
		case !known && strings.HasPrefix(cmd, "CAPABILITY"):
			answer = "* CAPABILITY IMAP4rev1 " + caps + "\n"
		}
		c.say(answer + tag + " OK done\n")
		if strings.HasPrefix(cmd, "LOGOUT") {
			return
		}
	}
}

// ordinary is a server with a table of answers behind its greeting.
func ordinary(caps string, table map[string]string) func(c *fakeConn) {
	return func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1 " + caps + "] hello\n")
		c.answers(caps, table)
	}
}

// secure continues the connection in TLS; false when the client does not want to.
func (c *fakeConn) secure(cert tls.Certificate) bool {
	nc := tls.Server(c.Conn, &tls.Config{Certificates: []tls.Certificate{cert}})
	if nc.Handshake() != nil {
		return false
	}
	c.Conn, c.r = nc, bufio.NewReader(nc)
	return true
}

// newCertificate makes a certificate that signs itself, and a pool that trusts it.
func newCertificate(t *testing.T, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fake"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// pinOf is the pin of a certificate.
func pinOf(cert tls.Certificate) [32]byte { return sha256.Sum256(cert.Leaf.RawSubjectPublicKeyInfo) }

// wantError checks kind and words of an error, and that it is a *mail.Error that
// names the account.
func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	var e *mail.Error
	if !errors.As(err, &e) || !errors.Is(e.Kind, kind) {
		t.Fatalf("got error %v, want a *mail.Error whose kind is %q", err, kind)
	}
	if !strings.HasPrefix(err.Error(), "127.0.0.1:") {
		t.Errorf("%q does not begin with where", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}
