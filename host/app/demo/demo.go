// Package demo makes three mail accounts that live in memory and speak real IMAP
// on loopback: two remote ones full of friendly sample mail, and a local one that
// is empty. They let a newcomer watch a copy without owning a mail server.
//
// The accounts are those of go-imap's in-memory server. Their connections are
// clear text, which is fine because they never leave this machine.
package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"github.com/mailweir/mailweir/host/task"
)

// Servers are the running accounts. Each server has a port of its own, as if it
// were somewhere else.
type Servers struct {
	Office, Home task.Account // remote, full of mail
	Local        task.Account // empty

	closers []io.Closer
}

// Start makes the accounts, fills them and serves them until Close.
func Start() (*Servers, error) {
	s := &Servers{}
	for _, a := range []struct {
		account *task.Account
		user    string
		content []folder
	}{
		{&s.Office, "anna@office.example", officeMail()},
		{&s.Home, "anna@home.example", homeMail()},
		{&s.Local, "anna", nil},
	} {
		account, err := s.serve(a.user, a.content)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("demo account %s: %w", a.user, err), s.Close())
		}
		*a.account = account
	}
	return s, nil
}

// Close ends all connections and forgets all mail.
func (s *Servers) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

func (s *Servers) serve(name string, content []folder) (task.Account, error) {
	password := rand.Text()
	box := newMailboxes(name, password)
	if err := box.fill(content); err != nil {
		return task.Account{}, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return task.Account{}, err
	}
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{boxes: box}, nil, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1:    {},
			imap.CapNamespace:    {},
			imap.CapUIDPlus:      {},
			imap.CapESearch:      {},
			imap.CapListExtended: {},
			imap.CapListStatus:   {},
			imap.CapSpecialUse:   {},
			imap.CapMove:         {},
			imap.CapStatusSize:   {},
			imap.CapLiteralPlus:  {},
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0), // connections that end are no news
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	s.closers = append(s.closers, closerFunc(func() error {
		err := server.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
		<-done
		return err
	}))
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return task.Account{}, err
	}
	n, err := strconv.Atoi(port)
	return task.Account{
		Kind: task.KindIMAP, Host: "127.0.0.1", Port: n, TLS: task.TLSNone,
		User: name, Password: task.Password(password),
	}, err
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }
