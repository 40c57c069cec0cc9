package abi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Ask is something that a plugin wants to be granted. Nothing of it is given
// unless who runs the plugin says so.
type Ask struct {
	Grant    string   `json:"grant"`              // one of the names in GrantTable
	Reason   string   `json:"reason"`             // what for, in one sentence, for who decides
	Optional bool     `json:"optional,omitempty"` // the plugin starts without it as well
	Hosts    []string `json:"hosts,omitempty"`    // http and tcp: where it wants to go, as a hint
	Methods  []string `json:"methods,omitempty"`  // http: which methods it uses, as a hint
}

// The grants. What each opens is in [GrantTable].
const (
	GrantHTTP       = "http"
	GrantTCP        = "tcp"
	GrantSMTP       = "smtp"
	GrantKV         = "kv"
	GrantConfig     = "config"
	GrantBody       = "body"
	GrantLogContent = "log-content"
)

// GrantInfo says what a grant is good for.
type GrantInfo struct {
	Name    string
	Doc     string   // what it allows, in one sentence
	Outward bool     // what the plugin knows can leave the machine through it
	Imports []string // the functions that a plugin may import only if it asks for one of the grants that name them
}

// GrantTable describes the grants. A plugin that imports a function which is named
// here, and asks for none of the grants that name it, is not loaded.
var GrantTable = []GrantInfo{
	{
		Name: GrantHTTP, Doc: "HTTP requests to hosts that are named, with methods that are named.", Outward: true,
		Imports: []string{"http_open", "http_status", "http_header", "door_write", "door_read", "door_close", "door_error"},
	},
	{
		Name: GrantTCP, Doc: "Connections to hosts and ports that are named.", Outward: true,
		Imports: []string{"tcp_open", "door_write", "door_read", "door_close", "door_error"},
	},
	{
		Name: GrantSMTP, Doc: "Mail through relays that are named.", Outward: true,
		Imports: []string{"smtp_send", "door_error"},
	},
	{
		Name: GrantKV, Doc: "Remembering values from run to run.",
		Imports: []string{"kv_get", "kv_put", "kv_add", "kv_cas", "door_error"},
	},
	{
		Name: GrantConfig, Doc: "Reading its configuration. Whoever writes a configuration for a plugin has granted it; the function can be imported without asking.",
	},
	{
		Name: GrantBody, Doc: "Reading whole messages, and sending them with http_open or smtp_send. A plugin that needs the body and asks for an outward grant has to ask for this, too.",
	},
	{
		Name: GrantLogContent, Doc: "Logging in calls that have read a header field, a part or a body; without it such lines are dropped and counted.",
	},
}

// Limits of asks.
const (
	maxAskReason = 300
	maxAskHints  = 20
	maxAskHint   = 255
)

// grantInfo finds a grant in the table.
func grantInfo(name string) (GrantInfo, bool) {
	i := slices.IndexFunc(GrantTable, func(g GrantInfo) bool { return g.Name == name })
	if i < 0 {
		return GrantInfo{}, false
	}
	return GrantTable[i], true
}

// GrantNames are the names in [GrantTable].
func GrantNames() []string {
	names := make([]string, 0, len(GrantTable))
	for _, g := range GrantTable {
		names = append(names, g.Name)
	}
	return names
}

// GrantsOf are the grants one of which a plugin has to ask for before it may
// import a function; none for most functions.
func GrantsOf(imported string) []string {
	var names []string
	for _, g := range GrantTable {
		if slices.Contains(g.Imports, imported) {
			names = append(names, g.Name)
		}
	}
	return names
}

// Asked returns the plugin's ask for a grant.
func (m Manifest) Asked(grant string) (Ask, bool) {
	i := slices.IndexFunc(m.Asks, func(a Ask) bool { return a.Grant == grant })
	if i < 0 {
		return Ask{}, false
	}
	return m.Asks[i], true
}

// validateAsks reports all that is wrong with the asks of a manifest.
func (m Manifest) validateAsks() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("manifest: "+format, args...)) }
	if minor, err := m.MinorVersion(); err == nil && minor < 1 && len(m.Asks) > 0 {
		bad(`asks came with abi "1.1"`)
	}
	outward := ""
	for i, a := range m.Asks {
		info, known := grantInfo(a.Grant)
		if !known {
			bad("the ask for %q: the grants are %s", a.Grant, strings.Join(GrantNames(), ", "))
			continue
		}
		if info.Outward {
			outward = a.Grant
		}
		if slices.ContainsFunc(m.Asks[:i], func(b Ask) bool { return b.Grant == a.Grant }) {
			bad("it asks for %s twice", a.Grant)
		}
		switch reason := strings.TrimSpace(a.Reason); {
		case reason == "":
			bad("the ask for %s gives no reason", a.Grant)
		case len(a.Reason) > maxAskReason:
			bad("the reason of the ask for %s is longer than %d bytes", a.Grant, maxAskReason)
		case strings.ContainsFunc(a.Reason, unicode.IsControl):
			bad("the reason of the ask for %s holds a control character", a.Grant)
		}
		if len(a.Hosts) > 0 && a.Grant != GrantHTTP && a.Grant != GrantTCP {
			bad("the ask for %s names hosts, which only %s and %s have", a.Grant, GrantHTTP, GrantTCP)
		}
		if len(a.Methods) > 0 && a.Grant != GrantHTTP {
			bad("the ask for %s names methods, which only %s has", a.Grant, GrantHTTP)
		}
		for _, hints := range [][]string{a.Hosts, a.Methods} {
			if err := checkHints(hints); err != nil {
				bad("the ask for %s: %w", a.Grant, err)
			}
		}
	}
	if _, asked := m.Asked(GrantBody); m.Needs == NeedsBody && outward != "" && !asked {
		bad("it needs the body and asks for %s, so it has to ask for %s, too", outward, GrantBody)
	}
	return errs
}

func checkHints(hints []string) error {
	if len(hints) > maxAskHints {
		return fmt.Errorf("more than %d hosts or methods", maxAskHints)
	}
	for _, h := range hints {
		if h == "" || len(h) > maxAskHint || strings.ContainsFunc(h, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
			return errors.New("a host or method is empty, longer than 255 bytes, or holds white space")
		}
	}
	return nil
}
