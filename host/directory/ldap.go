package directory

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// LDAP is a directory that speaks LDAP, such as OpenLDAP or Active Directory. URL
// and Base are required.
type LDAP struct {
	// URL is ldaps://HOST[:636] for TLS from the first byte, ldap://HOST[:389] for
	// StartTLS, which is required then, and ldap://HOST?tls=none for clear text.
	URL      string
	BindDN   string // who asks; "" is nobody
	Password string

	Base      string // of the entries of users, such as "ou=people,dc=example,dc=org"
	Filter    string // which entries are users; DefaultFilter unless set
	Address   string // attribute with the address of the mailbox; "mail" unless set
	Name      string // attribute with the name; "displayName" unless set, else "cn"
	GroupsAt  string // attribute of a user with the names of the groups; "memberOf" unless set
	GroupBase string // where the entries of groups are, for servers without memberOf; their members are read then

	RootCAs *x509.CertPool // authorities; nil is the system's
	Timeout time.Duration  // for each answer, a page of users being one; DefaultTimeout unless set

	// Skipped is told of users whose address is none; nil tells nobody.
	Skipped func(dn string, why error)
	// Dial makes the TCP connection; nil is a net.Dialer. It may refuse addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

var _ Directory = (*LDAP)(nil)

// What an LDAP directory uses unless something else is set.
const (
	DefaultFilter  = "(&(objectClass=person)(mail=*))"
	DefaultTimeout = 30 * time.Second
)

const (
	// Active Directory gives 1000 entries a page at most, OpenLDAP 500 unless it is
	// told otherwise.
	pageSize = 500
	// maxMemberships bounds the groups that are held while users are read.
	maxMemberships = 1_000_000
	// maxPacket bounds one entry, and whatever a server that is none may claim to send.
	maxPacket = 16 << 20
)

func init() {
	// Of the library, and for the whole program: else a server could let it set aside
	// 2 GiB by one number.
	ber.MaxPacketLengthBytes = maxPacket
}

func (l *LDAP) applyDefaults() {
	l.Filter = cmp.Or(l.Filter, DefaultFilter)
	l.Address = cmp.Or(l.Address, "mail")
	l.GroupsAt = cmp.Or(l.GroupsAt, "memberOf")
	l.Timeout = cmp.Or(max(l.Timeout, 0), DefaultTimeout)
	if l.Dial == nil {
		l.Dial = (&net.Dialer{}).DialContext
	}
}

// Validate reports all that is wrong with the settings, without any I/O.
func (l *LDAP) Validate() error {
	c := *l
	c.applyDefaults()
	var errs []error
	if _, err := c.server(); err != nil {
		errs = append(errs, err)
	}
	for what, dn := range map[string]string{"search base": c.Base, "bind DN": c.BindDN, "base of groups": c.GroupBase} {
		// Active Directory takes "user@domain" and "DOMAIN\user" for a bind DN.
		if what == "bind DN" && strings.ContainsAny(dn, `@\`) && !strings.Contains(dn, "=") {
			continue
		}
		if _, err := ldap.ParseDN(dn); err != nil {
			errs = append(errs, fmt.Errorf("the %s %q is no distinguished name such as ou=people,dc=example,dc=org", what, dn))
		}
	}
	if c.Base == "" {
		errs = append(errs, errors.New("the search base is missing; it looks like ou=people,dc=example,dc=org"))
	}
	if _, err := ldap.CompileFilter(c.Filter); err != nil {
		errs = append(errs, fmt.Errorf("the filter %q can not be understood; it looks like (objectClass=person)", c.Filter))
	}
	return errors.Join(errs...)
}

// server is what the URL says.
type server struct {
	address  string // host:port
	host     string
	implicit bool
	clear    bool
}

func (l *LDAP) server() (server, error) {
	u, err := url.Parse(l.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return server{}, errors.New("the server is written as ldaps://HOST or ldap://HOST, with a port perhaps and without a user")
	}
	s := server{host: u.Hostname()}
	port := "389"
	switch u.Scheme {
	case "ldaps":
		s.implicit, port = true, "636"
	case "ldap":
	default:
		return s, fmt.Errorf("the server's scheme %q is not known; use ldaps:// or ldap://", u.Scheme)
	}
	switch {
	case u.RawQuery == "tls=none" && !s.implicit:
		s.clear = true
	case u.RawQuery != "":
		return s, errors.New("behind '?' the server takes tls=none alone, and only with ldap://")
	}
	s.address = net.JoinHostPort(s.host, cmp.Or(u.Port(), port))
	return s, nil
}

// Users implements [Directory].
func (l *LDAP) Users(ctx context.Context, group string, fn func(User) error) error {
	c := *l
	if err := c.Validate(); err != nil {
		return &Error{Where: "LDAP", Kind: ErrConfig, Err: errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))}
	}
	c.applyDefaults()
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var members memberships
	if c.GroupBase != "" {
		if members, err = c.readGroups(ctx, conn); err != nil {
			return err
		}
	}
	o := newOnce(conn.where, fn)
	attributes := []string{c.Address, cmp.Or(c.Name, "displayName"), "cn", "uid"}
	if members == nil {
		attributes = append(attributes, c.GroupsAt)
	}
	return conn.search(ctx, c.Base, c.Filter, attributes, func(e *ldap.Entry) error {
		text := e.GetEqualFoldAttributeValue(c.Address)
		if text == "" {
			return nil // nobody who has a mailbox
		}
		address, err := ValidAddress(text)
		if err != nil {
			if c.Skipped != nil {
				c.Skipped(e.DN, err)
			}
			return nil
		}
		u := User{Address: address, Name: cmp.Or(e.GetEqualFoldAttributeValue(cmp.Or(c.Name, "displayName")), e.GetEqualFoldAttributeValue("cn"))}
		if members == nil {
			for _, g := range e.GetEqualFoldAttributeValues(c.GroupsAt) {
				u.Groups = append(u.Groups, groupName(g))
			}
		} else {
			u.Groups = members.of(e)
		}
		if !isMember(u.Groups, group) {
			return nil
		}
		return o.user(u)
	})
}

// groupName is the first part of a group's distinguished name: "staff" of
// cn=staff,ou=groups,dc=example,dc=org.
func groupName(group string) string {
	dn, err := ldap.ParseDN(group)
	if err != nil || len(dn.RDNs) == 0 || len(dn.RDNs[0].Attributes) == 0 {
		return group
	}
	return dn.RDNs[0].Attributes[0].Value
}
