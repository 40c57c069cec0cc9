package web_test

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func (m *memory) Scripts(_ context.Context, taskID, name string) ([]task.Script, error) {
	m.pmu.Lock()
	defer m.pmu.Unlock()
	var out []task.Script
	for _, s := range slices.Backward(m.scripts) {
		if s.TaskID == taskID && s.Name == name {
			s.Source = ""
			out = append(out, s)
		}
	}
	return out, nil
}

func (m *memory) Script(_ context.Context, taskID, name string, version int) (task.Script, error) {
	m.pmu.Lock()
	defer m.pmu.Unlock()
	for _, s := range m.scripts {
		if s.TaskID == taskID && s.Name == name && s.Version == version {
			return s, nil
		}
	}
	return task.Script{}, web.ErrNotFound
}

func (m *memory) SaveScript(ctx context.Context, taskID, name, source string) (task.Script, error) {
	if m.refuse != nil {
		return task.Script{}, m.refuse
	}
	there, _ := m.Scripts(ctx, taskID, name)
	s := task.Script{TaskID: taskID, Name: name, Version: len(there) + 1, Source: source, By: access.From(ctx).Name, At: time.Now()}
	m.pmu.Lock()
	m.scripts = append(m.scripts, s)
	m.pmu.Unlock()
	return s, m.UseScript(ctx, taskID, name, s.Version)
}

func (m *memory) UseScript(ctx context.Context, taskID, name string, version int) error {
	if _, err := m.Script(ctx, taskID, name, version); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[taskID]
	hook := task.Hook{Plugin: task.ScriptHook(name, version)}
	i := slices.IndexFunc(t.Hooks, func(h task.Hook) bool { n, _, ok := task.ParseScriptHook(h.Plugin); return ok && n == name })
	t.Hooks = slices.Clone(t.Hooks)
	if i < 0 {
		t.Hooks = append(t.Hooks, hook)
	} else {
		t.Hooks[i].Plugin = hook.Plugin
	}
	m.tasks[taskID] = t
	return nil
}

func (m *memory) FetchSample(context.Context, string) error {
	m.pmu.Lock()
	defer m.pmu.Unlock()
	m.fetched++
	return m.refuse
}

func (m *memory) TryScript(_ context.Context, _, _, source string) (web.TryResult, error) {
	if m.tried != nil {
		return m.tried(source), nil
	}
	return web.TryResult{Hooks: []string{"map_folder"}}, nil
}

func (m *memory) ScriptTypes() string {
	types, err := os.ReadFile("../sdk/js/mailweir.d.ts")
	if err != nil {
		panic(err)
	}
	return string(types)
}
