package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// ErrExists means that a file which is to be made is there.
var ErrExists = errors.New("the file is there already; it was left as it is")

// Backup writes everything that is kept into a new SQLite file (mode 0600), as it
// is at one moment, while others go on working. The file can be opened by [Open],
// whichever kind of database s is. It appears under its name when it is whole and
// on the disk. A file that is there is [ErrExists].
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("backup %s: %w", file, ErrExists)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup %s: %w", file, cause(err))
	}
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, "."+filepath.Base(file)+".partial-*")
	if err != nil {
		return fmt.Errorf("backup %s: %w", file, &FileError{Path: dir, Kind: ErrNoDir, Err: cause(err)})
	}
	partial := f.Name()
	_ = f.Close()
	defer func() {
		for _, end := range []string{"", "-wal", "-shm", "-journal"} {
			_ = os.Remove(partial + end)
		}
	}()
	if err := s.writeTo(ctx, partial); err != nil {
		return fmt.Errorf("backup %s: %w", file, err)
	}
	if err := errors.Join(syncFile(partial), os.Link(partial, file), syncFile(dir)); err != nil {
		return fmt.Errorf("backup %s: %w", file, cause(err))
	}
	return nil
}

// writeTo fills an empty file.
func (s *Store) writeTo(ctx context.Context, file string) error {
	if !s.pg {
		_, err := s.read.DB.ExecContext(ctx, "VACUUM INTO ?", file)
		return fileError(file, err)
	}
	to, err := Open(ctx, file, nil)
	if err != nil {
		return err
	}
	_, err = s.CopyTo(ctx, to)
	return errors.Join(err, to.Close())
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// CheckWhole reads the whole database file at path, which nobody has open, and says
// whether it is sound. Trouble is a [*FileError].
func CheckWhole(ctx context.Context, path string) error {
	db := openPool(path, 1, url.Values{"mode": {"ro"}})
	defer db.Close()
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return fileError(path, err)
	}
	if found != "ok" {
		return &FileError{Path: path, Kind: ErrDamaged, Err: errors.New(strings.Join(strings.Fields(found), " "))}
	}
	return nil
}
