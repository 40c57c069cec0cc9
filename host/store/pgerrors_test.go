package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/store/storetest"
)

// What a server says when it is in trouble is hard to bring about; the codes are
// those of appendix A of PostgreSQL's manual.
func TestPostgres_tellsKindsOfTroubleApart(t *testing.T) {
	tests := []struct {
		code string
		want error // nil: not about the database as a whole
	}{
		{"53100", ErrFull},
		{"58030", ErrIO},
		{"XX001", ErrDamagedTables},
		{"XX002", ErrDamagedTables},
		{"57P01", ErrUnreachable},
		{"57P03", ErrUnreachable},
		{"53300", ErrUnreachable},
		{"08006", ErrUnreachable},
		{"55000", ErrUnreachable},
		{"28P01", ErrLogin},
		{"3D000", ErrNoDatabase},
		{"42501", ErrRights},
		{"25006", ErrReadOnly},
		{"55P03", ErrBusy},
		{"23505", nil},
		{"22021", nil},
		{"40001", nil},
	}
	s := &Store{path: "postgres://ann@db:5432/x", pg: true}
	for _, tt := range tests {
		err := s.wrap("put", fmt.Errorf("entry 1/2: %w", &pgconn.PgError{Code: tt.code, Message: "the server's\nwords"}))
		var file *FileError
		if errors.As(err, &file) != (tt.want != nil) || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.code, err, tt.want)
		}
		if tt.want != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), s.path)) {
			t.Errorf("%s: not one line with the name: %v", tt.code, err)
		}
	}
	if err := s.wrap("put", context.Canceled); !errors.Is(err, context.Canceled) || errors.As(err, new(*FileError)) {
		t.Errorf("who gives up: %v", err)
	}
}

func TestPostgres_ledgerWaitsForAServerThatRestarts(t *testing.T) {
	database := storetest.Database(t)
	name := database[strings.LastIndexByte(database, '/')+1:]
	admin := strings.TrimSuffix(database, name) + "postgres"
	s := openURL(t, database, testBox(t, t.TempDir()))
	run := running(t, s, "a")
	l := s.RunLedger(TicketOf(run), run.TaskID)
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX"}))

	storetest.Admin(t, admin, "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS false")
	storetest.Admin(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := l.Put(ctx, pair, entries(1, 10)); !errors.Is(err, ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is away, and nobody waits: %v", err)
	}
	put := make(chan error)
	go func() { put <- l.Put(t.Context(), pair, entries(1, 10)) }()
	select {
	case err := <-put:
		t.Fatalf("it does not wait: %v", err)
	case <-time.After(time.Second):
	}
	storetest.Admin(t, admin, "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS true")
	if err := <-put; err != nil {
		t.Error(err)
	}
	if n := len(readEntries(t, l, pair)); n != 10 {
		t.Errorf("%d entries, want 10", n)
	}
}
