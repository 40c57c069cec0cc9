package web_test

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func (m *memory) PauseTask(_ context.Context, id, by string) error {
	return m.edit(id, func(t *task.Task) {
		if t.Pause.At.IsZero() {
			t.Pause, t.Agenda.Next = task.Pause{By: by, At: time.Now()}, time.Time{}
		}
	})
}

func (m *memory) ResumeTask(_ context.Context, id string) error {
	return m.edit(id, func(t *task.Task) {
		t.Pause = task.Pause{}
		plan(t)
	})
}

func (m *memory) edit(id string, change func(*task.Task)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[id]
	if !ok {
		return web.ErrNotFound
	}
	change(&t)
	m.tasks[id] = t
	return nil
}

// plan sets when the task runs next, from now on.
func plan(t *task.Task) {
	t.Agenda.Anchor, t.Agenda.Next = time.Now(), time.Time{}
	if next := t.Schedule.Next(1, time.Now(), t.Agenda.Anchor, t.ID); len(next) > 0 && t.Pause.At.IsZero() {
		t.Agenda.Next = next[0]
	}
}
