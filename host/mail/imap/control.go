package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// Quota is one limit of the account (RFC 9208).
type Quota struct {
	Root     string // the server's name for what shares the limit; often ""
	Resource string // "STORAGE" counts units of 1024 bytes, "MESSAGE" messages; there are others
	Used     int64
	Limit    int64
}

// Quota asks for the limits that INBOX counts towards, on a connection of its own.
// It returns nil when the server has no quotas, or none for this account.
func (a *Account) Quota(ctx context.Context) ([]Quota, error) {
	const op = "ask for the quota"
	if !slices.Contains(a.Info().Capabilities, "QUOTA") {
		return nil, nil
	}
	if err := a.pool.enter(ctx, a.pool.commands); err != nil {
		return nil, a.failed(op, err)
	}
	defer leave(a.pool.commands)
	l, err := a.cfg.connect(ctx, &a.traffic)
	if err != nil {
		return nil, a.failed(op, err)
	}
	client := l.control()
	defer client.Close() //nolint:errcheck // it ends the connection in any case
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()

	if client.Caps().Has(imap.CapID) {
		client.ID(&imap.IDData{Name: clientName}) // its answer changes nothing
	}
	roots, err := client.GetQuotaRoot(mail.Inbox).Wait()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, a.failed(op, translated(op, err))
	}
	var out []Quota
	for _, root := range roots {
		for resource, data := range root.Resources {
			out = append(out, Quota{Root: root.Root, Resource: strings.ToUpper(string(resource)), Used: data.Usage, Limit: data.Limit})
		}
	}
	slices.SortFunc(out, func(x, y Quota) int {
		return cmp.Or(strings.Compare(x.Root, y.Root), strings.Compare(x.Resource, y.Resource))
	})
	_ = client.Logout().Wait()
	return out, nil
}

// control makes a client of go-imap out of a connection that has logged in, by
// greeting it with PREAUTH. It sees only capabilities that do not lead it astray:
// with IMAP4rev2 it would send UTF-8 names without ENABLE, and Cyrus 3.6.1 lists
// LOGINDISABLED after the login too.
func (l *link) control() *imapclient.Client {
	caps := []string{"IMAP4rev1"}
	for _, atom := range l.capabilities().List() {
		switch atom {
		case "IMAP4REV1", "IMAP4REV2", "LOGINDISABLED", "STARTTLS":
		default:
			caps = append(caps, atom)
		}
	}
	hello := fmt.Sprintf("* PREAUTH [CAPABILITY %s] logged in\r\n", strings.Join(caps, " "))
	return imapclient.New(&scant{Conn: &prefixed{l.Conn, []byte(hello)}, left: maxControl}, nil)
}

// What a server may say on a control connection; its answers are below 1 kB. go-imap
// 2.0.0-beta.8 sets no limits: it recurses into parentheses, in time that grows with
// the square of their depth, and a few million of them are a stack overflow, which Go
// can not recover.
const (
	maxControl = 64 << 10
	maxNesting = 100
)

// scant is a connection that gives up after too many bytes, or parentheses.
type scant struct {
	net.Conn
	left  int
	depth int
}

func (c *scant) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, fmt.Errorf("more than %d bytes of answers", maxControl)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	for _, b := range p[:n] {
		switch b {
		case '(':
			c.depth++
		case ')':
			c.depth--
		case '\n':
			c.depth = 0
		}
		if c.depth > maxNesting {
			c.left = 0
			return 0, fmt.Errorf("more than %d levels of parentheses", maxNesting)
		}
	}
	return n, err
}

// translated is an error of go-imap as one of ours.
func translated(op string, err error) error {
	var refused *imap.Error
	if errors.As(err, &refused) {
		s := wire.StatusError{Type: string(refused.Type), Code: string(refused.Code), Text: refused.Text}
		return &mail.Error{Op: op, Kind: s.Kind(), Code: s.Code, Text: s.Text}
	}
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network):
		return &mail.Error{Op: op, Kind: mail.ErrConnect, Err: ended(err)}
	}
	return &mail.Error{Op: op, Kind: mail.ErrProtocol, Err: err}
}
