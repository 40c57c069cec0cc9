package store

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// code is the SQLSTATE of an error of PostgreSQL, or "".
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// pgFileError turns what PostgreSQL says of the database as a whole into a
// *FileError, and returns every other error as it is. The codes are in appendix A
// of its manual.
func pgFileError(path string, err error) error {
	var already *FileError
	if errors.As(err, &already) || errors.Is(err, context.Canceled) {
		return err
	}
	kind := error(nil)
	switch c := code(err); {
	case c == "":
		var connect *pgconn.ConnectError
		var netErr net.Error
		if !errors.As(err, &connect) && !errors.As(err, &netErr) {
			return err
		}
		kind = ErrUnreachable
	case strings.HasPrefix(c, "28"): // invalid authorization
		kind = ErrLogin
	case c == "3D000": // there is no such database
		kind = ErrNoDatabase
	case c == "42501": // insufficient privilege
		kind = ErrRights
	case c == "25006": // read-only transaction: a standby, or set so
		kind = ErrReadOnly
	case c == "53100":
		kind = ErrFull
	case c == "58030": // I/O error
		kind = ErrIO
	case c == "55P03": // lock timeout
		kind = ErrBusy
	case strings.HasPrefix(c, "XX"): // internal error, damaged data or index
		kind = ErrDamagedTables
	case strings.HasPrefix(c, "57P"), strings.HasPrefix(c, "08"), c == "53300", c == "55000":
		// shutdown, connection lost, too many connections, none allowed now
		kind = ErrUnreachable
	default:
		return err
	}
	return &FileError{Path: path, Kind: kind, Err: pgCause(err)}
}

const (
	// patience is how long the ledger waits for a server that restarts. A run loses
	// its lease before, so that this bounds copies by hand alone.
	patience   = 30 * time.Second
	retryAfter = 200 * time.Millisecond
)

// patiently runs fn again while the server can not be reached: a run of hours must
// not end because PostgreSQL was restarted. fn does no harm when it is run twice.
func (s *Store) patiently(ctx context.Context, fn func() error) error {
	until := time.Now().Add(patience)
	for {
		err := fn()
		if err == nil || !s.pg || !errors.Is(s.fileError(err), ErrUnreachable) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryAfter):
		}
	}
}

// pgCause is what the server says, or why it could not be reached, in one line
// without the addresses that the text of pgx repeats.
func pgCause(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return errors.New(strings.Join(strings.Fields(pg.Message), " "))
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return errors.New(name.Name + ": " + name.Err)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return cause(op.Err)
	}
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
