package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type directoryRow struct {
	bun.BaseModel `bun:"table:directory"`

	ID        string `bun:",pk"`
	Name      string
	Settings  string
	Password  string
	UpdatedAt int64
}

// directoryWhere binds the password of a directory to its row, and to all that
// decides which server it is sent to.
func directoryWhere(d task.Directory) string {
	return "directory.password:" + d.ID + " " + directoryReach(d)
}

func directoryReach(d task.Directory) string {
	return fmt.Sprintf("%s %q %q ca=%q", d.Kind, strings.ToLower(d.URL), d.BindDN, d.CAFile)
}

func (r directoryRow) directory() (task.Directory, error) {
	var d task.Directory
	if err := json.Unmarshal([]byte(r.Settings), &d); err != nil {
		return d, fmt.Errorf("directory %s: %w", r.ID, err)
	}
	d.ID, d.Name, d.Updated = r.ID, r.Name, toTime(r.UpdatedAt)
	return d, nil
}

// Directories returns all directories by name, their passwords empty.
func (s *Store) Directories(ctx context.Context) ([]task.Directory, error) {
	var rows []directoryRow
	err := s.read.NewSelect().Model(&rows).Order("name").Scan(ctx)
	out := make([]task.Directory, 0, len(rows))
	for _, row := range rows {
		d, rowErr := row.directory()
		err = errors.Join(err, rowErr)
		out = append(out, d)
	}
	return out, s.wrap("read the directories", err)
}

// Directory returns the directory of an ID, or of a name if there is no such ID,
// with its password. It is [ErrNotFound] if there is none.
func (s *Store) Directory(ctx context.Context, idOrName string) (task.Directory, error) {
	doing := "read the directory " + idOrName
	var row directoryRow
	err := s.read.NewSelect().Model(&row).Where("id = ? OR name = ?", idOrName, idOrName).
		OrderExpr("CASE WHEN id = ? THEN 0 ELSE 1 END", idOrName).Limit(1).Scan(ctx)
	if err != nil {
		return task.Directory{}, s.wrap(doing, notFound(err))
	}
	d, err := row.directory()
	if err != nil || row.Password == "" {
		return d, s.wrap(doing, err)
	}
	if s.box == nil {
		return d, s.wrap(doing, ErrNoKey)
	}
	plain, err := s.box.Unseal(directoryWhere(d), row.Password)
	d.Password = task.Password(plain)
	return d, s.wrap(doing, err)
}

// SaveDirectory validates and stores d. With an empty ID it is made and gets one; an
// ID that is not there is [ErrNotFound], a name that another one has
// [ErrNameTaken]. An empty password keeps the stored one as long as it is the same
// server and the same bind DN.
func (s *Store) SaveDirectory(ctx context.Context, d *task.Directory) error {
	if err := d.Validate(); err != nil {
		return refused(err)
	}
	saved := *d
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row directoryRow
		var before task.Directory
		if saved.ID == "" {
			saved.ID = newID()
		} else {
			err := tx.NewSelect().Model(&row).Where("id = ?", saved.ID).Scan(ctx)
			if err != nil {
				return notFound(err)
			}
			if before, err = row.directory(); err != nil {
				return err
			}
		}
		if taken, err := tx.NewSelect().Model((*directoryRow)(nil)).Where("name = ? AND id <> ?", saved.Name, saved.ID).Exists(ctx); err != nil || taken {
			return errors.Join(err, isTaken(taken))
		}
		settings, err := json.Marshal(saved)
		if err != nil {
			return err
		}
		switch {
		case saved.BindDN == "":
			row.Password = ""
		case saved.Password != "":
			if s.box == nil {
				return ErrNoKey
			}
			if row.Password, err = s.box.Seal(directoryWhere(saved), []byte(saved.Password.Reveal())); err != nil {
				return err
			}
		case row.Password == "":
			return ErrPasswordNeeded
		case directoryReach(saved) != directoryReach(before):
			return fmt.Errorf("%w again, because the stored one belongs to another server or bind DN", ErrPasswordNeeded)
		}
		now := toMillis(s.now())
		row.ID, row.Name, row.Settings, row.UpdatedAt = saved.ID, saved.Name, string(settings), now
		saved.Updated = toTime(now)
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
			Set("name = excluded.name, settings = excluded.settings, password = excluded.password, updated_at = excluded.updated_at").Exec(ctx)
		return err
	})
	if err != nil {
		return s.wrap(fmt.Sprintf("save the directory %q", d.Name), err)
	}
	*d = saved
	return nil
}

// DeleteDirectory removes a directory. One that rules ask is [ErrInUse], one that
// is not there [ErrNotFound].
func (s *Store) DeleteDirectory(ctx context.Context, id string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var names []string
		if err := tx.NewRaw("SELECT name FROM rule WHERE directory_id = ? ORDER BY name LIMIT 4", id).Scan(ctx, &names); err != nil {
			return err
		}
		if len(names) > 0 {
			return inUse(names)
		}
		return affected(tx.NewRaw("DELETE FROM directory WHERE id = ?", id).Exec(ctx))
	})
	return s.wrap("delete the directory "+id, err)
}
