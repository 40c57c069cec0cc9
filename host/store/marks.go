package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// Marks returns a mark of each task, in no order. It is another one once anything about
// the task, its latest run or what its accounts refer to has changed, so that whoever
// follows thousands of tasks reads only those.
func (s *Store) Marks(ctx context.Context, among Among) ([]task.Mark, error) {
	marks, err := s.marks(ctx, among)
	return marks, s.wrap("see which tasks have changed", err)
}

func (s *Store) marks(ctx context.Context, among Among) ([]task.Mark, error) {
	// What has ended changes no more, so of runs only the others are looked at.
	var opens []struct {
		TaskID, ID, Progress, Await string
		State                       task.State
		Epoch, MaxRate, MaxMessages int64
		Stop, Pause                 bool
	}
	err := s.read.NewRaw(`SELECT task_id, id, progress, await, state, epoch, max_rate, max_messages, cancel_requested AS stop, pause_requested AS pause
		FROM run WHERE `+open).Scan(ctx, &opens)
	if err != nil {
		return nil, err
	}
	runs := make(map[string]string, len(opens))
	for _, r := range opens {
		runs[r.TaskID] = strings.Join([]string{
			"", r.ID, string(r.State), strconv.FormatInt(r.Epoch, 36), strconv.FormatInt(r.MaxRate, 36), strconv.FormatInt(r.MaxMessages, 36),
			strconv.FormatBool(r.Stop), strconv.FormatBool(r.Pause), r.Progress, r.Await,
		}, "|")
	}
	// Accounts that tasks refer to change seldom, and then all tasks are taken for others.
	var references string
	err = s.read.NewRaw(`SELECT concat_ws(' ', '', (SELECT count(*) FROM account), (SELECT max(updated_at) FROM account), (SELECT count(*) FROM local_domain),
		(SELECT max(updated_at) FROM local_domain))`).Scan(ctx, &references)
	if err != nil {
		return nil, err
	}
	// One text for each task: thousands of rows cost by the value.
	where, args := s.among(among)
	rows, err := s.read.QueryContext(ctx, `SELECT task.id, concat_ws(' ', task.version, task.standing, task.latest_at, coalesce(task.next_at, 0), coalesce(task.paused_at, 0),
		task.skipped, task.waits, task.plan_first, coalesce(task.owner_id, '-'), coalesce(task.rule_id, '-'), task.batch_id)
		FROM task WHERE `+where[0], args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var marks []task.Mark
	for rows.Next() {
		var m task.Mark
		if err := rows.Scan(&m.ID, &m.Text); err != nil {
			return nil, err
		}
		m.Text += references + runs[m.ID]
		marks = append(marks, m)
	}
	return marks, rows.Err()
}
