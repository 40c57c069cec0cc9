package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is one of our tables, as the database describes it.
type table struct {
	name    string
	columns []column // in the order of their names
	needs   []string // tables that its rows refer to
}

type column struct {
	name    string
	text    bool // holds text
	boolean bool
}

// notKept are tables that say nothing once the process that wrote them has ended.
var notKept = []string{"node"}

// tables returns the tables of the program, those that others refer to first. The
// job queue's, whose rows are made anew from the runs, and the migrations' are not
// among them.
func (s *Store) tables(ctx context.Context, q querier) ([]table, error) {
	columns := `SELECT m.name, c.name, upper(c.type) = 'TEXT', upper(c.type) = 'BOOLEAN'
		FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY m.name, c.name`
	references := `SELECT m.name, f."table" FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'`
	if s.pg {
		columns = `SELECT c.table_name::text, c.column_name::text, c.data_type = 'text', c.data_type = 'boolean'
			FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
			WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
			ORDER BY c.table_name COLLATE "C", c.column_name COLLATE "C"`
		references = `SELECT a.relname::text, b.relname::text FROM pg_constraint AS k JOIN pg_class AS a ON a.oid = k.conrelid
			JOIN pg_class AS b ON b.oid = k.confrelid WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace`
	}
	found := make(map[string]*table)
	var names []string
	err := each(ctx, q, columns, func(rows *sql.Rows) error {
		var name string
		var c column
		if err := rows.Scan(&name, &c.name, &c.text, &c.boolean); err != nil {
			return err
		}
		if strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "goose_") || strings.HasPrefix(name, "river_") || slices.Contains(notKept, name) {
			return nil
		}
		if found[name] == nil {
			found[name] = &table{name: name}
			names = append(names, name)
		}
		found[name].columns = append(found[name].columns, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, references, func(rows *sql.Rows) error {
		var from, to string
		if err := rows.Scan(&from, &to); err != nil {
			return err
		}
		if t := found[from]; t != nil && to != from {
			t.needs = append(t.needs, to)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var ordered []table
	placed := make(map[string]bool)
	for len(ordered) < len(names) {
		before := len(ordered)
		for _, name := range names {
			t := found[name]
			if !placed[name] && !slices.ContainsFunc(t.needs, func(n string) bool { return !placed[n] }) {
				placed[name] = true
				ordered = append(ordered, *t)
			}
		}
		if len(ordered) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return ordered, nil
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func each(ctx context.Context, q querier, query string, fn func(rows *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t table) list() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = `"` + c.name + `"`
	}
	return strings.Join(names, ", ")
}

func countRows(ctx context.Context, q querier, name string) (n int64, err error) {
	err = each(ctx, q, `SELECT count(*) FROM "`+name+`"`, func(rows *sql.Rows) error { return rows.Scan(&n) })
	if err != nil {
		err = fmt.Errorf("table %s: %w", name, err)
	}
	return n, err
}
