package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin/door"
)

// mailPorts are where IMAP servers listen (RFC 9051 section 2.1, RFC 8314).
var mailPorts = []uint16{143, 993}

// Reach bounds where accounts may be: at public addresses and the ports of mail
// servers, and anywhere in the networks of Also.
type Reach struct {
	Also  []netip.Prefix
	ports []uint16 // besides mailPorts
}

// pages is the reach with the port of web pages, for finding a mail server.
func (r *Reach) pages() *Reach { return &Reach{Also: r.Also, ports: []uint16{443}} }

// allows is an error for an address that is out of reach.
func (r *Reach) allows(to netip.AddrPort) error {
	ip := to.Addr().Unmap()
	within := func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) }
	switch {
	case slices.ContainsFunc(r.Also, within):
	case !door.IsPublic(ip):
		return fmt.Errorf("%s is no public address, and this service connects to no other", ip)
	case !slices.Contains(mailPorts, to.Port()) && !slices.Contains(r.ports, to.Port()):
		return fmt.Errorf("port %d is none of a mail server, and this service connects to no other", to.Port())
	}
	return nil
}

// dial is a net.Dialer's DialContext within the reach. What counts is the address
// that is connected to, after every name was looked up: a name that means another
// one a moment later changes nothing.
func (r *Reach) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var mu sync.Mutex // addresses of a name are tried side by side
	var refused error
	dialer := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err == nil {
			err = r.allows(to)
		}
		mu.Lock()
		defer mu.Unlock()
		refused = err
		return err
	}}
	nc, err := dialer.DialContext(ctx, network, address)
	mu.Lock()
	defer mu.Unlock()
	if err != nil && refused != nil {
		return nil, &mail.Error{Op: "connect", Where: address, Kind: mail.ErrDenied, Err: refused}
	}
	return nc, err
}
