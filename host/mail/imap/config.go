package imap

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// TLSMode says how the connection is protected.
type TLSMode int

// The modes. There is no fallback from one to another.
const (
	TLSImplicit TLSMode = iota // TLS from the first byte (RFC 8314), port 993
	TLSStart                   // STARTTLS (RFC 9051 section 6.2.1), required, port 143
	TLSNone                    // clear text, port 143
)

// Config says which account to open and how. Host, LoginName and Password, or Token, are
// required.
type Config struct {
	Host string
	Port int // 0 is the usual port of TLS
	TLS  TLSMode

	RootCAs *x509.CertPool // authorities; nil is the system's
	// Pin is the SHA-256 of the server's SubjectPublicKeyInfo. With HasPin it
	// replaces the authorities: names and dates in the certificate do not matter.
	Pin    [32]byte
	HasPin bool

	LoginName string // as sent to the server; for a Dovecot master user "ann*admin"
	Password  string
	Authzid   string // whose mailbox to open, if not LoginName's (RFC 4616); needs PLAIN
	// Mechanism is "plain" (SASL PLAIN), "login" (the LOGIN command, or SASL LOGIN
	// where that is disabled), "xoauth2" or "oauthbearer" (RFC 7628), whose Password is
	// an access token, or "" for PLAIN where it is offered and else login.
	Mechanism string
	// Token gets the access token for each connection instead of the Password, with
	// "xoauth2" and "oauthbearer". refused is the one that the server has just refused, or
	// "". A *mail.Error of it leaves the package with the server's address.
	Token func(ctx context.Context, refused string) (string, error)

	// Root is the Name of a folder. The account then consists of the folders below
	// it, and their Names start below it: with the Root "Backup/ann" the Name
	// "INBOX" is the server's Backup/ann/INBOX. The Root itself is listed, by its
	// last level, as long as it holds messages.
	Root string

	// ReadOnly refuses Select, Create and Subscribe before anything is sent.
	ReadOnly bool
	// RootExists makes a Root that is not there an error of Folders, as ReadOnly
	// does: nobody is going to make it.
	RootExists bool

	// ListAtOnce lists the folders together with what Open has to ask anyway, where
	// that is no further round trip, and gives the list to the first call of
	// Folders. It is for those who call Folders next.
	ListAtOnce bool

	Timeout  time.Duration // longest silence of the server while it owes us something; default 2 minutes
	MaxConns int           // folders that are open at the same time; default 6; one connection more may serve commands
	Limits   wire.Limits   // of what the server can make us hold in memory

	// Dial makes the TCP connection; nil is a net.Dialer. It may refuse addresses.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Log  *slog.Logger // nil discards
}

const (
	connectTimeout  = 30 * time.Second
	greetingTimeout = 30 * time.Second
	defaultTimeout  = 2 * time.Minute
	// Dovecot allows 10 connections for a user and address, Gmail 15 for an account,
	// and some person's own mail program wants its share. A server that allows fewer
	// says so, and is believed; see pool.
	defaultMaxConns = 6
)

func (c *Config) applyDefaults() {
	if c.Port == 0 {
		c.Port = 143
		if c.TLS == TLSImplicit {
			c.Port = 993
		}
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxConns <= 0 {
		c.MaxConns = defaultMaxConns
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
}

// check says what is wrong with the configuration.
func (c *Config) check() error {
	bad := func(kind error, format string, args ...any) error {
		return &mail.Error{Op: "open the account", Where: c.where(), Kind: kind, Err: fmt.Errorf(format, args...)}
	}
	switch {
	case c.Host == "":
		return bad(mail.ErrHost, "the host is missing")
	case c.Port < 1 || c.Port > 65535:
		return bad(mail.ErrHost, "port %d is not between 1 and 65535", c.Port)
	case c.TLS != TLSImplicit && c.TLS != TLSStart && c.TLS != TLSNone:
		return bad(mail.ErrTLS, "TLS mode %d is not known", c.TLS)
	case c.LoginName == "":
		return bad(mail.ErrAuth, "the login name is missing")
	case c.Mechanism != "" && !slices.Contains(mechanisms, c.Mechanism):
		return bad(mail.ErrAuth, "login mechanism %q is not known; there are %s", c.Mechanism, strings.Join(mechanisms, ", "))
	case c.Token != nil && c.Mechanism != mechXOAuth2 && c.Mechanism != mechOAuthBearer:
		return bad(mail.ErrAuth, "access tokens need the mechanism %q or %q", mechXOAuth2, mechOAuthBearer)
	case c.Authzid != "" && c.Mechanism != "" && c.Mechanism != mechPlain:
		return bad(mail.ErrAuth, "an authorization identity needs the mechanism %q", mechPlain)
	case strings.ContainsRune(c.LoginName+c.Password+c.Authzid, 0):
		return bad(mail.ErrAuth, "a login name or password holds a NUL character")
	}
	return nil
}

// where is the account in error messages.
func (c *Config) where() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }
