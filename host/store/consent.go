package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type consentRow struct {
	bun.BaseModel `bun:"table:consent"`

	AccountID    string `bun:",pk"`
	Settings     string
	ClientSecret string
	RefreshToken string
	AccessToken  string
	AccessUntil  int64
	State        string
	Version      int64
	Renewer      string
	RenewerUntil int64
}

// consentWhere is the place of what is sealed in a column. It names all to which that is
// sent, directly or as the access token that it gets: the endpoints and the mail account.
func consentWhere(column, id string, o task.OAuth, a task.Account) string {
	return fmt.Sprintf("consent.%s:%s %s %s", column, id, clientReach(o), reach(a))
}

// clientReach spells all that decides to which authorization server, and as which client,
// something is sent.
func clientReach(o task.OAuth) string {
	return fmt.Sprintf("token=%q device=%q client=%q", o.TokenURL, o.DeviceURL, o.ClientID)
}

func (r consentRow) oauth() (*task.OAuth, error) {
	o := &task.OAuth{}
	err := errors.Join(json.Unmarshal([]byte(r.Settings), o), json.Unmarshal([]byte(r.State), &o.Consent))
	if err != nil {
		return nil, fmt.Errorf("OAuth of the stored account %s: %w", r.AccountID, err)
	}
	return o, nil
}

func (r *consentRow) setState(c task.Consent) error {
	text, err := json.Marshal(c)
	r.State = string(text)
	return err
}

// withConsents fills in how the access tokens of the accounts are got.
func withConsents(ctx context.Context, db bun.IDB, accounts []task.StoredAccount) error {
	if len(accounts) == 0 {
		return nil
	}
	var rows []consentRow
	q := db.NewSelect().Model(&rows)
	if len(accounts) == 1 {
		q = q.Where("account_id = ?", accounts[0].ID)
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	of := make(map[string]*task.OAuth, len(rows))
	for _, r := range rows {
		o, err := r.oauth()
		if err != nil {
			return err
		}
		of[r.AccountID] = o
	}
	for i := range accounts {
		accounts[i].OAuth = of[accounts[i].ID]
	}
	return nil
}

// saveConsent stores how the access tokens of a are got, or that it has a password. An
// empty client secret or refresh token keeps the stored one, as long as it is for the same
// endpoints, client and mail account. What somebody has changed, or only saved again, may
// be tried again.
func (s *Store) saveConsent(ctx context.Context, tx bun.Tx, a task.StoredAccount, before task.Account) error {
	var old consentRow
	err := notFound(tx.NewSelect().Model(&old).Where("account_id = ?", a.ID).Scan(ctx))
	there := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if a.OAuth == nil {
		_, err := tx.NewDelete().Model((*consentRow)(nil)).Where("account_id = ?", a.ID).Exec(ctx)
		return err
	}
	if s.box == nil {
		return ErrNoKey
	}
	known := &task.OAuth{}
	if there {
		if known, err = old.oauth(); err != nil {
			return err
		}
	}
	o := *a.OAuth
	same := there && clientReach(*known) == clientReach(o) && reach(before) == reach(a.Account)
	sameGrant := same && known.Grant == o.Grant
	settings, err := json.Marshal(o)
	if err != nil {
		return err
	}
	row := consentRow{AccountID: a.ID, Settings: string(settings), Version: old.Version + 1}
	switch {
	case o.ClientSecret != "":
		if row.ClientSecret, err = s.box.Seal(consentWhere("client_secret", a.ID, o, a.Account), []byte(o.ClientSecret.Reveal())); err != nil {
			return err
		}
	case same:
		row.ClientSecret = old.ClientSecret
	case old.ClientSecret != "":
		return secretNeeded("the client secret is needed again, because the stored one belongs to another authorization server, client or mail account")
	}
	state := task.Consent{}
	if sameGrant {
		state = known.Consent
		state.Fault = ""
	}
	now := s.now()
	switch {
	case o.Grant == task.GrantClientCredentials:
		if row.ClientSecret == "" {
			return secretNeeded("the client secret is needed")
		}
		if state.Given.IsZero() || o.ClientSecret != "" {
			state = task.Consent{Given: now}
		}
	case o.RefreshToken != "":
		if row.RefreshToken, err = s.box.Seal(consentWhere("refresh_token", a.ID, o, a.Account), []byte(o.RefreshToken.Reveal())); err != nil {
			return err
		}
		state = task.Consent{Given: now}
	case sameGrant && old.RefreshToken != "":
		row.RefreshToken = old.RefreshToken
	case o.DeviceURL == "" && o.AuthURL == "":
		return secretNeeded("the refresh token is needed")
	default: // somebody gives it in a browser
		state = task.Consent{}
	}
	if err := row.setState(state); err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&row).On("CONFLICT (account_id) DO UPDATE").
		Set("settings = excluded.settings, client_secret = excluded.client_secret, refresh_token = excluded.refresh_token").
		Set("access_token = '', access_until = 0, state = excluded.state, version = excluded.version").Exec(ctx)
	return err
}

// secretNeeded is ErrPasswordNeeded of what is no password.
type secretNeeded string

func (s secretNeeded) Error() string      { return string(s) }
func (secretNeeded) Is(target error) bool { return target == ErrPasswordNeeded }

// Consent is how the access tokens of a stored account are got, with what that takes.
type Consent struct {
	AccountID   string
	Name        string // of the account
	OAuth       task.OAuth
	Access      string    // the latest access token, or ""
	AccessUntil time.Time // when it expires
	Version     int64     // of all that is sealed here
	// Basis tells whether it is still the same client that asks the same server for the
	// same mail account, whatever tokens were renewed meanwhile.
	Basis string
}

// Consent returns how the access tokens of the stored account of an ID are got, or
// [ErrNotFound].
func (s *Store) Consent(ctx context.Context, accountID string) (Consent, error) {
	c, err := s.consent(ctx, s.read, accountID)
	return c, s.wrap("read the consent of the stored account "+accountID, err)
}

func (s *Store) consent(ctx context.Context, db bun.IDB, accountID string) (Consent, error) {
	account, err := findAccount(ctx, db, accountID)
	if err != nil {
		return Consent{}, err
	}
	a, err := account.account()
	if err != nil {
		return Consent{}, err
	}
	var row consentRow
	if err := notFound(db.NewSelect().Model(&row).Where("account_id = ?", account.ID).Scan(ctx)); err != nil {
		return Consent{}, err
	}
	if s.box == nil {
		return Consent{}, ErrNoKey
	}
	o, err := row.oauth()
	if err != nil {
		return Consent{}, err
	}
	open := func(where, sealed string) task.Password {
		if sealed == "" || err != nil {
			return ""
		}
		var plain []byte
		plain, err = s.box.Unseal(where, sealed)
		return task.Password(plain)
	}
	o.ClientSecret = open(consentWhere("client_secret", account.ID, *o, a), row.ClientSecret)
	o.RefreshToken = open(consentWhere("refresh_token", account.ID, *o, a), row.RefreshToken)
	access := open(consentWhere("access_token", account.ID, *o, a), row.AccessToken)
	return Consent{
		AccountID: account.ID, Name: account.Name, OAuth: *o, Version: row.Version,
		Access: access.Reveal(), AccessUntil: toTime(row.AccessUntil), Basis: consentBasis(*o, a),
	}, err
}

func consentBasis(o task.OAuth, a task.Account) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %q %q %s", clientReach(o), o.AuthURL, o.Grant, o.Scope, reach(a)))
	return hex.EncodeToString(sum[:])
}

// ClaimRenewal lets the caller, who calls himself by, get an access token while nobody
// else does, for at most d; false: somebody else is at it. A refresh token that is sent
// twice may end the consent (RFC 9700 section 4.14.2).
func (s *Store) ClaimRenewal(ctx context.Context, accountID, by string, d time.Duration) (bool, error) {
	now := s.now()
	err := affected(s.write.NewRaw("UPDATE consent SET renewer = ?, renewer_until = ? WHERE account_id = ? AND (renewer = '' OR renewer_until < ?)",
		by, toMillis(now.Add(d)), accountID, toMillis(now)).Exec(ctx))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, s.wrap("renew the access token of the stored account "+accountID, err)
}

// EndRenewal ends what ClaimRenewal began.
func (s *Store) EndRenewal(ctx context.Context, accountID, by string) error {
	_, err := s.write.NewRaw("UPDATE consent SET renewer = '' WHERE account_id = ? AND renewer = ?", accountID, by).Exec(ctx)
	return s.wrap("renew the access token of the stored account "+accountID, err)
}

// Tokens are what an authorization server has given.
type Tokens struct {
	Access         string
	AccessUntil    time.Time
	Refresh        string    // "" goes on with the one before
	RefreshExpires time.Time // zero is not known
}

// KeepTokens stores what was got with c. It is [ErrChanged], and stores nothing, if
// somebody has stored something else meanwhile.
func (s *Store) KeepTokens(ctx context.Context, c Consent, got Tokens) error {
	return s.changeConsent(ctx, c, func(row *consentRow, a task.Account, state *task.Consent) (err error) {
		state.Renewed = s.now()
		return s.putTokens(row, c.OAuth, a, state, got)
	})
}

func (s *Store) putTokens(row *consentRow, o task.OAuth, a task.Account, state *task.Consent, got Tokens) (err error) {
	if got.Refresh != "" {
		if row.RefreshToken, err = s.box.Seal(consentWhere("refresh_token", row.AccountID, o, a), []byte(got.Refresh)); err != nil {
			return err
		}
	}
	if got.Refresh != "" || !got.RefreshExpires.IsZero() {
		state.Expires = got.RefreshExpires
	}
	row.AccessUntil = toMillis(got.AccessUntil)
	row.AccessToken, err = s.box.Seal(consentWhere("access_token", row.AccountID, o, a), []byte(got.Access))
	return err
}

// EndConsent stores that the authorization server has refused c for good, and why.
// Nobody asks it again until the account is saved or consent is given anew. It is
// [ErrChanged] if that has happened meanwhile.
func (s *Store) EndConsent(ctx context.Context, c Consent, fault string) error {
	return s.changeConsent(ctx, c, func(row *consentRow, _ task.Account, state *task.Consent) error {
		row.AccessToken, row.AccessUntil, state.Fault = "", 0, fault
		return nil
	})
}

// AskConsent stores that consent may be given until then. This, and what is stored of the
// answer, is [ErrChanged] if it is not the same client, server and mail account any more.
func (s *Store) AskConsent(ctx context.Context, c Consent, until time.Time) error {
	return s.changeState(ctx, c, func(state *task.Consent) { state.Asked = until })
}

// RefuseConsent stores that consent was asked for and not given. What was given before
// goes on to hold.
func (s *Store) RefuseConsent(ctx context.Context, c Consent, fault string) error {
	return s.changeState(ctx, c, func(state *task.Consent) {
		state.Asked = time.Time{}
		if state.Given.IsZero() {
			state.Fault = fault
		}
	})
}

// GiveConsent stores what was got because somebody has given consent; tokens that were
// renewed meanwhile make way for it. Runs that wait go back to the queue.
func (s *Store) GiveConsent(ctx context.Context, c Consent, got Tokens) error {
	c.Version = anyVersion
	return s.changeConsent(ctx, c, func(row *consentRow, a task.Account, state *task.Consent) error {
		now := s.now()
		*state = task.Consent{Given: now, Renewed: now}
		return s.putTokens(row, c.OAuth, a, state, got)
	})
}

// changeState changes nothing that is sealed.
func (s *Store) changeState(ctx context.Context, c Consent, change func(*task.Consent)) error {
	c.Version = anyVersion
	return s.alterConsent(ctx, c, false, func(_ *consentRow, _ task.Account, state *task.Consent) error {
		change(state)
		return nil
	})
}

func (s *Store) changeConsent(ctx context.Context, c Consent, change func(*consentRow, task.Account, *task.Consent) error) error {
	return s.alterConsent(ctx, c, true, change)
}

// anyVersion lets a change go by the basis alone.
const anyVersion = -1

func (s *Store) alterConsent(ctx context.Context, c Consent, sealed bool, change func(*consentRow, task.Account, *task.Consent) error) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if s.box == nil {
			return ErrNoKey
		}
		account, err := findAccount(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		a, err := account.account()
		if err != nil {
			return err
		}
		var row consentRow
		if err := notFound(tx.NewSelect().Model(&row).Where("account_id = ?", c.AccountID).Scan(ctx)); err != nil {
			return err
		}
		o, err := row.oauth()
		if err != nil {
			return err
		}
		if c.Version != anyVersion && row.Version != c.Version || consentBasis(*o, a) != c.Basis {
			return changedMeanwhile{}
		}
		state := o.Consent
		given := state.Given
		if err := change(&row, a, &state); err != nil {
			return err
		}
		if err := row.setState(state); err != nil {
			return err
		}
		if sealed {
			row.Version++
		}
		_, err = tx.NewUpdate().Model(&row).Column("refresh_token", "access_token", "access_until", "state", "version").WherePK().Exec(ctx)
		if err != nil || state.Given.Equal(given) {
			return err
		}
		return s.releaseOf(ctx, tx, "destination_account = ? OR id IN (SELECT task_id FROM source WHERE account_id = ?)", c.AccountID, c.AccountID)
	})
	return s.wrap("store the consent of the stored account "+c.AccountID, err)
}

// changedMeanwhile is ErrChanged of what is no task.
type changedMeanwhile struct{}

func (changedMeanwhile) Error() string        { return "somebody has changed the account meanwhile" }
func (changedMeanwhile) Is(target error) bool { return target == ErrChanged }

func resealConsents(ctx context.Context, tx bun.Tx, s *Store, reseal resealFunc) (n int, err error) {
	var rows []consentRow
	if err := tx.NewSelect().Model(&rows).Order("account_id").Scan(ctx); err != nil {
		return 0, err
	}
	values := map[string][]sealedValue{}
	for _, r := range rows {
		account, err := findAccount(ctx, tx, r.AccountID)
		if err != nil {
			return 0, err
		}
		a, err := account.account()
		if err != nil {
			return 0, err
		}
		o, err := r.oauth()
		if err != nil {
			return 0, err
		}
		id := r.AccountID
		values["client_secret"] = append(values["client_secret"], sealedValue{id, consentWhere("client_secret", id, *o, a), r.ClientSecret})
		values["refresh_token"] = append(values["refresh_token"], sealedValue{id, consentWhere("refresh_token", id, *o, a), r.RefreshToken})
		values["access_token"] = append(values["access_token"], sealedValue{id, consentWhere("access_token", id, *o, a), r.AccessToken})
	}
	for _, column := range []string{"client_secret", "refresh_token", "access_token"} {
		done, err := resealColumn(ctx, tx, "consent", "account_id", column, values[column], reseal)
		if n += done; err != nil {
			return n, err
		}
	}
	return n, nil
}
