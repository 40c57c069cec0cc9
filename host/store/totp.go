package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

// Keys of one-time codes (RFC 6238) are sealed for the user's row.
func totpPlace(userID string) string { return "users.totp:" + userID }

// SetPendingTOTP stores a key that counts from [Store.ConfirmTOTP] on. What the
// user has until then stays.
func (s *Store) SetPendingTOTP(ctx context.Context, userID, key string) error {
	doing := "store a key for codes of user " + userID
	if s.box == nil {
		return s.wrap(doing, ErrNoKey)
	}
	sealed, err := s.box.Seal(totpPlace(userID), []byte(key))
	if err != nil {
		return s.wrap(doing, err)
	}
	return s.wrap(doing, s.updateUser(ctx, s.write, userID, "totp_pending = ?", sealed))
}

// TOTPKeys returns the key that codes of the user are made with, and the one that
// is not confirmed yet; "" is none.
func (s *Store) TOTPKeys(ctx context.Context, userID string) (key, pending string, err error) {
	doing := "read the key for codes of user " + userID
	var row struct{ Totp, TotpPending string }
	if err := s.read.NewRaw("SELECT totp, totp_pending FROM users WHERE id = ?", userID).Scan(ctx, &row); err != nil {
		return "", "", s.wrap(doing, notFound(err))
	}
	for _, k := range []struct {
		to     *string
		sealed string
	}{{&key, row.Totp}, {&pending, row.TotpPending}} {
		if k.sealed == "" {
			continue
		}
		if s.box == nil {
			return "", "", s.wrap(doing, ErrNoKey)
		}
		plain, err := s.box.Unseal(totpPlace(userID), k.sealed)
		if err != nil {
			return "", "", s.wrap(doing, err)
		}
		*k.to = string(plain)
	}
	return key, pending, nil
}

// ConfirmTOTP makes the pending key the user's and replaces the recovery codes, of
// which only digests are kept. Codes up to the time step are used up. Without a
// pending key it is [ErrNotFound].
func (s *Store) ConfirmTOTP(ctx context.Context, userID string, step int64, recovery []string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewRaw(`UPDATE users SET totp = totp_pending, totp_pending = '', totp_step = ?, updated_at = ?
			WHERE id = ? AND totp_pending <> ''`, step, toMillis(s.now()), userID).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		if _, err := tx.NewRaw("DELETE FROM recovery_code WHERE user_id = ?", userID).Exec(ctx); err != nil {
			return err
		}
		for _, code := range recovery {
			if _, err := tx.NewRaw("INSERT INTO recovery_code (user_id, hash) VALUES (?, ?)", userID, digest(code)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("turn on codes for user "+userID, err)
}

// RemoveTOTP forgets the user's keys and recovery codes.
func (s *Store) RemoveTOTP(ctx context.Context, userID string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.updateUser(ctx, tx, userID, "totp = '', totp_pending = '', totp_step = 0"); err != nil {
			return err
		}
		_, err := tx.NewRaw("DELETE FROM recovery_code WHERE user_id = ?", userID).Exec(ctx)
		return err
	})
	return s.wrap("turn off codes for user "+userID, err)
}

// UseStep uses up the codes of a user up to a time step, and reports whether that
// of the step was still good. Of several at once one is told so.
func (s *Store) UseStep(ctx context.Context, userID string, step int64) (bool, error) {
	res, err := s.write.NewRaw("UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?", step, userID, step).Exec(ctx)
	if err != nil {
		return false, s.wrap("use a code", err)
	}
	n, err := res.RowsAffected()
	return n > 0, s.wrap("use a code", err)
}

// UseRecovery uses up a recovery code, and reports whether it was there.
func (s *Store) UseRecovery(ctx context.Context, userID, code string) (bool, error) {
	res, err := s.write.NewRaw("DELETE FROM recovery_code WHERE user_id = ? AND hash = ?", userID, digest(code)).Exec(ctx)
	if err != nil {
		return false, s.wrap("use a recovery code", err)
	}
	n, err := res.RowsAffected()
	return n > 0, s.wrap("use a recovery code", err)
}

// updateUser sets columns of a user, or says [ErrNotFound].
func (s *Store) updateUser(ctx context.Context, db bun.IDB, id, set string, values ...any) error {
	args := append(values, toMillis(s.now()), id)
	res, err := db.NewRaw("UPDATE users SET "+set+", updated_at = ? WHERE id = ?", args...).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}
