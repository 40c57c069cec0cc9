package app

import (
	"context"
	"net"
)

// guard makes connections that ask holds before each byte that they send, and end
// when it says no. A process that was frozen and wakes up in the middle of a run
// which another node has taken over tells a mail server nothing any more.
func guard(dial dialFunc, holds func() error) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guardedConn{Conn: nc, holds: holds}, nil
	}
}

// dialFunc is a net.Dialer's DialContext.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

type guardedConn struct {
	net.Conn
	holds func() error
}

func (c *guardedConn) Write(p []byte) (int, error) {
	if err := c.holds(); err != nil {
		_ = c.Close()
		return 0, err
	}
	return c.Conn.Write(p)
}
