package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ErrNotEmpty means that a database which is to be filled holds something.
var ErrNotEmpty = errors.New("the database is not empty; nothing was changed in it")

// CopyTo copies everything that is kept in s, the ledger included, into the
// database of to, as it is at one moment, in one step: all of it, or nothing. It
// compares the number of rows of each table before that step, and returns the
// number of all rows. A database that holds anything is [ErrNotEmpty].
//
// Runs that are at work go on in the other database when a service starts on it.
func (s *Store) CopyTo(ctx context.Context, to *Store) (rows int64, err error) {
	rows, err = s.copyTo(ctx, to)
	if err != nil {
		return 0, fmt.Errorf("copy %s to %s: %w", s.path, to.path, err)
	}
	return rows, nil
}

func (s *Store) copyTo(ctx context.Context, to *Store) (int64, error) {
	from, err := s.read.DB.BeginTx(ctx, s.snapshot())
	if err != nil {
		return 0, s.fileError(err)
	}
	defer func() { _ = from.Rollback() }() // it reads only
	tables, err := s.tables(ctx, from)
	if err != nil {
		return 0, s.fileError(err)
	}
	conn, err := to.write.DB.Conn(ctx)
	if err != nil {
		return 0, to.fileError(err)
	}
	defer conn.Close()
	if err := sameTables(ctx, to, conn, tables); err != nil {
		return 0, err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return 0, to.fileError(err)
	}
	total, err := int64(0), error(nil)
	for _, t := range tables {
		var n int64
		if n, err = s.copyTable(ctx, from, to, conn, t); err != nil {
			err = fmt.Errorf("table %s: %w", t.name, err)
			break
		}
		total += n
	}
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	// Whatever becomes of ctx: the connection goes back to its pool.
	_, endErr := conn.ExecContext(context.WithoutCancel(ctx), end)
	return total, errors.Join(err, to.fileError(endErr))
}

// sameTables makes sure that to has tables like these, and nothing in them.
func sameTables(ctx context.Context, to *Store, conn *sql.Conn, tables []table) error {
	there, err := to.tables(ctx, conn)
	if err != nil {
		return to.fileError(err)
	}
	spell := func(list []table) string {
		var b strings.Builder
		for _, t := range list {
			fmt.Fprintf(&b, "%s(%s)\n", t.name, t.list())
		}
		return b.String()
	}
	if spell(there) != spell(tables) {
		return errors.New("the tables of the two databases differ; open both with the same version of mailweir")
	}
	for _, t := range there {
		n, err := countRows(ctx, conn, t.name)
		if err != nil {
			return to.fileError(err)
		}
		if n > 0 {
			return fmt.Errorf("%w: table %s has %d rows", ErrNotEmpty, t.name, n)
		}
	}
	return nil
}

// copyTable copies the rows of one table.
func (s *Store) copyTable(ctx context.Context, from *sql.Tx, to *Store, conn *sql.Conn, t table) (int64, error) {
	rows, err := from.QueryContext(ctx, `SELECT `+t.list()+` FROM "`+t.name+`"`)
	if err != nil {
		return 0, s.fileError(err)
	}
	defer rows.Close()
	r := &rowReader{rows: rows, table: t, values: make([]any, len(t.columns))}
	if to.pg {
		err = pgInsert(ctx, conn, t, r)
	} else {
		err = sqliteInsert(ctx, conn, t, r)
	}
	if err := errors.Join(r.err, rows.Err()); err != nil {
		return 0, s.fileError(err)
	}
	if err != nil {
		return 0, to.fileError(err)
	}
	n, err := countRows(ctx, conn, t.name)
	if err != nil {
		return 0, to.fileError(err)
	}
	if n != r.n {
		return 0, fmt.Errorf("%d rows were read and %d are there", r.n, n)
	}
	return n, nil
}

// rowReader reads rows as values that both drivers take. It is a pgx.CopyFromSource.
type rowReader struct {
	rows   *sql.Rows
	table  table
	values []any
	n      int64
	err    error
}

// Next implements pgx.CopyFromSource.
func (r *rowReader) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	into := make([]any, len(r.values))
	for i := range into {
		into[i] = &r.values[i]
	}
	if r.err = r.rows.Scan(into...); r.err != nil {
		return false
	}
	for i, c := range r.table.columns {
		switch v := r.values[i].(type) {
		case int64:
			if c.boolean {
				r.values[i] = v != 0
			}
		case []byte:
			if c.text {
				r.values[i] = string(v)
			}
		case string:
			if strings.IndexByte(v, 0) >= 0 {
				r.err = fmt.Errorf("column %s: a text holds a NUL, which PostgreSQL can not store: %.40q", c.name, v)
				return false
			}
		}
	}
	r.n++
	return true
}

// Values implements pgx.CopyFromSource.
func (r *rowReader) Values() ([]any, error) { return r.values, nil }

// Err implements pgx.CopyFromSource.
func (r *rowReader) Err() error { return r.err }

func pgInsert(ctx context.Context, conn *sql.Conn, t table, r *rowReader) error {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	err := conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{t.name}, names, r)
		return err
	})
	if err != nil {
		return err
	}
	// The next number that the database gives is beyond those that are there.
	there, err := identities(ctx, conn, t.name)
	if err != nil {
		return err
	}
	for _, name := range there {
		query := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', '%s'), max("%s")) FROM "%s" HAVING max("%s") IS NOT NULL`,
			t.name, name, name, t.name, name)
		if err := each(ctx, conn, query, func(*sql.Rows) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// identities are the columns of a table that PostgreSQL numbers.
func identities(ctx context.Context, q querier, table string) (names []string, err error) {
	query := `SELECT column_name::text FROM information_schema.columns
		WHERE table_schema = current_schema() AND is_identity = 'YES' AND table_name = '` + table + `'`
	err = each(ctx, q, query, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

func sqliteInsert(ctx context.Context, conn *sql.Conn, t table, r *rowReader) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ")
	insert, err := conn.PrepareContext(ctx, `INSERT INTO "`+t.name+`" (`+t.list()+`) VALUES (`+marks+`)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for r.Next() {
		if _, err := insert.ExecContext(ctx, r.values...); err != nil {
			return err
		}
	}
	return nil
}
