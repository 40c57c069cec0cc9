package web_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func (m *memory) DeleteTask(_ context.Context, id, deletion string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tasks[id]
	if !ok {
		return web.ErrNotFound
	}
	delete(m.tasks, id)
	m.deleted = append([]task.Deleted{{Task: t, Deletion: cmp.Or(deletion, id), At: time.Now()}}, m.deleted...)
	for _, r := range m.runs {
		if r.run.TaskID == id && r.run.State != task.StateEnded {
			r.run.Stopping = true
			close(r.changed)
			r.changed = make(chan struct{})
		}
	}
	return nil
}

func (m *memory) DeletedTasks(ctx context.Context) ([]task.Deleted, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var mine []task.Deleted
	for _, d := range m.deleted {
		if access.Allowed(access.From(ctx), access.DeleteTask, access.OfTask(d.Task)) {
			mine = append(mine, d)
		}
	}
	return mine, nil
}

func (m *memory) RestoreTask(ctx context.Context, id string) (task.Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.IndexFunc(m.deleted, func(d task.Deleted) bool { return d.Task.ID == id })
	if at < 0 || !access.Allowed(access.From(ctx), access.DeleteTask, access.OfTask(m.deleted[at].Task)) {
		return task.Task{}, web.ErrNotFound
	}
	t := m.deleted[at].Task
	if t.Destination.ID == "gone" {
		return t, fmt.Errorf("%w: a stored account that the task %q needs is not there any more", web.ErrInvalid, t.Name)
	}
	m.deleted = slices.Delete(m.deleted, at, at+1)
	m.tasks[id] = t
	return withoutPasswords(t), nil
}
