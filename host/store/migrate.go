package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

// schemaVersion is the number of the newest file in migrations/sqlite, and in
// migrations/postgres.
var schemaVersion = newest("migrations/sqlite")

// schemaSteps is how many files there are.
var schemaSteps = countSteps("migrations/sqlite")

func countSteps(dir string) int64 {
	entries, err := migrations.ReadDir(dir)
	if err != nil {
		panic(err) // it is embedded
	}
	return int64(len(entries))
}

// applied is how many steps the tables have gone through.
func (s *Store) applied(ctx context.Context) (n int64, err error) {
	err = s.read.DB.QueryRowContext(ctx, "SELECT count(DISTINCT version_id) FROM goose_db_version WHERE is_applied AND version_id > 0").Scan(&n)
	return n, err
}

func newest(dir string) (version int64) {
	entries, err := migrations.ReadDir(dir)
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		if n, err := goose.NumericComponent(e.Name()); err == nil {
			version = max(version, n)
		}
	}
	return version
}

// applicationID is "mwdb". It stands in the file's header and tells it from
// another program's.
const applicationID = 0x6d776462

// inspect judges a file that is not empty, without writing to it, and returns
// the version of its tables: 0 when there are none yet.
func (s *Store) inspect(ctx context.Context) (version int64, err error) {
	conn, err := s.read.DB.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var id, tables, versions int64
	// In one statement, which sees one state: another process may be making them.
	row := conn.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema`)
	if err := row.Scan(&id, &tables, &versions); err != nil {
		return 0, err
	}
	switch {
	case tables == 0 && (id == 0 || id == applicationID):
		return 0, nil // a first start that got no further
	case id != applicationID:
		return 0, &FileError{Path: s.path, Kind: ErrForeign}
	case versions == 0:
		return 0, &FileError{Path: s.path, Kind: ErrDamaged, Err: errors.New("it does not tell its version")}
	}
	if info, err := os.Stat(s.path); err == nil && info.Size() <= checkWhole {
		var found string
		if err := conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
			return 0, err
		}
		if found != "ok" {
			return 0, &FileError{Path: s.path, Kind: ErrDamaged, Err: errors.New(strings.Join(strings.Fields(found), " "))}
		}
	}
	row = conn.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1")
	if err := row.Scan(&version); err != nil {
		return 0, &FileError{Path: s.path, Kind: ErrDamaged, Err: err}
	}
	return version, s.checkVersion(version)
}

// checkVersion refuses tables that this program does not know.
func (s *Store) checkVersion(version int64) error {
	if version > schemaVersion {
		return &FileError{Path: s.path, Kind: ErrNewer, Err: fmt.Errorf("tables of version %d, this program knows %d", version, schemaVersion)}
	}
	return nil
}

// migrate brings the tables from the given version up to date. With nothing to
// do it does not touch the file.
func (s *Store) migrate(ctx context.Context, version int64) error {
	if version == schemaVersion {
		// Numbers are given out before the work is done: an older one may have come later.
		if n, err := s.applied(ctx); err != nil || n == schemaSteps {
			return err
		}
	}
	dir, dialect := "migrations/sqlite", goose.DialectSQLite3
	if s.pg {
		dir, dialect = "migrations/postgres", goose.DialectPostgres
	}
	if version == 0 && !s.pg {
		// Before any table is made: what a crash leaves behind is known as ours.
		if _, err := s.write.DB.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
	}
	steps, err := steps(dir)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, s.write.DB, nil, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		// Another process may have been at it at the same time.
		if !s.pg {
			if now, again := s.inspect(ctx); again == nil && now == schemaVersion {
				return nil
			}
		}
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// steps are the files of dir as goose takes them. Their statements
// go to the driver as a whole: goose's own reader of such files takes 12 MB to
// find the ends of statements, which is as much as a copy needs for its mail.
func steps(dir string) ([]*goose.Migration, error) {
	entries, err := migrations.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []*goose.Migration
	for _, e := range entries {
		version, err := goose.NumericComponent(e.Name())
		if err != nil {
			return nil, fmt.Errorf("migrate the database: %w", err)
		}
		text, err := migrations.ReadFile(path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(text))
			return err
		}}, nil))
	}
	return out, nil
}
