package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// ldapConn is a connection that has logged in.
type ldapConn struct {
	*ldap.Conn
	where   string
	timeout time.Duration
}

func (c *ldapConn) trouble(op string, kind, err error) error {
	return &Error{Op: op, Where: c.where, Kind: kind, Err: err}
}

// connect dials, sets up TLS and logs in. The password leaves only after the server
// has been verified, unless clear text was asked for.
func (l *LDAP) connect(ctx context.Context) (*ldapConn, error) {
	s, err := l.server()
	if err != nil {
		return nil, err
	}
	where := s.address
	limited, cancel := context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("no answer within %v", l.Timeout))
	defer cancel()
	tcp, err := l.Dial(limited, "tcp", s.address)
	if err != nil {
		return nil, &Error{Op: "connect", Where: where, Kind: ErrConnect, Err: reason(limited, err)}
	}
	settings := &tls.Config{ServerName: s.host, RootCAs: l.RootCAs, MinVersion: tls.VersionTLS12}
	var nc net.Conn = tcp
	if s.implicit {
		encrypted := tls.Client(tcp, settings)
		if err := encrypted.HandshakeContext(limited); err != nil {
			_ = tcp.Close()
			return nil, &Error{Op: "set up TLS", Where: where, Kind: tlsKind(err), Err: reason(limited, err)}
		}
		nc = encrypted
	}
	c := &ldapConn{Conn: ldap.NewConn(nc, s.implicit), where: where, timeout: l.Timeout}
	c.Start()
	stop := context.AfterFunc(limited, func() { _ = tcp.Close() })
	err = l.enter(c, s, settings)
	if !stop() { // the connection was closed under its hands
		err = &Error{Op: "log in", Where: where, Kind: ErrConnect, Err: context.Cause(limited)}
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

func (l *LDAP) enter(c *ldapConn, s server, settings *tls.Config) error {
	if !s.implicit && !s.clear {
		if err := c.StartTLS(settings); err != nil {
			kind := tlsKind(err)
			var refused *ldap.Error
			if errors.As(err, &refused) && refused.ResultCode < ldap.ErrorNetwork {
				kind, err = ErrTLS, fmt.Errorf("the server does not offer it (%s)", resultText(refused))
			}
			return c.trouble("StartTLS", kind, plainReason(err))
		}
	}
	if l.BindDN == "" {
		return nil
	}
	// RFC 4513 section 5.1.2: a name without a password is a login as nobody, which
	// most servers grant.
	if l.Password == "" {
		return c.trouble("log in as "+l.BindDN, ErrLogin, errors.New("the password is missing"))
	}
	if err := c.Bind(l.BindDN, l.Password); err != nil {
		return c.failed("log in as "+l.BindDN, err)
	}
	return nil
}

// search calls fn for the entries that match, page by page.
func (c *ldapConn) search(ctx context.Context, base, filter string, attributes []string, fn func(*ldap.Entry) error) error {
	op := "search below " + base
	paging := ldap.NewControlPaging(pageSize)
	for {
		page, cookie, err := c.page(ctx, &ldap.SearchRequest{
			BaseDN: base, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases,
			Filter: filter, Attributes: attributes, Controls: []ldap.Control{paging},
		})
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return c.failed(op, err)
		}
		for _, e := range page {
			if err := fn(e); err != nil {
				return err
			}
		}
		if len(cookie) == 0 {
			return nil
		}
		if len(page) == 0 && string(cookie) == string(paging.Cookie) {
			return c.trouble(op, ErrAnswer, errors.New("the server sends the same page again and again"))
		}
		paging.SetCookie(cookie)
	}
}

// page reads one page whole. cookie is where the next one begins; nil is the end.
func (c *ldapConn) page(ctx context.Context, r *ldap.SearchRequest) (entries []*ldap.Entry, cookie []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("no answer within %v", c.timeout))
	defer cancel()
	answer := c.SearchAsync(ctx, r, 0)
	for answer.Next() {
		if e := answer.Entry(); e != nil { // else a reference to another server
			entries = append(entries, e)
		}
		// A server that pages keeps to the size; one that does not has limits of its own.
		if len(entries) > MaxUsers {
			return nil, nil, &Error{Op: "search below " + r.BaseDN, Where: c.where, Kind: ErrTooMany, Err: fmt.Errorf("there are more than %d entries at once", MaxUsers)}
		}
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err := answer.Err(); err != nil {
		return nil, nil, err // failed says what it means
	}
	if c.IsClosing() {
		return nil, nil, errors.Join(errLost, c.GetLastError())
	}
	if control, ok := ldap.FindControl(answer.Controls(), ldap.ControlTypePaging).(*ldap.ControlPaging); ok {
		cookie = control.Cookie
	}
	return entries, cookie, nil
}

var errLost = errors.New("the connection was lost")

// failed says in words what a result code means.
func (c *ldapConn) failed(op string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	var e *ldap.Error
	if !errors.As(err, &e) {
		return c.trouble(op, ErrConnect, plainReason(err))
	}
	switch e.ResultCode {
	case ldap.LDAPResultInvalidCredentials:
		return c.trouble(op, ErrLogin, errors.New("the server does not accept the name and the password"))
	case ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultStrongAuthRequired,
		ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultOperationsError: // the last is Active Directory's word for nobody
		return c.trouble(op, ErrLogin, fmt.Errorf("the server does not allow it (%s)", resultText(e)))
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultReferral:
		return c.trouble(op, ErrConfig, fmt.Errorf("the server has no such entry (%s)", resultText(e)))
	case ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded, ldap.LDAPResultTimeLimitExceeded:
		return c.trouble(op, ErrTooMany, fmt.Errorf("the server gives no more (%s); narrow the search, or let it give more to this login", resultText(e)))
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.ErrorNetwork:
		return c.trouble(op, ErrConnect, plainReason(e.Err))
	}
	if e.ResultCode > ldap.ErrorNetwork {
		return c.trouble(op, ErrAnswer, plainReason(e.Err))
	}
	return c.trouble(op, ErrConfig, errors.New(resultText(e)))
}

// resultText is a result code by its name, with the server's words.
func resultText(e *ldap.Error) string {
	text := ldap.LDAPResultCodeMap[e.ResultCode]
	if e.Err != nil && e.Err.Error() != "" {
		words := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, e.Err.Error())
		text += fmt.Sprintf(": %.200q", strings.TrimSpace(words))
	}
	return text
}

// tlsKind tells a server that is not the right one from one that is gone.
func tlsKind(err error) error {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	if errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &authority) || errors.As(err, &host) ||
		strings.Contains(err.Error(), "x509: ") || strings.Contains(err.Error(), "tls: ") {
		return ErrTLS
	}
	return ErrConnect
}

// reason is why ctx has ended, if it has, and else err.
func reason(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		return cause
	}
	return plainReason(err)
}

// plainReason is err without what the sentence says already.
func plainReason(err error) error {
	var errno syscall.Errno
	var dns *net.DNSError
	var waited net.Error
	var coded *ldap.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded) && coded.Err != nil:
		return plainReason(coded.Err)
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &dns):
		return fmt.Errorf("look up %s: %s", dns.Name, dns.Err)
	case errors.As(err, &waited) && waited.Timeout():
		return errors.New("no answer in time")
	}
	return err
}
