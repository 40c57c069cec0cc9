package faults

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// late is a network in front of a server that holds back what the client says from
// its first APPEND on, and delivers it a while after the client has gone.
type late struct {
	addr  string
	after time.Duration
	held  chan struct{} // closed when something is held back
}

func startLate(t *testing.T, server string, after time.Duration) *late {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &late{addr: l.Addr().String(), after: after, held: make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			wg.Go(func() { _, _ = io.Copy(client, far); _ = client.Close() })
			wg.Go(func() { n.deliver(client, far) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return n
}

func (n *late) deliver(client, server net.Conn) {
	defer server.Close()
	var back []byte
	b := make([]byte, 64<<10)
	for {
		k, err := client.Read(b)
		if back == nil && bytes.Contains(b[:k], []byte(" APPEND ")) {
			back = []byte{}
			close(n.held)
		}
		if back != nil {
			back = append(back, b[:k]...)
		} else if _, err := server.Write(b[:k]); err != nil {
			return
		}
		if err != nil {
			break
		}
	}
	if back == nil {
		return
	}
	time.Sleep(n.after)
	_, _ = server.Write(back)
	time.Sleep(n.after) // the server ends the connection when it has read all of it
}

// A copy is killed while what it sent is still on its way. The next one begins at
// once and finds nothing at first.
func TestCopy_doublesNothingThatArrivesLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailtest.DovecotOptions{})
	network := startLate(t, w.to.Addr(), 300*time.Millisecond)
	file := filepath.Join(t.TempDir(), store.FileName)
	db := openStore(t)
	c := w.copying(t, db, w.from.Addr(), network.addr)
	cmd := c.program(file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-network.held:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was appended")
	}
	time.Sleep(200 * time.Millisecond) // for the rest of the batch
	_ = cmd.Process.Kill()
	_ = cmd.Wait()

	left, err := store.Open(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	c.ledger, c.to = left.Ledger(c.user), w.to.Addr()
	c.options.LookAgain = time.Second
	if r := c.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("%q: %s", r.Outcome, r.Cause)
	}
	time.Sleep(time.Second) // nothing else is to come
	if diff := mailtest.Diff(w.mail, w.dump(c.user)); diff != "" {
		t.Error(diff)
	}
}
