package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type batchRow struct {
	bun.BaseModel `bun:"table:batch"`

	ID        string `bun:",pk"`
	Name      string
	Totals    string
	CreatedAt int64
	OwnerID   *string
}

func (r batchRow) batch() (task.Batch, error) {
	b := task.Batch{ID: r.ID, Name: r.Name, Created: toTime(r.CreatedAt)}
	if r.OwnerID != nil {
		b.Owner = *r.OwnerID
	}
	if err := json.Unmarshal([]byte(r.Totals), &b.Totals); err != nil {
		return b, fmt.Errorf("batch %s: %w", r.ID, err)
	}
	return b, nil
}

// Upsert is a task to be made, or to be changed if there is one of its name.
type Upsert struct {
	// Task has one source. A task that is there keeps its other sources, and gets this
	// one in place of that with its name.
	Task         task.Task
	KeepHooks    bool // of a task that is there
	KeepSchedule bool // of a task that is there
	// May is asked in the transaction about what would be stored, with what the accounts
	// refer to; before is the task that is there, or none. An error refuses it. Nil is always.
	May func(ctx context.Context, before, after task.Task) error
}

func (u Upsert) may(ctx context.Context, before, after task.Task) error {
	if u.May == nil {
		return nil
	}
	return u.May(ctx, before, after)
}

// Upserted is what became of an [Upsert].
type Upserted struct {
	ID     string // of the task
	Effect task.Effect
	Err    error // why it failed
}

// errCheckOnly takes back what was tried.
var errCheckOnly = errors.New("this was a check")

// UpsertTasks makes or changes tasks by name, each for itself: one that is refused
// does not keep the others away. With check everything is tried, and nothing is
// stored. The error is the database's, and then nothing of it is stored. Callers
// hand over some hundreds at a time, because other writers wait meanwhile.
func (s *Store) UpsertTasks(ctx context.Context, batch string, list []Upsert, check bool) ([]Upserted, error) {
	out := make([]Upserted, len(list))
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		for i, u := range list {
			err := tx.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) (err error) { // a savepoint
				out[i], err = s.upsert(ctx, tx, batch, u)
				return err
			})
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if file := (*FileError)(nil); errors.As(fileError(s.path, err), &file) {
					return err
				}
				out[i] = Upserted{Effect: task.EffectFailed, Err: err}
			}
		}
		if check {
			return errCheckOnly
		}
		return nil
	})
	if err != nil && !errors.Is(err, errCheckOnly) {
		return nil, s.wrap("store the tasks of an import", err)
	}
	return out, nil
}

func (s *Store) upsert(ctx context.Context, tx bun.Tx, batch string, u Upsert) (Upserted, error) {
	t := u.Task
	var id string
	err := notFound(tx.NewRaw("SELECT id FROM task WHERE name = ?", t.Name).Scan(ctx, &id))
	if errors.Is(err, ErrNotFound) {
		t.Batch = batch
		after := t
		if err := s.resolve(ctx, tx, &after, task.Task{}); err != nil {
			return Upserted{}, err
		}
		if err := u.may(ctx, task.Task{}, after); err != nil {
			return Upserted{}, err
		}
		err := s.saveTask(ctx, tx, &t)
		return Upserted{ID: t.ID, Effect: task.EffectMade}, err
	}
	if err != nil {
		return Upserted{}, err
	}
	before, _, _, err := s.loadTask(ctx, tx, id)
	if err != nil {
		return Upserted{}, err
	}
	t.ID, t.Owner, t.Sources = id, before.Owner, slices.Clone(before.Sources)
	src := u.Task.Sources[0]
	if i := slices.IndexFunc(t.Sources, func(b task.Source) bool { return b.Name == src.Name }); i >= 0 {
		t.Sources[i] = src
	} else {
		t.Sources = append(t.Sources, src)
	}
	if u.KeepHooks {
		t.Hooks = before.Hooks
	}
	if u.KeepSchedule {
		t.Schedule = before.Schedule
	}
	t.Removal = keptRemoval(before.Removal, t)
	after := t
	if err := s.resolve(ctx, tx, &after, before); err != nil {
		return Upserted{}, err
	}
	if err := u.may(ctx, before, after); err != nil {
		return Upserted{}, err
	}
	same := src.Account.Password == "" && t.Destination.Password == "" &&
		reflect.DeepEqual(before.Sources, after.Sources) && before.Destination == after.Destination &&
		slices.EqualFunc(before.Hooks, t.Hooks, func(a, b task.Hook) bool { return reflect.DeepEqual(a, b) }) && before.Schedule == t.Schedule
	if same {
		return Upserted{ID: id, Effect: task.EffectSame}, nil
	}
	t.Batch = batch
	return Upserted{ID: id, Effect: task.EffectChanged}, s.saveTask(ctx, tx, &t)
}

// CreateBatch stores a new batch, so that tasks can name it, and sets its ID.
func (s *Store) CreateBatch(ctx context.Context, b *task.Batch) error {
	b.ID, b.Created = newID(), toTime(toMillis(s.now()))
	row := batchRow{ID: b.ID, Name: b.Name, Totals: "{}", CreatedAt: toMillis(b.Created), OwnerID: orNull(b.Owner)}
	_, err := s.write.NewInsert().Model(&row).Exec(ctx)
	return s.wrap("store the batch "+b.Name, err)
}

// SetTotals stores what a batch came to.
func (s *Store) SetTotals(ctx context.Context, id string, totals task.BatchTotals) error {
	text, err := json.Marshal(totals)
	if err == nil {
		err = affected(s.write.NewRaw("UPDATE batch SET totals = ? WHERE id = ?", string(text), id).Exec(ctx))
	}
	return s.wrap("store the totals of batch "+id, err)
}

// Batches returns the latest batches, the newest first: all, or those of one user.
func (s *Store) Batches(ctx context.Context, among Among, limit int) ([]task.Batch, error) {
	var rows []batchRow
	q := s.read.NewSelect().Model(&rows).Order("created_at DESC", "id").Limit(int64(limit))
	if !among.All {
		q = q.Where("owner_id = ?", among.Owner)
	}
	err := q.Scan(ctx)
	out := make([]task.Batch, 0, len(rows))
	for _, r := range rows {
		b, rowErr := r.batch()
		err = errors.Join(err, rowErr)
		out = append(out, b)
	}
	return out, s.wrap("read the batches", err)
}

// Batch returns one batch, or [ErrNotFound].
func (s *Store) Batch(ctx context.Context, id string) (task.Batch, error) {
	var row batchRow
	err := s.read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return task.Batch{}, s.wrap("read batch "+id, notFound(err))
	}
	b, err := row.batch()
	return b, s.wrap("read batch "+id, err)
}

// SumBatch counts those of a batch's tasks that are looked at, and what all their runs
// have copied.
func (s *Store) SumBatch(ctx context.Context, among Among, id string) (task.BatchSums, error) {
	var sums task.BatchSums
	where, args := s.among(among)
	condition, args := where[0]+" AND task.batch_id = ?", append(args, id)
	var err error
	if sums.Tasks, err = s.sumTasks(ctx, condition, args); err != nil {
		return sums, s.wrap("count the tasks of batch "+id, err)
	}
	// A run that has ended says it in its report, another one in its progress.
	number := func(field string) string {
		if s.pg {
			return "coalesce(sum(CASE WHEN run.report <> '' THEN (run.report::json->'counts'->>'" + field + "')::bigint" +
				" WHEN run.progress <> '' THEN (run.progress::json->'Counts'->>'" + field + "')::bigint ELSE 0 END), 0)::bigint"
		}
		return "coalesce(sum(CASE WHEN run.report <> '' THEN json_extract(run.report, '$.counts." + field + "')" +
			" WHEN run.progress <> '' THEN json_extract(run.progress, '$.Counts." + field + "') ELSE 0 END), 0)"
	}
	err = s.read.NewRaw("SELECT "+number("copied")+", "+number("bytes")+" FROM run JOIN task ON task.id = run.task_id WHERE "+condition, args...).
		Scan(ctx, &sums.Messages, &sums.Bytes)
	return sums, s.wrap("count what batch "+id+" has copied", err)
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
