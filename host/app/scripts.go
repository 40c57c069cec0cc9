package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// scriptsOf finds the versions of the scripts of one task.
type scriptsOf func(ctx context.Context, name string, version int) (task.Script, error)

func storedScripts(db *store.Store, taskID string) scriptsOf {
	return func(ctx context.Context, name string, version int) (task.Script, error) {
		return db.Script(ctx, taskID, name, version)
	}
}

// scriptsFor finds the scripts of a task, which a new one brings with it.
func scriptsFor(db *store.Store, t task.Task) scriptsOf {
	if t.ID != "" {
		return storedScripts(db, t.ID)
	}
	return func(_ context.Context, name string, version int) (task.Script, error) {
		for _, sc := range t.Scripts {
			if sc.Name == name && version == 1 {
				return sc, nil
			}
		}
		return task.Script{}, store.ErrNotFound
	}
}

// loadHook reads and compiles what a hook names, a script of its task included.
func (s *shelf) loadHook(ctx context.Context, host *plugin.Host, name string, scripts scriptsOf) (*plugin.Module, error) {
	script, version, ok := task.ParseScriptHook(name)
	if !ok {
		return s.load(ctx, host, name)
	}
	if scripts == nil {
		return nil, fmt.Errorf("%w %s: only a task of the service has scripts of its own; name the path of a .js file", ErrPlugin, name)
	}
	found, err := scripts(ctx, script, version)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w %s: the task has no version %d of a script %s", ErrPlugin, name, version, script)
	}
	if err != nil {
		return nil, err
	}
	return compile(ctx, host, scriptFile(script), []byte(found.Source))
}

// scriptFile is what a script of a task is called where files are named. It
// remembers, and is told of messages, by this name, whatever its version.
func scriptFile(name string) string { return name + ".js" }

// Script implements web.Service.
func (s *service) Script(ctx context.Context, taskID, name string, version int) (task.Script, error) {
	sc, err := s.store.Script(ctx, taskID, name, version)
	return sc, webError(err)
}

// Scripts implements web.Service.
func (s *service) Scripts(ctx context.Context, taskID, name string) ([]task.Script, error) {
	return s.store.Scripts(ctx, taskID, name)
}

// SaveScript implements web.Service.
func (s *service) SaveScript(ctx context.Context, taskID, name, source string) (task.Script, error) {
	sc := task.Script{TaskID: taskID, Name: name, Source: source, By: access.From(ctx).Name}
	if err := task.ValidScriptName(name); err != nil {
		return sc, as(web.ErrInvalid, err)
	}
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return sc, webError(err)
	}
	config := []byte(nil)
	if at := hookOf(t, name); at >= 0 {
		config = []byte(t.Hooks[at].Config)
	}
	// What does not start is not kept: no run could ask it.
	if err := s.startScript(ctx, name, source, config); err != nil {
		return sc, as(web.ErrInvalid, err)
	}
	if err := s.store.SaveScript(ctx, &sc); err != nil {
		return sc, webError(err)
	}
	return sc, s.pinScript(ctx, sc)
}

// startScript starts a script once.
func (s *service) startScript(ctx context.Context, name, source string, config []byte) error {
	host, err := s.shelf.runtime(ctx)
	if err != nil {
		return err
	}
	m, err := host.LoadScript(ctx, scriptFile(name), []byte(source))
	if err != nil {
		return err
	}
	defer func() { _ = m.Close(context.WithoutCancel(ctx)) }() // nothing depends on what is left behind
	chain, err := host.Chain(ctx, []plugin.Binding{{Module: m, Config: config, Access: plugin.Access{DryRun: true}}}, slog.New(slog.DiscardHandler))
	if err == nil {
		chain.Close()
	}
	return err
}

// UseScript implements web.Service.
func (s *service) UseScript(ctx context.Context, taskID, name string, version int) error {
	sc, err := s.store.Script(ctx, taskID, name, version)
	if err != nil {
		return webError(err)
	}
	return s.pinScript(ctx, sc)
}

// pinScript makes the task ask a version of a script, at the place of the one that it
// asks, or else as its last hook.
func (s *service) pinScript(ctx context.Context, sc task.Script) error {
	t, err := s.store.Task(ctx, sc.TaskID)
	if err != nil {
		return webError(err)
	}
	hook := task.ScriptHook(sc.Name, sc.Version)
	if at := hookOf(t, sc.Name); at >= 0 {
		t.Hooks[at].Plugin = hook
	} else {
		t.Hooks = append(t.Hooks, task.Hook{Plugin: hook})
	}
	if _, err := s.SaveTask(ctx, t); err != nil {
		return err
	}
	s.Note(ctx, scriptEvent(t, sc))
	return nil
}

func scriptEvent(t task.Task, sc task.Script) access.Event {
	e := taskEvent(access.DeedScriptSaved, t)
	e.Detail = fmt.Sprintf("%s, version %d", sc.Name, sc.Version)
	return e
}

// hookOf is where a task asks a script, or -1.
func hookOf(t task.Task, name string) int {
	return slices.IndexFunc(t.Hooks, func(h task.Hook) bool {
		script, _, ok := task.ParseScriptHook(h.Plugin)
		return ok && script == name
	})
}
