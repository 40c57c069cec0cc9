package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// FileName is the name of the database file in a data directory.
const FileName = "mailweir.db"

// Sealer encrypts credentials for the place where they are stored. [secret.Box]
// is one.
//
// [secret.Box]: https://pkg.go.dev/github.com/mailweir/mailweir/host/secret#Box
type Sealer interface {
	Seal(where string, plain []byte) (string, error)
	Unseal(where, sealed string) ([]byte, error)
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	path  string // of the file, or the URL without a password
	box   Sealer
	write *bun.DB // one connection of SQLite, some of PostgreSQL
	read  *bun.DB // some, read-only
	now   func() time.Time
	node  string // names this opening of the database; see lease.go
	pg    bool   // the database is PostgreSQL
	queue *pgxpool.Pool
}

// SetClock lets the store live by another clock than the system's. It is for tests
// of what takes days, and comes before all use.
func (s *Store) SetClock(now func() time.Time) { s.now = now }

const (
	// readConns are enough for pages and for a few folders of a ledger being
	// loaded at once; each has a cache of about 2 MB.
	readConns = 4

	// busyTimeout is long because the only other writer is another copy on the
	// same data directory, which commits every second or so and never waits for
	// a network meanwhile.
	busyTimeout = 30 * time.Second

	// checkWhole is the size up to which the whole file is checked at opening,
	// which takes about 10 ms then. Damage in larger files shows when it is met.
	checkWhole = 1 << 20
)

// Open opens the database file at path; it makes the file (mode 0600) and its
// directory (0700) if they are missing, and brings older tables up to date. box
// nil means that there is no key: tasks with passwords can neither be stored nor
// run then, the ledger works. The caller closes the Store.
//
// Trouble with the file is a [*FileError].
func Open(ctx context.Context, path string, box Sealer) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	empty, err := prepareFile(abs)
	if err != nil {
		return nil, err
	}
	s := &Store{path: abs, box: box, now: time.Now, node: newID()}
	// What is there is judged through a connection that can not write.
	s.read = bun.NewDB(openPool(abs, readConns, url.Values{
		"mode":    {"ro"},
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())},
	}), sqlitedialect.New())
	s.write = bun.NewDB(openPool(abs, 1, url.Values{
		"mode":    {"rw"},
		"_txlock": {"immediate"},
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
			"journal_mode(WAL)",
			"synchronous(FULL)",
			"foreign_keys(1)",
		},
	}), sqlitedialect.New())
	if err := s.init(ctx, empty); err != nil {
		_ = s.Close()
		return nil, fileError(abs, err)
	}
	return s, nil
}

func (s *Store) init(ctx context.Context, empty bool) error {
	version := int64(0)
	if !empty {
		var err error
		if version, err = s.inspect(ctx); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, version); err != nil {
		return err
	}
	return s.ready(ctx)
}

// ready is the last part of opening, when all tables are there.
func (s *Store) ready(ctx context.Context) error {
	if err := s.placeTasks(ctx); err != nil {
		return err
	}
	if s.box == nil {
		return nil
	}
	return s.checkKey(ctx)
}

// Close ends all connections. The write connection goes last, so that it takes
// the write-ahead log into the file.
func (s *Store) Close() error {
	if s.queue != nil {
		s.queue.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// DB is the write pool. On SQLite it has one connection, through which the job
// queue keeps its tables, too: whoever holds it stops all other writers.
func (s *Store) DB() *sql.DB { return s.write.DB }

// Path is the absolute path of the database file, or the URL of the database
// without its password.
func (s *Store) Path() string { return s.path }

func openPool(path string, conns int, query url.Values) *sql.DB {
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		panic(err) // the driver is registered by our import; nothing is opened yet
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(0)
	db.SetConnMaxLifetime(0)
	return db
}

// prepareFile makes the directory and the file if they are missing, and reports
// whether the file is empty. It refuses a file that can not be a database.
func prepareFile(path string) (empty bool, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, &FileError{Path: dir, Kind: ErrNoDir, Err: cause(err)}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if _, missing := os.Stat(path); errors.Is(missing, fs.ErrNotExist) {
			return false, &FileError{Path: dir, Kind: ErrNoDir, Err: cause(err)}
		}
		return false, &FileError{Path: path, Kind: ErrReadOnly, Err: cause(err)}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, &FileError{Path: path, Kind: ErrReadOnly, Err: cause(err)}
	}
	if !info.Mode().IsRegular() {
		return false, &FileError{Path: path, Kind: ErrForeign}
	}
	if info.Mode().Perm()&0o077 != 0 {
		// SQLite gives its side files the mode of this one.
		if err := f.Chmod(0o600); err != nil {
			return false, &FileError{Path: path, Kind: ErrReadOnly, Err: cause(err)}
		}
	}
	if info.Size() == 0 {
		return true, nil
	}
	// https://www.sqlite.org/fileformat.html section 1.3: the header has 100
	// bytes and begins with this text. SQLite would take a shorter file for an
	// empty one and write over it.
	const magic = "SQLite format 3\x00"
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:len(magic)]) != magic {
		return false, &FileError{Path: path, Kind: ErrDamaged, Err: errors.New("it does not begin like a database")}
	}
	return false, nil
}
