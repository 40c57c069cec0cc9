package imap

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// memoryOptions says what a server of go-imap's announces. The library announces
// an extension only when it is told to, and has neither CONDSTORE nor MULTIAPPEND.
type memoryOptions struct {
	caps     []imap.Cap // beyond IMAP4rev1
	tls      *tls.Config
	implicit bool // TLS from the first byte; else STARTTLS, if there is a tls
}

// memoryServer is go-imap's in-memory server on loopback. It has the user ann with
// the password "secret" and an INBOX, which that library does not make by itself.
type memoryServer struct {
	port int
	user *imapmemserver.User
}

func startMemory(t *testing.T, o memoryOptions) *memoryServer {
	t.Helper()
	user := imapmemserver.NewUser("ann", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	users := imapmemserver.New()
	users.AddUser(user)
	caps := imap.CapSet{imap.CapIMAP4rev1: {}}
	for _, c := range o.caps {
		caps[c] = struct{}{}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	options := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		Caps:         caps,
		InsecureAuth: o.tls == nil,
		Logger:       log.New(io.Discard, "", 0),
	}
	if o.implicit {
		l = tls.NewListener(l, o.tls)
	} else {
		options.TLSConfig = o.tls
	}
	server := imapserver.New(options)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		<-done
	})
	return &memoryServer{port, user}
}

// usual are the extensions that most servers have.
var usual = []imap.Cap{
	imap.CapNamespace, imap.CapUIDPlus, imap.CapESearch, imap.CapListExtended, imap.CapListStatus,
	imap.CapSpecialUse, imap.CapMove, imap.CapStatusSize, imap.CapLiteralPlus,
}

// config is how ann's account on port is opened.
func config(port int) Config {
	return Config{
		Host: "127.0.0.1", Port: port, TLS: TLSNone,
		LoginName: "ann", Password: "secret", Timeout: 20 * time.Second,
		MaxConns: 4, // the conformance suite has up to three folders open
	}
}

// open opens an account that the end of the test closes.
func open(t *testing.T, cfg Config) *Account {
	t.Helper()
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}
