package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

var _ copier.Ledger = (*Ledger)(nil)

// Ledger is the memory of one task, or of one named copy. It is safe for
// concurrent use.
type Ledger struct {
	s    *Store
	name string
	run  *Ticket // nil: of a copy that was started by hand
}

// Ledger returns the ledger of the given name: a task's ID, or the name of a
// copy that was started by hand. It does no I/O.
func (s *Store) Ledger(name string) *Ledger { return &Ledger{s: s, name: name} }

// RunLedger is the ledger of a task for one of its runs, which this node has
// claimed. Once the run was taken over by another node, or has ended, whatever
// would change the ledger is [ErrFenced] and changes nothing.
func (s *Store) RunLedger(t Ticket, taskID string) *Ledger {
	return &Ledger{s: s, name: taskID, run: &t}
}

func (l *Ledger) wrap(doing string, err error) error {
	return l.s.wrap("ledger "+l.name+": "+doing, err)
}

const pairColumns = `id, source, folder, uid_validity, target, target_validity, target_next,
	seen_validity, seen_next, seen_messages, seen_modseq, seen_flags, rules, present, skipped`

// Pairs implements [copier.Ledger].
func (l *Ledger) Pairs(ctx context.Context, source string) ([]copier.Pair, error) {
	rows, err := l.query(ctx, "SELECT "+pairColumns+" FROM pair WHERE ledger = ? AND source = ? ORDER BY id", l.name, source)
	if err != nil {
		return nil, l.wrap("read pairs", err)
	}
	defer rows.Close()
	var pairs []copier.Pair
	for rows.Next() {
		var p copier.Pair
		var folder, flags []byte
		var modseq int64
		err := rows.Scan(&p.ID, &p.Source, &folder, &p.UIDValidity, &p.Target, &p.TargetValidity, &p.TargetNext,
			&p.Seen.UIDValidity, &p.Seen.UIDNext, &p.Seen.Messages, &modseq, &flags, &p.Rules, &p.Present, &p.Skipped)
		if err != nil {
			return nil, l.wrap("read pairs", err)
		}
		p.Folder, p.Seen.HighestModSeq = string(folder), uint64(modseq)
		copy(p.SeenFlags[:], flags)
		pairs = append(pairs, p)
	}
	return pairs, l.wrap("read pairs", rows.Err())
}

// SavePair implements [copier.Ledger]. An ID that this ledger does not have is
// [ErrNotFound].
func (l *Ledger) SavePair(ctx context.Context, p copier.Pair) (int64, error) {
	values := []any{
		p.Source, []byte(p.Folder), int64(p.UIDValidity), p.Target, int64(p.TargetValidity), int64(p.TargetNext),
		int64(p.Seen.UIDValidity), int64(p.Seen.UIDNext), int64(p.Seen.Messages), int64(p.Seen.HighestModSeq), p.SeenFlags[:], p.Rules, p.Present, p.Skipped, l.name,
	}
	id := p.ID
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		if p.ID == 0 {
			return tx.QueryRowContext(ctx, l.s.bind(`INSERT INTO pair (source, folder, uid_validity, target, target_validity, target_next,
					seen_validity, seen_next, seen_messages, seen_modseq, seen_flags, rules, present, skipped, ledger)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (ledger, source, folder, uid_validity, target) DO UPDATE SET
					target_validity = excluded.target_validity, target_next = excluded.target_next, seen_validity = excluded.seen_validity, seen_next = excluded.seen_next,
					seen_messages = excluded.seen_messages, seen_modseq = excluded.seen_modseq, seen_flags = excluded.seen_flags, rules = excluded.rules,
					present = excluded.present, skipped = excluded.skipped
				RETURNING id`), values...).Scan(&id)
		}
		res, err := tx.ExecContext(ctx, l.s.bind(`UPDATE pair SET source = ?, folder = ?, uid_validity = ?, target = ?, target_validity = ?, target_next = ?,
			seen_validity = ?, seen_next = ?, seen_messages = ?, seen_modseq = ?, seen_flags = ?, rules = ?, present = ?, skipped = ?
			WHERE ledger = ? AND id = ?`), append(values, p.ID)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("pair %d: %w", p.ID, errors.Join(ErrNotFound, err))
		}
		return nil
	})
	if err != nil {
		return 0, l.wrap("save a pair", err)
	}
	return id, nil
}

// Entries implements [copier.Ledger].
func (l *Ledger) Entries(ctx context.Context, pair int64, fn func(copier.Entry) error) error {
	rows, err := l.query(ctx, `SELECT uid, state, target_uid, target_validity, target_next, size, fingerprint, flags,
			copied_at, missing_since, moved
		FROM entry WHERE pair_id = ? ORDER BY uid`, pair)
	if err != nil {
		return l.wrap("read entries", err)
	}
	defer rows.Close()
	var fingerprint, flags sql.RawBytes
	names := make(map[string]mail.Flag) // few different ones, many times
	for rows.Next() {
		// Plain int64: database/sql turns other numbers into text and back.
		var uid, state, targetUID, targetValidity, targetNext, size, copied, missing, moved int64
		err := rows.Scan(&uid, &state, &targetUID, &targetValidity, &targetNext, &size, &fingerprint, &flags, &copied, &missing, &moved)
		if err != nil {
			return l.wrap("read entries", err)
		}
		e := copier.Entry{
			UID: mail.UID(uid), State: copier.EntryState(state),
			TargetUID: mail.UID(targetUID), TargetValidity: uint32(targetValidity), TargetNext: mail.UID(targetNext), Size: size,
			Copied: toTimeOrZero(copied), Missing: toTimeOrZero(missing), Moved: moved != 0,
		}
		if fingerprint != nil && len(fingerprint) != len(e.Fingerprint) {
			return l.wrap("read entries", &FileError{Path: l.s.path, Kind: ErrDamaged, Err: fmt.Errorf("entry %d/%d: the fingerprint has %d bytes", pair, e.UID, len(fingerprint))})
		}
		copy(e.Fingerprint[:], fingerprint)
		e.Flags = splitFlags(flags, names)
		if err := fn(e); err != nil {
			return err
		}
	}
	return l.wrap("read entries", rows.Err())
}

// Put implements [copier.Ledger].
func (l *Ledger) Put(ctx context.Context, pair int64, entries []copier.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return l.wrap("put entries", l.inTx(ctx, func(tx *sql.Tx) error { return l.putEntries(ctx, tx, pair, entries) }))
}

func (l *Ledger) putEntries(ctx context.Context, tx *sql.Tx, pair int64, entries []copier.Entry) error {
	if l.s.pg {
		return putRows(ctx, tx, pair, entries)
	}
	// One row at a time: the driver's time for a statement grows with the
	// square of the number of its parameters.
	put, err := tx.PrepareContext(ctx, "INSERT INTO entry (pair_id, "+entryColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "+entryReplace)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, e := range entries {
		r := rowOf(e)
		_, err := put.ExecContext(ctx, pair, r.uid, r.state, r.targetUID, r.targetValidity, r.targetNext, r.size, r.fingerprint, r.flags, r.copied, r.missing, r.moved)
		if err != nil {
			return fmt.Errorf("entry %d/%d: %w", pair, e.UID, err)
		}
	}
	return nil
}

const (
	entryColumns = "uid, state, target_uid, target_validity, target_next, size, fingerprint, flags, copied_at, missing_since, moved"
	entryReplace = `ON CONFLICT (pair_id, uid) DO UPDATE SET state = excluded.state, target_uid = excluded.target_uid,
		target_validity = excluded.target_validity, target_next = excluded.target_next, size = excluded.size,
		fingerprint = excluded.fingerprint, flags = excluded.flags, copied_at = excluded.copied_at,
		missing_since = excluded.missing_since, moved = excluded.moved`
)

// entryRow is an entry as the drivers take it.
type entryRow struct {
	uid, state, targetUID, targetValidity, targetNext, size, copied, missing, moved int64

	fingerprint []byte // nil is unknown
	flags       string
}

func rowOf(e copier.Entry) entryRow {
	r := entryRow{
		uid: int64(e.UID), state: int64(e.State), targetUID: int64(e.TargetUID), targetValidity: int64(e.TargetValidity), targetNext: int64(e.TargetNext),
		size: e.Size, flags: joinFlags(e.Flags), copied: toMillisOrZero(e.Copied), missing: toMillisOrZero(e.Missing),
	}
	if e.Fingerprint != [16]byte{} {
		r.fingerprint = e.Fingerprint[:]
	}
	if e.Moved {
		r.moved = 1
	}
	return r
}

// Delete implements [copier.Ledger].
func (l *Ledger) Delete(ctx context.Context, pair int64, uids mail.UIDSet) error {
	if uids.Empty() {
		return nil
	}
	return l.wrap("delete entries", l.inTx(ctx, func(tx *sql.Tx) error {
		del, err := tx.PrepareContext(ctx, l.s.bind("DELETE FROM entry WHERE pair_id = ? AND uid BETWEEN ? AND ?"))
		if err != nil {
			return err
		}
		defer del.Close()
		for _, r := range uids.Ranges() {
			if _, err := del.ExecContext(ctx, pair, int64(r.First), int64(r.Last)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// inTx is Store.inTx for the one who may write to this ledger.
func (l *Ledger) inTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return l.s.patiently(ctx, func() error {
		return l.s.inTx(ctx, func(tx *sql.Tx) error {
			if l.run != nil {
				if err := l.s.fence(ctx, tx, *l.run); err != nil {
					return err
				}
			}
			return fn(tx)
		})
	})
}

// query is a query whose rows have begun to arrive, or its error.
func (l *Ledger) query(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	err = l.s.patiently(ctx, func() error {
		rows, err = l.s.read.DB.QueryContext(ctx, l.s.bind(query), args...)
		return err
	})
	return rows, err
}

// inTx runs fn in a transaction and commits when fn returns nil. fn must use
// nothing but tx: the pool has no second connection.
func (s *Store) inTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.write.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

// joinFlags writes flags as one text; a flag never holds a blank (RFC 9051
// section 9, flag-keyword is an atom).
func joinFlags(flags []mail.Flag) string {
	if len(flags) == 0 {
		return ""
	}
	var b strings.Builder
	for i, f := range flags {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(f))
	}
	return b.String()
}

// splitFlags reads what joinFlags wrote. names keeps one string of each flag.
func splitFlags(text []byte, names map[string]mail.Flag) []mail.Flag {
	if len(text) == 0 {
		return nil
	}
	n := 1
	for _, c := range text {
		if c == ' ' {
			n++
		}
	}
	flags := make([]mail.Flag, 0, n)
	for start := 0; start <= len(text); {
		end := start
		for end < len(text) && text[end] != ' ' {
			end++
		}
		f, ok := names[string(text[start:end])]
		if !ok {
			f = mail.Flag(text[start:end])
			names[string(f)] = f
		}
		flags = append(flags, f)
		start = end + 1
	}
	return flags
}

// A time that is not known is 0.
func toMillisOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return toMillis(t)
}

func toTimeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return toTime(ms)
}
