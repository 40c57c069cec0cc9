package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/bulk"
	"github.com/mailweir/mailweir/host/sheet"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// ImportOptions say what an import does.
type ImportOptions struct {
	Name   string    // of the file, for the batch
	Check  bool      // try everything, store nothing
	Test   bool      // log in to both accounts of each row; one that can not be opened fails
	Await  bool      // rows without a password are stored, too: their tasks wait for it
	Failed io.Writer // gets the failed rows as a table, without passwords; nil is none
	// Row is told of each row, in the order of the file.
	Row func(ImportRow)
}

// ImportRow is what became of a row, or would become of it.
type ImportRow struct {
	Line   int         `json:"line"`
	Name   string      `json:"name,omitempty"`
	Effect task.Effect `json:"effect"`
	TaskID string      `json:"task,omitempty"`
	Error  string      `json:"error,omitempty"`
}

const (
	// rowsAtOnce are stored in one transaction; other writers wait meanwhile.
	rowsAtOnce = 200
	// testsAtOnce are accounts that are logged in to at the same time.
	testsAtOnce = 8
)

// ImportTasks makes or changes tasks as a table says. Rows that fail do not keep the
// others away. The error says why it ended early: the totals are of the rows before.
//
// The actor of ctx owns the tasks that are made. Each row may do what the actor may do
// with one task, and is written into the audit trail.
func (r *Registry) ImportTasks(ctx context.Context, file io.ReadSeeker, o ImportOptions) (task.Batch, error) {
	batch := task.Batch{Name: o.Name}
	actor := access.From(ctx)
	if !actor.IsService() && !access.Allowed(actor, access.CreateTask, access.Object{}) {
		return batch, as(ErrTable, errors.New("you may not make tasks"))
	}
	known, err := r.known(ctx, actor)
	if err != nil {
		return batch, err
	}
	table, err := bulk.NewReader(file, known)
	if err != nil {
		return batch, as(ErrTable, fmt.Errorf("%s: %w", o.Name, err))
	}
	run := &importRun{Registry: r, o: o, batch: &batch, actor: actor}
	if o.Failed != nil {
		run.header = table.Header()
		if run.failed, err = sheet.NewWriter(o.Failed, run.withError(run.header, "error")...); err != nil {
			return batch, err
		}
	}
	if batch.Owner = actor.UserID; actor.UserID == access.LocalID {
		batch.Owner = ""
	}
	if !o.Check {
		if err := r.store.CreateBatch(ctx, &batch); err != nil {
			return batch, err
		}
	}
	err = run.all(ctx, table)
	if run.failed != nil {
		err = errors.Join(err, run.failed.Flush())
	}
	if !o.Check {
		err = errors.Join(err, r.store.SetTotals(context.WithoutCancel(ctx), batch.ID, batch.Totals))
	}
	return batch, err
}

// known is what rows of an actor may refer to.
func (r *Registry) known(ctx context.Context, actor access.Actor) (bulk.Known, error) {
	k := bulk.Known{Accounts: map[string]string{}, Domains: map[string]bool{}, Template: func(name string) (*task.Task, error) {
		t, err := r.store.TaskNamed(ctx, name)
		if errors.Is(err, store.ErrNotFound) || err == nil && !actor.IsService() && !access.Allowed(actor, access.ReadTask, access.OfTask(t)) {
			return nil, nil
		}
		return &t, err
	}}
	accounts, err := r.store.Accounts(ctx)
	if err != nil {
		return k, err
	}
	for _, a := range accounts {
		if actor.IsService() || !actor.Role.Bound() || a.Owner == actor.UserID {
			k.Accounts[a.Name] = a.ID
		}
	}
	domains, err := r.store.LocalDomains(ctx)
	if err != nil {
		return k, err
	}
	for _, d := range domains {
		k.Domains[d.Domain] = true
	}
	return k, nil
}

// importRun is an import at work.
type importRun struct {
	*Registry
	actor  access.Actor
	o      ImportOptions
	batch  *task.Batch
	failed *sheet.Writer
	header []string

	draftID string // whose rows are imported; "" is a table
}

func (i *importRun) all(ctx context.Context, table *bulk.Reader) error {
	for {
		var rows []bulk.Row
		var ended error
		for len(rows) < rowsAtOnce && ended == nil {
			row, err := table.Next()
			if err == nil {
				rows = append(rows, row)
			}
			ended = err
		}
		if err := i.some(ctx, rows); err != nil {
			return err
		}
		if errors.Is(ended, io.EOF) {
			return nil
		}
		if ended != nil {
			return as(ErrTable, fmt.Errorf("%s: %w", i.o.Name, ended))
		}
	}
}

// some tests and stores a few rows.
func (i *importRun) some(ctx context.Context, rows []bulk.Row) error {
	if i.o.Test {
		if err := i.test(ctx, rows); err != nil {
			return err
		}
	}
	results := make([]ImportRow, len(rows))
	var list []store.Upsert
	var places []int
	for n, row := range rows {
		results[n] = ImportRow{Line: row.Line, Name: row.Name, Effect: task.EffectFailed}
		if row.Err != nil {
			results[n].Error = Sentence(row.Err)
			continue
		}
		list = append(list, store.Upsert{Task: i.owned(row.Task), KeepHooks: !row.HasHooks, KeepSchedule: !row.HasSchedule, May: i.may})
		places = append(places, n)
	}
	done, err := i.store.UpsertTasks(ctx, i.batch.ID, list, i.o.Check)
	if err != nil {
		return err
	}
	for m, d := range done {
		result := &results[places[m]]
		result.Effect = d.Effect
		if d.Err != nil {
			result.Error = Sentence(d.Err)
		} else if !i.o.Check || d.Effect != task.EffectMade { // what was not made has no ID
			result.TaskID = d.ID
		}
		i.note(ctx, *result)
	}
	for n, result := range results {
		i.batch.Totals.Count(result.Effect)
		if i.o.Row != nil {
			i.o.Row(result)
		}
		if result.Effect == task.EffectFailed && i.failed != nil {
			if err := i.failed.Write(i.withError(cellsOf(rows[n], i.header), result.Error)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// owned is a task of a row that gets an owner if it is made.
func (i *importRun) owned(t task.Task) task.Task {
	t.Await = i.o.Await
	if i.actor.UserID != access.LocalID {
		t.Owner = task.Owner{ID: i.actor.UserID, Name: i.actor.Name, Role: string(i.actor.Role)}
	}
	return t
}

// may refuses what the actor may not do with a task.
func (i *importRun) may(ctx context.Context, before, after task.Task) error {
	if i.actor.IsService() {
		return nil
	}
	if before.ID != "" && !access.Allowed(i.actor, access.ChangeTask, access.OfTask(before)) {
		return errOthersTask
	}
	return errors.Join(mayBe(ctx, i.store, after), mayGrant(i.actor, after, before))
}

// note writes what became of a row into the audit trail.
func (i *importRun) note(ctx context.Context, row ImportRow) {
	deeds := map[task.Effect]access.Deed{task.EffectMade: access.DeedTaskMade, task.EffectChanged: access.DeedTaskChanged}
	deed, done := deeds[row.Effect]
	if i.o.Check || i.actor.IsService() || !done {
		return
	}
	e := taskEvent(deed, task.Task{ID: row.TaskID, Name: row.Name})
	e.Detail = "import " + i.batch.Name
	// What was done stays done when the browser has gone meanwhile.
	if err := i.store.AddEvent(context.WithoutCancel(ctx), e.By(i.actor)); err != nil {
		i.log.Error("not in the audit trail", "deed", e.Deed, "actor", i.actor.Name, "object", e.ObjectID, "error", err)
	}
}

// cellsOf are the cells of a row that may be shown; one that could not be read has none.
func cellsOf(row bulk.Row, header []string) []string {
	if cells := row.Shown(); cells != nil {
		return cells
	}
	return make([]string, len(header))
}

// withError puts text where the table has its column "error", or else behind the
// last one.
func (i *importRun) withError(cells []string, text string) []string {
	out := slices.Clone(cells)
	if at := slices.Index(i.header, "error"); at >= 0 {
		out[at] = text
		return out
	}
	return append(out, text)
}

// test logs in to the accounts of the rows, and sets the Err of those that fail.
func (i *importRun) test(ctx context.Context, rows []bulk.Row) error {
	var g errgroup.Group
	g.SetLimit(testsAtOnce)
	var mu sync.Mutex
	for n := range rows {
		if rows[n].Err != nil {
			continue
		}
		g.Go(func() error {
			err := i.open(ctx, rows[n].Task)
			mu.Lock()
			defer mu.Unlock()
			if ctx.Err() == nil {
				rows[n].Err = err
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// open logs in to both accounts of a row, once each, but for those whose passwords are
// awaited.
func (i *importRun) open(ctx context.Context, t task.Task) error {
	conn := i.conn
	t = i.owned(t)
	before, err := i.store.TaskNamed(ctx, t.Name)
	if err == nil {
		t.Owner = before.Owner
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	// Before anything of a task is looked at that may be another one's.
	if err := i.may(ctx, before, t); err != nil {
		return err
	}
	full, err := i.store.CredentialsOf(ctx, t)
	if err != nil {
		return err
	}
	if full.Owner = t.Owner; bound(full) {
		conn.Reach = &i.bound
	}
	if a := full.Sources[0].Account; a.Password != "" || !a.Personal() {
		source, err := OpenSource(ctx, a, conn)
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		_ = source.Close()
	}
	if a := full.Destination; a.Kind == task.KindMaildir || a.Password == "" && a.Personal() {
		return nil // the one is made when it is needed, the other waits for its password
	}
	target, err := OpenTarget(ctx, full.Destination, conn)
	if err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	_ = target.Close()
	return nil
}
