package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// withOAuth is a stored account whose tokens are got with a refresh token.
func withOAuth(name string) *task.StoredAccount {
	a := account("ann", "")
	a.Auth = "xoauth2"
	return &task.StoredAccount{Name: name, Account: a, OAuth: &task.OAuth{
		Grant: task.GrantRefreshToken, TokenURL: "https://login.example/token", DeviceURL: "https://login.example/device",
		ClientID: "us", ClientSecret: "canary-secret", RefreshToken: "canary-refresh", Scope: "mail",
	}}
}

func saveOAuth(t *testing.T, s *Store, a *task.StoredAccount) Consent {
	t.Helper()
	if err := s.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return must[Consent](t)(s.Consent(t.Context(), a.ID))
}

func TestSaveAccount_keepsSecretsOfOAuthSealedAndForTheSamePlace(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	for name, tt := range map[string]struct {
		change            func(*task.StoredAccount)
		secret, refresh   string // afterwards
		refused, noLonger string // parts of an error; why it does not hold any more
	}{
		"nothing":         {func(*task.StoredAccount) {}, "canary-secret", "canary-refresh", "", ""},
		"scope":           {func(a *task.StoredAccount) { a.OAuth.Scope = "more" }, "canary-secret", "canary-refresh", "", ""},
		"refresh token":   {func(a *task.StoredAccount) { a.OAuth.RefreshToken = "another" }, "canary-secret", "another", "", ""},
		"mail server":     {func(a *task.StoredAccount) { a.Account.Host = "evil.example" }, "", "", "the client secret is needed again", ""},
		"token endpoint":  {func(a *task.StoredAccount) { a.OAuth.TokenURL = "https://evil.example/" }, "", "", "the client secret is needed again", ""},
		"device endpoint": {func(a *task.StoredAccount) { a.OAuth.DeviceURL = "https://evil.example/" }, "", "", "the client secret is needed again", ""},
		"server, secret":  {func(a *task.StoredAccount) { a.Account.Host, a.OAuth.ClientSecret = "new.example", "new" }, "new", "", "", "not given yet"},
		"server, no codes": {func(a *task.StoredAccount) {
			a.Account.Host, a.OAuth.ClientSecret, a.OAuth.DeviceURL = "new.example", "new", ""
		}, "", "", "the refresh token is needed", ""},
		"its own grant": {func(a *task.StoredAccount) {
			a.OAuth.Grant, a.OAuth.DeviceURL, a.OAuth.ClientSecret = task.GrantClientCredentials, "", "new"
		}, "new", "", "", ""},
		"mechanism": {func(a *task.StoredAccount) { a.Account.Auth = "plain" }, "", "", "needs auth=xoauth2", ""},
		"clear":     {func(a *task.StoredAccount) { a.OAuth.TokenURL = "http://login.example/token" }, "", "", "begin with https://", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := withOAuth(name)
			saveOAuth(t, s, a)
			stored := must[task.StoredAccount](t)(s.Account(t.Context(), a.ID))
			if stored.OAuth == nil || stored.OAuth.ClientSecret+stored.OAuth.RefreshToken != "" || stored.OAuth.ClientID != "us" || stored.OAuth.Consent.Given.IsZero() {
				t.Fatalf("%+v", stored.OAuth)
			}
			tt.change(&stored)
			err := s.SaveAccount(t.Context(), &stored)
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c := must[Consent](t)(s.Consent(t.Context(), a.ID))
			if c.OAuth.ClientSecret.Reveal() != tt.secret || c.OAuth.RefreshToken.Reveal() != tt.refresh {
				t.Errorf("secret %q, refresh token %q", c.OAuth.ClientSecret.Reveal(), c.OAuth.RefreshToken.Reveal())
			}
			if warning := c.OAuth.Consent.Warning(time.Now()); !strings.Contains(warning, tt.noLonger) || tt.noLonger == "" && warning != "" {
				t.Errorf("warning %q", warning)
			}
		})
	}
	var all []consentRow
	if err := s.read.NewSelect().Model(&all).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := must[[]byte](t)(json.Marshal(all)); len(all) < 11 || bytes.Contains(text, []byte("canary")) {
		t.Errorf("%d rows hold a secret: %s", len(all), text)
	}
}

func TestSaveAccount_aPasswordReplacesOAuth(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	a := withOAuth("a")
	saveOAuth(t, s, a)
	if got := must[task.Account](t)(s.AccountCredentials(t.Context(), a.ID)); got.ID != a.ID || got.Password != "" {
		t.Errorf("nothing says that its tokens are got: %+v", got)
	}
	tk := newTask("t")
	tk.Destination = task.Account{ID: a.ID}
	save(t, s, tk)
	if got := must[task.Task](t)(s.Credentials(t.Context(), tk.ID)).Destination; got.ID != a.ID || got.Password != "" || !got.OAuth() {
		t.Errorf("a task with it: %+v", got)
	}
	a.OAuth, a.Account.Password = nil, ""
	if err := s.SaveAccount(t.Context(), a); !errors.Is(err, ErrPasswordNeeded) {
		t.Errorf("neither password nor OAuth: %v", err)
	}
	a.Account.Password = "a token"
	if err := s.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Consent(t.Context(), a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the consent is still there: %v", err)
	}
	if got := must[task.Account](t)(s.AccountCredentials(t.Context(), a.ID)); got.ID != "" || got.Password.Reveal() != "a token" {
		t.Errorf("%+v", got)
	}
}

func TestKeepTokens_storesWhatIsReplacedUnlessSomebodyChangedTheAccount(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now().Truncate(time.Millisecond)
	setClock(s, &now)
	a := withOAuth("a")
	c := saveOAuth(t, s, a)
	ends := now.Add(24 * time.Hour)
	got := Tokens{Access: "canary-access", AccessUntil: now.Add(time.Hour), Refresh: "canary-second", RefreshExpires: ends}
	if err := s.KeepTokens(t.Context(), c, got); err != nil {
		t.Fatal(err)
	}
	kept := must[Consent](t)(s.Consent(t.Context(), a.ID))
	if kept.Access != got.Access || !kept.AccessUntil.Equal(got.AccessUntil) || kept.OAuth.RefreshToken.Reveal() != got.Refresh || !kept.OAuth.Consent.Expires.Equal(ends) {
		t.Errorf("%+v", kept)
	}
	if warning := kept.OAuth.Consent.Warning(now); !strings.Contains(warning, "ends at") {
		t.Errorf("a consent that ends in a day: %q", warning)
	}
	if err := s.KeepTokens(t.Context(), c, Tokens{Access: "late"}); !errors.Is(err, ErrChanged) {
		t.Errorf("what was got with the token before: %v", err)
	}
	if err := s.EndConsent(t.Context(), kept, "invalid_grant"); err != nil {
		t.Fatal(err)
	}
	ended := must[Consent](t)(s.Consent(t.Context(), a.ID))
	if ended.OAuth.Consent.Fault != "invalid_grant" || ended.Access != "" {
		t.Errorf("%+v", ended)
	}
	// A person who saves the account wants it to be tried again.
	a.OAuth.ClientSecret, a.OAuth.RefreshToken = "", ""
	if c := saveOAuth(t, s, a); c.OAuth.Consent.Fault != "" || c.OAuth.RefreshToken.Reveal() != got.Refresh {
		t.Errorf("%+v", c)
	}
}

func TestClaimRenewal_oneAtATime(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.Now()
	setClock(s, &now)
	a := withOAuth("a")
	saveOAuth(t, s, a)
	claim := func(by string) bool {
		t.Helper()
		return must[bool](t)(s.ClaimRenewal(t.Context(), a.ID, by, time.Minute))
	}
	if !claim("one") || claim("two") {
		t.Error("both renew the token")
	}
	if err := errors.Join(s.EndRenewal(t.Context(), a.ID, "two"), nil); err != nil || claim("two") {
		t.Error("somebody else has ended it", err)
	}
	now = now.Add(2 * time.Minute)
	if !claim("two") {
		t.Error("nobody takes over from one that was killed")
	}
	if err := s.EndRenewal(t.Context(), a.ID, "two"); err != nil || !claim("one") {
		t.Error("it has not ended", err)
	}
}

func TestGiveConsent_letsWaitingRunsGoOn(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	a := withOAuth("a")
	a.OAuth.RefreshToken = ""
	c := saveOAuth(t, s, a)
	tk := newTask("t")
	tk.Sources[0].Account = task.Account{ID: a.ID}
	save(t, s, tk)
	run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	ticket := TicketOf(run)
	must[task.Run](t)(s.ClaimRun(t.Context(), ticket))
	await := task.Await{Code: task.AwaitLogin, Cause: "no consent", Outcome: task.OutcomeNeedsUser}
	if err := s.AwaitUser(t.Context(), ticket, &task.Report{Outcome: task.OutcomeNeedsUser}, await); err != nil {
		t.Fatal(err)
	}
	state := func() task.State { return must[task.Run](t)(s.Run(t.Context(), run.ID)).State }
	until := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
	if err := s.AskConsent(t.Context(), c, until); err != nil || state() != task.StateWaiting {
		t.Errorf("asked: %v, %s", err, state())
	}
	if asked := must[Consent](t)(s.Consent(t.Context(), a.ID)).OAuth.Consent.Asked; !asked.Equal(until) {
		t.Errorf("asked until %v", asked)
	}
	if err := s.RefuseConsent(t.Context(), c, "access_denied"); err != nil || state() != task.StateWaiting {
		t.Errorf("refused: %v, %s", err, state())
	}
	if err := s.GiveConsent(t.Context(), c, Tokens{Access: "x", AccessUntil: until, Refresh: "r"}); err != nil || state() != task.StateQueued {
		t.Errorf("given: %v, %s", err, state())
	}
	if got := must[Consent](t)(s.Consent(t.Context(), a.ID)).OAuth; got.Consent.Fault != "" || got.Consent.Given.IsZero() || got.RefreshToken.Reveal() != "r" {
		t.Errorf("%+v", got)
	}
}

func TestRekey_sealsTokensAgain(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	a := withOAuth("a")
	c := saveOAuth(t, s, a)
	if err := s.KeepTokens(t.Context(), c, Tokens{Access: "canary-access", AccessUntil: time.Now()}); err != nil {
		t.Fatal(err)
	}
	next := testBox(t, t.TempDir())
	if n := must[int](t)(s.Rekey(t.Context(), next)); n != 3 {
		t.Errorf("%d values are sealed, want client secret, refresh token and access token", n)
	}
	s.box = next
	if c := must[Consent](t)(s.Consent(t.Context(), a.ID)); c.Access != "canary-access" || c.OAuth.ClientSecret != "canary-secret" || c.OAuth.RefreshToken != "canary-refresh" {
		t.Errorf("%+v", c)
	}
}
