package task

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is the kind of mail store that an account is.
type Kind string

// The kinds of account.
const (
	KindIMAP    Kind = "imap"
	KindMaildir Kind = "maildir"
)

// TLSMode says how a connection is protected.
type TLSMode string

// The modes. TLSNone is clear text and must be asked for in so many words.
const (
	TLSImplicit TLSMode = "implicit" // RFC 8314: TLS from the first byte, port 993
	TLSStart    TLSMode = "starttls" // STARTTLS required, port 143
	TLSNone     TLSMode = "none"
)

// Account is one mail account somewhere. It is written as a URL; the password is
// never part of that URL.
type Account struct {
	Kind    Kind    `json:"kind"`
	Host    string  `json:"host,omitempty"`
	Port    int     `json:"port,omitempty"`
	TLS     TLSMode `json:"tls,omitempty"`
	User    string  `json:"user,omitempty"`
	Auth    string  `json:"auth,omitempty"`    // SASL mechanism in lower case, or "login"; "" picks the best that the server offers
	Master  string  `json:"master,omitempty"`  // master user who opens User's mailbox: the login name is User + Sep + Master
	Sep     string  `json:"sep,omitempty"`     // between user and master user; "*" unless set
	Authzid string  `json:"authzid,omitempty"` // SASL authorization identity (RFC 4616)
	CAFile  string  `json:"ca,omitempty"`      // PEM file of the authorities to trust instead of the system's
	Pin     string  `json:"pin,omitempty"`     // SHA-256 of the server's SubjectPublicKeyInfo as "sha256:HEX"; replaces the authorities
	Root    string  `json:"root,omitempty"`    // only this folder and those below it, whose names then start below it
	Dir     string  `json:"dir,omitempty"`     // directory of a Maildir tree

	// A task may name an account that is stored on its own, or a mailbox of a local
	// domain, instead of saying all this; see Referred.
	ID    string `json:"account,omitempty"` // of a stored account
	Local string `json:"local,omitempty"`   // address of a mailbox in a local domain

	Password Password `json:"-"`
}

// Password is a credential in clear text. It prints and logs as "[redacted]".
type Password string

// String hides the password.
func (Password) String() string { return "[redacted]" }

// GoString hides the password from %#v.
func (Password) GoString() string { return "[redacted]" }

// LogValue hides the password from log/slog.
func (Password) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText hides the password from encoding/json and the like.
func (Password) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Reveal returns the password itself, for the login and the seal.
func (p Password) Reveal() string { return string(p) }

// authMechanisms are the values that auth= takes today.
var authMechanisms = []string{"plain", "login", "xoauth2", "oauthbearer"}

// OAuth reports whether the account is opened with an access token, not a password.
func (a Account) OAuth() bool { return a.Auth == "xoauth2" || a.Auth == "oauthbearer" }

// ParseAccount reads an account URL:
//
//	imaps://USER@HOST[:993]   implicit TLS
//	imap://USER@HOST[:143]    STARTTLS required; ?tls=none is clear text
//	maildir:///DIR            a Maildir++ tree
//
// The query keys are auth, master, sep, authzid, ca, pin, root and tls. USER may
// be percent-encoded. The errors are one sentence each and never quote a password.
func ParseAccount(text string) (Account, error) {
	u, err := url.Parse(text)
	if err != nil {
		// url.Error quotes its input, which may hold a password.
		return Account{}, errors.New("account URL: not a valid URL; it looks like imaps://USER@HOST, and special characters in USER are percent-encoded")
	}
	if _, has := u.User.Password(); has {
		return Account{}, errors.New("account URL: a password inside the URL is refused, because it would show in the process list; use a password file, an environment variable or the prompt")
	}
	if u.Fragment != "" {
		return Account{}, errors.New("account URL: nothing may follow a '#'; write it as %23")
	}
	a := Account{User: u.User.Username()}
	switch u.Scheme {
	case "imaps":
		a.Kind, a.TLS = KindIMAP, TLSImplicit
	case "imap":
		a.Kind, a.TLS = KindIMAP, TLSStart
	case "maildir":
		a.Kind = KindMaildir
	default:
		return Account{}, fmt.Errorf("account URL: scheme %q is not known; use imaps://, imap:// or maildir://", u.Scheme)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Account{}, errors.New("account URL: the part behind '?' is not valid; it looks like key=value&key=value")
	}
	if err := a.setQuery(q); err != nil {
		return Account{}, err
	}
	if a.Kind == KindMaildir {
		a.Dir = u.Path
		if u.Host != "" {
			return Account{}, fmt.Errorf("account URL: maildir takes three slashes and an absolute directory: maildir:///%s%s", u.Host, u.Path)
		}
		return a, a.Validate()
	}
	if u.Path != "" && u.Path != "/" {
		return Account{}, fmt.Errorf("account URL: a folder is given as ?root=FOLDER, not as the path %q", u.Path)
	}
	a.Host = u.Hostname()
	if p := u.Port(); p != "" {
		if a.Port, err = strconv.Atoi(p); err != nil {
			return Account{}, fmt.Errorf("account URL: port %q is no number", p)
		}
	}
	if a.Port == 0 {
		a.Port = defaultPort(a.TLS)
	}
	return a, a.Validate()
}

func (a *Account) setQuery(q url.Values) error {
	for key, values := range q {
		if len(values) != 1 {
			return fmt.Errorf("account URL: %s= is given %d times", key, len(values))
		}
		v := values[0]
		switch key {
		case "auth":
			a.Auth = strings.ToLower(v)
		case "master":
			a.Master = v
		case "sep":
			a.Sep = v
		case "authzid":
			a.Authzid = v
		case "ca":
			a.CAFile = v
		case "pin":
			a.Pin = strings.ToLower(v)
		case "root":
			a.Root = strings.Trim(v, "/")
		case "tls":
			if v != "none" || a.TLS == TLSImplicit {
				return errors.New("account URL: tls= takes only the value none, and only with imap://")
			}
			a.TLS = TLSNone
		default:
			return fmt.Errorf("account URL: key %q is not known; the keys are auth, master, sep, authzid, ca, pin, root and tls", key)
		}
	}
	return nil
}

func defaultPort(m TLSMode) int {
	if m == TLSImplicit {
		return 993
	}
	return 143
}

// Validate reports all that is wrong with the account, without any I/O.
func (a Account) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("account: "+format, args...)) }
	if a.Referred() && a.Kind == "" {
		return a.validateReference()
	}
	switch a.Kind {
	case KindMaildir:
		if !filepath.IsAbs(a.Dir) {
			bad("the Maildir directory %q is not absolute", a.Dir)
		}
		for _, q := range a.query() {
			bad("%s= means nothing for a Maildir tree; name the directory that you mean", q.key)
		}
		return errors.Join(errs...)
	case KindIMAP:
	default:
		bad("kind %q is not known", a.Kind)
		return errors.Join(errs...)
	}
	switch a.TLS {
	case TLSImplicit, TLSStart, TLSNone:
	default:
		bad("TLS mode %q is not known", a.TLS)
	}
	if a.Host == "" {
		bad("the host is missing")
	} else if !validHost(a.Host) {
		bad("the host %q is not a name or an address", a.Host)
	}
	if a.Port < 1 || a.Port > 65535 {
		bad("port %d is not between 1 and 65535", a.Port)
	}
	if a.User == "" {
		bad("the user is missing; write imaps://USER@HOST")
	}
	for _, s := range []string{a.User, a.Master, a.Sep, a.Authzid} {
		if strings.ContainsAny(s, "\x00\r\n") {
			bad("a user name holds a control character")
		}
	}
	if a.Auth != "" {
		if !slices.Contains(authMechanisms, a.Auth) {
			bad("auth=%s is not supported; use one of %s", a.Auth, strings.Join(authMechanisms, ", "))
		}
	}
	if a.OAuth() && (a.Authzid != "" || a.Master != "") {
		bad("auth=%s logs in as the user that the token is of: it takes neither authzid nor master", a.Auth)
	}
	if a.Authzid != "" && a.Auth == "login" {
		bad("authzid needs auth=plain: the LOGIN command has no place for it")
	}
	if a.Authzid != "" && a.Master != "" {
		bad("master and authzid are two ways to the same end; give one")
	}
	if a.Pin != "" {
		digest, ok := strings.CutPrefix(a.Pin, "sha256:")
		if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != 32 {
			bad("the pin is sha256: and 64 hexadecimal digits, the SHA-256 of the server's public key")
		}
	}
	if a.TLS == TLSNone && (a.Pin != "" || a.CAFile != "") {
		bad("pin and ca mean nothing with tls=none")
	}
	return errors.Join(errs...)
}

// validHost reports whether host is an IP address or could be a domain name.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return utf8.ValidString(host) && !strings.ContainsFunc(host, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`"#%/:<>?@[\]^{|}`+"`", r)
	})
}

// LoginName is the name that is sent to the server together with the password.
func (a Account) LoginName() string {
	if a.Master == "" {
		return a.User
	}
	return a.User + cmp.Or(a.Sep, "*") + a.Master
}

// Address is host:port as net.Dial takes it, or the directory of a Maildir tree.
func (a Account) Address() string {
	if a.Kind == KindMaildir {
		return a.Dir
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}

// Loopback reports whether the host is written as an address of this machine.
func (a Account) Loopback() bool {
	if a.Host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(a.Host)
	return err == nil && ip.IsLoopback()
}

// String is the account's URL. It holds no password. Of a reference to what is not
// known it is the reference.
func (a Account) String() string {
	if a.Kind == "" && a.Referred() {
		return cmp.Or(a.Local, "account:"+a.ID)
	}
	q := url.Values{}
	for _, pair := range a.query() {
		q.Set(pair.key, pair.value)
	}
	var u url.URL
	switch a.Kind {
	case KindMaildir:
		u.Scheme, u.Path = "maildir", a.Dir
	default:
		u.Scheme, u.User, u.Host = "imap", url.User(a.User), a.Host
		if strings.Contains(a.Host, ":") {
			u.Host = "[" + a.Host + "]"
		}
		if a.Port != defaultPort(a.TLS) {
			u.Host = a.Address()
		}
		if a.TLS == TLSImplicit {
			u.Scheme = "imaps"
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// pair is a key of the query with its value.
type pair struct{ key, value string }

// query returns the keys of the account's URL that have a value.
func (a Account) query() []pair {
	all := []pair{
		{"auth", a.Auth},
		{"master", a.Master},
		{"sep", a.Sep},
		{"authzid", a.Authzid},
		{"ca", a.CAFile},
		{"pin", a.Pin},
		{"root", a.Root},
	}
	if a.TLS == TLSNone {
		all = append(all, pair{"tls", "none"})
	}
	return slices.DeleteFunc(all, func(p pair) bool { return p.value == "" })
}
