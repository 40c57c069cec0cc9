package web_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// memoryDraft is a table in a memory.
type memoryDraft struct {
	draft  task.Draft
	owner  string
	header []string
	rows   []task.DraftRow
	looked int // how many rows one look goes on; 0 is all
}

func (m *memory) mayRead(ctx context.Context, b task.Batch) bool {
	return b.Owner == access.From(ctx).UserID || access.ExtentOf(access.From(ctx), access.ReadTask) == access.ExtentAll
}

func (m *memory) Batches(ctx context.Context) ([]web.BatchRow, error) {
	m.mu.Lock()
	ids := make([]string, 0, len(m.batches))
	for id, b := range m.batches {
		if m.mayRead(ctx, b) {
			ids = append(ids, id)
		}
	}
	m.mu.Unlock()
	slices.Sort(ids)
	var rows []web.BatchRow
	for _, id := range slices.Backward(ids) {
		r, err := m.Batch(ctx, id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (m *memory) Batch(ctx context.Context, id string) (web.BatchRow, error) {
	m.mu.Lock()
	b, ok := m.batches[id]
	m.mu.Unlock()
	if !ok || !m.mayRead(ctx, b) {
		return web.BatchRow{}, web.ErrNotFound
	}
	rows, _, err := m.FindTasks(ctx, task.Query{Batch: id})
	r := web.BatchRow{Batch: b, Sums: task.BatchSums{Tasks: task.Sums{All: len(rows), Of: map[task.Standing]int{}}}}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range rows {
		r.Sums.Tasks.Of[task.StandingOf(row.Task, row.Last)]++
		for _, run := range m.runsOf(row.Task.ID) {
			r.Sums.Messages += run.Progress.Counts.Copied
			r.Sums.Bytes += run.Progress.Counts.Bytes
		}
	}
	for _, d := range m.drafts {
		if d.draft.Batch == id && d.owner == access.From(ctx).UserID {
			r.Draft = d.draft.ID
		}
	}
	return r, err
}

func (m *memory) Drafts(ctx context.Context) ([]task.Draft, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []task.Draft
	for _, d := range m.drafts {
		if d.owner == access.From(ctx).UserID {
			list = append(list, d.sums())
		}
	}
	slices.SortFunc(list, func(a, b task.Draft) int { return cmp.Compare(b.ID, a.ID) })
	return list, nil
}

func (d *memoryDraft) sums() task.Draft {
	out := d.draft
	for _, r := range d.rows {
		out.Rows.All++
		switch r.Effect {
		case "":
			out.Rows.Unknown++
		case task.EffectMade:
			out.Rows.Made++
		case task.EffectChanged:
			out.Rows.Changed++
		case task.EffectSame:
			out.Rows.Same++
		default:
			out.Rows.Failed++
		}
	}
	return out
}

func (m *memory) NewDraft(ctx context.Context, name string, table io.Reader) (task.Draft, error) {
	text, err := io.ReadAll(io.LimitReader(table, 1<<20+1))
	if err == nil && len(text) > 1<<20 {
		if _, err = io.Copy(io.Discard, table); err == nil {
			err = fmt.Errorf("%w: the table is larger than 1 MiB; import it in parts", web.ErrInvalid)
		}
	}
	if err != nil {
		return task.Draft{}, err
	}
	records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(records) < 2 || !slices.Contains(records[0], "source") {
		return task.Draft{}, fmt.Errorf("%w: the header names no column %q", web.ErrInvalid, "source")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	d := &memoryDraft{
		draft: task.Draft{ID: m.id("d"), Name: name, State: task.DraftOpen, Created: now, Expires: now.Add(task.DraftTime)},
		owner: access.From(ctx).UserID, header: records[0],
	}
	for i, cells := range records[1:] {
		d.rows = append(d.rows, task.DraftRow{Position: i, Line: i + 2, Cells: cells})
	}
	if m.drafts == nil {
		m.drafts = map[string]*memoryDraft{}
	}
	m.drafts[d.draft.ID] = d
	return d.sums(), nil
}

// at finds a draft of the actor. The caller holds the lock.
func (m *memory) at(ctx context.Context, id string) (*memoryDraft, error) {
	d, ok := m.drafts[id]
	if !ok || d.owner != access.From(ctx).UserID {
		return nil, web.ErrNotFound
	}
	return d, nil
}

func (d *memoryDraft) cell(r task.DraftRow, column string) string {
	if i := slices.Index(d.header, column); i >= 0 && i < len(r.Cells) {
		return r.Cells[i]
	}
	return ""
}

// read makes a task of a row.
func (d *memoryDraft) read(r task.DraftRow) (task.Task, error) {
	t := task.Task{Name: d.cell(r, "name")}
	side := func(column string) (task.Account, error) {
		a, err := task.ParseAccount(d.cell(r, column))
		a.Password = task.Password(d.cell(r, column+"_password"))
		if err != nil {
			return a, fmt.Errorf("%s: %w", column, err)
		}
		return a, nil
	}
	source, err := side("source")
	t.Sources = []task.Source{{Name: "source", Account: source}}
	destination, toErr := side("destination")
	t.Destination = destination
	if source.Password == "" {
		t.Missing = []string{"source"}
	}
	return t, errors.Join(err, toErr, t.Validate())
}

// lookAt finds out what rows come to; most is how many, 0 is all. The caller holds the lock.
func (m *memory) lookAt(d *memoryDraft, most int) {
	looked := 0
	for i := range d.rows {
		r := &d.rows[i]
		if r.Effect != "" || most > 0 && looked >= most {
			continue
		}
		looked++
		t, err := d.read(*r)
		r.Name, r.Effect, r.Fault = t.Name, task.EffectMade, ""
		if err != nil {
			r.Effect, r.Fault = task.EffectFailed, strings.Split(err.Error(), "\n")[0]
			continue
		}
		for _, there := range m.tasks {
			if there.Name == t.Name {
				r.Effect = task.EffectChanged
			}
		}
	}
}

func (m *memory) Draft(ctx context.Context, id string) (task.Draft, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.at(ctx, id)
	if err != nil {
		return task.Draft{}, err
	}
	m.lookAt(d, d.looked)
	return d.sums(), nil
}

func (m *memory) DraftRows(ctx context.Context, id string, q web.DraftQuery) ([]web.DraftRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.at(ctx, id)
	if err != nil {
		return nil, err
	}
	m.lookAt(d, d.looked)
	var out []web.DraftRow
	for _, r := range d.rows {
		if q.Wrong && r.Effect != task.EffectFailed {
			continue
		}
		row := web.DraftRow{Row: r, Cells: map[string]string{}, Passwords: map[string]bool{}}
		for i, column := range d.header {
			if row.Cells[column] = r.Cells[i]; strings.HasSuffix(column, "_password") {
				row.Passwords[column], row.Cells[column] = r.Cells[i] != "", ""
			}
		}
		if t, err := d.read(r); err == nil {
			row.Waits, row.Task = t.Waits(), withoutPasswords(t)
		}
		row.Row.Cells = nil
		out = append(out, row)
	}
	out = out[min(q.Offset, len(out)):]
	return out[:min(q.Limit, len(out))], nil
}

func (m *memory) ChangeDraftRow(ctx context.Context, id string, position int, cells map[string]string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.at(ctx, id)
	if err != nil {
		return err
	}
	for i := range d.rows {
		if d.rows[i].Position != position {
			continue
		}
		for column, text := range cells {
			at := slices.Index(d.header, column)
			if at < 0 && text != "" {
				d.header, at = append(d.header, column), len(d.header)
				for j := range d.rows {
					d.rows[j].Cells = append(d.rows[j].Cells, "")
				}
			}
			if at >= 0 && (text != "" || !strings.HasSuffix(column, "_password")) {
				d.rows[i].Cells[at] = text
			}
		}
		d.rows[i] = task.DraftRow{Position: position, Line: d.rows[i].Line, Cells: d.rows[i].Cells}
		return nil
	}
	return web.ErrNotFound
}

func (m *memory) RemoveDraftRow(ctx context.Context, id string, position int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.at(ctx, id)
	if err != nil {
		return err
	}
	before := len(d.rows)
	d.rows = slices.DeleteFunc(d.rows, func(r task.DraftRow) bool { return r.Position == position })
	if len(d.rows) == before {
		return web.ErrNotFound
	}
	return nil
}

func (m *memory) TestDraftRows(ctx context.Context, id string, positions []int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.at(ctx, id)
	if err != nil {
		return err
	}
	for i, r := range d.rows {
		if r.Effect == task.EffectFailed || !slices.Contains(positions, r.Position) {
			continue
		}
		d.rows[i].Tested, d.rows[i].TestFault = time.Now(), ""
		if m.wrong != "" && d.cell(r, "source_password") == m.wrong {
			d.rows[i].TestFault = "source: login refused"
		}
	}
	return nil
}

func (m *memory) StartDraft(ctx context.Context, id string, run bool) (string, error) {
	m.mu.Lock()
	d, err := m.at(ctx, id)
	if err != nil {
		m.mu.Unlock()
		return "", err
	}
	m.lookAt(d, 0)
	if d.sums().Rows.Good() == 0 {
		m.mu.Unlock()
		return "", fmt.Errorf("%w: no row of the table can be stored as it is", web.ErrInvalid)
	}
	b, known := m.batches[d.draft.Batch]
	if !known {
		b = task.Batch{ID: m.id("b"), Name: d.draft.Name, Owner: d.owner, Created: time.Now()}
	}
	d.draft.Batch = b.ID
	var left []task.DraftRow
	var tasks []task.Task
	b.Totals.Rows, b.Totals.Failed = b.Totals.Rows-b.Totals.Failed, 0
	for _, r := range d.rows {
		b.Totals.Count(r.Effect)
		if r.Effect == task.EffectFailed {
			left = append(left, r)
			continue
		}
		t, _ := d.read(r) // it was read before
		t.Batch = b.ID
		for _, there := range m.tasks {
			if there.Name == t.Name {
				t.ID = there.ID
			}
		}
		tasks = append(tasks, t)
	}
	if m.batches == nil {
		m.batches = map[string]task.Batch{}
	}
	m.batches[b.ID] = b
	if d.rows = left; len(left) == 0 {
		delete(m.drafts, id)
	}
	m.mu.Unlock()
	for _, t := range tasks {
		t, err := m.SaveTask(ctx, t)
		if err == nil && run && !t.Waits() {
			_, err = m.StartRun(ctx, t.ID)
		}
		if err != nil {
			return b.ID, err
		}
	}
	return b.ID, nil
}

func (m *memory) DiscardDraft(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.at(ctx, id); err != nil {
		return err
	}
	delete(m.drafts, id)
	return nil
}

func (m *memory) MakeLink(ctx context.Context, taskID string, good time.Duration) (string, task.Link, error) {
	if err := task.ValidLinkTime(good); err != nil {
		return "", task.Link{}, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.tasks[taskID]; !ok {
		return "", task.Link{}, web.ErrNotFound
	}
	for token, l := range m.links {
		if l.TaskID == taskID {
			delete(m.links, token)
		}
	}
	m.nextID++
	token := "token" + strconv.Itoa(m.nextID)
	now := time.Now()
	link := task.Link{TaskID: taskID, By: access.From(ctx).Name, Created: now, Expires: now.Add(good)}
	if m.links == nil {
		m.links = map[string]task.Link{}
	}
	m.links[token] = link
	return token, link, nil
}

func (m *memory) Link(_ context.Context, taskID string) (task.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.links {
		if l.TaskID == taskID {
			return l, nil
		}
	}
	return task.Link{}, web.ErrNotFound
}

func (m *memory) RevokeLink(_ context.Context, taskID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for token, l := range m.links {
		if l.TaskID == taskID {
			delete(m.links, token)
			return nil
		}
	}
	return web.ErrNotFound
}

func (m *memory) LinkedTask(_ context.Context, token string) (web.Linked, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.links[token]
	if !ok || l.Expires.Before(time.Now()) {
		return web.Linked{}, web.ErrNotFound
	}
	out := web.Linked{Link: l, Task: withoutPasswords(m.tasks[l.TaskID])}
	if runs := m.runsOf(l.TaskID); len(runs) > 0 && !l.Used.IsZero() {
		out.Run = &runs[0]
	}
	return out, nil
}

func (m *memory) GivePasswords(ctx context.Context, token string, passwords map[string]task.Password) (map[string]web.LoginFault, error) {
	linked, err := m.LinkedTask(ctx, token)
	if err != nil {
		return nil, err
	}
	if !linked.Link.Used.IsZero() {
		return nil, fmt.Errorf("%w: the link has been used", web.ErrConflict)
	}
	faults := map[string]web.LoginFault{}
	t := linked.Task
	for name, p := range passwords {
		a, _ := t.AccountOf(name)
		switch {
		case a.Host == m.away:
			faults[name] = web.LoginFault{Sentence: a.Host + ": no connection"}
		case p.Reveal() == m.wrong:
			faults[name] = web.LoginFault{Password: true, Sentence: "login refused"}
		}
	}
	if len(faults) > 0 {
		return faults, nil
	}
	m.mu.Lock()
	linked.Link.Used = time.Now()
	m.links[token] = linked.Link
	full := m.tasks[t.ID]
	full.Missing = nil
	full.Sources = slices.Clone(full.Sources)
	for i, s := range full.Sources {
		if p := passwords[s.Name]; p != "" {
			full.Sources[i].Account.Password = p
		}
	}
	m.tasks[t.ID] = full
	m.mu.Unlock()
	_, err = m.StartRun(ctx, t.ID)
	return nil, err
}
