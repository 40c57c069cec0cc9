package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"
)

// resealers are all that has sealed values: each seals them again and returns how
// many. Whatever is forgotten here makes Rekey fail, and changes nothing.
var resealers = []func(ctx context.Context, tx bun.Tx, s *Store, reseal resealFunc) (int, error){
	resealKeyCheck,
	resealTasks, resealAccounts, resealDomains, resealDirectories, resealSecrets, resealCodes, resealChannels, resealDrafts,
	resealConsents,
}

// resealFunc opens a value with the old key and seals it with the new one, for the
// same place. An empty value stays empty.
type resealFunc func(where, sealed string) (string, error)

// Rekey seals everything that is sealed again with another key, in one step, and
// returns how many values that were. The old key, that of the store, opens nothing
// afterwards; the caller closes the store and opens it with the new one. Nobody
// else may have the database open meanwhile.
func (s *Store) Rekey(ctx context.Context, to Sealer) (int, error) {
	if s.box == nil {
		return 0, ErrNoKey
	}
	reseal := func(where, sealed string) (string, error) {
		if sealed == "" {
			return "", nil
		}
		plain, err := s.box.Unseal(where, sealed)
		if err != nil {
			return "", fmt.Errorf("%s: %w", where, err)
		}
		return to.Seal(where, plain)
	}
	sealed := 0
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		old, err := sealedPrefix(ctx, tx)
		if err != nil {
			return err
		}
		for _, fn := range resealers {
			n, err := fn(ctx, tx, s, reseal)
			if err != nil {
				return err
			}
			sealed += n
		}
		now, err := sealedPrefix(ctx, tx)
		if err != nil {
			return err
		}
		if now == old {
			return errors.New("the new key is the one that is in use")
		}
		return s.nothingSealedWith(ctx, tx, old)
	})
	if err != nil {
		return 0, s.wrap("seal with another key", err)
	}
	return sealed, nil
}

// sealedPrefix is what each value begins with that was sealed with the key of the
// check value: version and name of the key.
func sealedPrefix(ctx context.Context, tx bun.Tx) (string, error) {
	var value string
	if err := tx.NewRaw("SELECT value FROM setting WHERE name = ?", keyCheckName).Scan(ctx, &value); err != nil {
		return "", err
	}
	end := strings.LastIndexByte(value, ':')
	if end < 0 {
		return "", errors.New("the check value of the key has no name of a key")
	}
	return value[:end+1], nil
}

// nothingSealedWith looks through all texts of all tables.
func (s *Store) nothingSealedWith(ctx context.Context, tx bun.Tx, prefix string) error {
	tables, err := s.tables(ctx, tx.Tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		for _, c := range t.columns {
			if !c.text {
				continue
			}
			var n int
			err := tx.NewRaw("SELECT count(*) FROM ? WHERE substr(?, 1, ?) = ?", bun.Ident(t.name), bun.Ident(c.name), len(prefix), prefix).Scan(ctx, &n)
			if err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("%d values of %s.%s are sealed with the old key, and this version does not know how to seal them again", n, t.name, c.name)
			}
		}
	}
	return nil
}

func resealKeyCheck(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (int, error) {
	var value string
	if err := tx.NewRaw("SELECT value FROM setting WHERE name = ?", keyCheckName).Scan(ctx, &value); err != nil {
		return 0, err
	}
	value, err := reseal(keyCheckWhere, value)
	if err != nil {
		return 0, err
	}
	_, err = tx.NewRaw("UPDATE setting SET value = ? WHERE name = ?", value, keyCheckName).Exec(ctx)
	return 0, err // it is none of the user's
}

func resealTasks(ctx context.Context, tx bun.Tx, s *Store, reseal resealFunc) (n int, err error) {
	var ids []string
	if err := tx.NewRaw("SELECT id FROM task ORDER BY id").Scan(ctx, &ids); err != nil {
		return 0, err
	}
	for _, id := range ids {
		var row taskRow
		if err := tx.NewSelect().Model(&row).WhereAllWithDeleted().Where("id = ?", id).Scan(ctx); err != nil {
			return n, err
		}
		t, sources, err := s.taskOf(ctx, tx, row)
		if err != nil {
			return n, err
		}
		if row.DestinationPassword != "" {
			sealed, err := reseal(destinationPlace(t).where(), row.DestinationPassword)
			if err != nil {
				return n, err
			}
			if _, err := tx.NewRaw("UPDATE task SET destination_password = ? WHERE id = ?", sealed, id).Exec(ctx); err != nil {
				return n, err
			}
			n++
		}
		for i, src := range t.Sources {
			if sources[i].Password == "" {
				continue
			}
			sealed, err := reseal(sourcePlace(id, src).where(), sources[i].Password)
			if err != nil {
				return n, err
			}
			if _, err := tx.NewRaw("UPDATE source SET password = ? WHERE task_id = ? AND name = ?", sealed, id, src.Name).Exec(ctx); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
