package app

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/oauth/oauthtest"
	"github.com/mailweir/mailweir/host/task"
)

// A Dovecot that takes access tokens, and asks the authorization server about each, as
// those of providers do.
func TestService_copiesFromADovecotThatTakesTokens(t *testing.T) {
	t.Parallel()
	auth := oauthtest.Start(t)
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{Introspect: auth.IntrospectURL()})
	c := d.Dial(oauthtest.User)
	for i := range 12 {
		c.Append("INBOX", "", time.Time{}, fmt.Appendf(nil, "Subject: %d\r\nMessage-ID: <%d@example.org>\r\n\r\ntext\r\n", i, i))
	}
	c.Close()
	s := newService(t)
	ctx := access.With(t.Context(), access.Local())

	for _, mechanism := range []string{"xoauth2", "oauthbearer"} {
		t.Run(mechanism, func(t *testing.T) {
			// The connection ends while messages are on their way, and the token is not good
			// any more: the next connection brings the old one, is refused, and gets another.
			var broken atomic.Bool
			proxy := faulty.Start(t, d.Addr(), faulty.Options{At: func(step faulty.Step) faulty.Fault {
				if step.Kind == faulty.Literal && step.From == faulty.Server && broken.CompareAndSwap(false, true) {
					auth.ForgetAccess()
					return faulty.Fault{Do: faulty.CutWithin}
				}
				return faulty.Fault{}
			}})
			host, port, _ := net.SplitHostPort(proxy.Addr())
			account := oauthAccount(auth, 0)
			account.Name, account.Account.Auth, account.Account.Host = mechanism, mechanism, host
			account.Account.Port, _ = strconv.Atoi(port)
			account.OAuth.RefreshToken = task.Password(auth.NewRefresh())
			stored, err := s.SaveStoredAccount(ctx, account)
			if err != nil {
				t.Fatal(err)
			}
			before := auth.Asked()
			test, err := s.TestStoredAccount(ctx, stored.ID)
			if err != nil || !test.OK || auth.Asked() != before+1 {
				t.Fatalf("%+v, %v", test, err)
			}
			tk := pullOf(ctx, t, s, mechanism, stored)
			run, err := s.StartRun(ctx, tk.ID)
			if err != nil {
				t.Fatal(err)
			}
			r := ended(t, s, run.ID).Report
			if r.Outcome != task.OutcomeDone || r.Counts.Copied != 12 || r.Counts.Failed != 0 {
				t.Errorf("%s: %s, %+v", r.Outcome, r.Cause, r.Counts)
			}
			if !broken.Load() || auth.Asked() != before+2 {
				t.Errorf("broken: %v, tokens were got %d times, want twice", broken.Load(), auth.Asked()-before)
			}

			// What was given, and has expired, is refused in words.
			auth.Do(func(a *oauthtest.Server) { a.Lifetime = -time.Minute })
			defer auth.Do(func(a *oauthtest.Server) { a.Lifetime = time.Hour })
			client := oauthClient(*account.OAuth, nil)
			defer client.HTTP.CloseIdleConnections()
			got, err := client.ClientCredentials(ctx)
			if err != nil {
				t.Fatal(err)
			}
			expired := account.Account
			expired.Password = task.Password(got.Access)
			source, err := OpenSource(ctx, expired, ConnOptions{Log: quiet})
			if err == nil {
				_ = source.Close()
			}
			if !errors.Is(err, mail.ErrAuth) || OutcomeOf(err) != task.OutcomeNeedsUser || strings.Contains(err.Error(), got.Access) {
				t.Errorf("an expired token: %v", err)
			}
		})
	}
	if auth.Introspected() == 0 {
		t.Error("the mail server never asked whether a token is good")
	}
}
