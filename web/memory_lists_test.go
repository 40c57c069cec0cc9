package web_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// mine are the tasks that the actor may read, by name.
func (m *memory) mine(ctx context.Context) ([]web.TaskRow, error) {
	rows, err := m.Tasks(ctx)
	rows = slices.DeleteFunc(rows, func(r web.TaskRow) bool {
		return !access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(r.Task))
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range rows {
		runs := m.runsOf(rows[i].Task.ID)
		rows[i].Recent = runs[:min(web.RecentRuns, len(runs))]
	}
	return rows, err
}

func (m *memory) FindTasks(ctx context.Context, q task.Query) ([]web.TaskRow, int, error) {
	rows, err := m.mine(ctx)
	if err != nil {
		return nil, 0, err
	}
	text := strings.ToLower(strings.TrimSpace(q.Text))
	rows = slices.DeleteFunc(rows, func(r web.TaskRow) bool {
		t := r.Task
		all := t.Name + " " + t.Owner.Name + " " + t.Destination.User + " " + t.Destination.Host
		for _, s := range t.Sources {
			all += " " + s.Account.User + " " + s.Account.Host
		}
		return !strings.Contains(strings.ToLower(all), text) ||
			q.Status != "" && task.StatusOf(r.Task, r.Last) != q.Status || len(q.IDs) > 0 && !slices.Contains(q.IDs, t.ID) || len(q.Names) > 0 && !slices.Contains(q.Names, t.Name) ||
			len(q.Standings) > 0 && !slices.Contains(q.Standings, task.StandingOf(r.Task, r.Last)) ||
			q.Paused && t.Pause.At.IsZero() || q.Due && t.Agenda.Next.IsZero() || q.Owner != "" && t.Owner.Name != q.Owner || q.Batch != "" && t.Batch != q.Batch
	})
	never := func(at time.Time) time.Time {
		if at.IsZero() {
			return time.Now().AddDate(100, 0, 0)
		}
		return at
	}
	slices.SortStableFunc(rows, func(a, b web.TaskRow) int {
		switch q.Order {
		case task.OrderState:
			return cmp.Compare(slices.Index(task.Standings(), task.StandingOf(a.Task, a.Last)), slices.Index(task.Standings(), task.StandingOf(b.Task, b.Last)))
		case task.OrderNext:
			return never(a.Task.Agenda.Next).Compare(never(b.Task.Agenda.Next))
		case task.OrderLatest:
			var ofA, ofB time.Time
			if a.Last != nil {
				ofA = a.Last.Queued
			}
			if b.Last != nil {
				ofB = b.Last.Queued
			}
			return ofB.Compare(ofA)
		}
		return 0
	})
	total := len(rows)
	rows = rows[min(q.Offset, total):]
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	return rows, total, nil
}

// TaskMarks are the tasks themselves.
func (m *memory) TaskMarks(ctx context.Context) ([]task.Mark, error) {
	rows, err := m.mine(ctx)
	marks := make([]task.Mark, len(rows))
	for i, r := range rows {
		text, _ := json.Marshal([]any{r.Task, r.Last})
		marks[i] = task.Mark{ID: r.Task.ID, Text: string(text)}
	}
	return marks, err
}

func (m *memory) SumTasks(ctx context.Context) (task.Sums, error) {
	rows, err := m.mine(ctx)
	s := task.Sums{All: len(rows), Of: map[task.Standing]int{}}
	for _, r := range rows {
		s.Of[task.StandingOf(r.Task, r.Last)]++
		if !r.Task.Pause.At.IsZero() {
			s.Paused++
		}
	}
	return s, err
}

func (m *memory) Health(context.Context) (web.Health, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := web.Health{Nodes: 1, Database: time.Millisecond}
	for _, r := range m.runs {
		switch r.run.State {
		case task.StateRunning:
			h.Running++
		case task.StateQueued:
			h.Waiting++
		}
	}
	return h, nil
}

func (m *memory) RetryRun(ctx context.Context, runID string) (task.Run, error) {
	run, err := m.Run(ctx, runID)
	if err != nil {
		return run, err
	}
	if run.Report == nil || len(run.Report.Undone()) == 0 {
		return run, fmt.Errorf("%w: the run left nothing undone", web.ErrConflict)
	}
	return m.StartRun(ctx, run.TaskID)
}

func (m *memory) Pace(_ context.Context, runID string) (task.Pace, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.paces[runID], nil
}

func (m *memory) SetPace(ctx context.Context, runID string, p task.Pace) error {
	run, err := m.Run(ctx, runID)
	if err != nil {
		return err
	}
	if run.State == task.StateEnded {
		return fmt.Errorf("%w: the run has ended", web.ErrConflict)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.paces == nil {
		m.paces = map[string]task.Pace{}
	}
	m.paces[runID] = p
	return nil
}
