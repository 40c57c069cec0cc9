package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// purgedAtOnce bounds how many tasks go for good in one turn of the upkeep.
const purgedAtOnce = 20

// givenUp is what a deleted task gives up, so that others may have it.
type givenUp struct {
	Name  string `json:"name"`
	Rule  string `json:"rule,omitempty"`
	Batch string `json:"batch,omitempty"`
}

// DeleteTask deletes a task that can be restored for [task.KeepDeleted]; after that,
// upkeep removes it with its runs and its ledger. Its schedule, its link and the run
// that it may have stop at once: a run that is executed is asked to. It takes no name
// and needs nothing meanwhile. Tasks that are deleted at once have the same deletion;
// "" is a task by itself, whose ID is that of its deletion. One that is not there is
// [ErrNotFound].
func (s *Store) DeleteTask(ctx context.Context, id, deletion string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row taskRow
		if err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
			return notFound(err)
		}
		if err := s.stopRunOf(ctx, tx, id); err != nil {
			return err
		}
		had := givenUp{Name: row.Name}
		if row.RuleID != nil {
			had.Rule = *row.RuleID
		}
		if row.BatchID != nil {
			had.Batch = *row.BatchID
		}
		text, err := json.Marshal(had)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`UPDATE task SET deleted_at = ?, deletion_id = ?, deleted = ?, name = id, next_at = NULL,
			rule_id = NULL, batch_id = NULL, destination_account = NULL, destination_domain = NULL WHERE id = ?`,
			toMillis(s.now()), cmp.Or(deletion, id), string(text), id).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE source SET account_id = NULL, domain = NULL WHERE task_id = ?", id).Exec(ctx)
		return err
	})
	return s.wrap("delete task "+id, err)
}

// stopRunOf ends the run of a task that is at rest, and asks one that is executed to
// stop.
func (s *Store) stopRunOf(ctx context.Context, tx bun.Tx, taskID string) error {
	var rows []runRow
	err := tx.NewSelect().Model(&rows).ModelTableExpr("run AS run").Column(headColumns...).Column("run.progress_folders").
		Where("run.task_id = ? AND run."+open, taskID).Scan(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows { // one, or none
		if row.State == task.StateRunning {
			if _, err := tx.NewRaw("UPDATE run SET cancel_requested = TRUE WHERE id = ?", row.ID).Exec(ctx); err != nil {
				return err
			}
			continue
		}
		run, err := row.run()
		if err != nil {
			return err
		}
		if err := s.endRun(ctx, tx, row.ID, s.stoppedAtRest(run), open); err != nil {
			return err
		}
	}
	return nil
}

// takeBack puts into the row of a deleted task what it gave up.
func (r *taskRow) takeBack() error {
	if r.Deleted == "" {
		return nil
	}
	var had givenUp
	if err := json.Unmarshal([]byte(r.Deleted), &had); err != nil {
		return fmt.Errorf("task %s: what it was: %w", r.ID, err)
	}
	r.Name, r.RuleID, r.BatchID = had.Name, orNull(had.Rule), orNull(had.Batch)
	return nil
}

// DeletedTasks returns the tasks that can be restored, those first that were deleted
// last.
func (s *Store) DeletedTasks(ctx context.Context) ([]task.Deleted, error) {
	var out []task.Deleted
	err := s.read.RunInTx(ctx, s.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		var rows []taskRow
		err := tx.NewSelect().Model(&rows).Column("id", "deletion_id", "deleted_at").WhereDeleted().
			Where("deleted_at > ?", s.deletedAfter()).Order("deleted_at DESC", "id").Scan(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		tasks, err := readTasks(ctx, tx, func(q *bun.SelectQuery, id string) *bun.SelectQuery {
			if id == "id" {
				return q.WhereDeleted().Where("deleted_at > ?", s.deletedAfter())
			}
			return q.Where("? IN (SELECT id FROM task WHERE deleted_at > ?)", bun.Ident(id), s.deletedAfter())
		})
		byID := make(map[string]task.Task, len(tasks))
		for _, t := range tasks {
			byID[t.ID] = t
		}
		for _, row := range rows {
			if t, ok := byID[row.ID]; ok { // else its time has run out just now
				out = append(out, task.Deleted{Task: t, Deletion: row.DeletionID, At: toTime(*row.DeletedAt)})
			}
		}
		return err
	})
	return out, s.wrap("read the deleted tasks", err)
}

// DeletedTask returns one of them, or [ErrNotFound].
func (s *Store) DeletedTask(ctx context.Context, id string) (task.Deleted, error) {
	d, _, err := s.loadDeleted(ctx, s.read, id)
	return d, s.wrap("read the deleted task "+id, err)
}

func (s *Store) loadDeleted(ctx context.Context, db bun.IDB, id string) (task.Deleted, taskRow, error) {
	var row taskRow
	err := db.NewSelect().Model(&row).WhereDeleted().Where("id = ? AND deleted_at > ?", id, s.deletedAfter()).Scan(ctx)
	if err != nil {
		return task.Deleted{}, row, notFound(err)
	}
	t, _, err := s.taskOf(ctx, db, row)
	return task.Deleted{Task: t, Deletion: row.DeletionID, At: toTime(*row.DeletedAt)}, row, err
}

// deletedAfter is when a task was deleted at the earliest that can be restored.
func (s *Store) deletedAfter() int64 { return toMillis(s.now().Add(-task.KeepDeleted)) }

// RestoreTask brings a deleted task back with all it had, and returns it. If another
// task has its name by now it gets another one. Times of its schedule that went by are
// not made up for. One that is not there any more is [ErrNotFound]; [ErrRefused] is one
// that needs what is gone, or in whose place a rule has made another one.
func (s *Store) RestoreTask(ctx context.Context, id string) (task.Task, error) {
	doing := "restore task " + id
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, row, err := s.loadDeleted(ctx, tx, id)
		if err != nil {
			return err
		}
		t := d.Task
		if err := s.needed(ctx, tx, t); err != nil {
			return err
		}
		rule, err := restoredRule(ctx, tx, t)
		if err != nil {
			return err
		}
		name, err := freeName(ctx, tx, t.Name)
		if err != nil {
			return err
		}
		schedule, err := row.schedule()
		if err != nil {
			return err
		}
		if row.NextAt.Valid = false; !row.PausedAt.Valid {
			row.NextAt = next(row, schedule, s.now())
		}
		account, domain := columns(t.Destination)
		_, err = tx.NewRaw(`UPDATE task SET deleted_at = NULL, deletion_id = '', deleted = '', name = ?, next_at = ?, rule_id = ?,
			batch_id = (SELECT id FROM batch WHERE id = ?), destination_account = ?, destination_domain = ? WHERE id = ?`,
			name, row.NextAt, rule, t.Batch, account, domain, id).Exec(ctx)
		if err != nil {
			return err
		}
		for _, src := range t.Sources {
			account, domain := columns(src.Account)
			_, err := tx.NewRaw("UPDATE source SET account_id = ?, domain = ? WHERE task_id = ? AND name = ?", account, domain, id, src.Name).Exec(ctx)
			if err != nil {
				return err
			}
		}
		// What it refers to may be somewhere else by now.
		return placeAll(ctx, tx, "SELECT id FROM task WHERE id = ?", id)
	})
	if err != nil {
		return task.Task{}, s.wrap(doing, err)
	}
	t, err := s.Task(ctx, id)
	return t, s.wrap(doing, err)
}

// needed is an error when something is gone that a task refers to.
func (s *Store) needed(ctx context.Context, tx bun.Tx, t task.Task) error {
	refs, err := loadReferences(ctx, tx, accountsOf(t)...)
	if err != nil {
		return err
	}
	for _, a := range accountsOf(t) {
		if _, there := refs.account[a.ID]; a.ID != "" && !there {
			return refused(fmt.Errorf("a stored account that the task %q needs is not there any more", t.Name))
		}
		if _, there := refs.domain[task.DomainOf(a.Local)]; a.Local != "" && !there {
			return refused(fmt.Errorf("the local domain of %s, which the task %q needs, is not there any more", a.Local, t.Name))
		}
	}
	return nil
}

// restoredRule is the rule that a task belongs to, if it is still there.
func restoredRule(ctx context.Context, tx bun.Tx, t task.Task) (*string, error) {
	if t.Rule.ID == "" {
		return nil, nil
	}
	there, err := tx.NewSelect().Model((*ruleRow)(nil)).Where("id = ?", t.Rule.ID).Exists(ctx)
	if err != nil || !there {
		return nil, err
	}
	var other string
	err = tx.NewRaw("SELECT name FROM task WHERE rule_id = ? AND rule_user = ?", t.Rule.ID, t.Rule.User).Scan(ctx, &other)
	switch err = notFound(err); {
	case err == nil:
		return nil, refused(fmt.Errorf("the rule has made the task %q for %s since; delete that one first", other, t.Rule.User))
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	return &t.Rule.ID, nil
}

// freeName is the name, or one like it that no task has.
func freeName(ctx context.Context, tx bun.Tx, name string) (string, error) {
	const longest = 200 - len(" (restored 9999)")
	short := name
	for len(short) > longest {
		runes := []rune(short)
		short = string(runes[:len(runes)-1])
	}
	for n := 0; n < 10_000; n++ {
		try := name
		switch n {
		case 0:
		case 1:
			try = short + " (restored)"
		default:
			try = fmt.Sprintf("%s (restored %d)", short, n)
		}
		taken, err := tx.NewSelect().Model((*taskRow)(nil)).Where("name = ?", try).Exists(ctx)
		if err != nil || !taken {
			return try, err
		}
	}
	return "", ErrNameTaken
}

// purge removes tasks for good that can not be restored any more, once their runs have
// ended.
func (s *Store) purge(ctx context.Context, now time.Time) error {
	const due = "deleted_at <= ? AND NOT EXISTS (SELECT 1 FROM run WHERE run.task_id = task.id AND run." + open + ")"
	var ids []string
	// Those that wait for their time cost a look at an index.
	err := s.read.NewRaw("SELECT id FROM task WHERE "+due+" ORDER BY deleted_at LIMIT ?", toMillis(now.Add(-task.KeepDeleted)), purgedAtOnce).Scan(ctx, &ids)
	for _, id := range ids {
		if err == nil {
			err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error { return removeDeleted(ctx, tx, id) })
		}
	}
	return err
}

// removeDeleted removes a deleted task, its runs and its ledger; one that was restored
// meanwhile stays.
func removeDeleted(ctx context.Context, tx bun.Tx, id string) error {
	err := affected(tx.NewRaw("DELETE FROM task WHERE id = ? AND deleted_at IS NOT NULL", id).Exec(ctx))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	for _, table := range []string{"pair", "plugin_memory", "outbox"} {
		if err == nil {
			_, err = tx.NewRaw("DELETE FROM ? WHERE ledger = ?", bun.Ident(table), id).Exec(ctx)
		}
	}
	return err
}

// removeDeletedOf removes the deleted tasks of a user who goes.
func removeDeletedOf(ctx context.Context, tx bun.Tx, userID string) error {
	var ids []string
	err := tx.NewRaw("SELECT id FROM task WHERE owner_id = ? AND deleted_at IS NOT NULL", userID).Scan(ctx, &ids)
	for _, id := range ids {
		if err == nil {
			err = removeDeleted(ctx, tx, id)
		}
	}
	return err
}
