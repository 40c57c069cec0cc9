package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// The check value is a known text, sealed. A key that opens it is the one that
// the credentials in this database were sealed with.
const (
	keyCheckName  = "key_check"
	keyCheckWhere = "setting.value:key_check"
	keyCheckText  = "mailweir"
)

// checkKey compares the key with the check value, and writes one if there is none.
func (s *Store) checkKey(ctx context.Context) error {
	var sealed string
	err := s.read.NewRaw("SELECT value FROM setting WHERE name = ?", keyCheckName).Scan(ctx, &sealed)
	switch {
	case err == nil:
		plain, err := s.box.Unseal(keyCheckWhere, sealed)
		if err != nil || string(plain) != keyCheckText {
			return &FileError{Path: s.path, Kind: ErrWrongKey}
		}
		return nil
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("check the key: %w", err)
	}
	if sealed, err = s.box.Seal(keyCheckWhere, []byte(keyCheckText)); err != nil {
		return fmt.Errorf("check the key: %w", err)
	}
	// Of two first starts at once the one that comes second must find out
	// whether its key is the same.
	res, err := s.write.NewRaw("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", keyCheckName, sealed).Exec(ctx)
	if err != nil {
		return fmt.Errorf("check the key: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return s.checkKey(ctx)
	}
	return nil
}
