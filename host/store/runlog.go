package store

import (
	"context"
	"database/sql"
	"strings"
	"unicode"

	"github.com/mailweir/mailweir/host/task"
)

const (
	// maxLines bounds the log of one run; the newest lines stay.
	maxLines = 10_000
	// maxLineBytes bounds one line; servers say long things.
	maxLineBytes = 2000
)

// AppendLog adds lines to the log of a run, in their order and in one commit. It
// numbers them itself. Line ends and control characters become blanks, so that
// what a server says can not pass for another line. A run that this node does not
// execute with that ticket is [ErrFenced].
func (s *Store) AppendLog(ctx context.Context, t Ticket, lines []task.LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	runID := t.RunID
	return s.wrap("log run "+runID, s.inTx(ctx, func(tx *sql.Tx) error {
		if err := s.fence(ctx, tx, t); err != nil {
			return err
		}
		var seq int64
		if err := tx.QueryRowContext(ctx, s.bind("SELECT coalesce(max(seq), 0) FROM run_log WHERE run_id = ?"), runID).Scan(&seq); err != nil {
			return err
		}
		add, err := tx.PrepareContext(ctx, s.bind("INSERT INTO run_log (run_id, seq, at, level, text) VALUES (?, ?, ?, ?, ?)"))
		if err != nil {
			return err
		}
		defer add.Close()
		for _, line := range lines {
			seq++
			if _, err := add.ExecContext(ctx, runID, seq, toMillis(line.At), line.Level, oneLine(line.Text)); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, s.bind("DELETE FROM run_log WHERE run_id = ? AND seq <= ?"), runID, seq-maxLines)
		return err
	}))
}

// LogLines returns up to limit lines of a run with Seq > after, oldest first. With
// a negative after it returns the last limit lines, oldest first too.
func (s *Store) LogLines(ctx context.Context, runID string, after int64, limit int) ([]task.LogLine, error) {
	doing := "read the log of run " + runID
	query := "SELECT seq, at, level, text FROM run_log WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?"
	if after < 0 {
		query = "SELECT * FROM (SELECT seq, at, level, text FROM run_log WHERE run_id = ? AND seq > ? ORDER BY seq DESC LIMIT ?) AS latest ORDER BY seq"
	}
	rows, err := s.read.DB.QueryContext(ctx, s.bind(query), runID, after, max(limit, 0))
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	defer rows.Close()
	var lines []task.LogLine
	for rows.Next() {
		var line task.LogLine
		var at int64
		if err := rows.Scan(&line.Seq, &at, &line.Level, &line.Text); err != nil {
			return nil, s.wrap(doing, err)
		}
		line.At = toTime(at)
		lines = append(lines, line)
	}
	return lines, s.wrap(doing, rows.Err())
}

// oneLine makes text valid UTF-8 of bounded length without control characters.
func oneLine(text string) string {
	if len(text) > maxLineBytes {
		text = text[:maxLineBytes] + "…"
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text))
}
