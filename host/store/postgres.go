package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

const (
	// pgSchema is where our tables are, unless the URL has a search_path of its
	// own: a database may be shared with others.
	pgSchema = "mailweir"

	// What one process asks of the server at most: 19 of the 100 connections
	// that it gives by default.
	pgWriteConns = 8
	pgReadConns  = 6
	pgQueueConns = 5

	// pgOldest is the oldest PostgreSQL that the tests run on.
	pgOldest = 150000

	// idleInTransaction is how long a process that was stopped in the middle of a
	// transaction keeps what it has locked. Ours take milliseconds.
	idleInTransaction = 8 * time.Second
)

// IsPostgres reports whether text names a PostgreSQL database rather than a file.
func IsPostgres(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

// OpenPostgres opens the PostgreSQL database at url, makes the schema "mailweir"
// in it if it is missing, and brings older tables up to date. Several processes
// may have the same database open. What the URL leaves out comes from the
// variables and files that libpq knows (PGPASSWORD, ~/.pgpass ...). box is as in
// [Open].
//
// Trouble with the database is a [*FileError]; it does not show the password.
func OpenPostgres(ctx context.Context, url string, box Sealer) (*Store, error) {
	pool, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, &FileError{Path: "the URL of the database", Kind: ErrURL, Err: urlFault(err)}
	}
	conn := pool.ConnConfig
	s := &Store{path: pgName(conn), box: box, now: time.Now, node: newID(), pg: true}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = 15 * time.Second
	}
	params := conn.RuntimeParams
	if params["search_path"] == "" {
		params["search_path"] = pgSchema
	}
	if params["application_name"] == "" {
		params["application_name"] = "mailweir"
	}
	// Whatever the server is set to: what was committed is on the disk.
	params["synchronous_commit"] = "on"
	params["idle_in_transaction_session_timeout"] = strconv.FormatInt(idleInTransaction.Milliseconds(), 10)
	params["lock_timeout"] = strconv.FormatInt(busyTimeout.Milliseconds(), 10)

	// Two pools, so that a writer never waits for a connection that a reader holds.
	s.write = bun.NewDB(pgOpen(conn, pgWriteConns, false), pgdialect.New())
	s.read = bun.NewDB(pgOpen(conn, pgReadConns, true), pgdialect.New())
	if err := s.initPostgres(ctx); err != nil {
		_ = s.Close()
		return nil, s.fileError(err)
	}
	pool.MaxConns = pgQueueConns
	if s.queue, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		_ = s.Close()
		return nil, s.fileError(err)
	}
	return s, nil
}

func pgOpen(c *pgx.ConnConfig, conns int, readOnly bool) *sql.DB {
	c = c.Copy()
	// bun writes values into its statements, so that hardly one comes twice:
	// preparing them would double the round trips.
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	if readOnly {
		c.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// Queue is the pool of connections for the job queue; nil when the database is a
// SQLite file.
func (s *Store) Queue() *pgxpool.Pool { return s.queue }

// Exclusively runs fn while no other process runs one on the same database, as
// for changing tables. On SQLite, where one process changes tables at a time
// anyway, it just runs fn.
func (s *Store) Exclusively(ctx context.Context, fn func(ctx context.Context) error) error {
	if !s.pg {
		return fn(ctx)
	}
	conn, err := s.write.DB.Conn(ctx)
	if err != nil {
		return s.fileError(err)
	}
	defer conn.Close()
	const key = "hashtext('mailweir tables ' || current_schema())"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+key+")"); err != nil {
		return s.fileError(err)
	}
	defer func() {
		// A connection that can not give it back loses it as it is closed.
		unlock, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = conn.ExecContext(unlock, "SELECT pg_advisory_unlock("+key+")")
	}()
	return fn(ctx)
}

func (s *Store) initPostgres(ctx context.Context) error {
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	err := s.Exclusively(ctx, func(ctx context.Context) error {
		version, err := s.inspectPostgres(ctx)
		if err != nil {
			return err
		}
		return s.migrate(ctx, version)
	})
	if err != nil {
		return err
	}
	return s.ready(ctx)
}

// checkServer refuses servers that are too old and makes the schema.
func (s *Store) checkServer(ctx context.Context) error {
	var version int64
	var schema sql.NullString
	row := s.write.DB.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::bigint, current_schema()")
	if err := row.Scan(&version, &schema); err != nil {
		return err
	}
	if version < pgOldest {
		return &FileError{Path: s.path, Kind: ErrOldServer, Err: fmt.Errorf("it is %d, mailweir needs %d", version/10000, pgOldest/10000)}
	}
	if schema.Valid {
		return nil
	}
	var wanted string
	if err := s.write.DB.QueryRowContext(ctx, "SELECT current_setting('search_path')").Scan(&wanted); err != nil {
		return err
	}
	wanted, _, _ = strings.Cut(wanted, ",")
	wanted = strings.Trim(strings.TrimSpace(wanted), `"`)
	_, err := s.write.NewRaw("CREATE SCHEMA IF NOT EXISTS ?", bun.Ident(wanted)).Exec(ctx)
	if code(err) == "23505" { // another process made it at the same moment
		return nil
	}
	return err
}

// inspectPostgres judges what is in the schema and returns the version of the
// tables: 0 when there are none yet.
func (s *Store) inspectPostgres(ctx context.Context) (version int64, err error) {
	var ours, others int64
	row := s.write.DB.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE tablename = 'goose_db_version'), count(*)
		FROM pg_tables WHERE schemaname = current_schema()`)
	if err := row.Scan(&ours, &others); err != nil {
		return 0, err
	}
	switch {
	case others == 0:
		return 0, nil
	case ours == 0:
		return 0, &FileError{Path: s.path, Kind: ErrForeignSchema}
	}
	row = s.write.DB.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied")
	if err := row.Scan(&version); err != nil {
		return 0, err
	}
	return version, s.checkVersion(version)
}

// pgName names the database without its password.
func pgName(c *pgx.ConnConfig) string {
	host := c.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	}
	name := "postgres://" + c.User + "@" + host + "/" + c.Database
	if path := c.RuntimeParams["search_path"]; path != "" {
		name += "?search_path=" + path
	}
	return name
}

// urlFault is what is wrong with a URL, in one line that does not repeat it.
func urlFault(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) && parse.Unwrap() != nil {
		err = parse.Unwrap()
	}
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 {
		text = text[i+3:]
	}
	return errors.New(text)
}

// snapshot are the options of a transaction that reads several tables as they
// were at one moment.
func (s *Store) snapshot() *sql.TxOptions {
	o := &sql.TxOptions{ReadOnly: true}
	if s.pg {
		o.Isolation = sql.LevelRepeatableRead // SQLite has no other
	}
	return o
}

// inTurn runs fn in a transaction while no other one that was begun in this way
// is under way, on any node. For changes that first read what they depend on:
// SQLite has one writer at a time and needs nothing for it.
func (s *Store) inTurn(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	return s.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if s.pg {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('mailweir turn ' || current_schema()))"); err != nil {
				return err
			}
		}
		return fn(ctx, tx)
	})
}

// bind writes the placeholders of a statement in the way of the database. The
// statement holds no other question mark.
func (s *Store) bind(query string) string {
	if !s.pg {
		return query
	}
	var b strings.Builder
	n := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}
