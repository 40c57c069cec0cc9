package task

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Grant is something that a plugin may do beside answering: the name of a grant of
// mailweir_v1, and for those to the outside where to.
type Grant struct {
	Name string // http, tcp, smtp, kv, config, body or log-content
	// Endpoint is where http and tcp go.
	Endpoint Endpoint
	// Methods bounds those of http; none is all of [HTTPMethods].
	Methods []string
	// Private says that the name of the endpoint may lead to an address that is not
	// public. It is not needed where the endpoint is an address itself.
	Private bool
	Relay   string // of smtp
}

// HTTPMethods are those that a request of a plugin can have.
var HTTPMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

// GrantSyntax says how grants are written.
const GrantSyntax = "http:HOST[:PORT][/METHOD,METHOD][?private], tcp:HOST:PORT[?private], smtp:RELAY, kv, config, body, log-content"

// plainGrants have nothing behind their name.
var plainGrants = []string{"kv", "config", "body", "log-content"}

// ParseGrant reads a grant in the form of [GrantSyntax].
func ParseGrant(text string) (Grant, error) {
	g, err := parseGrant(text)
	if err != nil {
		return Grant{}, fmt.Errorf("the grant %q: %w", text, err)
	}
	return g, nil
}

func parseGrant(text string) (Grant, error) {
	name, where, has := strings.Cut(text, ":")
	g := Grant{Name: name}
	switch {
	case slices.Contains(plainGrants, name):
		if has {
			return g, fmt.Errorf("nothing follows %s", name)
		}
		return g, nil
	case name == "smtp":
		if err := ValidRelayName(where); err != nil {
			return g, err
		}
		g.Relay = where
		return g, nil
	case name != "http" && name != "tcp":
		return g, errors.New("write " + GrantSyntax)
	}
	where, g.Private = strings.CutSuffix(where, "?private")
	where, methods, some := strings.Cut(where, "/")
	if some {
		if name != "http" {
			return g, errors.New("only http has methods")
		}
		for m := range strings.SplitSeq(methods, ",") {
			m = strings.ToUpper(m)
			if !slices.Contains(HTTPMethods, m) {
				return g, fmt.Errorf("%q is no method; there are %s", m, strings.Join(HTTPMethods, ", "))
			}
			if !slices.Contains(g.Methods, m) {
				g.Methods = append(g.Methods, m)
			}
		}
	}
	var err error
	if g.Endpoint, err = ParseEndpoint(where); err != nil {
		return g, err
	}
	if name == "tcp" && g.Endpoint.Port == 0 {
		return g, errors.New("the port is missing: tcp:HOST:PORT")
	}
	return g, nil
}

// ValidRelayName reports why name can not be the name of an SMTP relay, or nil.
func ValidRelayName(name string) error {
	if !sourceName().MatchString(name) {
		return fmt.Errorf("%q is no name of a relay: up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit", name)
	}
	return nil
}

// ValidSecretName reports why name can not be the name of a secret, or nil.
func ValidSecretName(name string) error {
	if !sourceName().MatchString(name) {
		return fmt.Errorf("%q is no name of a secret: up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit", name)
	}
	return nil
}

// String spells the grant as ParseGrant reads it.
func (g Grant) String() string {
	switch g.Name {
	case "smtp":
		return "smtp:" + g.Relay
	case "http", "tcp":
		text := g.Name + ":" + g.Endpoint.String()
		if len(g.Methods) > 0 {
			text += "/" + strings.Join(g.Methods, ",")
		}
		if g.Private {
			text += "?private"
		}
		return text
	}
	return g.Name
}

// MarshalText is String.
func (g Grant) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText is ParseGrant.
func (g *Grant) UnmarshalText(text []byte) error {
	var err error
	*g, err = ParseGrant(string(text))
	return err
}

// validateGrants reports all that is wrong with the grants of a hook.
func (h Hook) validateGrants() error {
	var errs []error
	seen := map[string]bool{}
	for _, g := range h.Grants {
		text := g.String()
		if _, err := ParseGrant(text); err != nil {
			errs = append(errs, fmt.Errorf("plugin %s: %w", h.Plugin, err))
		}
		if seen[text] {
			errs = append(errs, fmt.Errorf("plugin %s: the grant %s is given twice", h.Plugin, text))
		}
		seen[text] = true
	}
	if len(h.Grants) > maxGrants {
		errs = append(errs, fmt.Errorf("plugin %s: more than %d grants", h.Plugin, maxGrants))
	}
	return errors.Join(errs...)
}

// maxGrants is far above what one plugin can make use of.
const maxGrants = 100
