package task

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Referred reports whether the account is a stored one, or a mailbox of a local
// domain. The store fills in everything else then, but for Root, which is the
// task's own unless it is empty. Until that has happened Kind is "".
func (a Account) Referred() bool { return a.ID != "" || a.Local != "" }

// Reference is the account without what the store fills in.
func (a Account) Reference() Account { return Account{ID: a.ID, Local: a.Local, Root: a.Root} }

func (a Account) validateReference() error {
	switch {
	case a.ID != "" && a.Local != "":
		return errors.New("account: it is a stored account or a mailbox of a local domain, not both")
	case a.Password != "":
		return errors.New("account: a stored account and a local domain have their own password")
	case a.Local != "" && !strings.Contains(a.Local, "@"):
		return fmt.Errorf("account: %q is no address of a mailbox", a.Local)
	}
	return nil
}

// StoredAccount is an account that tasks refer to. Changing it changes them all.
type StoredAccount struct {
	ID       string
	Name     string // for people; unique
	Owner    string // who may use it; "" is everybody who administers the service
	Account  Account
	OAuth    *OAuth   // how its access tokens are got; nil: it has a password
	Snapshot Snapshot // what was there when somebody looked last
	Tasks    int      // how many refer to it
	Created  time.Time
	Updated  time.Time
}

// Validate reports all that is wrong with the account. It asks no server.
func (s StoredAccount) Validate() error {
	errs := []error{validName("account", s.Name)}
	if s.Account.Referred() {
		errs = append(errs, errors.New("a stored account can not refer to another one"))
	}
	return errors.Join(append(errs, s.Account.Validate(), s.validateOAuth())...)
}

// validName reports why name can not be that of a thing for people, or nil.
func validName(what, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("the %s has no name", what)
	case len(name) > 200:
		return fmt.Errorf("the %s's name is longer than 200 bytes", what)
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("the %s's name holds a control character", what)
	}
	return nil
}

// Snapshot is what an account told about itself at a time.
type Snapshot struct {
	At           time.Time `json:"at,omitzero"` // zero: nobody has looked yet
	Fault        string    `json:"fault,omitempty"`
	Server       string    `json:"server,omitempty"`
	TLS          string    `json:"tls,omitempty"`
	Capabilities []string  `json:"capabilities,omitempty"`
	Folders      int       `json:"folders"`
	Messages     int64     `json:"messages"`
	QuotaUsed    int64     `json:"quota_used,omitempty"`  // bytes
	QuotaLimit   int64     `json:"quota_limit,omitempty"` // bytes; 0 is not known
}

// DomainWay is how one credential opens every mailbox of a domain.
type DomainWay string

// The ways.
const (
	ByMaster  DomainWay = "master"  // log in as MAILBOX*ADMIN, as Dovecot and Cyrus' proxies have it
	ByAuthzid DomainWay = "authzid" // SASL PLAIN: ADMIN logs in, for the mailbox (RFC 4616)
)

// LocalDomain is a domain whose mailboxes one credential opens, so that tasks need
// no passwords of its users.
type LocalDomain struct {
	Domain  string    `json:"domain"` // in lower case
	Server  Account   `json:"server"` // without a User; Password is the administrator's
	Way     DomainWay `json:"way"`
	Admin   string    `json:"admin"`
	Short   bool      `json:"short,omitempty"` // the server calls mailboxes by what stands before the "@"
	Updated time.Time `json:"-"`
}

// Validate reports all that is wrong with the domain.
func (d LocalDomain) Validate() error {
	var errs []error
	if d.Domain == "" || d.Domain != strings.ToLower(d.Domain) || !validHost(d.Domain) || !strings.Contains(d.Domain, ".") && d.Domain != "localhost" {
		errs = append(errs, fmt.Errorf("the domain %q is none in lower case such as example.org", d.Domain))
	}
	if d.Way != ByMaster && d.Way != ByAuthzid {
		errs = append(errs, fmt.Errorf("the way %q of opening mailboxes is not known; use %s or %s", d.Way, ByMaster, ByAuthzid))
	}
	if d.Admin == "" {
		errs = append(errs, errors.New("the user who may open all mailboxes is missing"))
	}
	if d.Server.Kind != KindIMAP || d.Server.User != "" || d.Server.Master != "" || d.Server.Authzid != "" {
		errs = append(errs, errors.New("the server of a local domain is imaps://HOST or imap://HOST, without a user, master= and authzid="))
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	_, err := d.Account("postmaster@" + d.Domain)
	return err
}

// Account is the mailbox of an address in the domain, with the password that
// Server has.
func (d LocalDomain) Account(address string) (Account, error) {
	user, domain, ok := cutAddress(address)
	if !ok || !strings.EqualFold(domain, d.Domain) {
		return Account{}, fmt.Errorf("%q is no address in the domain %s", address, d.Domain)
	}
	mailbox := address
	if d.Short {
		mailbox = user
	}
	// A separator in the name would end it: ann*admin@example.org must not open ann's
	// mailbox for whoever can choose addresses.
	if sep := d.Server.Sep; d.Way == ByMaster && (strings.Contains(mailbox, "*") || sep != "" && strings.Contains(mailbox, sep)) {
		return Account{}, fmt.Errorf("the address %q holds what separates a mailbox from the master user", address)
	}
	a := d.Server
	a.Local = address
	switch d.Way {
	case ByMaster:
		a.User, a.Master = mailbox, d.Admin
	case ByAuthzid:
		a.User, a.Authzid = d.Admin, mailbox
	}
	return a, a.Validate()
}

// cutAddress splits an address at its last "@".
func cutAddress(address string) (user, domain string, ok bool) {
	i := strings.LastIndexByte(address, '@')
	if i < 1 || i == len(address)-1 {
		return "", "", false
	}
	return address[:i], address[i+1:], true
}

// DomainOf is the domain of an address in lower case, or "" if it is none.
func DomainOf(address string) string {
	_, domain, _ := cutAddress(address)
	return strings.ToLower(domain)
}

// ParseServer reads an account URL that names no user, such as imaps://HOST. The
// Account has everything else.
func ParseServer(text string) (Account, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return Account{}, errors.New("server: not a valid URL; it looks like imaps://HOST")
	}
	if u.User != nil {
		return Account{}, errors.New("server: the URL of a server names no user")
	}
	u.User = url.User("user")
	a, err := ParseAccount(u.String())
	a.User = ""
	return a, err
}
