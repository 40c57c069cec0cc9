package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type scriptRow struct {
	Version   int
	Source    string
	Author    string
	CreatedAt int64
}

func (r scriptRow) script(taskID, name string) task.Script {
	return task.Script{TaskID: taskID, Name: name, Version: r.Version, Source: r.Source, By: r.Author, At: toTime(r.CreatedAt)}
}

// SaveScript stores a new version of a script, and sets Version and At. A task that is
// not there is [ErrNotFound]. Of more than [task.MaxVersions] the oldest ones go
// that no hook of the task names.
func (s *Store) SaveScript(ctx context.Context, sc *task.Script) error {
	if err := task.ValidScriptName(sc.Name); err != nil {
		return refused(err)
	}
	at := toMillis(s.now())
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		t, _, _, err := s.loadTask(ctx, tx, sc.TaskID)
		if err != nil {
			return err
		}
		var versions []int
		err = tx.NewRaw("SELECT version FROM script WHERE task_id = ? AND name = ? ORDER BY version", sc.TaskID, sc.Name).Scan(ctx, &versions)
		if err != nil {
			return err
		}
		sc.Version = 1
		if len(versions) > 0 {
			sc.Version = versions[len(versions)-1] + 1
		}
		kept := len(versions)
		for _, old := range versions {
			if kept < task.MaxVersions {
				break
			}
			if slices.ContainsFunc(t.Hooks, func(h task.Hook) bool { return h.Plugin == task.ScriptHook(sc.Name, old) }) {
				continue
			}
			if _, err := tx.NewRaw("DELETE FROM script WHERE task_id = ? AND name = ? AND version = ?", sc.TaskID, sc.Name, old).Exec(ctx); err != nil {
				return err
			}
			kept--
		}
		_, err = tx.NewRaw("INSERT INTO script (task_id, name, version, source, author, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			sc.TaskID, sc.Name, sc.Version, sc.Source, sc.By, at).Exec(ctx)
		return err
	})
	sc.At = toTime(at)
	return s.wrap("save the script "+sc.Name, err)
}

// writeScripts stores the first versions of the scripts of a new task.
func writeScripts(ctx context.Context, tx bun.Tx, t task.Task, now time.Time) error {
	for _, sc := range t.Scripts {
		_, err := tx.NewRaw("INSERT INTO script (task_id, name, version, source, author, created_at) VALUES (?, ?, 1, ?, ?, ?)",
			t.ID, sc.Name, sc.Source, sc.By, toMillis(now)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// Script returns one version of a script, or [ErrNotFound].
func (s *Store) Script(ctx context.Context, taskID, name string, version int) (task.Script, error) {
	var row scriptRow
	err := s.read.NewRaw("SELECT version, source, author, created_at FROM script WHERE task_id = ? AND name = ? AND version = ?",
		taskID, name, version).Scan(ctx, &row)
	return row.script(taskID, name), s.wrap(fmt.Sprintf("read version %d of the script %s", version, name), notFound(err))
}

// Scripts returns the versions of a script, the latest first, without their Source.
func (s *Store) Scripts(ctx context.Context, taskID, name string) ([]task.Script, error) {
	var rows []scriptRow
	err := s.read.NewRaw("SELECT version, '' AS source, author, created_at FROM script WHERE task_id = ? AND name = ? ORDER BY version DESC",
		taskID, name).Scan(ctx, &rows)
	out := make([]task.Script, len(rows))
	for i, r := range rows {
		out[i] = r.script(taskID, name)
	}
	return out, s.wrap("read the versions of the script "+name, err)
}
