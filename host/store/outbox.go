package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

// Identity implements [copier.Outbox].
func (l *Ledger) Identity() string { return l.name }

// Post implements [copier.Outbox].
func (l *Ledger) Post(ctx context.Context, pair int64, entries []copier.Entry, deliveries []copier.Delivery) error {
	return l.wrap("put entries and deliveries", l.inTx(ctx, func(tx *sql.Tx) error {
		if err := l.putEntries(ctx, tx, pair, entries); err != nil {
			return err
		}
		return l.putDeliveries(ctx, tx, deliveries)
	}))
}

func (l *Ledger) putDeliveries(ctx context.Context, tx *sql.Tx, deliveries []copier.Delivery) error {
	put, err := tx.PrepareContext(ctx, l.s.bind(`INSERT INTO outbox (ledger, plugin, source, folder, uid_validity, uid, folder_name, folder_use, size,
			target, target_validity, target_uid, stored, rewritten, date, flags, state, attempts, next_at, reason, digest)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (ledger, plugin, source, folder, uid_validity, uid) DO UPDATE SET
			target = excluded.target, target_validity = excluded.target_validity, target_uid = excluded.target_uid,
			stored = excluded.stored, rewritten = excluded.rewritten, date = excluded.date, flags = excluded.flags,
			state = CASE WHEN outbox.state = 0 THEN excluded.state ELSE outbox.state END`))
	if err != nil {
		return err
	}
	defer put.Close()
	for _, d := range deliveries {
		if d.State == copier.DeliveryVoid {
			_, err := tx.ExecContext(ctx, l.s.bind(`DELETE FROM outbox
				WHERE ledger = ? AND plugin = ? AND source = ? AND folder = ? AND uid_validity = ? AND uid = ?`),
				l.name, d.Plugin, d.Source, []byte(d.Folder), d.UIDValidity, d.UID)
			if err != nil {
				return fmt.Errorf("delivery of %s/%d to %s: %w", d.FolderName, d.UID, d.Plugin, err)
			}
			continue
		}
		date := ""
		if !d.Date.IsZero() {
			date = d.Date.Format(time.RFC3339)
		}
		rewritten := 0
		if d.Rewritten {
			rewritten = 1
		}
		_, err := put.ExecContext(ctx, l.name, d.Plugin, d.Source, []byte(d.Folder), d.UIDValidity, d.UID, d.FolderName, string(d.FolderUse), d.Size,
			d.Target, d.TargetValidity, d.TargetUID, d.Stored, rewritten, date, joinFlags(d.Flags), int64(d.State), d.Attempts, toMillisOrZero(d.Next), d.Reason, d.Digest)
		if err != nil {
			return fmt.Errorf("delivery of %s/%d to %s: %w", d.FolderName, d.UID, d.Plugin, err)
		}
	}
	return nil
}

// OpenOutbox implements [copier.Outbox].
func (l *Ledger) OpenOutbox(ctx context.Context, recipients []copier.Recipient, again bool) error {
	return l.wrap("open the outbox", l.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, l.s.bind("UPDATE outbox SET state = 1 WHERE ledger = ? AND state = 0"), l.name); err != nil {
			return err
		}
		for _, r := range recipients {
			query := "UPDATE outbox SET state = 1, attempts = 0, next_at = 0 WHERE ledger = ? AND plugin = ? AND (state = 2 OR attempts > 0)"
			args := []any{l.name, r.ID}
			if !again {
				query, args = query+" AND digest <> ?", append(args, r.Digest)
			}
			if _, err := tx.ExecContext(ctx, l.s.bind(query), args...); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Due implements [copier.Outbox].
func (l *Ledger) Due(ctx context.Context, plugin string, now time.Time, limit int) ([]copier.Delivery, error) {
	rows, err := l.s.read.DB.QueryContext(ctx, l.s.bind(`SELECT id, source, folder, uid_validity, uid, folder_name, folder_use, size,
			target, target_validity, target_uid, stored, rewritten, date, flags, attempts, next_at, reason
		FROM outbox WHERE ledger = ? AND plugin = ? AND state = 1 AND next_at <= ? ORDER BY attempts, id LIMIT ?`),
		l.name, plugin, toMillis(now), limit)
	if err != nil {
		return nil, l.wrap("read the outbox", err)
	}
	defer rows.Close()
	var out []copier.Delivery
	names := make(map[string]mail.Flag)
	for rows.Next() {
		d := copier.Delivery{Plugin: plugin, State: copier.DeliveryWaiting}
		var folder []byte
		var use, date, flags string
		var rewritten, next int64
		err := rows.Scan(&d.ID, &d.Source, &folder, &d.UIDValidity, &d.UID, &d.FolderName, &use, &d.Size,
			&d.Target, &d.TargetValidity, &d.TargetUID, &d.Stored, &rewritten, &date, &flags, &d.Attempts, &next, &d.Reason)
		if err != nil {
			return nil, l.wrap("read the outbox", err)
		}
		d.Folder, d.FolderUse, d.Rewritten, d.Next = string(folder), mail.Use(use), rewritten != 0, toTimeOrZero(next)
		d.Flags = splitFlags([]byte(flags), names)
		if date != "" {
			if d.Date, err = time.Parse(time.RFC3339, date); err != nil {
				return nil, l.wrap("read the outbox", &FileError{Path: l.s.path, Kind: ErrDamaged, Err: fmt.Errorf("delivery %d: %w", d.ID, err)})
			}
		}
		out = append(out, d)
	}
	return out, l.wrap("read the outbox", rows.Err())
}

// Settle implements [copier.Outbox].
func (l *Ledger) Settle(ctx context.Context, deliveries []copier.Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	return l.wrap("settle deliveries", l.inTx(ctx, func(tx *sql.Tx) error {
		for _, d := range deliveries {
			query := "DELETE FROM outbox WHERE ledger = ? AND id = ?"
			args := []any{l.name, d.ID}
			if d.State != copier.DeliveryDone {
				query = "UPDATE outbox SET state = ?, attempts = ?, next_at = ?, reason = ?, digest = ? WHERE ledger = ? AND id = ?"
				args = append([]any{int64(d.State), d.Attempts, toMillisOrZero(d.Next), d.Reason, d.Digest}, args...)
			}
			if _, err := tx.ExecContext(ctx, l.s.bind(query), args...); err != nil {
				return fmt.Errorf("delivery of %s/%d to %s: %w", d.FolderName, d.UID, d.Plugin, err)
			}
		}
		return nil
	}))
}

// OutboxCounts implements [copier.Outbox].
func (l *Ledger) OutboxCounts(ctx context.Context) (map[string]copier.OutboxCount, error) {
	rows, err := l.s.read.DB.QueryContext(ctx, l.s.bind("SELECT plugin, state, count(*) FROM outbox WHERE ledger = ? GROUP BY plugin, state"), l.name)
	if err != nil {
		return nil, l.wrap("count the outbox", err)
	}
	defer rows.Close()
	out := make(map[string]copier.OutboxCount)
	for rows.Next() {
		var plugin string
		var state, n int64
		if err := rows.Scan(&plugin, &state, &n); err != nil {
			return nil, l.wrap("count the outbox", err)
		}
		sum := out[plugin]
		if copier.DeliveryState(state) == copier.DeliveryGivenUp {
			sum.GivenUp += n
		} else {
			sum.Waiting += n
		}
		out[plugin] = sum
	}
	return out, l.wrap("count the outbox", rows.Err())
}
