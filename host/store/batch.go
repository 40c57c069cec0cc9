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
	row := batchRow{ID: b.ID, Name: b.Name, Totals: "{}", CreatedAt: toMillis(b.Created)}
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

// Batches returns the latest batches, the newest first.
func (s *Store) Batches(ctx context.Context, limit int) ([]task.Batch, error) {
	var rows []batchRow
	err := s.read.NewSelect().Model(&rows).Order("created_at DESC", "id").Limit(int64(limit)).Scan(ctx)
	out := make([]task.Batch, 0, len(rows))
	for _, r := range rows {
		b := task.Batch{ID: r.ID, Name: r.Name, Created: toTime(r.CreatedAt)}
		if jsonErr := json.Unmarshal([]byte(r.Totals), &b.Totals); jsonErr != nil {
			err = errors.Join(err, fmt.Errorf("batch %s: %w", r.ID, jsonErr))
		}
		out = append(out, b)
	}
	return out, s.wrap("read the batches", err)
}
