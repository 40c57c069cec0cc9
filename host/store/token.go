package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/mailweir/mailweir/host/access"
)

type tokenRow struct {
	ID        string
	UserID    string
	Name      string
	Scopes    string
	CreatedAt int64
	ExpiresAt sql.NullInt64
	UsedAt    sql.NullInt64
}

func (r tokenRow) token() access.Token {
	t := access.Token{ID: r.ID, UserID: r.UserID, Name: r.Name, Created: toTime(r.CreatedAt)}
	for _, s := range strings.Fields(r.Scopes) {
		t.Scopes = append(t.Scopes, access.Scope(s))
	}
	if r.ExpiresAt.Valid {
		t.Expires = toTime(r.ExpiresAt.Int64)
	}
	if r.UsedAt.Valid {
		t.Used = toTime(r.UsedAt.Int64)
	}
	return t
}

// CreateToken validates and stores a token of a user, of whose secret only a digest
// is kept, and sets ID and Created.
func (s *Store) CreateToken(ctx context.Context, t *access.Token, secret string) error {
	now := s.now()
	if err := t.Validate(now); err != nil {
		return err
	}
	id := newID()
	scopes := make([]string, len(t.Scopes))
	for i, sc := range t.Scopes {
		scopes[i] = string(sc)
	}
	expires := sql.NullInt64{Int64: toMillis(t.Expires), Valid: !t.Expires.IsZero()}
	_, err := s.write.NewRaw("INSERT INTO token (id, user_id, name, hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		id, t.UserID, t.Name, digest(secret), strings.Join(scopes, " "), toMillis(now), expires).Exec(ctx)
	if err != nil {
		return s.wrap("make a token", err)
	}
	t.ID, t.Created = id, toTime(toMillis(now))
	return nil
}

// Tokens returns the tokens of a user, the latest first, those that have expired
// included.
func (s *Store) Tokens(ctx context.Context, userID string) ([]access.Token, error) {
	var rows []tokenRow
	err := s.read.NewRaw(`SELECT id, user_id, name, scopes, created_at, expires_at, used_at FROM token
		WHERE user_id = ? ORDER BY created_at DESC, id`, userID).Scan(ctx, &rows)
	out := make([]access.Token, len(rows))
	for i, r := range rows {
		out[i] = r.token()
	}
	return out, s.wrap("read the tokens of user "+userID, err)
}

// TokenUser returns the token with the secret and whose it is, and marks it as used
// now. One that is unknown, revoked or expired, or whose user is disabled, is
// [ErrNotFound].
func (s *Store) TokenUser(ctx context.Context, secret string) (access.Token, access.User, error) {
	const doing = "read a token"
	now := s.now()
	var r tokenRow
	err := s.read.NewRaw(`SELECT id, user_id, name, scopes, created_at, expires_at, used_at FROM token
		WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)`, digest(secret), toMillis(now)).Scan(ctx, &r)
	if err != nil {
		return access.Token{}, access.User{}, s.wrap(doing, notFound(err))
	}
	u, err := s.User(ctx, r.UserID)
	if err == nil && u.Disabled {
		err = ErrNotFound
	}
	if err != nil {
		return access.Token{}, access.User{}, s.wrap(doing, err)
	}
	t := r.token()
	if now.Sub(t.Used) >= seenStep {
		_, err = s.write.NewRaw("UPDATE token SET used_at = ? WHERE id = ?", toMillis(now), t.ID).Exec(ctx)
	}
	return t, u, s.wrap(doing, err)
}

// RevokeToken removes a token of the user, or says [ErrNotFound].
func (s *Store) RevokeToken(ctx context.Context, userID, id string) error {
	res, err := s.write.NewRaw("DELETE FROM token WHERE id = ? AND user_id = ?", id, userID).Exec(ctx)
	if err == nil {
		var n int64
		if n, err = res.RowsAffected(); err == nil && n == 0 {
			err = ErrNotFound
		}
	}
	return s.wrap("revoke a token", err)
}
