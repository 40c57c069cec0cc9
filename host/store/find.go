package store

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

// Among says which tasks are looked at. The zero value is none.
type Among struct {
	All   bool
	Owner string // those of the user with this ID
	// Domains are those of a task's owner or of the mailbox that it fills, in lower case,
	// as access.OfTask has them; with an Owner any of both.
	Domains []string
}

// FindTasks returns the tasks that q asks for, as [Store.Tasks] does, and how many
// there would be without its Offset and Limit, unless q leaves that open.
func (s *Store) FindTasks(ctx context.Context, among Among, q task.Query) (found []task.Task, total int, err error) {
	const doing = "look for tasks"
	where, args := s.among(among)
	conditions, more := s.conditions(q)
	where, args = append(where, conditions...), append(args, more...)
	from := " FROM task LEFT JOIN users ON users.id = task.owner_id WHERE " + strings.Join(where, " AND ")
	limit := q.Limit
	if limit <= 0 {
		limit = math.MaxInt
	}
	var ids []string
	err = s.read.NewRaw("SELECT task.id"+from+" ORDER BY "+orderOf(q)+" LIMIT ? OFFSET ?", append(slices.Clone(args), limit, q.Offset)...).Scan(ctx, &ids)
	if err != nil {
		return nil, 0, s.wrap(doing, err)
	}
	total = q.Offset + len(ids)
	if !q.Uncounted && (len(ids) == limit || len(ids) == 0 && q.Offset > 0) {
		if err := s.read.NewRaw("SELECT count(*)"+from, args...).Scan(ctx, &total); err != nil {
			return nil, 0, s.wrap(doing, err)
		}
	}
	found, err = s.tasksByID(ctx, ids)
	return found, total, s.wrap(doing, err)
}

// among are the conditions for the tasks that are looked at.
func (s *Store) among(a Among) (where []string, args []any) {
	if a.All {
		return []string{"task.deleted_at IS NULL"}, nil
	}
	condition := "task.owner_id = ?"
	args = []any{a.Owner}
	if len(a.Domains) > 0 {
		condition += " OR " + s.oneOf("task.mailbox_domain")
		args = append(args, listOf(a.Domains))
		names := make([]string, len(a.Domains))
		for i, d := range a.Domains {
			names[i] = `lower(name) LIKE ? ESCAPE '\'`
			args = append(args, "%@"+likeEscaper.Replace(d))
		}
		condition += " OR task.owner_id IN (SELECT id FROM users WHERE " + strings.Join(names, " OR ") + ")"
	}
	return []string{"task.deleted_at IS NULL AND (" + condition + ")"}, args
}

// oneOf is the condition that the column is in a list that listOf has made. It is
// one value: databases bound how many there may be.
func (s *Store) oneOf(column string) string {
	if s.pg {
		// As an array, of which the planner expects few: with a subselect it reads all rows.
		return column + " = ANY (ARRAY(SELECT json_array_elements_text(?::json)))"
	}
	return column + " IN (SELECT value FROM json_each(?))"
}

func listOf(ids []string) string {
	text, _ := json.Marshal(append([]string{}, ids...)) // strings can always be written
	return string(text)
}

func (s *Store) conditions(q task.Query) (where []string, args []any) {
	if text := strings.TrimSpace(q.Text); text != "" {
		name, of := s.contains("task.name", text)
		owner, ofOwner := s.contains("users.name", text)
		place, ofPlace := s.contains("p.place", text)
		where = append(where, "("+name+" OR "+owner+" OR EXISTS (SELECT 1 FROM task_place AS p WHERE p.task_id = task.id AND "+place+"))")
		args = append(args, slices.Concat(of, ofOwner, ofPlace)...)
	}
	if len(q.Standings) > 0 {
		places := make([]int, len(q.Standings))
		for i, standing := range q.Standings {
			places[i] = placeOf(standing)
		}
		where, args = append(where, "task.standing IN (?)"), append(args, bun.List(places))
	}
	if q.Status != "" {
		condition, more := statusCondition(q.Status)
		where, args = append(where, condition), append(args, more...)
	}
	if len(q.IDs) > 0 {
		where, args = append(where, s.oneOf("task.id")), append(args, listOf(q.IDs))
	}
	if len(q.Names) > 0 {
		where, args = append(where, s.oneOf("task.name")), append(args, listOf(q.Names))
	}
	if q.Paused {
		where = append(where, "task.paused_at IS NOT NULL")
	}
	if q.Due {
		where = append(where, "task.next_at IS NOT NULL")
	}
	if q.Owner != "" {
		where, args = append(where, "users.name = ?"), append(args, q.Owner)
	}
	if q.Batch != "" {
		where, args = append(where, "task.batch_id = ?"), append(args, q.Batch)
	}
	return where, args
}

// orderOf is the ORDER BY of a list, in the words of the indexes of tasks; names
// settle what is equal.
func orderOf(q task.Query) string {
	switch q.Order {
	case task.OrderLatest:
		return "task.latest_at DESC, task.name"
	case task.OrderNext:
		if q.Due {
			return "task.next_at, task.name"
		}
		return "task.next_at IS NULL, task.next_at, task.name"
	case task.OrderState:
		return "task.standing, task.name"
	}
	return "task.name"
}

// tasksByID returns tasks in the order of their IDs.
func (s *Store) tasksByID(ctx context.Context, ids []string) ([]task.Task, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var tasks []task.Task
	err := s.read.RunInTx(ctx, s.snapshot(), func(ctx context.Context, tx bun.Tx) (err error) {
		tasks, err = readTasks(ctx, tx, func(q *bun.SelectQuery, column string) *bun.SelectQuery {
			return q.Where(s.oneOf(column), listOf(ids))
		})
		return err
	})
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(tasks, func(a, b task.Task) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return tasks, err
}

// SumTasks counts tasks by how they stand.
func (s *Store) SumTasks(ctx context.Context, among Among) (task.Sums, error) {
	where, args := s.among(among)
	sums, err := s.sumTasks(ctx, where[0], args)
	return sums, s.wrap("count the tasks", err)
}

func (s *Store) sumTasks(ctx context.Context, where string, args []any) (task.Sums, error) {
	var rows []struct {
		Standing int
		Paused   bool
		N        int
	}
	err := s.read.NewRaw("SELECT task.standing, task.paused_at IS NOT NULL AS paused, count(*) AS n FROM task WHERE "+where+
		" GROUP BY task.standing, task.paused_at IS NOT NULL", args...).Scan(ctx, &rows)
	sums := task.Sums{Of: map[task.Standing]int{}}
	for _, r := range rows {
		sums.All += r.N
		sums.Of[standingAt(r.Standing)] += r.N
		if r.Paused {
			sums.Paused += r.N
		}
	}
	return sums, err
}

// RecentRuns returns up to limit of the latest runs of each of the tasks, by the
// task's ID, newest first, without folders and listed messages.
func (s *Store) RecentRuns(ctx context.Context, taskIDs []string, limit int) (map[string][]task.Run, error) {
	const doing = "read the recent runs"
	recent := make(map[string][]task.Run, len(taskIDs))
	if len(taskIDs) == 0 {
		return recent, nil
	}
	var rows []runRow
	err := s.selectRuns(&rows).Where("run.task_id IN (?)", bun.List(taskIDs)).
		Where("run.number > coalesce((SELECT r.number FROM run AS r WHERE r.task_id = run.task_id ORDER BY r.number DESC LIMIT 1 OFFSET ?), 0)", limit).
		OrderExpr("run.task_id, run.number DESC").Scan(ctx)
	if err != nil {
		return nil, s.wrap(doing, err)
	}
	runs, err := toRuns(rows)
	for _, r := range runs {
		recent[r.TaskID] = append(recent[r.TaskID], r)
	}
	return recent, s.wrap(doing, err)
}
