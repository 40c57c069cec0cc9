package discover

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a small internet: a name server, and servers at the names that they have
// certificates for.
type world struct {
	t      *testing.T
	srv    map[string][]dnsmessage.SRVResource // by name without the last dot
	mx     map[string][]string
	silent atomic.Bool // the name server does not answer

	mu     sync.Mutex
	at     map[string]string // host:port to where it is really
	asked  []string          // host:port that were dialed
	cert   tls.Certificate
	finder *Finder
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, srv: map[string][]dnsmessage.SRVResource{}, mx: map[string][]string{}, at: map[string]string{}}
	cert, authority := mailtest.Certificates(t, "example.org", "autoconfig.example.org", "imap.example.org", "mail.example.org", "elsewhere.example")
	w.cert = cert
	// What is asked for is written down by then.
	names := sync.OnceValue(w.serveNames)
	w.finder = &Finder{
		Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", names())
		}},
		Dial: w.dial, RootCAs: authority, Timeout: 2 * time.Second,
	}
	return w
}

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.asked = append(w.asked, address)
	to, ok := w.at[address]
	w.mu.Unlock()
	if !ok {
		host, _, _ := net.SplitHostPort(address)
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

// find asks for ann@example.org.
func (w *world) find() *Result {
	w.t.Helper()
	r, err := w.finder.Find(w.t.Context(), "ann@example.org")
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) serveNames() string {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	done := make(chan struct{})
	w.t.Cleanup(func() { pc.Close(); <-done })
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := w.answer(buffer[:n]); answer != nil && !w.silent.Load() {
				_, _ = pc.WriteTo(answer, from)
			}
		}
	}()
	return pc.LocalAddr().String()
}

func (w *world) answer(question []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	name := strings.TrimSuffix(q.Name.String(), ".")
	m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true, RCode: dnsmessage.RCodeNameError}
	m.Additionals = nil
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET, TTL: 60}
	switch q.Type {
	case dnsmessage.TypeSRV:
		for _, r := range w.srv[name] {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &r})
		}
	case dnsmessage.TypeMX:
		for _, host := range w.mx[name] {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(host + ".")}})
		}
	}
	if len(m.Answers) > 0 {
		m.RCode = dnsmessage.RCodeSuccess
	}
	out, err := m.Pack()
	if err != nil {
		w.t.Error(err)
	}
	return out
}

func srv(host string, port uint16) dnsmessage.SRVResource {
	return dnsmessage.SRVResource{Priority: 1, Weight: 1, Port: port, Target: dnsmessage.MustNewName(host + ".")}
}

// pages serves web pages by TLS at the hosts.
func (w *world) pages(handler http.HandlerFunc, hosts ...string) {
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{w.cert}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	w.t.Cleanup(s.Close)
	for _, h := range hosts {
		w.at[h+":443"] = s.Listener.Addr().String()
	}
}

// imap serves a greeting at host:port.
func (w *world) imap(greeting, address string, encrypted bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	if encrypted {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{w.cert}})
	}
	done := make(chan struct{})
	w.t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(nc, greeting)
			_ = nc.Close()
		}
	}()
	w.at[address] = l.Addr().String()
}
