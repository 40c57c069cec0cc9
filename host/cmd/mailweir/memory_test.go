package main

import (
	"io"
	"log"
	"net"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// memoryServer is go-imap's IMAP server in this process.
type memoryServer struct{ l net.Listener }

func (m *memoryServer) Addr() string { return m.l.Addr().String() }

// startMemory serves the user ann until the test ends. With noCreate no folder can be
// made.
func startMemory(t testing.TB, noCreate bool) *memoryServer {
	t.Helper()
	backend := imapmemserver.New()
	ann := imapmemserver.NewUser("ann", "secret")
	if err := ann.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	backend.AddUser(ann)
	return serveMemory(t, backend, noCreate)
}

func serveMemory(t testing.TB, backend *imapmemserver.Server, noCreate bool) *memoryServer {
	t.Helper()
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session := backend.NewSession().(imapserver.SessionIMAP4rev2)
			if noCreate {
				session = refusing{session}
			}
			return session, nil, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapListExtended: {},
			imap.CapListStatus: {}, imap.CapLiteralPlus: {},
		},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return &memoryServer{l}
}

// refusing lets nobody make a folder.
type refusing struct{ imapserver.SessionIMAP4rev2 }

func (refusing) Create(string, *imap.CreateOptions) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNoPerm, Text: "folders are made by the office"}
}
