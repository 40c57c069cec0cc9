package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// schemaVersion is the number of the newest file in migrations/sqlite.
const schemaVersion = 2

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
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, err
	}
	row := conn.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema")
	if err := row.Scan(&tables, &versions); err != nil {
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
	if version > schemaVersion {
		return 0, &FileError{Path: s.path, Kind: ErrNewer, Err: fmt.Errorf("tables of version %d, this program knows %d", version, schemaVersion)}
	}
	return version, nil
}

// migrate brings the tables from the given version up to date. With nothing to
// do it does not touch the file.
func (s *Store) migrate(ctx context.Context, version int64) error {
	if version == schemaVersion {
		return nil
	}
	if version == 0 {
		// Before any table is made: what a crash leaves behind is known as ours.
		if _, err := s.write.DB.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
	}
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write.DB, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		// Another process may have been at it at the same time.
		if now, again := s.inspect(ctx); again == nil && now == schemaVersion {
			return nil
		}
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}
