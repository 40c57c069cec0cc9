package view

import (
	"context"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// OAuthForm is how the access tokens of a stored account are got, as it was typed. It
// holds no secret.
type OAuthForm struct {
	ClientID, Scope              string
	AuthURL, TokenURL, DeviceURL string
	Grant                        string
	Secret                       bool // one is stored, which an empty field keeps
}

// Names of the fields of OAuth.
const (
	OAuthPrefix  = "oauth"
	OAuthSecret  = "oauth-secret"
	OAuthRefresh = "oauth-refresh"
)

func oauthForm(o *task.OAuth) OAuthForm {
	if o == nil {
		return OAuthForm{Grant: string(task.GrantRefreshToken)}
	}
	return OAuthForm{
		ClientID: o.ClientID, Scope: o.Scope, AuthURL: o.AuthURL, TokenURL: o.TokenURL, DeviceURL: o.DeviceURL,
		Grant: string(o.Grant), Secret: true,
	}
}

// open reports whether the fields of OAuth are shown at once.
func (f StoredAccount) openOAuth() bool {
	if f.OAuth.ClientID != "" || strings.Contains(f.Account.Auth, "oauth") {
		return true
	}
	for id := range f.Faults {
		if strings.HasPrefix(id, OAuthPrefix) {
			return true
		}
	}
	p := f.Provider
	return p != nil && p.OAuth && !p.Password && !p.AppPassword
}

// soon is how long before the end of a consent pages begin to warn.
const soon = 7 * 24 * time.Hour

// consentStatus says how the consent of an account stands.
func consentStatus(ctx context.Context, o task.OAuth, now time.Time) Status {
	x, c := t(ctx), o.Consent
	ends := c.Expires.Sub(now)
	days := int(ends / (24 * time.Hour))
	switch {
	case c.Fault != "" && c.Given.IsZero():
		return Status{"warning", x.ConsentRefused, ToneBad, x.ConsentRefusedLong}
	case c.Fault != "":
		return Status{"warning", x.ConsentRevoked, ToneBad, x.ConsentRevokedLong}
	case c.Given.IsZero() && c.Asked.After(now):
		return Status{"queued", x.ConsentAsked, ToneWarn, x.ConsentAskedLong}
	case c.Given.IsZero():
		return Status{"key", x.ConsentNone, ToneWarn, x.ConsentNoneLong}
	case o.Grant == task.GrantClientCredentials:
		return Status{"ok", x.ConsentClient, ToneGood, x.ConsentClientLong}
	case c.Expires.IsZero():
		return Status{"ok", x.ConsentGood, ToneGood, x.ConsentGoodLong}
	case ends <= 0:
		return Status{"warning", x.ConsentExpired, ToneBad, x.ConsentExpiredLong}
	case ends <= soon:
		return Status{"clock", x.ConsentEnds(days), ToneWarn, x.ConsentEndsLong}
	}
	return Status{"ok", x.ConsentUntil(x.Date(c.Expires.UTC())), ToneGood, x.ConsentUntilLong}
}

// needsConsent reports whether somebody has to give consent, or had better.
func needsConsent(ctx context.Context, o task.OAuth) bool {
	return o.Grant == task.GrantRefreshToken && consentStatus(ctx, o, time.Now()).Tone != ToneGood
}

// ConsentAsk is what a person needs who gives consent at the authorization server.
type ConsentAsk struct {
	Account task.StoredAccount
	Page    string // where they go
	Host    string // of Page
	Code    string // to be typed there; "" when the browser comes back by itself
	Expires time.Time
}

func (a ConsentAsk) back() string { return "/accounts/" + a.Account.ID + "#consent" }

func consentVerb(ctx context.Context, o task.OAuth) string {
	if o.Consent.Given.IsZero() {
		return t(ctx).ConsentAuthorize
	}
	return t(ctx).ConsentAgain
}

func oauthSecretHint(ctx context.Context, f StoredAccount) string {
	if f.OAuth.Secret {
		return t(ctx).OAuthSecretKeep
	}
	return t(ctx).OAuthSecretHint
}
