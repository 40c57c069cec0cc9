package web_test

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// RunOptions are those that the task would be started with now, unless the run was
// begun by an earlier version.
func (m *memory) RunOptions(_ context.Context, runID string) (*task.RunOptions, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.runs[runID]
	if !ok {
		return nil, web.ErrNotFound
	}
	if o, ok := m.started[runID]; ok {
		return o, nil
	}
	t := m.tasks[r.run.TaskID]
	o := &task.RunOptions{Program: "1.2.3", Options: task.OptionsOf(t, r.run, false, nil)}
	for _, h := range t.Hooks {
		used := task.UsedHook(h)
		used.ID, used.Version, used.Digest = h.Plugin, "1.0.0", "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
		o.Hooks = append(o.Hooks, used)
	}
	return o, nil
}

func (m *memory) CompareRuns(ctx context.Context, runID, with string) (task.Comparison, error) {
	run, err := m.Run(ctx, runID)
	if err != nil {
		return task.Comparison{}, err
	}
	if with == "" {
		m.mu.Lock()
		for _, r := range m.runsOf(run.TaskID) {
			if r.Number < run.Number && with == "" {
				with = r.ID
			}
		}
		m.mu.Unlock()
	}
	other, err := m.Run(ctx, with)
	switch {
	case with == "":
		return task.Comparison{}, fmt.Errorf("%w: there is no earlier run of this task that is kept", web.ErrConflict)
	case err != nil || other.TaskID != run.TaskID:
		return task.Comparison{}, web.ErrNotFound
	}
	before, _ := m.RunOptions(ctx, other.ID)
	after, _ := m.RunOptions(ctx, run.ID)
	return task.CompareRuns(other, run, before, after), nil
}
