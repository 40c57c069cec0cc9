package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// Sessions keeps the web sessions. It has the methods of CtxStore of package
// github.com/alexedwards/scs/v2. Tokens are stored as SHA-256 digests: they have
// 256 random bits, so that a digest without salt gives nothing away.
type Sessions struct{ s *Store }

// Sessions returns the store of web sessions. It does no I/O.
func (s *Store) Sessions() *Sessions { return &Sessions{s: s} }

// FindCtx returns the data of a session that has not expired.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.s.read.NewRaw("SELECT data FROM session WHERE token_hash = ? AND expires_at > ?", digest(token), toMillis(s.s.now())).Scan(ctx, &data)
	if err = notFound(err); errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, s.s.wrap("read a session", err)
}

// CommitCtx stores a session, over the one that was there.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, err := s.s.write.NewRaw(`INSERT INTO session (token_hash, data, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
		digest(token), data, toMillis(expiry)).Exec(ctx)
	return s.s.wrap("store a session", err)
}

// DeleteCtx removes a session; one that is not there is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.s.write.NewRaw("DELETE FROM session WHERE token_hash = ?", digest(token)).Exec(ctx)
	return s.s.wrap("delete a session", err)
}

// Find is FindCtx without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// DeleteExpired removes the sessions that have expired.
func (s *Sessions) DeleteExpired(ctx context.Context) error {
	_, err := s.s.write.NewRaw("DELETE FROM session WHERE expires_at <= ?", toMillis(s.s.now())).Exec(ctx)
	return s.s.wrap("delete expired sessions", err)
}

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
