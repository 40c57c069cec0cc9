package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
)

// Where the key is that seals credentials, and where Rekey finds a new one.
const (
	KeyFile       = secret.FileName // in the data directory
	EnvNewKey     = secret.EnvNewKey
	EnvNewKeyFile = secret.EnvNewKeyFile
)

// KeepOptions say which database is meant by what looks after it: backup, restore,
// moving and changing the key.
type KeepOptions struct {
	Data     string // data directory
	Database string // URL of a PostgreSQL database; "" is the file in Data
	Getenv   func(string) string
}

func (o KeepOptions) where() string {
	if o.Database == "" {
		return filepath.Join(o.Data, store.FileName)
	}
	return "the database"
}

// alone keeps services away from the data directory. It is an error when a service
// or a copy is at work on it.
func alone(data dataDir) (unlock func(), err error) {
	unlock, err = data.lockService()
	if err != nil {
		return nil, inUse("stop the service first: ", err)
	}
	copies, err := filepath.Glob(filepath.Join(string(data), "locks", "copy-*.lock"))
	for _, file := range copies {
		var free func()
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "copy-"), ".lock")
		if free, err = data.lockCopy(name); err != nil {
			break
		}
		free()
	}
	if err != nil {
		unlock()
		return nil, inUse("", err)
	}
	return unlock, nil
}

// inUse makes an error of a lock that is taken one that has its own hint in it.
func inUse(what string, err error) error {
	if errors.Is(err, ErrRunning) {
		return as(ErrInUse, errors.New(what+err.Error()))
	}
	return err
}

// deserted is an error while services are at work on a PostgreSQL database.
func deserted(ctx context.Context, db *store.Store) error {
	if !db.Shared() {
		return nil // the lock of the data directory says so
	}
	nodes, err := db.Nodes(ctx, jobs.DefaultLease)
	if err != nil {
		return err
	}
	if len(nodes) > 0 {
		return as(ErrInUse, fmt.Errorf("stop the services first: %s is at work on the database, and %d in all", nodes[0].Name, len(nodes)))
	}
	return nil
}

// existing refuses to go on with a database file that is not there: opening it
// would make one.
func (o KeepOptions) existing() error {
	if o.Database != "" {
		return ValidDatabase(o.Database)
	}
	if _, err := os.Stat(o.where()); err != nil {
		return as(ErrFile, fmt.Errorf("there is no database %s: %w", o.where(), reason(err)))
	}
	return nil
}

// Backup writes the database into a new SQLite file, while services go on.
func Backup(ctx context.Context, o KeepOptions, file string) error {
	if err := o.existing(); err != nil {
		return err
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return err
	}
	db, err := data.openDatabase(ctx, o.Database, nil)
	if err != nil {
		return err
	}
	err = db.Backup(ctx, file)
	if errors.Is(err, store.ErrExists) || isPathError(err) {
		err = as(ErrFile, err)
	}
	return errors.Join(err, db.Close())
}

func isPathError(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	return errors.As(err, &path) || errors.As(err, &link)
}

// Restore fills the database from a file of Backup. A PostgreSQL database has to be
// empty. A database file that is there is replaced with replace only, and kept
// under another name, which is returned.
func Restore(ctx context.Context, o KeepOptions, file string, replace bool) (kept string, err error) {
	if _, err := os.Stat(file); err != nil {
		return "", as(ErrFile, fmt.Errorf("the backup %s can not be read: %w", file, reason(err)))
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return "", err
	}
	unlock, err := alone(data)
	if err != nil {
		return "", err
	}
	defer unlock()
	// A backup is not written to: what an earlier version made is brought up to date
	// in a copy.
	dir, err := os.MkdirTemp(string(data), ".restore-*")
	if err != nil {
		return "", as(ErrData, fmt.Errorf("data directory %s: %w", string(data), reason(err)))
	}
	defer os.RemoveAll(dir)
	copied := filepath.Join(dir, store.FileName)
	if err := copyFile(file, copied); err != nil {
		return "", as(ErrFile, fmt.Errorf("the backup %s can not be read: %w", file, reason(err)))
	}
	from, err := store.Open(ctx, copied, nil)
	if err != nil {
		return "", fmt.Errorf("the backup %s: %w", file, err)
	}
	if o.Database != "" {
		err := intoPostgres(ctx, from, o.Database)
		return "", errors.Join(err, from.Close())
	}
	if err := errors.Join(from.Close(), store.CheckWhole(ctx, copied)); err != nil {
		return "", fmt.Errorf("the backup %s: %w", file, err)
	}
	place := filepath.Join(string(data), store.FileName)
	if _, err := os.Stat(place); err == nil {
		if !replace {
			return "", as(ErrFile, fmt.Errorf("there is a database %s; with --replace it is kept under another name, and the backup takes its place", place))
		}
		// Closing takes the write-ahead log into the file that is renamed.
		old, err := data.openStore(ctx, nil)
		if err == nil {
			err = old.Close()
		}
		var damaged *store.FileError
		if err != nil && !errors.As(err, &damaged) {
			return "", err
		}
		kept = place + time.Now().UTC().Format(".before-20060102T150405Z")
		for _, end := range []string{"-wal", "-shm", ""} {
			if err := os.Rename(place+end, kept+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", as(ErrFile, fmt.Errorf("%s can not be renamed: %w", place+end, reason(err)))
			}
		}
	}
	free, err := data.lockOpening(ctx) // nobody makes a new one meanwhile
	if err != nil {
		return kept, err
	}
	defer free()
	if err := os.Rename(copied, place); err != nil {
		return kept, as(ErrFile, fmt.Errorf("%s can not be made: %w", place, reason(err)))
	}
	return kept, syncDir(string(data))
}

// MoveStore copies the database file of the data directory into an empty PostgreSQL
// database, and returns how many rows that were. The file stays as it is.
func MoveStore(ctx context.Context, o KeepOptions, to string) (rows int64, err error) {
	if err := ValidDatabase(to); err != nil {
		return 0, err
	}
	if err := o.existing(); err != nil {
		return 0, err
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return 0, err
	}
	unlock, err := alone(data)
	if err != nil {
		return 0, err
	}
	defer unlock()
	from, err := data.openStore(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	return moveInto(ctx, from, to)
}

func intoPostgres(ctx context.Context, from *store.Store, to string) error {
	_, err := moveInto(ctx, from, to)
	return err
}

func moveInto(ctx context.Context, from *store.Store, url string) (rows int64, err error) {
	to, err := store.OpenPostgres(ctx, url, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := deserted(ctx, to); err != nil {
		return 0, err
	}
	rows, err = from.CopyTo(ctx, to)
	if errors.Is(err, store.ErrNotEmpty) {
		err = as(ErrFile, err)
	}
	return rows, err
}

// Rekey seals all stored credentials with another key. It returns how many those
// were, and whether the new key has taken the place of the old one: otherwise the
// environment has to be changed. A change that was interrupted is finished.
func Rekey(ctx context.Context, o KeepOptions) (sealed int, installed bool, err error) {
	if err := o.existing(); err != nil {
		return 0, false, err
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return 0, false, err
	}
	unlock, err := alone(data)
	if err != nil {
		return 0, false, err
	}
	defer unlock()
	next, err := secret.OpenNew(string(data), o.Getenv)
	if err != nil {
		return 0, false, as(ErrData, err)
	}
	// What was interrupted after everything was sealed lacks this step only.
	if db, err := data.openDatabase(ctx, o.Database, next.Box); err == nil {
		if err := errors.Join(deserted(ctx, db), db.Close()); err != nil {
			return 0, false, err
		}
		installed, err = next.Install()
		return 0, installed, err
	} else if !errors.Is(err, store.ErrWrongKey) {
		return 0, false, err
	}
	box, err := secret.Open(string(data), o.Getenv)
	if err != nil {
		return 0, false, as(ErrData, err)
	}
	db, err := data.openDatabase(ctx, o.Database, box)
	if err != nil {
		return 0, false, err
	}
	if err = deserted(ctx, db); err == nil {
		sealed, err = db.Rekey(ctx, next.Box)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, false, err
	}
	installed, err = next.Install()
	return sealed, installed, err
}

func copyFile(from, to string) error {
	text, err := os.Open(from)
	if err != nil {
		return err
	}
	defer text.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return as(ErrData, fmt.Errorf("data directory %s: %w", dir, reason(err)))
	}
	return errors.Join(d.Sync(), d.Close())
}
