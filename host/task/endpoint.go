package task

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Endpoint is a host, and a port or none, that something is allowed to reach.
type Endpoint struct {
	Host string // lower case; an IP address is spelled as netip does, without brackets
	Port int    // 0 is none
}

// hostName is a name as RFC 1123 section 2.1 has it, and "_", which is in use.
var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)
})

// ParseEndpoint reads HOST[:PORT]. An IPv6 address stands in brackets.
func ParseEndpoint(text string) (Endpoint, error) {
	host, port, hasPort := text, "", false
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, port, hasPort = text[:i], text[i+1:], true
	}
	name, err := CleanHost(host)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{Host: name}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port != strconv.FormatUint(n, 10) {
			return Endpoint{}, fmt.Errorf("%q is no port, which is a number from 1 to 65535", port)
		}
		e.Port = int(n)
	}
	return e, nil
}

// CleanHost checks the host of a URL or endpoint, an IPv6 address being in brackets,
// and spells it as [Endpoint.Host] does. An IPv4 address that is written as an IPv6
// one is the IPv4 address. Addresses in the forms that only some programs take for
// one (one number, octal, hexadecimal) are refused.
func CleanHost(host string) (string, error) {
	bad := fmt.Errorf("%q is neither a host name nor an IP address; an IPv6 address stands in brackets", host)
	if inner, ok := strings.CutPrefix(host, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !strings.HasSuffix(inner, "]") || !ip.Is6() || ip.Zone() != "" {
			return "", bad
		}
		return ip.Unmap().String(), nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return ip.String(), nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if len(name) > 253 || !hostName().MatchString(name) {
		return "", bad
	}
	// https://url.spec.whatwg.org/#ends-in-a-number-checker: a last label that is a
	// number is one of an IPv4 address.
	last := name[strings.LastIndexByte(name, '.')+1:]
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || strings.Trim(last, "0123456789") == "" {
		return "", bad
	}
	return name, nil
}

// String spells the endpoint as ParseEndpoint reads it.
func (e Endpoint) String() string {
	host := e.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if e.Port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(e.Port)
}

// IsAddress reports whether the host is an IP address.
func (e Endpoint) IsAddress() bool {
	_, err := netip.ParseAddr(e.Host)
	return err == nil
}

// AllowsWeb reports whether a URL with this scheme, host and port is meant: without a
// port only https at 443, with one http and https there. host is from [CleanHost].
func (e Endpoint) AllowsWeb(scheme, host string, port int) bool {
	if e.Host != host {
		return false
	}
	if e.Port == 0 {
		return scheme == "https" && port == 443
	}
	return port == e.Port
}
