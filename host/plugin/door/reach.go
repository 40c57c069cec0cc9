package door

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// inner are networks beside those that netip knows as private, loopback or local to
// a link, from which nobody on the internet answers, or through which one of those
// may be reached.
var inner = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network, RFC 1122
	netip.MustParsePrefix("100.64.0.0/10"),   // carriers' translation of addresses, RFC 6598
	netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments, RFC 6890
	netip.MustParsePrefix("192.0.2.0/24"),    // examples, RFC 5737
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks, RFC 2544
	netip.MustParsePrefix("198.51.100.0/24"), // examples
	netip.MustParsePrefix("203.0.113.0/24"),  // examples
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // IPv4 inside IPv6, RFC 6052
	netip.MustParsePrefix("64:ff9b:1::/48"),  // the same, RFC 8215
	netip.MustParsePrefix("2002::/16"),       // 6to4, RFC 3056
	netip.MustParsePrefix("2001::/32"),       // Teredo, RFC 4380
	netip.MustParsePrefix("2001:db8::/32"),   // examples, RFC 3849
}

// IsPublic reports whether an address is one of the internet, and not of a private
// network, this machine, a link, or a special purpose.
func IsPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(inner, func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) })
}

// maxAddresses bounds how many addresses of a name are tried.
const maxAddresses = 4

// dial connects to host:port, host being from task.CleanHost. Unless private, only
// to an address that is public; an address that stands there itself was granted as
// such.
func (d *Doors) dial(ctx context.Context, address string, private bool) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return d.connect(ctx, ip, port)
	}
	found, err := d.cfg.Lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	var allowed []netip.Addr
	var denied netip.Addr
	for _, ip := range found {
		if ip = ip.Unmap(); private || IsPublic(ip) {
			allowed = append(allowed, ip)
		} else {
			denied = ip
		}
	}
	if len(allowed) == 0 && denied.IsValid() {
		return nil, deniedf("%s is at %s, which is no public address; a grant for it is marked with ?private", host, denied)
	}
	err = fmt.Errorf("%s has no address", host)
	for i, ip := range allowed[:min(len(allowed), maxAddresses)] {
		// Each has its share of the time that is left.
		one, cancel := ctx, context.CancelFunc(func() {})
		if deadline, ok := ctx.Deadline(); ok {
			one, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(min(len(allowed), maxAddresses)-i))
		}
		var conn net.Conn
		conn, err = d.connect(one, ip, port)
		cancel()
		if err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (d *Doors) connect(ctx context.Context, ip netip.Addr, port string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), port))
}
