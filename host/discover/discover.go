package discover

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/task"
)

// Way is how a candidate was found.
type Way string

// The ways.
const (
	ByProvider   Way = "provider"
	BySRV        Way = "SRV record"
	ByAutoconfig Way = "autoconfig"
	ByExchanger  Way = "mail exchanger"
	ByGuess      Way = "guess"
)

// Candidate is an account that the address may mean.
type Candidate struct {
	Account  task.Account `json:"-"`
	URL      string       `json:"url"`
	Way      Way          `json:"way"`
	Source   string       `json:"source"`             // the record or page that named it
	Provider string       `json:"provider,omitempty"` // ID in the table
	OAuth    bool         `json:"oauth,omitempty"`    // no password is taken
	// Sure says that who controls the domain, or the table of providers, names this
	// server: it is in the table, within the domain, or was named by a page of the
	// domain that came by https. Of every other one only an answer of the name service
	// says so, which anybody on the way may have written; a person should look at it
	// before a password is sent there (RFC 6186 section 6).
	Sure bool `json:"sure"`
}

// Result is what was found.
type Result struct {
	Address    string      `json:"address"`
	Candidates []Candidate `json:"candidates"`
	Notes      []string    `json:"notes,omitempty"` // what was asked in vain, or left out, and why
}

// Resolver looks names up. *net.Resolver is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// Finder finds servers. The zero value uses the system's name service and goes
// anywhere.
type Finder struct {
	Resolver Resolver
	// Dial makes all connections; nil is a net.Dialer. It may refuse addresses.
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	RootCAs *x509.CertPool // authorities; nil is the system's
	Timeout time.Duration  // for each question; 5 seconds unless set
}

const (
	defaultTimeout = 5 * time.Second
	// maxAnswers bounds how many servers one answer may name.
	maxAnswers = 10
	// maxRedirects bounds how often a page may send us elsewhere.
	maxRedirects = 3
)

func (f *Finder) applyDefaults() {
	if f.Resolver == nil {
		f.Resolver = net.DefaultResolver
	}
	if f.Dial == nil {
		f.Dial = (&net.Dialer{}).DialContext
	}
	f.Timeout = cmp.Or(max(f.Timeout, 0), defaultTimeout)
}

// Find looks for the server of address. It is an error if address is none; nothing
// found is a result without candidates.
func (f *Finder) Find(ctx context.Context, address string) (*Result, error) {
	c := *f
	c.applyDefaults()
	s, err := newSearch(&c, address)
	if err != nil {
		return nil, err
	}
	if s.table(); len(s.result.Candidates) > 0 {
		return s.result, nil // nobody on the network knows better
	}
	s.srv(ctx)
	s.autoconfig(ctx)
	s.exchangers(ctx)
	if len(s.result.Candidates) == 0 {
		s.guess(ctx)
	}
	slices.SortStableFunc(s.result.Candidates, func(a, b Candidate) int {
		switch {
		case a.Sure == b.Sure:
			return 0
		case a.Sure:
			return -1
		}
		return 1
	})
	return s.result, ctx.Err()
}

// search is one question.
type search struct {
	*Finder
	address, user, domain string // domain in ASCII
	result                *Result
}

func newSearch(f *Finder, address string) (*search, error) {
	address = strings.TrimSpace(address)
	i := strings.LastIndexByte(address, '@')
	if i < 1 || len(address) > 320 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("%q is no address such as ann@example.org", address)
	}
	domain, err := idna.Lookup.ToASCII(strings.ToLower(address[i+1:]))
	if err != nil || !strings.Contains(domain, ".") || net.ParseIP(domain) != nil || !isName(domain) {
		return nil, fmt.Errorf("what stands behind the \"@\" of %q is no domain", address)
	}
	return &search{Finder: f, address: address, user: address[:i], domain: domain, result: &Result{Address: address}}, nil
}

// add keeps a server, unless it is known already or can not be used.
func (s *search) add(a task.Account, way Way, source string, sure bool) {
	if !isName(a.Host) {
		s.note("%s names the server %.80q, which is no name", source, a.Host)
		return
	}
	c := Candidate{Way: way, Source: source, Sure: sure || s.within(a.Host)}
	p, known := provider.ByHost(a.Host)
	if known {
		// The table is ours, and so is the certificate check: this is the provider.
		c.Provider, c.OAuth, c.Sure = p.ID, !slices.ContainsFunc(p.Auth, func(x provider.Auth) bool { return x != provider.AuthOAuth }), true
	}
	if a.User == "" {
		a.User = s.address
		if known && p.Login == "user" {
			a.User = s.user
		}
	}
	if err := a.Validate(); err != nil {
		s.note("%s names a server that can not be used: %v", source, err)
		return
	}
	if slices.ContainsFunc(s.result.Candidates, func(b Candidate) bool { return b.Account.Address() == a.Address() && b.Account.TLS == a.TLS }) {
		return
	}
	if len(s.result.Candidates) == maxAnswers {
		return
	}
	c.Account, c.URL = a, a.String()
	s.result.Candidates = append(s.result.Candidates, c)
}

func (s *search) note(format string, args ...any) {
	if len(s.result.Notes) < 20 {
		s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
	}
}

// within reports whether host belongs to whom the domain of the address belongs to:
// both are in one domain that somebody registered.
func (s *search) within(host string) bool {
	mine, err := publicsuffix.EffectiveTLDPlusOne(s.domain)
	if err != nil {
		return host == s.domain
	}
	theirs, err := publicsuffix.EffectiveTLDPlusOne(host)
	return err == nil && mine == theirs
}

// table asks our own table.
func (s *search) table() {
	if p, ok := provider.ByAddress("x@" + s.domain); ok {
		s.addProvider(p, ByProvider, "the table of providers")
	}
}

func (s *search) addProvider(p provider.Provider, way Way, source string) {
	server, err := task.ParseServer(p.Server)
	if err == nil {
		s.add(server, way, source, true)
	}
}

// srv asks the name service for servers.
func (s *search) srv(ctx context.Context) {
	for _, service := range []string{"imaps", "imap"} {
		record := "_" + service + "._tcp." + s.domain
		records, err := s.lookUpSRV(ctx, service)
		if err != nil {
			s.lookUpFailed(record, err)
			continue
		}
		for _, r := range records[:min(len(records), maxAnswers)] {
			host := strings.ToLower(strings.TrimSuffix(r.Target, "."))
			if host == "" { // RFC 6186 section 3.4: the service is not there
				s.note("%s says that there is no such service", record)
				continue
			}
			a := task.Account{Kind: task.KindIMAP, TLS: task.TLSStart, Host: host, Port: int(r.Port)}
			if service == "imaps" {
				a.TLS = task.TLSImplicit
			}
			s.add(a, BySRV, record, false)
		}
	}
}

func (s *search) lookUpSRV(ctx context.Context, service string) ([]*net.SRV, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	_, records, err := s.Resolver.LookupSRV(ctx, service, "tcp", s.domain)
	if len(records) > 0 {
		return records, nil // with an error, it is about some of them
	}
	return records, err
}

// exchangers asks who takes the mail of the domain.
func (s *search) exchangers(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	records, err := s.Resolver.LookupMX(limited, s.domain)
	if len(records) == 0 && err != nil {
		s.lookUpFailed("MX of "+s.domain, err)
		return
	}
	for _, r := range records[:min(len(records), maxAnswers)] {
		if p, ok := provider.ByExchanger(r.Host); ok {
			s.addProvider(p, ByExchanger, "MX of "+s.domain)
		}
	}
}

func (s *search) lookUpFailed(record string, err error) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
	case errors.As(err, &dns):
		s.note("%s can not be looked up: %s", record, dns.Err)
	default:
		s.note("%s can not be looked up: %v", record, err)
	}
}

// guess tries the usual names.
func (s *search) guess(ctx context.Context) {
	for _, host := range []string{"imap." + s.domain, "mail." + s.domain, s.domain} {
		a := task.Account{Kind: task.KindIMAP, TLS: task.TLSImplicit, Host: host, Port: 993}
		if err := s.answers(ctx, a); err == nil {
			s.add(a, ByGuess, "an answer of "+a.Address(), false)
			return
		}
		a.TLS, a.Port = task.TLSStart, 143
		if err := s.answers(ctx, a); err == nil {
			s.add(a, ByGuess, "an answer of "+a.Address(), false)
			return
		}
	}
	s.note("nobody answers at imap.%s, mail.%s and %s", s.domain, s.domain, s.domain)
}

// answers reports why no IMAP server greets at a. One that speaks TLS has to be the
// one that it is asked as.
func (s *search) answers(ctx context.Context, a task.Account) error {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	nc, err := s.Dial(ctx, "tcp", a.Address())
	if err != nil {
		return err
	}
	defer nc.Close()
	deadline, _ := ctx.Deadline()
	if err := nc.SetDeadline(deadline); err != nil {
		return err
	}
	if a.TLS == task.TLSImplicit {
		encrypted := tls.Client(nc, s.tls(a.Host))
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return err
		}
		nc = encrypted
	}
	greeting := make([]byte, 4) // RFC 9051 section 7.1.5: "* OK" or "* PREAUTH"
	n := 0
	for n < len(greeting) {
		m, err := nc.Read(greeting[n:])
		if n += m; err != nil {
			return err
		}
	}
	if !strings.EqualFold(string(greeting), "* OK") {
		return errors.New("this is no IMAP server")
	}
	return nil
}

func (s *search) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
}

// client asks web pages, by https alone.
func (s *search) client() *http.Client {
	return &http.Client{
		Timeout: s.Timeout,
		Transport: &http.Transport{
			DialContext: s.Dial, TLSClientConfig: s.tls(""), DisableKeepAlives: true,
			TLSHandshakeTimeout: s.Timeout, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Scheme != "https" {
				return errors.New("it leads to a page without TLS")
			}
			if len(via) > maxRedirects {
				return fmt.Errorf("it leads on more than %d times", maxRedirects)
			}
			return nil
		},
	}
}

// isName reports whether host is a domain name in ASCII with at least two parts.
func isName(host string) bool {
	if len(host) > 253 || !strings.Contains(host, ".") || net.ParseIP(host) != nil {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return true
}
