package oauth

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Client is what an authorization server knows us as. TokenURL and ID are required.
type Client struct {
	HTTP      *http.Client // required; it bounds the time, and where requests go
	TokenURL  string
	DeviceURL string // for Ask and Wait
	AuthURL   string // for AskCode; it may have a query
	ID        string
	Secret    string // "" of a public client
	Scope     string // separated by spaces
}

// Token is what an authorization server has given.
type Token struct {
	Access  string
	Expires time.Time // of Access; never zero
	// Refresh is what gets the next one. It is empty when the one that was used goes on
	// being good, or there is none.
	Refresh        string
	RefreshExpires time.Time // zero is not known
}

// unsaidLifetime is how long an access token is taken for good whose server does not
// say it (RFC 6749 section 5.1 only recommends that). One that ends earlier is refused
// by the mail server, and another one is got.
const unsaidLifetime = time.Hour

// Refresh gets an access token with a refresh token. Errors are *Error.
func (c Client) Refresh(ctx context.Context, refresh string) (Token, error) {
	return c.request(ctx, func(ctx context.Context, style oauth2.AuthStyle) (*oauth2.Token, error) {
		return c.config(style).TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	}, refresh)
}

// ClientCredentials gets an access token for the client itself. Errors are *Error.
func (c Client) ClientCredentials(ctx context.Context) (Token, error) {
	return c.request(ctx, func(ctx context.Context, style oauth2.AuthStyle) (*oauth2.Token, error) {
		cfg := clientcredentials.Config{ClientID: c.ID, ClientSecret: c.Secret, TokenURL: c.TokenURL, Scopes: c.scopes(), AuthStyle: style}
		return cfg.Token(ctx)
	}, "")
}

func (c Client) config(style oauth2.AuthStyle) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.ID, ClientSecret: c.Secret, Scopes: c.scopes(),
		Endpoint: oauth2.Endpoint{AuthURL: c.AuthURL, TokenURL: c.TokenURL, DeviceAuthURL: c.DeviceURL, AuthStyle: style},
	}
}

func (c Client) scopes() []string { return strings.Fields(c.Scope) }

// request asks with the client's credentials in the body, as Google and Microsoft want
// them, and in the header if the server says that it does not know such a client (RFC
// 6749 section 2.3.1 lets it take only that). Nothing else is asked twice: the library's
// way of finding out would send a refresh token again after any failure.
func (c Client) request(ctx context.Context, ask func(context.Context, oauth2.AuthStyle) (*oauth2.Token, error), used string, secrets ...string) (Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.HTTP)
	got, err := ask(ctx, oauth2.AuthStyleInParams)
	var e *oauth2.RetrieveError
	if c.Secret != "" && errors.As(err, &e) && e.ErrorCode == "invalid_client" {
		if again, err2 := ask(ctx, oauth2.AuthStyleInHeader); err2 == nil {
			got, err = again, nil
		}
	}
	if err != nil {
		return Token{}, c.failed(err, append(secrets, used)...)
	}
	return c.token(got, used)
}

// token takes over what the server has said.
func (c Client) token(got *oauth2.Token, used string) (Token, error) {
	if kind := got.Type(); !strings.EqualFold(kind, "Bearer") {
		return Token{}, &Error{Text: "the server gave a token that is no bearer token"}
	}
	// RFC 6749 appendix A.12 and A.17.
	if !printable(got.AccessToken) || !printable(got.RefreshToken) {
		return Token{}, &Error{Text: "the server gave a token that holds what no token holds"}
	}
	t := Token{Access: got.AccessToken, Expires: got.Expiry, Refresh: got.RefreshToken}
	if t.Expires.IsZero() {
		t.Expires = time.Now().Add(unsaidLifetime)
	}
	if t.Refresh == used {
		t.Refresh = ""
	}
	// Not of RFC 6749, but Google's, Keycloak's and others'.
	for _, name := range []string{"refresh_token_expires_in", "refresh_expires_in"} {
		if n := seconds(got.Extra(name)); n > 0 {
			t.RefreshExpires = time.Now().Add(n)
			break
		}
	}
	return t, nil
}

// seconds reads a number of seconds; 0 is none. Some servers spell it as text.
func seconds(v any) time.Duration {
	var n float64
	switch v := v.(type) {
	case float64:
		n = v
	case int64:
		n = float64(v)
	case string:
		n, _ = strconv.ParseFloat(v, 64)
	}
	const most = 10 * 365 * 24 * 3600
	if !(n > 0) { // NaN, too
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
