package store

import (
	"context"
	"database/sql"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
)

// putRows writes entries in one statement: with PostgreSQL each statement is a
// way to the server and back.
func putRows(ctx context.Context, tx *sql.Tx, pair int64, entries []copier.Entry) error {
	// One statement may touch a row once; what comes later counts.
	at := make(map[mail.UID]int, len(entries))
	var c struct {
		uid, state, targetUID, targetValidity, targetNext, size, copied, missing, moved []int64

		fingerprint [][]byte
		flags       []string
	}
	for i, e := range entries {
		at[e.UID] = i
	}
	for i, e := range entries {
		if at[e.UID] != i {
			continue
		}
		r := rowOf(e)
		c.uid, c.state, c.targetUID = append(c.uid, r.uid), append(c.state, r.state), append(c.targetUID, r.targetUID)
		c.targetValidity, c.targetNext = append(c.targetValidity, r.targetValidity), append(c.targetNext, r.targetNext)
		c.size, c.fingerprint, c.flags = append(c.size, r.size), append(c.fingerprint, r.fingerprint), append(c.flags, r.flags)
		c.copied, c.missing, c.moved = append(c.copied, r.copied), append(c.missing, r.missing), append(c.moved, r.moved)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO entry (pair_id, `+entryColumns+`)
		SELECT $1::bigint, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
			$8::bytea[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[])
		`+entryReplace,
		pair, c.uid, c.state, c.targetUID, c.targetValidity, c.targetNext, c.size, c.fingerprint, c.flags, c.copied, c.missing, c.moved)
	return err
}
