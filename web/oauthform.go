package web

import (
	"net/url"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// autoOAuth is how an account with a client logs in unless somebody says otherwise: the
// large providers know it.
const autoOAuth = "xoauth2"

// readOAuth takes what was typed of how access tokens are got.
func (typed *typedAccount) readOAuth(v url.Values) {
	get := func(field string) string { return strings.TrimSpace(v.Get(view.FieldID(view.OAuthPrefix, field))) }
	typed.secret, typed.refresh = strings.TrimSpace(v.Get(view.OAuthSecret)), strings.TrimSpace(v.Get(view.OAuthRefresh))
	f := &typed.form
	f.OAuth = view.OAuthForm{
		ClientID: get("client"), Scope: get("scope"), AuthURL: get("auth"), TokenURL: get("token"), DeviceURL: get("device"),
		Grant: get("grant"), Secret: f.Stored.OAuth != nil,
	}
	f.Account.Stored = f.Account.Stored && f.Stored.OAuth == nil
	if f.OAuth.ClientID != "" && f.Account.Auth == "" {
		f.Account.Auth = autoOAuth
	}
}

// oauth is what was typed; nil: the account has a password.
func (typed *typedAccount) oauth() *task.OAuth {
	f := typed.form.OAuth
	if f.ClientID == "" {
		return nil
	}
	o := &task.OAuth{
		Grant: task.OAuthGrant(f.Grant), ClientID: f.ClientID, Scope: f.Scope,
		AuthURL: f.AuthURL, TokenURL: f.TokenURL, DeviceURL: f.DeviceURL,
		ClientSecret: task.Password(typed.secret), RefreshToken: task.Password(typed.refresh),
	}
	if o.Grant == task.GrantClientCredentials {
		o.AuthURL, o.DeviceURL, o.RefreshToken = "", "", "" // nobody is asked
	}
	return o
}
