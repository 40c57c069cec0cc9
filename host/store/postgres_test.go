package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/store/storetest"
)

// tableColumns are the columns of our tables: name and whether they may be missing.
func tableColumns(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	query := "SELECT m.name, c.name, c.\"notnull\" FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY c.name"
	if s.pg {
		query = `SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns
			WHERE table_schema = current_schema() ORDER BY column_name COLLATE "C"`
	}
	rows, err := s.read.DB.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := make(map[string][]string)
	for rows.Next() {
		var table, column string
		var needed bool
		if err := rows.Scan(&table, &column, &needed); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(table, "goose_") && !strings.HasPrefix(table, "sqlite_") {
			got[table] = append(got[table], fmt.Sprint(column, " ", needed))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPostgres_hasTheTablesOfSQLite(t *testing.T) {
	pg, lite := tableColumns(t, openPostgres(t, nil)), tableColumns(t, openAt(t, t.TempDir()+"/"+FileName, nil))
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("SQLite has -, PostgreSQL has +:\n%s", diff)
	}
	if len(pg) < 10 {
		t.Errorf("only %d tables", len(pg))
	}
	if a, b := newest("migrations/sqlite"), newest("migrations/postgres"); a != b {
		t.Errorf("the newest file of SQLite is %d, of PostgreSQL %d", a, b)
	}
}

func TestPostgres_letsSeveralFirstStartsThrough(t *testing.T) {
	database := storetest.Database(t)
	box := testBox(t, t.TempDir())
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			s, err := OpenPostgres(context.Background(), database, box)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := openURL(t, database, box)
	var schema, commit string
	if err := s.DB().QueryRow("SELECT current_schema(), current_setting('synchronous_commit')").Scan(&schema, &commit); err != nil {
		t.Fatal(err)
	}
	if schema != pgSchema || commit != "on" {
		t.Errorf("the schema is %s, synchronous_commit is %s", schema, commit)
	}
	if _, err := s.read.Exec("DELETE FROM setting"); err == nil {
		t.Error("the read pool can write")
	}
}

func TestPostgres_refusesInOneSentenceWithoutThePassword(t *testing.T) {
	const password = "s3cret-canary"
	with := func(database string, change func(u *url.URL)) string {
		u, err := url.Parse(database)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), password)
		if change != nil {
			change(u)
		}
		return u.String()
	}
	filled := func(t *testing.T, statement string) string {
		database := storetest.Postgres(t)
		s := openURL(t, database, testBox(t, t.TempDir()))
		if _, err := s.DB().Exec(statement); err != nil {
			t.Fatal(err)
		}
		return with(database, nil)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	tests := []struct {
		name string
		url  func(t *testing.T) string
		want error
	}{
		{"no URL", func(*testing.T) string { return "postgres://ann:" + password + "@host:port/db" }, ErrURL},
		{"a setting that is none", func(*testing.T) string { return "postgres://ann:" + password + "@host/db?sslmode=perhaps" }, ErrURL},
		{"nobody there", func(*testing.T) string { return "postgres://ann:" + password + "@" + closed.Addr().String() + "/db" }, ErrUnreachable},
		{"a host without an address", func(*testing.T) string { return "postgres://ann:" + password + "@nowhere.invalid/db" }, ErrUnreachable},
		{"no such user", func(t *testing.T) string {
			return with(storetest.Postgres(t), func(u *url.URL) { u.User = url.UserPassword("eve", password) })
		}, ErrLogin},
		{"no such database", func(t *testing.T) string {
			return with(storetest.Postgres(t), func(u *url.URL) { u.Path = "nosuch" })
		}, ErrNoDatabase},
		{"no rights", func(t *testing.T) string {
			database := storetest.Database(t)
			storetest.Admin(t, database, "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'guest') THEN CREATE ROLE guest LOGIN; END IF; END $$")
			return with(database, func(u *url.URL) { u.User = url.UserPassword("guest", password) })
		}, ErrRights},
		{"a newer version", func(t *testing.T) string {
			return filled(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
		}, ErrNewer},
		{"tables of somebody else", func(t *testing.T) string {
			database := storetest.Postgres(t)
			storetest.Admin(t, database, "CREATE TABLE task (id int)")
			return with(database, nil)
		}, ErrForeignSchema},
		{"another key", func(t *testing.T) string { return filled(t, "SELECT 1") }, ErrWrongKey},
		{"a database that can only be read", func(t *testing.T) string {
			database := storetest.Database(t)
			storetest.Admin(t, database, `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$`)
			return with(database, nil)
		}, ErrReadOnly},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := OpenPostgres(t.Context(), tt.url(t), testBox(t, t.TempDir()))
			if err == nil {
				_ = s.Close()
				t.Fatal("was opened")
			}
			var file *FileError
			if !errors.Is(err, tt.want) || !errors.As(err, &file) {
				t.Errorf("got %v; want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one sentence, or one with the password: %v", err)
			}
			t.Log(err)
		})
	}
}

func TestPostgres_saysWhatIsWrongLater(t *testing.T) {
	s := openPostgres(t, testBox(t, t.TempDir()))
	storetest.Admin(t, s.path, "ALTER TABLE setting RENAME TO gone")
	if _, err := s.Limits(t.Context()); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a table that is gone: %v", err)
	}
	// Whoever closes all connections, as a restart does, ends one statement and not
	// the store.
	storetest.Admin(t, s.path, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mailweir' AND pid <> pg_backend_pid()")
	var err error
	for range 20 { // each connection is found out once
		if err = s.Beat(t.Context(), "x"); err == nil {
			break
		}
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("a connection that was ended: %v", err)
		}
	}
	if err != nil {
		t.Errorf("it does not come back: %v", err)
	}
}

// A process that is frozen in the middle of a transaction must not keep others
// from taking over what it has locked.
func TestPostgres_endsATransactionThatIsIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as such a transaction may be idle")
	}
	frozen := openPostgres(t, testBox(t, t.TempDir()))
	next := another(t, frozen)
	beat(t, frozen, next)
	run := running(t, frozen, "a")
	tx := must[*sql.Tx](t)(frozen.write.DB.Begin())
	if err := frozen.fence(t.Context(), tx, TicketOf(run)); err != nil {
		t.Fatal(err)
	}
	die(t, frozen)
	if got := must[[]Ticket](t)(next.TakeOver(t.Context(), ttl)); len(got) != 1 {
		t.Errorf("took over %v", got)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the frozen transaction could commit")
	}
}
