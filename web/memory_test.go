package web_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web"
)

const (
	adminName     = "admin"
	adminPassword = "correct horse battery"
)

var _ web.Service = (*memory)(nil)

// memory is the running program in small: it keeps tasks, and its runs copy
// messages that do not exist, a step at a time.
type memory struct {
	*people
	*pluginFiles
	*extras
	*sources
	step  chan struct{} // each value takes every run a step further
	stop  context.CancelFunc
	ctx   context.Context
	works sync.WaitGroup

	mu      sync.Mutex
	nextID  int
	tasks   map[string]task.Task // with passwords
	runs    map[string]*running
	plugins []abi.Manifest
	folders []task.FolderReport // what a run finds, as it will be at the end
	listed  []task.Listed
	notes   []string
	lines   []string                    // a run logs one at each step, in turn
	broken  error                       // returned by Tasks
	trouble map[string]task.Report      // by the name of the task: how its runs end half way
	started map[string]*task.RunOptions // of runs: memory_history_test.go
	paces   map[string]task.Pace        // of runs: memory_lists_test.go
	plans   plansOf                     // memory_plans_test.go
	noPlan  error                       // returned by PreflightTask

	batches map[string]task.Batch // memory_batches_test.go
	drafts  map[string]*memoryDraft
	sketch  map[string]memorySketch // memory_sketches_test.go
	links   map[string]task.Link    // by their tokens
	deleted []task.Deleted          // memory_deleted_test.go
	wrong   string                  // the password that no server takes
	away    string                  // the host that can not be reached
}

type running struct {
	run     task.Run
	log     []task.LogLine
	changed chan struct{} // closed and replaced with each change
}

func newMemory() *memory {
	ctx, stop := context.WithCancel(context.Background())
	return &memory{
		people: newPeople(), pluginFiles: &pluginFiles{}, extras: &extras{}, sources: newSources(),
		step: make(chan struct{}), ctx: ctx, stop: stop,
		tasks: map[string]task.Task{}, runs: map[string]*running{},
		plugins: []abi.Manifest{{
			ID: "folder-rules", Version: "1.0.0", ABI: "1.0", Hooks: []string{"map_folder"},
			Description: "Moves, renames and leaves out folders by rules.",
			Config:      json.RawMessage(`{"type":"object","properties":{"prefix":{"type":"string"}}}`),
		}},
		folders: []task.FolderReport{
			found("old", "INBOX", "INBOX", 1250, 84_000_000),
			found("old", "Gesendet", "Sent", 420, 31_000_000),
			found("old", "Archiv/2019", "Archive/old/2019", 3100, 210_000_000),
			found("shop", "INBOX", "INBOX", 800, 22_000_000),
			{Source: "shop", Folder: "Spam", By: "folder-rules", Counts: task.Counts{Source: 96, Skipped: 96}},
		},
		notes: []string{"INBOX of old and INBOX of shop are copied into the same folder, INBOX."},
		lines: []string{"copied a batch", "the server is slow; waiting for it"},
	}
}

func found(source, folder, target string, messages, size int64) task.FolderReport {
	by := "same name"
	if folder != target {
		by = "folder-rules"
	}
	return task.FolderReport{
		Source: source, Folder: folder, Target: target, By: by,
		Counts: task.Counts{Source: messages, Copied: messages, Bytes: size, SourceBytes: size},
	}
}

// close ends all runs and returns when they have ended.
func (m *memory) close() {
	m.stop()
	m.works.Wait()
}

func (m *memory) id(kind string) string {
	m.nextID++
	return kind + strconv.Itoa(m.nextID)
}

func (m *memory) Tasks(context.Context) ([]web.TaskRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	var rows []web.TaskRow
	for _, t := range m.tasks {
		row := web.TaskRow{Task: withoutPasswords(t)}
		if runs := m.runsOf(t.ID); len(runs) > 0 {
			row.Last = &runs[0]
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b web.TaskRow) int { return cmp.Compare(a.Task.Name, b.Task.Name) })
	return rows, nil
}

func (m *memory) Task(_ context.Context, id string) (task.Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[id]
	if !ok {
		return t, fmt.Errorf("task %s: %w", id, web.ErrNotFound)
	}
	return withoutPasswords(t), nil
}

func (m *memory) SaveTask(ctx context.Context, t task.Task) (task.Task, error) {
	if err := t.Validate(); err != nil {
		return t, fmt.Errorf("%w: %w", web.ErrInvalid, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.tasks {
		if other.Name == t.Name && other.ID != t.ID {
			return t, fmt.Errorf("%w: another task is called %q", web.ErrConflict, t.Name)
		}
	}
	before, known := m.tasks[t.ID]
	switch {
	case t.ID == "":
		t.ID, t.Created = m.id("t"), time.Now()
		if a := access.From(ctx); t.Owner.ID == "" {
			t.Owner = task.Owner{ID: a.UserID, Name: a.Name, Role: string(a.Role)}
		}
	case !known:
		return t, web.ErrNotFound
	}
	if t.Version != 0 && t.Version != before.Version {
		return t, errChanged
	}
	t.Updated, t.Version = time.Now(), before.Version+1
	if known {
		t.Owner = before.Owner
	}
	t.Pause, t.Agenda = before.Pause, before.Agenda
	if t.Schedule != before.Schedule {
		plan(&t)
	}
	t.Sources = slices.Clone(t.Sources)
	for i, s := range t.Sources {
		for _, b := range before.Sources {
			if b.Name == s.Name && s.Account.Password == "" {
				t.Sources[i].Account.Password = b.Account.Password
			}
		}
	}
	t.Destination.Password = cmp.Or(t.Destination.Password, before.Destination.Password)
	m.tasks[t.ID] = t
	return withoutPasswords(t), nil
}

func withoutPasswords(t task.Task) task.Task {
	t.Sources = slices.Clone(t.Sources)
	for i := range t.Sources {
		t.Sources[i].Account.Password = ""
	}
	t.Destination.Password = ""
	return t
}

func (m *memory) StartRun(_ context.Context, taskID string) (task.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[taskID]
	if !ok {
		return task.Run{}, web.ErrNotFound
	}
	if t.Waits() {
		return task.Run{}, fmt.Errorf("%w: the task waits for a password", web.ErrConflict)
	}
	if m.active(taskID) {
		return task.Run{}, fmt.Errorf("%w: the task is running already", web.ErrConflict)
	}
	r := &running{
		run: task.Run{
			ID: m.id("r"), TaskID: t.ID, TaskName: t.Name, Trigger: "by hand", Number: int64(len(m.runsOf(t.ID)) + 1),
			State: task.StateQueued, Queued: time.Now(),
		},
		changed: make(chan struct{}),
	}
	m.runs[r.run.ID] = r
	m.works.Go(func() { m.work(r) })
	return r.run, nil
}

func (m *memory) active(taskID string) bool {
	for _, r := range m.runs {
		if r.run.TaskID == taskID && r.run.State != task.StateEnded {
			return true
		}
	}
	return false
}

// work copies a tenth of every folder at each step.
func (m *memory) work(r *running) {
	const steps = 10
	if !m.next(r) {
		return
	}
	m.change(r, func(run *task.Run) {
		run.State, run.Started = task.StateRunning, time.Now()
		run.Progress.Phase, run.Progress.At = task.PhaseConnect, time.Now()
	}, "connected to both sides")
	for i := 0; i <= steps; i++ {
		if !m.next(r) {
			return
		}
		if end, ok := m.trouble[r.run.TaskName]; ok && i > steps/2 {
			m.end(r, end.Outcome, end.Cause)
			return
		}
		m.change(r, func(run *task.Run) {
			run.Progress = m.progress(i, steps)
		}, m.lines[i%len(m.lines)])
	}
	m.end(r, task.OutcomeDone, "")
}

// next waits for the next step, and ends the run instead if that was asked for.
func (m *memory) next(r *running) bool {
	for {
		m.mu.Lock()
		stopping, changed := r.run.Stopping, r.changed
		rests := r.run.State == task.StatePaused || r.run.State == task.StateWaiting
		m.mu.Unlock()
		if stopping {
			m.end(r, task.OutcomeStopped, "stopped by hand")
			return false
		}
		step := m.step
		if rests {
			step = nil
		}
		select {
		case <-step:
			return true
		case <-changed:
		case <-m.ctx.Done():
			return false
		}
	}
}

// progress is what i of all steps have done.
func (m *memory) progress(i, steps int) task.Progress {
	p := task.Progress{
		Phase: task.PhaseTransfer, At: time.Now(), Left: time.Duration(steps-i) * time.Second,
		MessagesPerSecond: 180 + 40*float64(i%4), BytesPerSecond: 9e6 + 1.5e6*float64(i%3),
	}
	for _, f := range m.folders {
		part := func(n *int64) { *n = *n * int64(i) / int64(steps) }
		part(&f.Copied)
		part(&f.Present)
		part(&f.Skipped)
		part(&f.Held)
		part(&f.Failed)
		part(&f.Bytes)
		f.Done = i == steps
		p.Folders = append(p.Folders, f)
		p.Counts.Add(f.Counts)
	}
	for n := range i * 6 {
		p.Trail = append(p.Trail, task.Point{
			At: p.At.Add(time.Duration(n-i*6) * time.Second).UnixMilli(), Messages: 160 + 40*math.Sin(float64(n)/3), Bytes: 8e6 + 2e6*math.Cos(float64(n)/5),
		})
	}
	p.Folder = p.Folders[i*(len(p.Folders)-1)/steps].Folder
	return p
}

func (m *memory) end(r *running, outcome task.Outcome, cause string) {
	m.change(r, func(run *task.Run) {
		run.State, run.Ended = task.StateEnded, time.Now()
		if run.Started.IsZero() {
			run.Started = run.Ended
		}
		p := run.Progress
		rep := &task.Report{
			Outcome: outcome, Cause: cause, Counts: p.Counts, Folders: p.Folders,
			Listed: m.listed, Notes: m.notes, Trail: p.Trail, Started: run.Started, Ended: run.Ended,
		}
		if outcome == task.OutcomeDone && p.Counts.Held+p.Counts.Failed > 0 {
			rep.Outcome, rep.Cause = task.OutcomeListed, "some messages were not copied"
		}
		run.Report = rep
	}, "ended")
}

// change changes a run, logs a line and tells whoever watches.
func (m *memory) change(r *running, f func(*task.Run), line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&r.run)
	level := "info"
	if strings.Contains(line, "slow") {
		level = "warn"
	}
	r.log = append(r.log, task.LogLine{Seq: int64(len(r.log) + 1), At: time.Now(), Level: level, Text: line})
	close(r.changed)
	r.changed = make(chan struct{})
}

func (m *memory) StopRun(_ context.Context, id string) error {
	m.mu.Lock()
	r, ok := m.runs[id]
	m.mu.Unlock()
	if !ok {
		return web.ErrNotFound
	}
	m.change(r, func(run *task.Run) { run.Stopping = run.State != task.StateEnded }, "asked to stop")
	return nil
}

func (m *memory) Run(_ context.Context, id string) (task.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.runs[id]
	if !ok {
		return task.Run{}, fmt.Errorf("run %s: %w", id, web.ErrNotFound)
	}
	return r.run, nil
}

func (m *memory) Runs(_ context.Context, taskID string, limit int) ([]task.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runs := m.runsOf(taskID)
	return runs[:min(limit, len(runs))], nil
}

func (m *memory) runsOf(taskID string) []task.Run {
	var runs []task.Run
	for _, r := range m.runs {
		if r.run.TaskID == taskID {
			runs = append(runs, r.run)
		}
	}
	slices.SortFunc(runs, func(a, b task.Run) int { return b.Queued.Compare(a.Queued) })
	return runs
}

func (m *memory) Log(_ context.Context, runID string, after int64, limit int) ([]task.LogLine, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.runs[runID]
	if !ok {
		return nil, web.ErrNotFound
	}
	if after < 0 {
		return slices.Clone(r.log[max(0, len(r.log)-limit):]), nil
	}
	rest := r.log[min(int(after), len(r.log)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (m *memory) Watch(ctx context.Context, runID string) (<-chan task.Run, error) {
	m.mu.Lock()
	r, ok := m.runs[runID]
	m.mu.Unlock()
	if !ok {
		return nil, web.ErrNotFound
	}
	out := make(chan task.Run)
	m.works.Go(func() {
		defer close(out)
		for {
			m.mu.Lock()
			run, changed := r.run, r.changed
			m.mu.Unlock()
			select {
			case out <- run:
			case <-changed:
				continue
			case <-ctx.Done():
				return
			case <-m.ctx.Done():
				return
			}
			if run.State == task.StateEnded {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			case <-m.ctx.Done():
				return
			}
		}
	})
	return out, nil
}

func (m *memory) Plugins(context.Context) ([]abi.Manifest, error) { return m.plugins, nil }

// steps takes the runs n steps further.
func (m *memory) steps(n int) {
	for range n {
		select {
		case m.step <- struct{}{}:
		case <-m.ctx.Done():
			return
		}
	}
}

// finish takes the runs to their end.
func (m *memory) finish(runID string) error {
	for {
		m.mu.Lock()
		r, ok := m.runs[runID]
		if !ok {
			m.mu.Unlock()
			return errors.New("no such run")
		}
		ended, changed := r.run.State == task.StateEnded, r.changed
		m.mu.Unlock()
		if ended {
			return nil
		}
		select {
		case m.step <- struct{}{}:
		case <-changed:
		case <-m.ctx.Done():
			return m.ctx.Err()
		}
	}
}

// put stores a task as it is.
func (m *memory) put(t task.Task) task.Task {
	m.mu.Lock()
	defer m.mu.Unlock()
	t.ID = m.id("t")
	t.Created, t.Updated = time.Now(), time.Now()
	if t.Agenda == (task.Agenda{}) {
		plan(&t)
	}
	m.tasks[t.ID] = t
	return t
}

// secretOf is the stored password of a source, or of the destination for "".
func (m *memory) secretOf(taskID, source string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[taskID]
	for _, s := range t.Sources {
		if s.Name == source {
			return s.Account.Password.Reveal()
		}
	}
	return t.Destination.Password.Reveal()
}

// sampleTask combines two accounts into one.
func sampleTask() task.Task {
	account := func(host, user, password string) task.Account {
		return task.Account{
			Kind: task.KindIMAP, Host: host, Port: 993, TLS: task.TLSImplicit, User: user,
			Password: task.Password(password),
		}
	}
	return task.Task{
		Name: "Anna moves in",
		Sources: []task.Source{
			{Name: "old", Account: account("imap.old.example", "anna@old.example", "canary-old")},
			{Name: "shop", Account: account("mail.shop.example", "orders@shop.example", "canary-shop")},
		},
		Destination: account("mail.new.example", "anna@new.example", "canary-new"),
		Hooks:       []task.Hook{{Plugin: "folder-rules", Digest: "sha256:abc", Config: `{"prefix":"Archive/"}`}},
		Schedule:    task.Schedule{Every: 15 * time.Minute},
	}
}
