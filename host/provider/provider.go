package provider

import (
	"slices"
	"strings"
)

// Auth is how one logs in.
type Auth string

// The ways to log in.
const (
	AuthPassword    Auth = "password"     // the password of the account
	AuthAppPassword Auth = "app password" // one that the provider makes for programs
	AuthOAuth       Auth = "oauth"        // no password at all (XOAUTH2, OAUTHBEARER)
)

// Provider is one line of the table.
type Provider struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Server  string   `json:"server,omitempty"` // URL without a user; "" of software that anybody may run
	Login   string   `json:"login"`            // what stands for the user: "address", "user" (before the "@"), or "as set up"
	Auth    []Auth   `json:"auth"`             // the best first
	OAuth   *OAuth   `json:"oauth,omitempty"`
	Limits  Limits   `json:"limits"`
	Hints   []Hint   `json:"hints,omitempty"`
	Sources []string `json:"sources"` // where this was published

	domains    []string // of addresses
	hosts      []string // of servers: whole names, or a suffix with a dot in front
	exchangers []string // suffixes of mail exchangers
	products   []string // in how the server calls itself (RFC 2971), in lower case
}

// Limits are what a provider allows; 0 is not known.
type Limits struct {
	Connections    int   `json:"connections,omitempty"`      // at the same time, for an account
	MessageBytes   int64 `json:"message_bytes,omitempty"`    // of the largest message, usually as it is encoded
	DownloadPerDay int64 `json:"download_per_day,omitempty"` // bytes
	UploadPerDay   int64 `json:"upload_per_day,omitempty"`   // bytes
}

// OAuth is where access tokens of a provider are got by somebody with an account there.
// Each operator registers a client of their own.
type OAuth struct {
	TokenURL  string `json:"token_url"`
	DeviceURL string `json:"device_url,omitempty"` // "" where it gives none for mail
	AuthURL   string `json:"auth_url,omitempty"`
	Scope     string `json:"scope"`
}

// Hint is something that a person has to know, and what to do about it.
type Hint struct {
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// All returns the table.
func All() []Provider { return slices.Clone(table) }

// ByID finds a provider.
func ByID(id string) (Provider, bool) {
	return find(func(p Provider) bool { return p.ID == id })
}

// ByAddress finds the provider whose own domain the address is in.
func ByAddress(address string) (Provider, bool) {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	return find(func(p Provider) bool { return slices.Contains(p.domains, domain) })
}

// ByHost finds the provider that a server belongs to.
func ByHost(host string) (Provider, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return find(func(p Provider) bool { return matches(p.hosts, host) })
}

// ByExchanger finds the provider that hosts the mail of a domain with this mail
// exchanger.
func ByExchanger(host string) (Provider, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return find(func(p Provider) bool { return matches(p.exchangers, host) })
}

// ByProduct finds the software that a server says that it is. Servers may lie, and
// most providers run one of these.
func ByProduct(product string) (Provider, bool) {
	product = strings.ToLower(product)
	return find(func(p Provider) bool {
		return slices.ContainsFunc(p.products, func(name string) bool { return strings.Contains(product, name) })
	})
}

func find(match func(Provider) bool) (Provider, bool) {
	if i := slices.IndexFunc(table, match); i >= 0 {
		return table[i], true
	}
	return Provider{}, false
}

func matches(names []string, host string) bool {
	return host != "" && slices.ContainsFunc(names, func(name string) bool {
		return host == strings.TrimPrefix(name, ".") || strings.HasPrefix(name, ".") && strings.HasSuffix(host, name)
	})
}
