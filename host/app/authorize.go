package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/oauth"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
	"github.com/mailweir/mailweir/web/api"
)

// authorization is a consent that somebody is asked for.
type authorization struct {
	consent store.Consent
	client  oauth.Client
	request oauth.Request
}

// shown is what the person needs who gives it.
func (a *authorization) shown() api.Authorization {
	r := a.request
	return api.Authorization{Code: r.Code, Page: r.Page, Whole: r.Whole, Expires: r.Expires.UTC().Truncate(time.Second)}
}

// ask begins to ask for the consent of an account by a device code. Errors of what can
// not be asked are ErrUsage, others *mail.Error or the store's.
func (k *consents) ask(ctx context.Context, accountID string, reach *Reach) (*authorization, error) {
	c, err := k.store.Consent(ctx, accountID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, as(ErrUsage, errors.New("the account has a password, and needs no consent of OAuth"))
	case err != nil:
		return nil, err
	case c.OAuth.Grant == task.GrantClientCredentials:
		return nil, as(ErrUsage, errors.New("the account gets its tokens with the client's own credentials; nobody is asked for consent"))
	case c.OAuth.DeviceURL == "":
		return nil, as(ErrUsage, errors.New("the account has no device endpoint; give consent on its page, or store a refresh token that another program got"))
	}
	a := &authorization{consent: c, client: oauthClient(c.OAuth, reach)}
	if a.request, err = a.client.Ask(ctx); err != nil {
		return nil, serverTrouble(c.OAuth.DeviceURL, err)
	}
	return a, k.store.AskConsent(ctx, c, a.request.Expires)
}

// wait waits until the person has given consent, or has not, and stores that. Who is
// asked anew for the same account ends it, as the end of ctx does.
func (k *consents) wait(ctx context.Context, a *authorization) error {
	defer a.client.HTTP.CloseIdleConnections()
	got, err := a.client.Wait(ctx, a.request)
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
	defer cancel()
	var refusal *oauth.Error
	switch {
	case err == nil && got.Refresh == "":
		return errors.Join(errNoRefresh, k.store.RefuseConsent(storing, a.consent, errNoRefresh.Error()))
	case err == nil:
		return k.store.GiveConsent(storing, a.consent, store.Tokens{
			Access: got.Access, AccessUntil: got.Expires, Refresh: got.Refresh, RefreshExpires: got.RefreshExpires,
		})
	case ctx.Err() != nil:
		return cmp.Or(context.Cause(ctx), err)
	case errors.As(err, &refusal):
		stored := k.store.RefuseConsent(storing, a.consent, refusal.Error())
		return errors.Join(serverTrouble(a.consent.OAuth.TokenURL, err), stored)
	}
	return err
}

// waitBeside is wait beside the caller.
func (k *consents) waitBeside(a *authorization) {
	id := a.consent.AccountID
	ctx, cancel := context.WithCancel(k.life)
	k.mu.Lock()
	if before := k.asking[id]; before != nil {
		before()
	}
	k.asking[id] = cancel
	k.mu.Unlock()
	begun := k.begin(func() {
		defer cancel()
		if err := k.wait(ctx, a); err != nil {
			k.log.Warn("no consent", "account", a.consent.Name, "error", err)
			return
		}
		k.log.Info("consent given", "account", a.consent.Name)
	})
	if !begun {
		cancel()
	}
}

// AuthorizeAccount implements web.Service.
func (s *service) AuthorizeAccount(ctx context.Context, id string) (api.Authorization, error) {
	stored, err := s.store.Account(ctx, id)
	if err != nil {
		return api.Authorization{}, webError(err)
	}
	a, err := s.consents.ask(ctx, stored.ID, s.work.conn.Reach)
	if errors.Is(err, store.ErrChanged) {
		return api.Authorization{}, as(web.ErrConflict, err)
	}
	if err != nil {
		return api.Authorization{}, as(web.ErrInvalid, err)
	}
	s.Note(ctx, accountEvent(access.DeedConsentAsked, stored))
	s.consents.waitBeside(a)
	return a.shown(), nil
}

// Authorize asks for the consent of a stored account by a device code, shows what the
// person has to do, and waits until that is done, but not for ever.
func (r *Registry) Authorize(ctx context.Context, name string, show func(api.Authorization) error) error {
	stored, err := r.store.Account(ctx, name)
	if err != nil {
		return err
	}
	a, err := r.consents.ask(ctx, stored.ID, r.conn.Reach)
	if err == nil {
		err = show(a.shown())
	}
	if err == nil {
		err = r.consents.wait(ctx, a)
	}
	return err
}

// presetOAuth fills in the endpoints and the scope of the provider whose mail server it
// is, where no token endpoint is given, and the authorization endpoint that goes with the
// provider's own token endpoint.
func presetOAuth(a *task.StoredAccount) {
	if a.OAuth == nil || a.OAuth.Grant != task.GrantRefreshToken {
		return
	}
	p, ok := provider.ByHost(a.Account.Host)
	if !ok || p.OAuth == nil || a.OAuth.TokenURL != "" && a.OAuth.TokenURL != p.OAuth.TokenURL {
		return
	}
	o := *a.OAuth
	if o.TokenURL == "" {
		o.TokenURL, o.DeviceURL, o.Scope = p.OAuth.TokenURL, cmp.Or(o.DeviceURL, p.OAuth.DeviceURL), cmp.Or(o.Scope, p.OAuth.Scope)
	}
	o.AuthURL = cmp.Or(o.AuthURL, p.OAuth.AuthURL) // accounts of earlier versions have none
	a.OAuth = &o
}
