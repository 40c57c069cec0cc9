package imap

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// link is a connection that has logged in, and what was learned on the way.
type link struct {
	net.Conn
	caps string // capabilities after the login
	tls  string // "TLS 1.3", or "none"
}

// connect dials, sets up TLS and logs in. Every error is a *mail.Error.
func (c *Config) connect(ctx context.Context, traffic *Traffic) (*link, error) {
	// The idle limit alone would let a server drip one byte at a time for ever.
	whole := connectTimeout + greetingTimeout + 4*c.Timeout
	ctx, cancel := context.WithTimeoutCause(ctx, whole, fmt.Errorf("no login within %v", whole))
	defer cancel()
	tcp, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	nc := newIdleConn(tcp, min(c.Timeout, greetingTimeout), traffic)
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	l, err := c.enter(ctx, nc)
	if !stop() && err == nil {
		err = context.Cause(ctx) // the connection has been closed under our hands
	}
	if err != nil {
		_ = nc.Close()
		return nil, c.failed(ctx, err)
	}
	nc.limit.Store(int64(c.Timeout))
	return l, nil
}

// enter makes a login out of a TCP connection.
func (c *Config) enter(ctx context.Context, nc *idleConn) (*link, error) {
	f := newFront(c, nc)
	l := &link{tls: "none"}
	var err error
	switch c.TLS {
	case TLSImplicit:
		if l.tls, err = f.handshake(ctx); err != nil {
			return nil, err
		}
		err = f.greet()
	case TLSStart:
		if err = f.greet(); err == nil {
			l.tls, err = f.startTLS(ctx)
		}
	default:
		err = f.greet()
	}
	if err != nil {
		return nil, err
	}
	nc.limit.Store(int64(c.Timeout)) // checking a password takes some servers long
	if err := f.login(); err != nil {
		return nil, err
	}
	l.caps = f.caps
	l.Conn, err = f.handOver()
	return l, err
}

// dial makes the TCP connection.
func (c *Config) dial(ctx context.Context) (net.Conn, error) {
	limited, cancel := context.WithTimeoutCause(ctx, connectTimeout, errNoConnection)
	defer cancel()
	nc, err := c.Dial(limited, "tcp", c.where())
	if err == nil {
		return nc, nil
	}
	e := &mail.Error{Op: "connect", Where: c.where(), Kind: mail.ErrConnect, Err: reason(err)}
	var dns *net.DNSError
	var refused *mail.Error
	switch {
	case limited.Err() != nil:
		e.Err = context.Cause(limited)
	case errors.As(err, &refused): // Dial was given by the caller and knows better
		return nil, err
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Kind, e.Err = mail.ErrHost, nil
	case errors.As(err, &dns):
		e.Err = fmt.Errorf("look up %s: %s", dns.Name, dns.Err)
	}
	return nil, e
}

var errNoConnection = fmt.Errorf("no answer within %v", connectTimeout)

// failed makes err the *mail.Error that leaves the package.
func (c *Config) failed(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return &mail.Error{Op: c.logInAs(), Where: c.where(), Kind: mail.ErrConnect, Err: cause}
	}
	var e *mail.Error
	if !errors.As(err, &e) {
		e = &mail.Error{Kind: mail.ErrConnect, Err: ended(reason(err))}
	}
	out := *e
	out.Where = c.where()
	if out.Op == "" {
		out.Op = c.logInAs()
	}
	c.redact(&out)
	return &out
}

// redact takes the password out of what the server says, because some repeat the
// command that they refuse.
func (c *Config) redact(e *mail.Error) {
	const tooShort = 4 // it would be found in any text
	for _, secret := range []string{
		c.Password,
		strings.Trim(strconv.Quote(c.Password), `"`), // as it stands in a quoted line
		base64.StdEncoding.EncodeToString([]byte(c.Password)),
		base64.StdEncoding.EncodeToString([]byte(c.Authzid + "\x00" + c.LoginName + "\x00" + c.Password)),
	} {
		if len(secret) < tooShort {
			continue
		}
		e.Code = strings.ReplaceAll(e.Code, strings.ToUpper(secret), "[redacted]")
		e.Text = strings.ReplaceAll(e.Text, secret, "[redacted]")
		if e.Err != nil && strings.Contains(e.Err.Error(), secret) {
			e.Err = errors.New(strings.ReplaceAll(e.Err.Error(), secret, "[redacted]"))
		}
	}
}

func (c *Config) logInAs() string {
	if c.Authzid != "" {
		return fmt.Sprintf("log in as %s for %s", c.LoginName, c.Authzid)
	}
	return "log in as " + c.LoginName
}

// politeness is how long a goodbye may take.
const politeness = 5 * time.Second

// capabilities are what the server announced after the login, and what follows.
func (l *link) capabilities() wire.Caps {
	caps := wire.ParseCaps(l.caps)
	if caps.Has("IMAP4REV2") && !caps.Has("IMAP4REV1") {
		// RFC 9051 appendix E: these are part of IMAP4rev2.
		return wire.ParseCaps(l.caps + " ENABLE ESEARCH IDLE LIST-EXTENDED LIST-STATUS LITERAL- MOVE NAMESPACE" +
			" SASL-IR SEARCHRES SPECIAL-USE STATUS=SIZE UIDPLUS UNSELECT")
	}
	return caps
}
