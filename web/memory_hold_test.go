package web_test

import (
	"context"
	"fmt"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func (m *memory) PauseRun(ctx context.Context, id string) error {
	return m.hold(id, func(run *task.Run) {
		run.State, run.Pause = task.StatePaused, task.Pause{By: access.From(ctx).Name, At: time.Now()}
	}, "paused")
}

func (m *memory) ResumeRun(_ context.Context, id string) error {
	return m.hold(id, func(run *task.Run) { run.State, run.Pause = task.StateRunning, task.Pause{} }, "goes on")
}

// await lets a run wait for somebody.
func (m *memory) await(id string, a task.Await) error {
	return m.hold(id, func(run *task.Run) { run.State, run.Await = task.StateWaiting, &a }, "waits")
}

func (m *memory) hold(id string, f func(*task.Run), line string) error {
	m.mu.Lock()
	r, ok := m.runs[id]
	m.mu.Unlock()
	if !ok {
		return web.ErrNotFound
	}
	if r.run.State == task.StateEnded {
		return fmt.Errorf("%w: the run has ended", web.ErrConflict)
	}
	m.change(r, f, line)
	return nil
}
