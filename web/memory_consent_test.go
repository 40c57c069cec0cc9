package web_test

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/mailweir/mailweir/web"
)

// AskConsent asks an authorization server that has no page.
func (x *extras) AskConsent(ctx context.Context, id, redirect string) (web.ConsentRequest, error) {
	a, err := x.StoredAccount(ctx, id)
	if err != nil {
		return web.ConsentRequest{}, err
	}
	if a.OAuth == nil || a.OAuth.AuthURL == "" {
		return web.ConsentRequest{}, fmt.Errorf("%w: the account has no authorization endpoint", web.ErrInvalid)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.next++
	asked := web.ConsentRequest{
		AccountID: a.ID, Redirect: redirect, State: fmt.Sprint("state", x.next), Verifier: "canary-verifier",
		Expires: time.Now().Add(x.consentTime()),
	}
	asked.Page = a.OAuth.AuthURL + "?" + url.Values{"state": {asked.State}, "redirect_uri": {redirect}}.Encode()
	return asked, nil
}

// TakeConsent takes the code "good" alone.
func (x *extras) TakeConsent(_ context.Context, asked web.ConsentRequest, answer url.Values) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.taken = append(x.taken, answer.Get("state"))
	for i, a := range x.accounts {
		switch {
		case a.ID != asked.AccountID:
		case answer.Get("code") != "good":
			return fmt.Errorf("%w: login.example: access_denied", web.ErrInvalid)
		default:
			o := *a.OAuth
			o.Consent.Given, o.Consent.Expires = time.Now(), time.Now().Add(3*24*time.Hour+time.Hour)
			x.accounts[i].OAuth = &o
		}
	}
	return nil
}

func (x *extras) consentTime() time.Duration {
	if x.late {
		return -time.Minute
	}
	return time.Minute
}
