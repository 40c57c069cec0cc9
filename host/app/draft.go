package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/bulk"
	"github.com/mailweir/mailweir/host/sheet"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

const (
	// maxTable bounds a table that comes by the pages or the API. It has passwords in it,
	// so it never lies in a file, and has to fit into memory.
	maxTable = 32 << 20
	// maxDrafts is how many drafts one user may have.
	maxDrafts = 20
	// lookTime is how long one look at a draft goes on with rows of which nothing is known
	// yet. Whoever waits for the answer does not notice, and no other writer waits long.
	lookTime = 400 * time.Millisecond
)

// tables bounds how many tables are read at the same time.
var tables = make(chan struct{}, 2)

// NewDraft implements web.Service.
func (s *service) NewDraft(ctx context.Context, name string, table io.Reader) (task.Draft, error) {
	select {
	case tables <- struct{}{}:
		defer func() { <-tables }()
	case <-ctx.Done():
		return task.Draft{}, ctx.Err()
	}
	text, err := io.ReadAll(io.LimitReader(table, maxTable+1))
	if err != nil {
		return task.Draft{}, err
	}
	if len(text) > maxTable {
		// A browser shows no answer to what it could not send.
		if _, err := io.Copy(io.Discard, table); err != nil {
			return task.Draft{}, err
		}
		return task.Draft{}, as(web.ErrInvalid, fmt.Errorf("the table is larger than %d MiB; import it in parts, or with \"mailweir task import\"", maxTable>>20))
	}
	rows, err := bulk.NewReader(bytes.NewReader(text), bulk.Known{})
	if err != nil {
		return task.Draft{}, as(web.ErrInvalid, err)
	}
	d := task.Draft{Name: name, Owner: ownerID(access.From(ctx))}
	others, err := s.store.Drafts(ctx, d.Owner)
	if err != nil {
		return d, err
	}
	if len(others) >= maxDrafts {
		return d, as(web.ErrInvalid, fmt.Errorf("there are %d tables that are not started; start or discard one of them first", len(others)))
	}
	if err := s.store.CreateDraft(ctx, &d); err != nil {
		return d, err
	}
	if err := s.fillDraft(ctx, d.ID, rows); err != nil {
		return d, errors.Join(err, s.store.DeleteDraft(context.WithoutCancel(ctx), d.ID))
	}
	return s.store.Draft(ctx, d.ID)
}

// fillDraft stores the rows of a table.
func (s *service) fillDraft(ctx context.Context, id string, table *bulk.Reader) error {
	var some []task.DraftRow
	for n := 0; ; n++ {
		line, cells, err := table.Cells()
		if errors.Is(err, io.EOF) {
			if n == 0 {
				return as(web.ErrInvalid, errors.New("the table has no rows below its header"))
			}
			return s.store.AddDraftRows(ctx, id, some)
		}
		r := draftRow(n, line, cells)
		var wrong *sheet.RowError
		switch {
		case errors.As(err, &wrong):
			r.Effect, r.Fault = task.EffectFailed, Sentence(wrong.Err)
		case err != nil:
			return as(web.ErrInvalid, err)
		}
		if some = append(some, r); len(some) == rowsAtOnce {
			if err := s.store.AddDraftRows(ctx, id, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
}

// draftRow is a row with its cells, and what they say that it is about.
func draftRow(position, line int, cells []string) task.DraftRow {
	r := task.DraftRow{Position: position, Line: line, Cells: cells}
	for i, column := range bulk.Columns() {
		switch column {
		case "name":
			r.Name = sheet.Text(cells[i])
		case "source_name":
			r.Source = bulk.SourceName(cells[i])
		}
	}
	return r
}

// Draft implements web.Service.
func (s *service) Draft(ctx context.Context, id string) (task.Draft, error) {
	d, err := s.draft(ctx, id)
	if err != nil {
		return d, err
	}
	for began := time.Now(); d.State == task.DraftOpen && time.Since(began) < lookTime; {
		rows, err := s.store.DraftRows(ctx, id, store.DraftFilter{Effects: []task.Effect{""}, Limit: rowsAtOnce})
		if err != nil {
			return d, err
		}
		if len(rows) == 0 {
			break
		}
		if err := s.lookAt(ctx, d, rows); err != nil {
			return d, err
		}
	}
	return s.draft(ctx, id)
}

// lookAt finds out what storing rows would come to, and keeps it.
func (s *service) lookAt(ctx context.Context, d task.Draft, rows []task.DraftRow) error {
	run, read, err := s.importRun(ctx, d, true)
	if err != nil {
		return err
	}
	if err := s.storeRows(ctx, run, read, rows); err != nil {
		return err
	}
	return s.store.SetVerdicts(ctx, d.ID, rows)
}

// importRun is what makes tasks of rows of a draft, or looks what would become of
// them, and what reads the rows.
func (s *service) importRun(ctx context.Context, d task.Draft, check bool) (*importRun, *bulk.Reader, error) {
	actor := access.From(ctx)
	conn := s.conn
	conn.Log = s.log.With("draft", d.ID)
	r := &Registry{store: s.store, shelf: s.shelf, conn: conn, bound: s.bound, log: s.log}
	known, err := r.known(ctx, actor)
	if err != nil {
		return nil, nil, err
	}
	batch := &task.Batch{ID: d.Batch, Name: d.Name, Owner: d.Owner}
	return &importRun{Registry: r, draftID: d.ID, actor: actor, batch: batch, o: ImportOptions{Name: d.Name, Check: check, Await: true}}, bulk.NewTable(known), nil
}

// storeRows stores rows, or with run.o.Check tries to, and sets their Effect and Fault.
func (s *service) storeRows(ctx context.Context, run *importRun, read *bulk.Reader, rows []task.DraftRow) error {
	positions := make([]int, len(rows))
	for i, r := range rows {
		positions[i] = r.Position
	}
	twins, err := s.store.Twins(ctx, run.draftID, positions)
	if err != nil {
		return err
	}
	list := make([]bulk.Row, len(rows))
	for i, r := range rows {
		list[i] = read.Row(r.Line, r.Cells)
		if line, twin := twins[r.Position]; twin && list[i].Err == nil {
			list[i].Err = bulk.ErrTwin(line)
		}
	}
	at := 0
	run.o.Row = func(result ImportRow) {
		rows[at].Effect, rows[at].Fault = result.Effect, result.Error
		at++
	}
	return run.some(ctx, list)
}

// DraftRows implements web.Service.
func (s *service) DraftRows(ctx context.Context, id string, q web.DraftQuery) ([]web.DraftRow, error) {
	d, err := s.draft(ctx, id)
	if err != nil {
		return nil, err
	}
	f := store.DraftFilter{Offset: max(0, q.Offset), Limit: min(max(1, q.Limit), rowsAtOnce)}
	if q.Wrong {
		f.Effects = []task.Effect{task.EffectFailed}
	}
	rows, err := s.store.DraftRows(ctx, id, f)
	if err != nil {
		return nil, err
	}
	unknown := slices.DeleteFunc(slices.Clone(rows), func(r task.DraftRow) bool { return r.Effect != "" })
	if len(unknown) > 0 && d.State == task.DraftOpen {
		if err := s.lookAt(ctx, d, unknown); err != nil {
			return nil, err
		}
		for i, r := range rows {
			if at := slices.IndexFunc(unknown, func(u task.DraftRow) bool { return u.Position == r.Position }); at >= 0 {
				rows[i] = unknown[at]
			}
		}
	}
	_, read, err := s.importRun(ctx, d, true)
	if err != nil {
		return nil, err
	}
	out := make([]web.DraftRow, len(rows))
	for i, r := range rows {
		out[i] = shownRow(read, r)
		if out[i].Waits, err = s.awaits(ctx, out[i].Task); err != nil {
			return nil, err
		}
		out[i].Task.Sources = slices.Clone(out[i].Task.Sources)
		for j := range out[i].Task.Sources {
			out[i].Task.Sources[j].Account.Password = ""
		}
		out[i].Task.Destination.Password = ""
	}
	return out, nil
}

// shownRow is a row without its passwords.
func shownRow(read *bulk.Reader, r task.DraftRow) web.DraftRow {
	row := read.Row(r.Line, r.Cells)
	out := web.DraftRow{Row: r, Cells: map[string]string{}, Passwords: map[string]bool{}}
	out.Row.Cells = nil
	for i, column := range bulk.Columns() {
		out.Cells[column] = row.Shown()[i]
		if strings.HasSuffix(column, "_password") {
			out.Passwords[column] = r.Cells[i] != ""
		}
	}
	if row.Err == nil {
		out.Task = row.Task
	}
	return out
}

// awaits reports whether the task of a row would wait for a password.
func (s *service) awaits(ctx context.Context, t task.Task) (bool, error) {
	missing := func(a task.Account) bool { return a.Personal() && a.Password == "" }
	if len(t.Sources) == 0 || !missing(t.Destination) && !missing(t.Sources[0].Account) {
		return false, nil
	}
	before, err := s.store.TaskNamed(ctx, t.Name)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	// A source that is there has its password, unless the task waits for it.
	kept := func(source string) bool {
		_, there := before.AccountOf(source)
		return there && !slices.Contains(before.Missing, source)
	}
	src := t.Sources[0]
	return missing(t.Destination) && !kept("") || missing(src.Account) && !kept(src.Name), nil
}

// ChangeDraftRow implements web.Service.
func (s *service) ChangeDraftRow(ctx context.Context, id string, position int, cells map[string]string) error {
	if _, err := s.draft(ctx, id); err != nil {
		return err
	}
	for column, text := range cells {
		if !slices.Contains(bulk.Columns(), column) {
			return as(web.ErrInvalid, fmt.Errorf("a row has no column %q; its columns are %s", column, strings.Join(bulk.Columns(), ", ")))
		}
		if len(text) > sheet.MaxRow/len(bulk.Columns()) {
			return as(web.ErrInvalid, fmt.Errorf("what is typed as %s is too long", column))
		}
	}
	r, err := s.store.DraftRow(ctx, id, position)
	if err != nil {
		return webError(err)
	}
	all := slices.Clone(r.Cells)
	for i, column := range bulk.Columns() {
		text, given := cells[column]
		if given && (text != "" || !strings.HasSuffix(column, "_password")) {
			all[i] = text
		}
	}
	forgetMoved(r.Cells, all, cells)
	return webError(s.store.SetDraftRow(ctx, id, draftRow(position, r.Line, all)))
}

// forgetMoved forgets a password whose account is another one now: like one that is
// stored with a task, it does not follow to another server.
func forgetMoved(before, after []string, typed map[string]string) {
	columns := bulk.Columns()
	for _, side := range []string{"source", "destination"} {
		moved := false
		for _, suffix := range []string{"", "_server", "_user"} {
			i := slices.Index(columns, side+suffix)
			moved = moved || before[i] != after[i]
		}
		if moved && typed[side+"_password"] == "" {
			after[slices.Index(columns, side+"_password")] = ""
		}
	}
}

// RemoveDraftRow implements web.Service.
func (s *service) RemoveDraftRow(ctx context.Context, id string, position int) error {
	if _, err := s.draft(ctx, id); err != nil {
		return err
	}
	return webError(s.store.RemoveDraftRow(ctx, id, position))
}
