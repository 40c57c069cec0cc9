package task

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// OAuthGrant is how the access tokens of a stored account are got.
type OAuthGrant string

// The grants.
const (
	// GrantRefreshToken gets them with a refresh token (RFC 6749 section 6), which
	// somebody types, or gives in a browser: by a code (section 4.1), or a device code
	// (RFC 8628).
	GrantRefreshToken OAuthGrant = "refresh_token"
	// GrantClientCredentials gets them for the program itself (RFC 6749 section 4.4).
	GrantClientCredentials OAuthGrant = "client_credentials"
)

// OAuth says how access tokens of a stored account are got and renewed. Such an account
// has no password.
type OAuth struct {
	Grant     OAuthGrant `json:"grant"`
	TokenURL  string     `json:"token_url"`            // token endpoint
	DeviceURL string     `json:"device_url,omitempty"` // device authorization endpoint; "" without device codes
	AuthURL   string     `json:"auth_url,omitempty"`   // authorization endpoint; "" without consent in a browser
	ClientID  string     `json:"client_id"`
	Scope     string     `json:"scope,omitempty"` // separated by spaces

	ClientSecret Password `json:"-"`
	RefreshToken Password `json:"-"`

	Consent Consent `json:"-"` // told by the store
}

// Consent is what lets us get access tokens for a stored account, until it is revoked or
// expires.
type Consent struct {
	Given   time.Time `json:"given,omitzero"`   // zero: nobody has given it yet
	Renewed time.Time `json:"renewed,omitzero"` // an access token was got last
	Expires time.Time `json:"expires,omitzero"` // of the refresh token; zero is not known, or never
	Asked   time.Time `json:"asked,omitzero"`   // until when a device code may be typed; zero: nobody is asked
	Fault   string    `json:"fault,omitempty"`  // why it does not hold any more, or was not given; "" is fine
}

// consentWarning is how long before the end of a consent it is worth a warning.
const consentWarning = 7 * 24 * time.Hour

// Warning says at the moment now that the consent has ended or ends soon; "" is neither.
func (c Consent) Warning(now time.Time) string {
	switch {
	case c.Fault != "":
		return "the consent of OAuth does not hold: " + c.Fault
	case c.Given.IsZero():
		return "the consent of OAuth was not given yet"
	case c.Expires.IsZero() || c.Expires.Sub(now) > consentWarning:
		return ""
	case !c.Expires.After(now):
		return "the consent of OAuth has expired"
	}
	return fmt.Sprintf("the consent of OAuth ends at %s", c.Expires.UTC().Format("2006-01-02 15:04 MST"))
}

// ownParameters are those of a request for consent that decide what it is about.
var ownParameters = []string{"client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state"}

// maxOAuthField bounds each text; tokens of a few KiB exist.
const maxOAuthField = 16 << 10

// Validate reports all that is wrong, without any I/O.
func (o OAuth) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("OAuth: "+format, args...)) }
	switch o.Grant {
	case GrantRefreshToken:
	case GrantClientCredentials:
		if o.DeviceURL != "" || o.AuthURL != "" || o.RefreshToken != "" {
			bad("the grant client_credentials takes neither an authorization or device endpoint nor a refresh token")
		}
	default:
		bad("the grant %q is not known; use refresh_token or client_credentials", o.Grant)
	}
	endpoint := func(what, text string) {
		if err := validEndpoint(text); err != nil {
			bad("the %s %w", what, err)
		}
	}
	endpoint("token endpoint", o.TokenURL)
	if o.DeviceURL != "" {
		endpoint("device endpoint", o.DeviceURL)
	}
	if o.AuthURL != "" {
		endpoint("authorization endpoint", o.AuthURL)
	}
	if u, err := url.Parse(o.AuthURL); err == nil {
		for name := range u.Query() {
			if slices.Contains(ownParameters, name) {
				bad("the authorization endpoint names %s, which is ours to say", name)
			}
		}
	}
	if o.ClientID == "" {
		bad("the client ID is missing")
	}
	for _, f := range []struct{ what, text string }{
		{"client ID", o.ClientID},
		{"scope", o.Scope},
		{"client secret", o.ClientSecret.Reveal()},
		{"refresh token", o.RefreshToken.Reveal()},
	} {
		// RFC 6749 appendix A: all of these are printable ASCII.
		if strings.ContainsFunc(f.text, func(r rune) bool { return r < ' ' || r > '~' }) {
			bad("the %s holds what is no printable ASCII", f.what)
		}
		if len(f.text) > maxOAuthField {
			bad("the %s is longer than %d bytes", f.what, maxOAuthField)
		}
	}
	return errors.Join(errs...)
}

// validEndpoint takes https alone, and http to this machine: RFC 6749 section 3.2 wants
// TLS, because credentials are sent there.
func validEndpoint(text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return errors.New("is missing")
	case err != nil || u.Host == "" || u.Fragment != "" || u.User != nil || !validHost(u.Hostname()):
		return errors.New("is not like https://HOST/PATH") // without quoting it: it may hold a credential
	case u.Scheme == "https", u.Scheme == "http" && Account{Host: u.Hostname()}.Loopback():
		return nil
	}
	return errors.New("has to begin with https://")
}

// validateOAuth reports what of a stored account does not go with OAuth.
func (s StoredAccount) validateOAuth() error {
	if s.OAuth == nil {
		return nil
	}
	errs := []error{s.OAuth.Validate()}
	if !s.Account.OAuth() {
		errs = append(errs, errors.New("OAuth: the account's URL needs auth=xoauth2 or auth=oauthbearer"))
	}
	if s.Account.Password != "" {
		errs = append(errs, errors.New("OAuth: the account has a password or OAuth, not both"))
	}
	return errors.Join(errs...)
}
