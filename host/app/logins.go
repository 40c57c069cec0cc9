package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/web"
)

// hash is hashPassword, one at a time.
func (s *service) hash(password string) string {
	s.logins.Lock()
	defer s.logins.Unlock()
	return hashPassword(password, cmp.Or(s.cost, defaultCost))
}

// decoyHash costs as much to compare with as anybody's.
func (s *service) decoyHash() string {
	s.logins.Lock()
	defer s.logins.Unlock()
	if s.decoy == "" {
		s.decoy = hashPassword(rand.Text(), cmp.Or(s.cost, defaultCost))
	}
	return s.decoy
}

func (s *service) check(password, hash string) (bool, error) {
	s.logins.Lock()
	defer s.logins.Unlock()
	return checkPassword(password, hash)
}

// Login implements web.Service. A hash is computed for a wrong name too, so that
// the time it takes does not tell which part was wrong.
func (s *service) Login(ctx context.Context, name, password string) (access.User, error) {
	u, hash, err := s.store.UserByName(ctx, access.UserName(name))
	unknown := errors.Is(err, store.ErrNotFound)
	if unknown {
		hash, err = s.decoyHash(), nil
	}
	if err != nil {
		return access.User{}, err
	}
	right, err := s.check(password, hash)
	if err != nil {
		return access.User{}, err
	}
	if right && !unknown && !u.Disabled {
		return u, nil
	}
	// Of a name that nobody has nothing is kept: people type their password there.
	e := access.Event{Deed: access.DeedLoginFailed, Kind: kindUser}
	if !unknown {
		e.ObjectID, e.Object = u.ID, u.Name
	}
	if right && u.Disabled && !unknown {
		e.Detail = "disabled"
	}
	s.Note(ctx, e)
	return access.User{}, web.ErrRefused
}

// CheckPassword implements web.Service.
func (s *service) CheckPassword(ctx context.Context, userID, password string) (bool, error) {
	hash, err := s.store.UserHash(ctx, userID)
	if err != nil {
		return false, webError(err)
	}
	return s.check(password, hash)
}

// maxAgent bounds what a browser may call itself.
const maxAgent = 300

// StartLogin implements web.Service.
func (s *service) StartLogin(ctx context.Context, userID, address, agent string, expires time.Time) (string, error) {
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return "", webError(err)
	}
	agent = strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], "")
	l, err := s.store.StartLogin(ctx, access.Login{UserID: userID, Address: address, Agent: agent}, expires)
	if err != nil {
		return "", webError(err)
	}
	actor := u.Actor()
	actor.LoginID, actor.Address = l.ID, address
	s.Note(access.With(ctx, actor), userEvent(access.DeedLogin, u, ""))
	return l.ID, nil
}

// LoginActor implements web.Service.
func (s *service) LoginActor(ctx context.Context, loginID string, seen bool) (access.Actor, error) {
	u, err := s.store.LoginUser(ctx, loginID, seen)
	if err != nil {
		return access.Actor{}, webError(err)
	}
	a := u.Actor()
	a.LoginID = loginID
	return a, nil
}

// TokenActor implements web.Service.
func (s *service) TokenActor(ctx context.Context, secret string) (access.Actor, error) {
	if s.local.is(secret) {
		return access.Local(), nil
	}
	t, u, err := s.store.TokenUser(ctx, secret)
	if err != nil {
		return access.Actor{}, webError(err)
	}
	a := u.Actor()
	a.TokenID, a.Scopes = t.ID, t.Scopes
	return a, nil
}

// Logins implements web.Service.
func (s *service) Logins(ctx context.Context, userID string) ([]access.Login, error) {
	return s.store.Logins(ctx, userID)
}

// EndLogin implements web.Service.
func (s *service) EndLogin(ctx context.Context, userID, loginID string) error {
	logins, err := s.store.Logins(ctx, userID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(logins, func(l access.Login) bool { return l.ID == loginID }) {
		return web.ErrNotFound
	}
	return s.store.EndLogin(ctx, loginID)
}

// EndOtherLogins implements web.Service.
func (s *service) EndOtherLogins(ctx context.Context, userID, keep string) error {
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return webError(err)
	}
	if err := s.store.EndLogins(ctx, userID, keep); err != nil {
		return err
	}
	s.Note(ctx, userEvent(access.DeedSessionsEnded, u, ""))
	return nil
}

// tokenPrefix lets people, and programs that look for leaked secrets, know a token
// when they see one.
const tokenPrefix = "mailweir_"

// Tokens implements web.Service.
func (s *service) Tokens(ctx context.Context, userID string) ([]access.Token, error) {
	return s.store.Tokens(ctx, userID)
}

// AddToken implements web.Service.
func (s *service) AddToken(ctx context.Context, t access.Token) (string, error) {
	if err := t.Validate(time.Now()); err != nil {
		return "", as(web.ErrInvalid, err)
	}
	secret := tokenPrefix + strings.ToLower(rand.Text()+rand.Text())
	if err := s.store.CreateToken(ctx, &t, secret); err != nil {
		return "", webError(err)
	}
	scopes := make([]string, len(t.Scopes))
	for i, sc := range t.Scopes {
		scopes[i] = string(sc)
	}
	s.Note(ctx, access.Event{Deed: access.DeedTokenMade, Kind: kindToken, ObjectID: t.ID, Object: t.Name, Detail: strings.Join(scopes, ", ")})
	return secret, nil
}

// RevokeToken implements web.Service.
func (s *service) RevokeToken(ctx context.Context, userID, tokenID string) error {
	tokens, err := s.store.Tokens(ctx, userID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tokens, func(t access.Token) bool { return t.ID == tokenID })
	if at < 0 {
		return web.ErrNotFound
	}
	if err := s.store.RevokeToken(ctx, userID, tokenID); err != nil {
		return webError(err)
	}
	s.Note(ctx, access.Event{Deed: access.DeedTokenRevoked, Kind: kindToken, ObjectID: tokenID, Object: tokens[at].Name})
	return nil
}
