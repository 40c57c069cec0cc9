package api

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// OAuth is how the access tokens of a stored account are got.
type OAuth struct {
	Grant        string       `json:"grant,omitempty" enum:"refresh_token,client_credentials" default:"refresh_token"`
	TokenURL     string       `json:"token_url,omitempty" maxLength:"2048" doc:"Token endpoint. Without one it is that of the provider whose mail server it is, with its other endpoints and its scope"`
	DeviceURL    string       `json:"device_url,omitempty" maxLength:"2048" doc:"Device authorization endpoint"`
	AuthURL      string       `json:"auth_url,omitempty" maxLength:"2048" doc:"Authorization endpoint, for consent that is given on the page of the account"`
	ClientID     string       `json:"client_id" maxLength:"4096"`
	ClientSecret string       `json:"client_secret,omitempty" maxLength:"16384" writeOnly:"true" doc:"Never shown. An empty one keeps the stored one, as long as endpoints, client and mail account stay the same"`
	RefreshToken string       `json:"refresh_token,omitempty" maxLength:"16384" writeOnly:"true" doc:"Never shown; kept on the same terms. Not needed where consent is given in a browser"`
	Scope        string       `json:"scope,omitempty" maxLength:"4096" doc:"Separated by spaces"`
	Consent      task.Consent `json:"consent,omitzero" readOnly:"true" doc:"Whether tokens can be got, and until when"`
	Warning      string       `json:"warning,omitempty" readOnly:"true" doc:"That the consent has ended, or ends soon"`
}

func oauthOf(o *task.OAuth) *OAuth {
	if o == nil {
		return nil
	}
	return &OAuth{
		Grant: string(o.Grant), TokenURL: o.TokenURL, DeviceURL: o.DeviceURL, AuthURL: o.AuthURL, ClientID: o.ClientID, Scope: o.Scope,
		Consent: o.Consent, Warning: o.Consent.Warning(time.Now()),
	}
}

func (o *OAuth) settings() *task.OAuth {
	out := &task.OAuth{
		Grant: task.OAuthGrant(o.Grant), TokenURL: o.TokenURL, DeviceURL: o.DeviceURL, AuthURL: o.AuthURL, ClientID: o.ClientID, Scope: o.Scope,
		ClientSecret: task.Password(o.ClientSecret), RefreshToken: task.Password(o.RefreshToken),
	}
	if out.Grant == "" {
		out.Grant = task.GrantRefreshToken
	}
	return out
}

// Authorization is what a person does to give consent: they open a page somewhere and
// type the code there.
type Authorization struct {
	Code    string    `json:"code" doc:"To be typed" example:"WDJB-MJHT"`
	Page    string    `json:"page" doc:"Address of the page to type it at"`
	Whole   string    `json:"whole,omitempty" doc:"Address of a page that knows the code already"`
	Expires time.Time `json:"expires" doc:"Until when; afterwards the account's consent says how it went"`
}

func (a *API) authorizeAccount(ctx context.Context, in *OfAccount) (*struct{ Body Authorization }, error) {
	s, err := a.svc.StoredAccount(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	asked, err := a.svc.AuthorizeAccount(ctx, s.ID)
	return &struct{ Body Authorization }{asked}, err
}
