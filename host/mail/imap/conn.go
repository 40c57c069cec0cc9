package imap

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// idleConn gives each Read and each Write its own time limit. A limit on a whole
// message would end the transfer of a large one over a slow line, however steadily
// it goes. Deadlines that others set are ignored: TLS passes its own down to here.
type idleConn struct {
	net.Conn
	limit atomic.Int64 // time.Duration

	traffic *Traffic
}

// Traffic counts the bytes of an account's connections as they cross the network.
type Traffic struct{ received, sent atomic.Int64 }

// Received returns the bytes read from the server so far.
func (t *Traffic) Received() int64 { return t.received.Load() }

// Sent returns the bytes written to the server so far.
func (t *Traffic) Sent() int64 { return t.sent.Load() }

func newIdleConn(nc net.Conn, limit time.Duration, traffic *Traffic) *idleConn {
	c := &idleConn{Conn: nc, traffic: traffic}
	c.limit.Store(int64(limit))
	return c
}

func (c *idleConn) Read(p []byte) (int, error) {
	limit := time.Duration(c.limit.Load())
	if err := c.Conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return 0, reason(err)
	}
	n, err := c.Conn.Read(p)
	c.traffic.received.Add(int64(n))
	return n, idle(err, limit)
}

func (c *idleConn) Write(p []byte) (int, error) {
	limit := time.Duration(c.limit.Load())
	if err := c.Conn.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return 0, reason(err)
	}
	n, err := c.Conn.Write(p)
	c.traffic.sent.Add(int64(n))
	return n, idle(err, limit)
}

func (c *idleConn) SetDeadline(time.Time) error      { return nil }
func (c *idleConn) SetReadDeadline(time.Time) error  { return nil }
func (c *idleConn) SetWriteDeadline(time.Time) error { return nil }

// idle says in plain words that a limit was reached.
func idle(err error, limit time.Duration) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &silence{limit}
	}
	return reason(err)
}

// silence is a wait for the server that took too long. Temporary makes crypto/tls
// keep the connection usable: while a message is being sent, package wire reads on.
type silence struct{ limit time.Duration }

func (e *silence) Error() string   { return fmt.Sprintf("nothing came from the server for %v", e.limit) }
func (e *silence) Timeout() bool   { return true }
func (e *silence) Temporary() bool { return true }
func (e *silence) Unwrap() error   { return os.ErrDeadlineExceeded }

// reason cuts "read tcp 10.0.0.1:54321->10.0.0.2:143: read:" off a network error:
// the sentence around it says where, and local port numbers make every message
// another one.
func reason(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // only what wraps it directly
		case *net.OpError:
			err = e.Err
		case *os.SyscallError:
			err = e.Err
		default:
			return err
		}
	}
}
