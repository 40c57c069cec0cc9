package store

import (
	"context"
	"errors"
)

// AdminName is the name of the administrator.
const AdminName = "admin"

// AdminHash returns the hash of the administrator's password as it was stored, or
// "" when there is none yet.
func (s *Store) AdminHash(ctx context.Context) (string, error) {
	var hash string
	err := s.read.NewRaw("SELECT hash FROM admin WHERE name = ?", AdminName).Scan(ctx, &hash)
	if err = notFound(err); errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return hash, s.wrap("read the administrator", err)
}

// SetAdminHash stores the hash of the administrator's password, made by the
// caller (argon2id, PHC string).
func (s *Store) SetAdminHash(ctx context.Context, hash string) error {
	_, err := s.write.NewRaw(`INSERT INTO admin (name, hash, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, updated_at = excluded.updated_at`,
		AdminName, hash, toMillis(s.now())).Exec(ctx)
	return s.wrap("store the administrator", err)
}
