package store

import (
	"context"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

// placesAtOnce bounds the parameters of a statement.
const placesAtOnce = 500

// writePlaces replaces what is kept of the places of tasks, their turns, and the domains that
// they belong to.
func writePlaces(ctx context.Context, tx bun.Tx, tasks ...task.Task) error {
	for part := range slices.Chunk(tasks, placesAtOnce) {
		var ids []string
		var rows []placeRow
		turns := make([]any, 0, 3*len(part))
		for _, t := range part {
			ids, rows = append(ids, t.ID), append(rows, places(t)...)
			turns = append(turns, t.ID, mailboxOf(t.Destination), mailboxDomain(t))
		}
		if _, err := tx.NewRaw("DELETE FROM task_place WHERE task_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
		values := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(part)), ", ")
		_, err := tx.NewRaw("WITH mine (id, turn, domain) AS (VALUES "+values+") UPDATE task SET turn = mine.turn, mailbox_domain = mine.domain FROM mine WHERE mine.id = task.id", turns...).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// mailboxDomain is the domain of the mailbox that a task fills, as package access has
// it, or "".
func mailboxDomain(t task.Task) string {
	if domains := access.OfTask(task.Task{Destination: t.Destination}).Domains; len(domains) > 0 {
		return domains[0]
	}
	return ""
}

// placeAll writes the places of the tasks whose IDs a query yields.
func placeAll(ctx context.Context, tx bun.Tx, query string, args ...any) error {
	var ids []string
	if err := tx.NewRaw(query, args...).Scan(ctx, &ids); err != nil {
		return err
	}
	for part := range slices.Chunk(ids, placesAtOnce) {
		tasks, err := readTasks(ctx, tx, func(q *bun.SelectQuery, id string) *bun.SelectQuery {
			return q.Where("? IN (?)", bun.Ident(id), bun.List(part))
		})
		if err != nil {
			return err
		}
		if err := writePlaces(ctx, tx, tasks...); err != nil {
			return err
		}
	}
	return nil
}

// placeTasks writes the places of tasks that were stored before there were any.
func (s *Store) placeTasks(ctx context.Context) error {
	const without = "SELECT id FROM task WHERE deleted_at IS NULL AND (mailbox_domain IS NULL OR NOT EXISTS (SELECT 1 FROM task_place WHERE task_place.task_id = task.id))"
	var some bool
	if err := s.read.NewRaw("SELECT EXISTS ("+without+")").Scan(ctx, &some); err != nil || !some {
		return err
	}
	return s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error { return placeAll(ctx, tx, without) })
}

// placeReferring writes the places of the tasks that refer to a stored account or a
// local domain, which is somewhere else now.
func placeReferring(ctx context.Context, tx bun.Tx, account, domain string) error {
	return placeAll(ctx, tx, `SELECT id FROM task WHERE destination_account = ? OR destination_domain = ?
		OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND (source.account_id = ? OR source.domain = ?))`,
		account, domain, account, domain)
}
