package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
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
