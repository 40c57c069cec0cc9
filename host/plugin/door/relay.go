package door

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// Relay is a mail server that takes mail from us.
type Relay struct {
	Endpoint task.Endpoint
	TLS      RelayTLS
	User     string // "" is no login
	Password task.Password
	Secret   string // name of the secret that is the password; "" is Password itself
	CAFile   string // authorities to trust; read by who sets Roots
	Roots    *x509.CertPool
}

// RelayTLS is how a connection to a relay is protected.
type RelayTLS string

// The protections.
const (
	RelayImplicit RelayTLS = "implicit" // RFC 8314
	RelayStart    RelayTLS = "starttls" // RFC 3207, required
	RelayNone     RelayTLS = "none"
)

// RelaySyntax says how relays are written.
const RelaySyntax = "smtps://[USER@]HOST[:465] is TLS, smtp://[USER@]HOST[:587] requires STARTTLS, ?tls=none is clear text; " +
	"?ca=FILE trusts these authorities, ?secret=NAME takes the password from a stored secret"

// ParseRelay reads a relay's URL in the form of [RelaySyntax]. A password inside is
// refused.
func ParseRelay(text string) (Relay, error) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Host == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return Relay{}, errors.New("a relay is written smtp://[USER@]HOST[:PORT] or smtps://[USER@]HOST[:PORT]")
	}
	r := Relay{}
	port := 0
	switch strings.ToLower(u.Scheme) {
	case "smtps":
		r.TLS, port = RelayImplicit, 465
	case "smtp":
		r.TLS, port = RelayStart, 587
	default:
		return Relay{}, fmt.Errorf("a relay begins with smtp:// or smtps://, not %s://", u.Scheme)
	}
	if _, has := u.User.Password(); has {
		return Relay{}, errors.New("a relay's URL holds no password")
	}
	r.User = u.User.Username()
	if strings.ContainsAny(r.User, "\r\n\x00") {
		return Relay{}, errors.New("the relay's user name holds a control character")
	}
	if err := r.keys(u.RawQuery); err != nil {
		return Relay{}, err
	}
	if r.TLS == RelayNone {
		port = 25
	}
	if r.Endpoint, err = task.ParseEndpoint(u.Host); err != nil {
		return Relay{}, fmt.Errorf("the relay's host: %w", err)
	}
	if r.Endpoint.Port == 0 {
		r.Endpoint.Port = port
	}
	if r.Secret != "" && r.User == "" {
		return Relay{}, errors.New("a relay with a secret has a user name, too")
	}
	return r, nil
}

func (r *Relay) keys(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("what follows ? in the relay's URL is not understood")
	}
	for key, value := range values {
		if len(value) != 1 || value[0] == "" {
			return fmt.Errorf("the key %s of the relay's URL has one value", strconv.Quote(key))
		}
		switch key {
		case "tls":
			if value[0] != "none" || r.TLS != RelayStart {
				return errors.New("the relay's tls= is none, with smtp:// alone")
			}
			r.TLS = RelayNone
		case "ca":
			r.CAFile = value[0]
		case "secret":
			if err := task.ValidSecretName(value[0]); err != nil {
				return err
			}
			r.Secret = value[0]
		default:
			return fmt.Errorf("the key %s of the relay's URL is not known; there are tls, ca, secret", strconv.Quote(key))
		}
	}
	return nil
}
