package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/oauth"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// codeTime is how long somebody may take to log in and consent at the authorization server.
const codeTime = 20 * time.Minute

// errNoRefresh is that a consent would end within an hour.
var errNoRefresh = errors.New("the server gives no refresh token; ask for the scope that it wants for that, such as offline_access")

// askCode begins to ask for the consent of an account in a browser, which comes back to
// redirect. Its errors are those of ask.
func (k *consents) askCode(ctx context.Context, accountID, redirect string, reach *Reach) (web.ConsentRequest, error) {
	c, login, err := k.codeConsent(ctx, accountID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return web.ConsentRequest{}, as(ErrUsage, errors.New("the account has a password, and needs no consent of OAuth"))
	case err != nil:
		return web.ConsentRequest{}, err
	case c.OAuth.Grant == task.GrantClientCredentials:
		return web.ConsentRequest{}, as(ErrUsage, errors.New("the account gets its tokens with the client's own credentials; nobody is asked for consent"))
	case c.OAuth.AuthURL == "":
		return web.ConsentRequest{}, as(ErrUsage, errors.New("the account has no authorization endpoint; enter it, or give consent with a code"))
	}
	r := oauthClient(c.OAuth, reach).AskCode(redirect, login)
	asked := web.ConsentRequest{
		AccountID: c.AccountID, Page: r.Page, Redirect: r.Redirect, State: r.State, Verifier: r.Verifier,
		Basis: c.Basis, Expires: time.Now().Add(codeTime),
	}
	return asked, nil
}

// codeConsent is the consent of an account with the endpoints that are known of its
// provider, and the address of who is expected to give it.
func (k *consents) codeConsent(ctx context.Context, accountID string) (c store.Consent, login string, err error) {
	stored, err := k.store.Account(ctx, accountID)
	if err != nil {
		return c, "", err
	}
	if c, err = k.store.Consent(ctx, stored.ID); err != nil {
		return c, "", err
	}
	if strings.Contains(stored.Account.User, "@") {
		login = stored.Account.User
	}
	preset := stored
	preset.OAuth = &c.OAuth
	presetOAuth(&preset)
	c.OAuth = *preset.OAuth
	return c, login, nil
}

// takeCode gets and stores the tokens for what a browser has brought back. It goes on when
// ctx ends: a code is good once.
func (k *consents) takeCode(ctx context.Context, asked web.ConsentRequest, answer url.Values, reach *Reach) error {
	got := make(chan error, 1)
	begun := k.begin(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTime)
		defer cancel()
		got <- k.redeem(ctx, asked, answer, reach)
	})
	if !begun {
		return consentTrouble(context.Canceled)
	}
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		return consentTrouble(context.Cause(ctx))
	}
}

func (k *consents) redeem(ctx context.Context, asked web.ConsentRequest, answer url.Values, reach *Reach) error {
	c, _, err := k.codeConsent(ctx, asked.AccountID)
	switch {
	case err != nil:
		return err
	case c.Basis != asked.Basis:
		return store.ErrChanged
	case time.Now().After(asked.Expires):
		return as(ErrUsage, errors.New("it took too long; begin again"))
	}
	client := oauthClient(c.OAuth, reach)
	defer client.HTTP.CloseIdleConnections()
	r := oauth.CodeRequest{Page: asked.Page, Redirect: asked.Redirect, State: asked.State, Verifier: asked.Verifier}
	got, err := client.TakeCode(ctx, r, answer)
	log := k.log.With("account", c.Name)
	if err == nil && got.Refresh == "" {
		err = errNoRefresh
	}
	if err == nil {
		err = k.store.GiveConsent(ctx, c, store.Tokens{
			Access: got.Access, AccessUntil: got.Expires, Refresh: got.Refresh, RefreshExpires: got.RefreshExpires,
		})
		if err == nil {
			log.Info("consent given")
		}
		return err
	}
	log.Warn("no consent", "error", err)
	var refusal *oauth.Error
	if errors.Is(err, errNoRefresh) || errors.As(err, &refusal) && refusal.Final() {
		if stored := k.store.RefuseConsent(ctx, c, err.Error()); stored != nil {
			log.Error("refusal of consent not stored", "error", stored)
		}
	}
	if errors.Is(err, errNoRefresh) {
		return as(ErrUsage, err)
	}
	if u, parseErr := url.Parse(c.OAuth.TokenURL); parseErr == nil {
		err = fmt.Errorf("%s: %w", u.Host, err)
	}
	return err
}

// AskConsent implements web.Service.
func (s *service) AskConsent(ctx context.Context, accountID, redirect string) (web.ConsentRequest, error) {
	stored, err := s.store.Account(ctx, accountID)
	if err != nil {
		return web.ConsentRequest{}, webError(err)
	}
	asked, err := s.consents.askCode(ctx, stored.ID, redirect, s.work.conn.Reach)
	if err != nil {
		return asked, as(web.ErrInvalid, err)
	}
	s.Note(ctx, accountEvent(access.DeedConsentAsked, stored))
	return asked, nil
}

// TakeConsent implements web.Service.
func (s *service) TakeConsent(ctx context.Context, asked web.ConsentRequest, answer url.Values) error {
	stored, err := s.store.Account(ctx, asked.AccountID)
	if err != nil {
		return webError(err)
	}
	err = s.consents.takeCode(ctx, asked, answer, s.work.conn.Reach)
	switch {
	case errors.Is(err, store.ErrChanged), errors.Is(err, store.ErrNotFound):
		return webError(err)
	case err != nil:
		return as(web.ErrInvalid, errors.New(Sentence(err)))
	}
	s.Note(ctx, accountEvent(access.DeedConsentGiven, stored))
	return nil
}
