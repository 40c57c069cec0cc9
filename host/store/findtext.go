package store

import (
	"database/sql/driver"
	"strings"

	"modernc.org/sqlite"
)

// SQLite's own lower knows ASCII alone. This one takes longer, and is asked only where
// it makes a difference.
const lowerText = "mailweir_lower"

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(lowerText, 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if text, ok := args[0].(string); ok {
			return strings.ToLower(text), nil
		}
		return args[0], nil
	})
}

// contains is the condition for what holds a text, whatever the case of its letters. How
// far PostgreSQL knows letters depends on the locale of its database; what is spelled in
// the same way is found in any case.
func (s *Store) contains(column, text string) (condition string, args []any) {
	pattern := func(text string) string { return "%" + likeEscaper.Replace(text) + "%" }
	low := pattern(strings.ToLower(text))
	switch ascii := !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }); {
	case ascii:
		return "lower(" + column + `) LIKE ? ESCAPE '\'`, []any{low}
	case s.pg:
		return "(lower(" + column + `) LIKE ? ESCAPE '\' OR ` + column + ` LIKE ? ESCAPE '\')`, []any{low, pattern(text)}
	}
	return lowerText + "(" + column + `) LIKE ? ESCAPE '\'`, []any{low}
}
