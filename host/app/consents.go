package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/oauth"
	"github.com/mailweir/mailweir/host/provider"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// tokenFunc returns an access token for the stored account of an ID that is good for a
// while yet, and another one than refused. Errors are *mail.Error.
type tokenFunc func(ctx context.Context, accountID, refused string, reach *Reach) (string, error)

// consents gets access tokens for stored accounts, with what the store knows of their
// consents. All nodes, runs and commands share the tokens by the database, and one of them
// renews a token at a time.
type consents struct {
	store *store.Store
	log   *slog.Logger
	id    string // by which others see that it renews a token
	work  sync.WaitGroup
	life  context.Context // of what is waited for; ended by close
	end   context.CancelFunc
	poll  time.Duration // how often is looked whether somebody else is done

	mu     sync.Mutex
	closed bool
	asking map[string]context.CancelFunc // by the ID of an account
}

func newConsents(db *store.Store, log *slog.Logger) *consents {
	k := &consents{store: db, log: log, id: rand.Text(), poll: 100 * time.Millisecond, asking: make(map[string]context.CancelFunc)}
	k.life, k.end = context.WithCancel(context.Background())
	return k
}

// close ends what waits for a person, and waits for what has been sent to an authorization
// server: a refresh token that it gives is the only one that is good afterwards.
func (k *consents) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.end()
	k.work.Wait()
}

// begin runs do beside the caller until close; false: it is closed.
func (k *consents) begin(do func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return false
	}
	k.work.Go(do)
	return true
}

const (
	tokenTimeout = 30 * time.Second // of one request to an authorization server
	// renewalTime is for two requests, and what is stored.
	renewalTime = 3 * tokenTimeout
	// A token is renewed this long before it expires, and in the last twelfth of its time
	// if that is shorter.
	renewAhead = 5 * time.Minute
)

// opGet is what errors say was tried.
const opGet = "get an access token"

// token is a tokenFunc. What it has begun goes on when ctx ends: the server may have
// replaced the refresh token by then.
func (k *consents) token(ctx context.Context, accountID, refused string, reach *Reach) (string, error) {
	type result struct {
		token string
		err   error
	}
	got := make(chan result, 1)
	begun := k.begin(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTime)
		defer cancel()
		token, err := k.renewed(ctx, accountID, refused, reach)
		got <- result{token, err}
	})
	if !begun {
		return "", &mail.Error{Op: opGet, Kind: mail.ErrConnect, Err: context.Canceled}
	}
	select {
	case r := <-got:
		return r.token, r.err
	case <-ctx.Done():
		return "", &mail.Error{Op: opGet, Kind: mail.ErrConnect, Err: context.Cause(ctx)}
	}
}

// renewed returns the stored token while it is good, and else renews it or waits for
// whoever does.
func (k *consents) renewed(ctx context.Context, accountID, refused string, reach *Reach) (string, error) {
	by := k.id + rand.Text() // two of this process are not to renew it both
	for {
		c, err := k.store.Consent(ctx, accountID)
		if err != nil {
			return "", consentTrouble(err)
		}
		if good, err := usable(c, refused, time.Now()); good || err != nil {
			return c.Access, err
		}
		mine, err := k.store.ClaimRenewal(ctx, c.AccountID, by, renewalTime)
		if err != nil {
			return "", consentTrouble(err)
		}
		if mine {
			defer func() {
				if err := k.store.EndRenewal(context.WithoutCancel(ctx), c.AccountID, by); err != nil {
					k.log.Warn("renewal of a token not ended", "account", c.Name, "error", err)
				}
			}()
			return k.renew(ctx, c.AccountID, refused, reach)
		}
		select {
		case <-time.After(k.poll):
		case <-ctx.Done():
			return "", consentTrouble(context.Cause(ctx))
		case <-k.life.Done():
			return "", consentTrouble(context.Canceled)
		}
	}
}

// usable reports whether the stored token will do; an error is that there can be none.
func usable(c store.Consent, refused string, now time.Time) (bool, error) {
	state := c.OAuth.Consent
	switch {
	case state.Fault != "":
		return false, noConsent(c.Name, state.Fault)
	case state.Given.IsZero():
		return false, noConsent(c.Name, "nobody has given it yet")
	case c.Access == "" || c.Access == refused:
		return false, nil
	}
	whole := c.AccessUntil.Sub(state.Renewed)
	return c.AccessUntil.Sub(now) > min(renewAhead, whole/12), nil
}

// renew gets a token; nobody else does meanwhile.
func (k *consents) renew(ctx context.Context, accountID, refused string, reach *Reach) (string, error) {
	c, err := k.store.Consent(ctx, accountID) // it may just have been renewed
	if err != nil {
		return "", consentTrouble(err)
	}
	if good, err := usable(c, refused, time.Now()); good || err != nil {
		return c.Access, err
	}
	log := k.log.With("account", c.Name)
	client := oauthClient(c.OAuth, reach)
	defer client.HTTP.CloseIdleConnections()
	var got oauth.Token
	if c.OAuth.Grant == task.GrantClientCredentials {
		got, err = client.ClientCredentials(ctx)
	} else {
		got, err = client.Refresh(ctx, c.OAuth.RefreshToken.Reveal())
	}
	var refusal *oauth.Error
	switch {
	case errors.As(err, &refusal) && refusal.Final():
		log.Error("consent ended", "cause", refusal)
		if err := k.store.EndConsent(ctx, c, refusal.Error()); err != nil && !errors.Is(err, store.ErrChanged) {
			log.Error("end of the consent not stored", "error", err)
		}
		return "", noConsent(c.Name, refusal.Error())
	case err != nil:
		log.Warn("no access token", "error", err)
		if c.Access != "" && c.Access != refused && time.Now().Before(c.AccessUntil) {
			return c.Access, nil // it lasts a little longer
		}
		return "", serverTrouble(c.OAuth.TokenURL, err)
	}
	// What the server has replaced is stored before anything is done with it.
	err = k.store.KeepTokens(ctx, c, store.Tokens{Access: got.Access, AccessUntil: got.Expires, Refresh: got.Refresh, RefreshExpires: got.RefreshExpires})
	if err != nil {
		log.Error("access token not stored", "error", err)
		return "", consentTrouble(err)
	}
	log.Info("access token renewed", "until", got.Expires.UTC().Truncate(time.Second), "replaced", got.Refresh != "")
	state := c.OAuth.Consent
	if !got.RefreshExpires.IsZero() {
		state.Expires = got.RefreshExpires
	}
	if warning := state.Warning(time.Now()); warning != "" {
		log.Warn("consent ends soon", "warning", warning)
	}
	return got.Access, nil
}

// oauthClient reaches the authorization server as far as mail accounts may reach, and at
// the port of web pages. It uses no proxy and follows no redirect.
func oauthClient(o task.OAuth, reach *Reach) oauth.Client {
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSHandshakeTimeout: tokenTimeout / 2, MaxResponseHeaderBytes: 64 << 10}
	if reach != nil {
		transport.DialContext = reach.pages().dial
	}
	return oauth.Client{
		HTTP:     &http.Client{Transport: transport, Timeout: tokenTimeout, CheckRedirect: oauth.NoRedirect},
		TokenURL: o.TokenURL, DeviceURL: o.DeviceURL, AuthURL: o.AuthURL, ID: o.ClientID, Secret: o.ClientSecret.Reveal(), Scope: o.Scope,
	}
}

// serverTrouble says what kind of trouble with an authorization server it is.
func serverTrouble(endpoint string, err error) error {
	where := "the token endpoint"
	if u, parseErr := url.Parse(endpoint); parseErr == nil {
		where = u.Host
	}
	var denied *mail.Error
	if errors.As(err, &denied) { // of the reach
		return denied
	}
	m := &mail.Error{Op: opGet, Kind: mail.ErrAuth, Err: fmt.Errorf("%s: %w", where, err)}
	var e *oauth.Error
	if errors.As(err, &e) && e.Retryable() {
		m.Kind, m.Wait = mail.ErrConnect, e.Wait
		if e.Wait > 0 || e.Status == http.StatusTooManyRequests {
			m.Kind = mail.ErrBusy
		}
	}
	return m
}

// consentTrouble is trouble on our side: it is worth another try.
func consentTrouble(err error) error {
	kind := mail.ErrConnect
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrNoKey) {
		kind = mail.ErrAuth
	}
	return &mail.Error{Op: opGet, Kind: kind, Err: err}
}

// consentError is that no access token can be got until a person has done something.
type consentError struct{ account, why string }

func (e *consentError) Error() string {
	return fmt.Sprintf("the consent of OAuth of the stored account %q does not hold: %s", e.account, e.why)
}

func noConsent(account, why string) error {
	return &mail.Error{Op: opGet, Kind: mail.ErrAuth, Err: &consentError{account, why}}
}

// remedy is what the person can do.
func (e *consentError) remedy() string {
	return fmt.Sprintf("Give consent anew on the page of the account or with \"mailweir account authorize %s\", or store another refresh token or client secret in the account; the run then goes on by itself.", e.account)
}

// lostConsent remembers the first consent that did not hold in a run.
type lostConsent struct {
	mu  sync.Mutex
	err *consentError
}

// watch is get, and notes what it says.
func (l *lostConsent) watch(get tokenFunc) tokenFunc {
	if get == nil {
		return nil
	}
	return func(ctx context.Context, accountID, refused string, reach *Reach) (string, error) {
		token, err := get(ctx, accountID, refused, reach)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.err == nil {
			errors.As(err, &l.err)
		}
		return token, err
	}
}

// await lets a run that ends because of it wait for its user, also one that was started
// by hand: it goes on once consent is given.
func (l *lostConsent) await(report *task.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil || report.Outcome != task.OutcomeNeedsUser {
		return
	}
	report.Await = &task.Await{Code: task.AwaitLogin, Cause: report.Cause, Remedy: l.err.remedy(), Outcome: report.Outcome}
}

// advise adds to a test what is to be said of the account's consent.
func (k *consents) advise(stored task.StoredAccount, test *AccountTest) {
	if stored.OAuth == nil || !test.OK {
		return
	}
	if warning := stored.OAuth.Consent.Warning(time.Now()); warning != "" {
		e := &consentError{account: stored.Name}
		hint := provider.Hint{Text: warning, Remedy: e.remedy()}
		test.Hints = append(test.Hints, hint)
		test.Report.Warnings = append(test.Report.Warnings, hint)
	}
}
