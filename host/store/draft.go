package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type draftRow struct {
	bun.BaseModel `bun:"table:draft"`

	ID        string `bun:",pk"`
	Name      string
	OwnerID   *string
	BatchID   *string
	State     task.DraftState
	RunTasks  bool
	Worker    string
	LeaseAt   int64
	CreatedAt int64
	ExpiresAt int64
}

func (r draftRow) draft() task.Draft {
	d := task.Draft{ID: r.ID, Name: r.Name, State: r.State, Run: r.RunTasks, Created: toTime(r.CreatedAt), Expires: toTime(r.ExpiresAt)}
	if r.OwnerID != nil {
		d.Owner = *r.OwnerID
	}
	if r.BatchID != nil {
		d.Batch = *r.BatchID
	}
	return d
}

type draftLine struct {
	bun.BaseModel `bun:"table:draft_row"`

	DraftID    string `bun:",pk"`
	Position   int    `bun:",pk"`
	Line       int
	TaskName   string
	SourceName string
	Cells      string
	Effect     task.Effect
	Fault      string
	TestedAt   sql.NullInt64
	TestFault  string
}

func cellsWhere(draft string, position int) string {
	return fmt.Sprintf("draft_row.cells:%s/%d", draft, position)
}

func (s *Store) draftLine(draft string, r task.DraftRow) (draftLine, error) {
	text, err := json.Marshal(r.Cells)
	if err != nil {
		return draftLine{}, err
	}
	if s.box == nil {
		return draftLine{}, ErrNoKey
	}
	sealed, err := s.box.Seal(cellsWhere(draft, r.Position), text)
	return draftLine{
		DraftID: draft, Position: r.Position, Line: r.Line, TaskName: storable(r.Name), SourceName: storable(r.Source),
		Cells: sealed, Effect: r.Effect, Fault: storable(r.Fault),
	}, err
}

// storable is text that every database takes. The cells have it as it is.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

func (s *Store) row(l draftLine) (task.DraftRow, error) {
	r := task.DraftRow{
		Position: l.Position, Line: l.Line, Name: l.TaskName, Source: l.SourceName, Effect: l.Effect, Fault: l.Fault,
		Tested: optionalTime(l.TestedAt), TestFault: l.TestFault,
	}
	if s.box == nil {
		return r, ErrNoKey
	}
	text, err := s.box.Unseal(cellsWhere(l.DraftID, l.Position), l.Cells)
	if err == nil {
		err = json.Unmarshal(text, &r.Cells)
	}
	if err != nil {
		return r, fmt.Errorf("line %d: %w", l.Line, err)
	}
	return r, nil
}

// CreateDraft makes an empty draft, and sets its ID and times.
func (s *Store) CreateDraft(ctx context.Context, d *task.Draft) error {
	now := s.now()
	row := draftRow{
		ID: newID(), Name: storable(d.Name), OwnerID: orNull(d.Owner), State: task.DraftOpen,
		CreatedAt: toMillis(now), ExpiresAt: toMillis(now.Add(task.DraftTime)),
	}
	if _, err := s.write.NewInsert().Model(&row).Exec(ctx); err != nil {
		return s.wrap("store the draft "+d.Name, err)
	}
	*d = row.draft()
	return nil
}

// AddDraftRows adds rows behind those that are there. Callers hand over some hundreds
// at a time.
func (s *Store) AddDraftRows(ctx context.Context, draft string, rows []task.DraftRow) error {
	if len(rows) == 0 {
		return nil
	}
	lines := make([]draftLine, len(rows))
	for i, r := range rows {
		var err error
		if lines[i], err = s.draftLine(draft, r); err != nil {
			return s.wrap("seal the rows of draft "+draft, err)
		}
	}
	_, err := s.write.NewInsert().Model(&lines).Exec(ctx)
	return s.wrap("store the rows of draft "+draft, err)
}

// Draft returns a draft with its sums, or [ErrNotFound].
func (s *Store) Draft(ctx context.Context, id string) (task.Draft, error) {
	var row draftRow
	if err := s.read.NewSelect().Model(&row).Where("id = ? AND state <> ? AND expires_at > ?", id, stateSketch, toMillis(s.now())).Scan(ctx); err != nil {
		return task.Draft{}, s.wrap("read draft "+id, notFound(err))
	}
	d := row.draft()
	var err error
	d.Rows, err = s.sumDraft(ctx, id)
	return d, s.wrap("read draft "+id, err)
}

func (s *Store) sumDraft(ctx context.Context, id string) (task.DraftSums, error) {
	var rows []struct {
		Effect task.Effect
		N      int
	}
	err := s.read.NewRaw("SELECT effect, count(*) AS n FROM draft_row WHERE draft_id = ? GROUP BY effect", id).Scan(ctx, &rows)
	var sums task.DraftSums
	for _, r := range rows {
		sums.All += r.N
		switch r.Effect {
		case "":
			sums.Unknown += r.N
		case task.EffectMade:
			sums.Made += r.N
		case task.EffectChanged:
			sums.Changed += r.N
		case task.EffectSame:
			sums.Same += r.N
		default:
			sums.Failed += r.N
		}
	}
	return sums, err
}

// Drafts returns the drafts of a user ("" is the service itself), the newest first.
func (s *Store) Drafts(ctx context.Context, owner string) ([]task.Draft, error) {
	var rows []draftRow
	q := s.read.NewSelect().Model(&rows).Where("state <> ? AND expires_at > ?", stateSketch, toMillis(s.now())).Order("created_at DESC", "id")
	if owner == "" {
		q = q.Where("owner_id IS NULL")
	} else {
		q = q.Where("owner_id = ?", owner)
	}
	err := q.Scan(ctx)
	out := make([]task.Draft, len(rows))
	for i, r := range rows {
		out[i] = r.draft()
		var sumErr error
		out[i].Rows, sumErr = s.sumDraft(ctx, r.ID)
		err = errors.Join(err, sumErr)
	}
	return out, s.wrap("read the drafts", err)
}

// DraftFilter says which rows of a draft are asked for, in their order.
type DraftFilter struct {
	Effects []task.Effect // "" is not known yet; none is all
	Offset  int
	Limit   int
}

// DraftRows returns rows of a draft.
func (s *Store) DraftRows(ctx context.Context, id string, f DraftFilter) ([]task.DraftRow, error) {
	var lines []draftLine
	q := s.read.NewSelect().Model(&lines).Where("draft_id = ?", id).Order("position").Offset(int64(f.Offset)).Limit(int64(f.Limit))
	if len(f.Effects) > 0 {
		q = q.Where("effect IN (?)", bun.List(f.Effects))
	}
	err := q.Scan(ctx)
	out := make([]task.DraftRow, len(lines))
	for i, l := range lines {
		var rowErr error
		out[i], rowErr = s.row(l)
		err = errors.Join(err, rowErr)
	}
	return out, s.wrap("read the rows of draft "+id, err)
}

// DraftRow returns one row of a draft, or [ErrNotFound].
func (s *Store) DraftRow(ctx context.Context, id string, position int) (task.DraftRow, error) {
	var line draftLine
	err := s.read.NewSelect().Model(&line).Where("draft_id = ? AND position = ?", id, position).Scan(ctx)
	if err != nil {
		return task.DraftRow{}, s.wrap("read a row of draft "+id, notFound(err))
	}
	r, err := s.row(line)
	return r, s.wrap("read a row of draft "+id, err)
}

// ErrNotOpen is what can not be changed, because its rows are being stored.
var ErrNotOpen = errors.New("the rows are being stored already")

// SetDraftRow replaces a row of an open draft, of which nothing is known then, and
// neither of the rows that it was, or is now, the twin of.
func (s *Store) SetDraftRow(ctx context.Context, id string, r task.DraftRow) error {
	doing := "change a row of draft " + id
	line, err := s.draftLine(id, r)
	if err != nil {
		return s.wrap(doing, err)
	}
	line.Effect, line.Fault = "", ""
	err = s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.touchDraft(ctx, tx, id); err != nil {
			return err
		}
		var before draftLine
		if err := tx.NewSelect().Model(&before).Where("draft_id = ? AND position = ?", id, r.Position).Scan(ctx); err != nil {
			return notFound(err)
		}
		line.Line = before.Line
		if _, err := tx.NewUpdate().Model(&line).WherePK().Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`UPDATE draft_row SET effect = '', fault = '' WHERE draft_id = ? AND task_name <> ''
			AND (task_name = ? AND source_name = ? OR task_name = ? AND source_name = ?)`,
			id, before.TaskName, before.SourceName, line.TaskName, line.SourceName).Exec(ctx)
		return err
	})
	return s.wrap(doing, err)
}

// RemoveDraftRow takes a row out of an open draft.
func (s *Store) RemoveDraftRow(ctx context.Context, id string, position int) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.touchDraft(ctx, tx, id); err != nil {
			return err
		}
		var gone draftLine
		if err := tx.NewRaw("DELETE FROM draft_row WHERE draft_id = ? AND position = ? RETURNING task_name, source_name", id, position).
			Scan(ctx, &gone.TaskName, &gone.SourceName); err != nil {
			return notFound(err)
		}
		_, err := tx.NewRaw("UPDATE draft_row SET effect = '', fault = '' WHERE draft_id = ? AND task_name <> '' AND task_name = ? AND source_name = ?",
			id, gone.TaskName, gone.SourceName).Exec(ctx)
		return err
	})
	return s.wrap("remove a row of draft "+id, err)
}

// touchDraft keeps an open draft for another while.
func (s *Store) touchDraft(ctx context.Context, tx bun.Tx, id string) error {
	now := s.now()
	var state task.DraftState
	err := tx.NewRaw("UPDATE draft SET expires_at = ? WHERE id = ? AND expires_at > ? RETURNING state",
		toMillis(now.Add(task.DraftTime)), id, toMillis(now)).Scan(ctx, &state)
	if err != nil {
		return notFound(err)
	}
	if state != task.DraftOpen {
		return ErrNotOpen
	}
	return nil
}

// Twins returns the lines of rows that name the same source of the same task as an
// earlier row of the draft does, each with that row's line: by position, of those
// that are given.
func (s *Store) Twins(ctx context.Context, id string, positions []int) (map[int]int, error) {
	var rows []struct{ Position, Line int }
	err := s.read.NewRaw(`SELECT r.position, (SELECT line FROM draft_row AS o WHERE o.draft_id = r.draft_id AND o.task_name = r.task_name
			AND o.source_name = r.source_name AND o.position < r.position ORDER BY o.position LIMIT 1) AS line
		FROM draft_row AS r WHERE r.draft_id = ? AND r.position IN (?) AND r.task_name <> '' AND EXISTS (SELECT 1 FROM draft_row AS o
			WHERE o.draft_id = r.draft_id AND o.task_name = r.task_name AND o.source_name = r.source_name AND o.position < r.position)`,
		id, bun.List(positions)).Scan(ctx, &rows)
	twins := make(map[int]int, len(rows))
	for _, r := range rows {
		twins[r.Position] = r.Line
	}
	return twins, s.wrap("look for twins in draft "+id, err)
}

// SetVerdicts stores Effect, Fault and what a test has found of rows.
func (s *Store) SetVerdicts(ctx context.Context, id string, rows []task.DraftRow) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, r := range rows {
			tested := sql.NullInt64{Int64: toMillis(r.Tested), Valid: !r.Tested.IsZero()}
			_, err := tx.NewRaw("UPDATE draft_row SET effect = ?, fault = ?, tested_at = ?, test_fault = ? WHERE draft_id = ? AND position = ?",
				r.Effect, storable(r.Fault), tested, storable(r.TestFault), id, r.Position).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.wrap("store what is known of draft "+id, err)
}

// RemoveDraftRows takes rows away that have become tasks.
func (s *Store) RemoveDraftRows(ctx context.Context, id string, positions []int) error {
	if len(positions) == 0 {
		return nil
	}
	_, err := s.write.NewRaw("DELETE FROM draft_row WHERE draft_id = ? AND position IN (?)", id, bun.List(positions)).Exec(ctx)
	return s.wrap("remove rows of draft "+id, err)
}

// StartDraft lets the rows of an open draft become tasks of a batch; a worker has to
// take it then.
func (s *Store) StartDraft(ctx context.Context, id, batch string, run bool) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.touchDraft(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.NewRaw("UPDATE draft SET state = ?, batch_id = ?, run_tasks = ?, worker = '', lease_at = 0 WHERE id = ?",
			task.DraftStoring, batch, run, id).Exec(ctx)
		return err
	})
	return s.wrap("start draft "+id, err)
}

// TakeDraft gives a draft that has been started to a worker, for as long as the lease:
// one that no other worker has. Without any it is [ErrNotFound].
func (s *Store) TakeDraft(ctx context.Context, worker string, lease time.Duration) (task.Draft, error) {
	now := s.now()
	var id string
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		return notFound(tx.NewRaw(`UPDATE draft SET worker = ?, lease_at = ?, expires_at = ? WHERE id = (
			SELECT id FROM draft WHERE state IN (?, ?) AND (lease_at <= ? OR worker = ?) ORDER BY created_at LIMIT 1) RETURNING id`,
			worker, toMillis(now.Add(lease)), toMillis(now.Add(task.DraftTime)), task.DraftStoring, task.DraftStarting, toMillis(now), worker).Scan(ctx, &id))
	})
	if err != nil {
		return task.Draft{}, s.wrap("look for a draft that was started", err)
	}
	return s.Draft(ctx, id)
}

// SetDraftState moves a draft that the worker still has to another state.
func (s *Store) SetDraftState(ctx context.Context, id, worker string, state task.DraftState) error {
	return s.wrap("go on with draft "+id, affected(s.write.NewRaw("UPDATE draft SET state = ?, lease_at = CASE WHEN ? = 'open' THEN 0 ELSE lease_at END WHERE id = ? AND worker = ?",
		state, state, id, worker).Exec(ctx)))
}

// KeepDraft makes the lease of a worker last longer. Whoever gets [ErrNotFound] has
// lost it to another one.
func (s *Store) KeepDraft(ctx context.Context, id, worker string, lease time.Duration) error {
	return s.wrap("keep draft "+id, affected(s.write.NewRaw("UPDATE draft SET lease_at = ? WHERE id = ? AND worker = ?",
		toMillis(s.now().Add(lease)), id, worker).Exec(ctx)))
}

// DeleteDraft forgets a draft, whatever its state.
func (s *Store) DeleteDraft(ctx context.Context, id string) error {
	return s.wrap("forget draft "+id, affected(s.write.NewDelete().Model((*draftRow)(nil)).Where("id = ?", id).Exec(ctx)))
}

// cleanDrafts forgets drafts and sketches that have expired.
func (s *Store) cleanDrafts(ctx context.Context, now time.Time) error {
	_, err := s.write.NewRaw("DELETE FROM draft WHERE expires_at <= ? AND state IN (?, ?)", toMillis(now), task.DraftOpen, stateSketch).Exec(ctx)
	return err
}

// Unstarted returns tasks of a batch that do not wait for a password and have had no
// run since a time.
func (s *Store) Unstarted(ctx context.Context, batch string, since time.Time, limit int) ([]string, error) {
	var ids []string
	err := s.read.NewRaw(`SELECT id FROM task WHERE batch_id = ? AND NOT waits
		AND NOT EXISTS (SELECT 1 FROM run WHERE run.task_id = task.id AND (run.queued_at >= ? OR run.state <> ?)) ORDER BY name LIMIT ?`,
		batch, toMillis(since), task.StateEnded, limit).Scan(ctx, &ids)
	return ids, s.wrap("look for tasks of a batch that are to be started", err)
}

func resealDrafts(ctx context.Context, tx bun.Tx, _ *Store, reseal resealFunc) (n int, err error) {
	for {
		var lines []draftLine
		if err := tx.NewSelect().Model(&lines).Column("draft_id", "position", "cells").Order("draft_id", "position").Offset(int64(n)).Limit(1000).Scan(ctx); err != nil {
			return n, err
		}
		for _, l := range lines {
			sealed, err := reseal(cellsWhere(l.DraftID, l.Position), l.Cells)
			if err != nil {
				return n, err
			}
			if _, err := tx.NewRaw("UPDATE draft_row SET cells = ? WHERE draft_id = ? AND position = ?", sealed, l.DraftID, l.Position).Exec(ctx); err != nil {
				return n, err
			}
			n++
		}
		if len(lines) == 0 {
			return n, nil
		}
	}
}
