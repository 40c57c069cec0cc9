package imap

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

// The values of Config.Mechanism.
const (
	mechPlain = "plain"
	mechLogin = "login"
	// The Password is an access token.
	mechXOAuth2     = "xoauth2"
	mechOAuthBearer = "oauthbearer"
)

var mechanisms = []string{mechPlain, mechLogin, mechXOAuth2, mechOAuthBearer}

// login proves who we are, once.
func (f *front) login() error {
	if err := f.capability(); err != nil {
		return err
	}
	way, err := f.choose()
	if err != nil {
		return &mail.Error{Kind: mail.ErrAuth, Err: err}
	}
	f.caps = "" // RFC 9051 section 7.2.2: they may change with the login
	answer, err := way()
	if err != nil {
		return err
	}
	if answer.Type != "OK" {
		return f.loginRefused(answer)
	}
	return f.capability()
}

// choose picks how the password is sent.
func (f *front) choose() (func() (wire.StatusError, error), error) {
	c, initial := f.cfg, f.offers("SASL-IR")
	plain := func() (wire.StatusError, error) {
		return f.authenticate(sasl.NewPlainClient(c.Authzid, c.LoginName, c.Password), initial)
	}
	saslLogin := func() (wire.StatusError, error) {
		// Its name is asked for; not all servers take it as an initial response.
		return f.authenticate(sasl.NewLoginClient(c.LoginName, c.Password), false)
	}
	if c.Mechanism == mechXOAuth2 || c.Mechanism == mechOAuthBearer {
		name := strings.ToUpper(c.Mechanism)
		if !f.offers("AUTH=" + name) {
			return nil, errors.New("the server does not offer " + name + f.otherWays())
		}
		client, err := newBearer(c.Mechanism, c.LoginName, c.Password, c.Host, c.Port)
		return func() (wire.StatusError, error) { return f.authenticate(client, initial) }, err
	}
	wantsPlain := c.Mechanism == mechPlain || c.Authzid != ""
	switch {
	case f.offers("AUTH=PLAIN") && c.Mechanism != mechLogin:
		return plain, nil
	case wantsPlain:
		return nil, errors.New("the server does not offer PLAIN" + f.otherWays())
	case !f.offers("LOGINDISABLED"): // RFC 9051 section 6.2.3
		return f.loginCommand, nil
	case f.offers("AUTH=LOGIN"):
		return saslLogin, nil
	case c.TLS == TLSNone:
		return nil, errors.New("the server takes no password in clear text (LOGINDISABLED)" + f.otherWays())
	}
	return nil, errors.New("the server takes no password (LOGINDISABLED)" + f.otherWays())
}

// otherWays names the mechanisms that the server has.
func (f *front) otherWays() string {
	var names []string
	for _, atom := range wire.ParseCaps(f.caps).List() {
		if name, ok := strings.CutPrefix(atom, "AUTH="); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; it offers " + strings.Join(names, ", ")
}

// authenticate runs a SASL exchange (RFC 9051 section 6.2.2), with the initial
// response in the command if the server takes it there (RFC 4959).
func (f *front) authenticate(client sasl.Client, initial bool) (wire.StatusError, error) {
	mech, first, err := client.Start()
	if err != nil {
		return wire.StatusError{}, err
	}
	cmd := "AUTHENTICATE " + mech
	if initial {
		cmd += " " + encode(first)
	}
	sent := initial
	return f.converse(cmd, func(challenge string) string {
		if !sent {
			sent = true
			return base64.StdEncoding.EncodeToString(first)
		}
		raw, err := base64.StdEncoding.DecodeString(challenge)
		if err != nil {
			return "*" // cancels the exchange
		}
		out, err := client.Next(raw)
		if err != nil {
			return "*"
		}
		return base64.StdEncoding.EncodeToString(out)
	}, nil)
}

// encode spells an initial response; RFC 4959 section 3: an empty one is "=".
func encode(response []byte) string {
	if len(response) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(response)
}

// loginCommand logs in with LOGIN (RFC 9051 section 6.2.3). What a quoted string
// can not hold goes as a literal that waits for the server.
func (f *front) loginCommand() (wire.StatusError, error) {
	line := "LOGIN"
	var literals []string
	for _, s := range []string{f.cfg.LoginName, f.cfg.Password} {
		if quotable(s) {
			line += " " + quote(s)
		} else {
			line += fmt.Sprintf(" {%d}", len(s))
			literals = append(literals, s)
			line += "\x00" // where to wait
		}
	}
	parts := strings.Split(line, "\x00")
	return f.converse(parts[0], func(string) string {
		if len(literals) == 0 {
			return "" // nothing was announced; the server will say what it thinks of that
		}
		out := literals[0] + parts[1]
		literals, parts = literals[1:], parts[1:]
		return out
	}, nil)
}

func quotable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// busyHints are how servers without response codes say that somebody else should
// go first. Whoever takes them for a wrong password would stop for good.
var busyHints = []string{
	"too many", "maximum number of connections", "connection limit", "try again later", "temporar", "rate limit",
}

// loginRefused tells a wrong password from a server that is busy (RFC 5530).
func (f *front) loginRefused(s wire.StatusError) error {
	m := f.refusal("", s)
	switch {
	case errors.Is(m.Kind, mail.ErrBusy), errors.Is(m.Kind, mail.ErrTLS):
		return m
	case s.Code == "":
		text := strings.ToLower(s.Text)
		for _, hint := range busyHints {
			if strings.Contains(text, hint) {
				m.Kind = mail.ErrBusy
				return m
			}
		}
	}
	m.Kind = mail.ErrAuth
	return m
}
