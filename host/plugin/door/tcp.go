package door

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
)

// tcpRequest is the JSON of tcp_open.
type tcpRequest struct {
	Address   string `json:"address"`
	TLS       bool   `json:"tls"`
	TimeoutMS int64  `json:"timeout_ms"`
}

// OpenTCP connects and returns the door.
func (v *Visit) OpenTCP(raw []byte) (int32, error) {
	var r tcpRequest
	if err := decode(raw, &r); err != nil {
		return 0, err
	}
	e, err := task.ParseEndpoint(r.Address)
	if err != nil {
		return 0, badf("the address %q: %v", r.Address, err)
	}
	if e.Port == 0 {
		return 0, badf("the address %q has no port", r.Address)
	}
	granted, private := false, false
	for _, g := range v.doors.cfg.Grants {
		if g.Name == abi.GrantTCP && g.Endpoint == e {
			granted, private = true, private || g.Private
		}
	}
	if !granted {
		return 0, deniedf("a connection to %s is not granted", e)
	}
	ctx, cancel, err := v.timeLimit(r.TimeoutMS)
	if err != nil {
		return 0, err
	}
	if err := v.mayOpen(); err != nil {
		cancel()
		return 0, err
	}
	if record := v.doors.cfg.Record; record != nil {
		cancel()
		record(abi.GrantTCP, "connection to "+e.String())
		return v.add(&dryDoor{}), nil
	}
	conn, err := v.doors.connectTCP(ctx, e, private, r.TLS)
	if err != nil {
		defer cancel()
		var own *Failure
		switch {
		case errors.As(err, &own):
			return 0, own
		case ctx.Err() != nil:
			return 0, failedf("%s did not answer in time", e)
		}
		return 0, failedf("connect to %s: %v", e, err)
	}
	d := &tcpDoor{conn: conn, where: e, ctx: ctx, cancel: cancel}
	d.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	return v.add(d), nil
}

func (d *Doors) connectTCP(ctx context.Context, e task.Endpoint, private, secure bool) (net.Conn, error) {
	conn, err := d.dial(ctx, net.JoinHostPort(e.Host, strconv.Itoa(e.Port)), private)
	if err != nil || !secure {
		return conn, err
	}
	client := tls.Client(conn, d.tlsConfig(e.Host))
	if err := client.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return client, nil
}

// tcpDoor is a connection.
type tcpDoor struct {
	conn   net.Conn
	where  task.Endpoint
	ctx    context.Context //nolint:containedctx // bounds the door's life
	cancel context.CancelFunc
	stop   func() bool
}

func (d *tcpDoor) write(p []byte) error {
	if _, err := d.conn.Write(p); err != nil {
		return d.describe(err)
	}
	return nil
}

func (d *tcpDoor) read(p []byte) (int, error) {
	n, err := d.conn.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = d.describe(err)
	}
	return n, err
}

func (d *tcpDoor) describe(err error) error {
	if d.ctx.Err() != nil {
		return failedf("%s did not answer in time", d.where)
	}
	return failedf("%s: %v", d.where, err)
}

func (d *tcpDoor) close() {
	d.stop()
	d.cancel()
	_ = d.conn.Close()
}
