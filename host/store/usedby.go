package store

import (
	"context"

	"github.com/mailweir/mailweir/host/task"
)

// Named is a task as lists of other things name it.
type Named struct{ ID, Name string }

// TasksOfAccount returns up to limit tasks by name that refer to a stored account.
func (s *Store) TasksOfAccount(ctx context.Context, id string, limit int) ([]Named, error) {
	var all []Named
	err := s.read.NewRaw(`SELECT id, name FROM task WHERE destination_account = ?
		OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND source.account_id = ?) ORDER BY name LIMIT ?`, id, id, limit).Scan(ctx, &all)
	return all, s.wrap("find the tasks of the account "+id, err)
}

// TasksOfDomain returns up to limit tasks by name that open a mailbox of a local
// domain, and how many there are.
func (s *Store) TasksOfDomain(ctx context.Context, domain string, limit int) (first []Named, total int, err error) {
	const where = ` FROM task WHERE destination_domain = ?
		OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND source.domain = ?)`
	err = s.read.NewRaw("SELECT count(*)"+where, domain, domain).Scan(ctx, &total)
	if err == nil && total > 0 {
		err = s.read.NewRaw("SELECT id, name"+where+" ORDER BY name LIMIT ?", domain, domain, limit).Scan(ctx, &first)
	}
	return first, total, s.wrap("find the tasks of the domain "+domain, err)
}

// UsedBy is the tasks that need something.
type UsedBy struct {
	First []Named // the first ones by name
	Total int
}

// PluginUses returns the tasks that name each plugin, by its ID, up to limit for each.
func (s *Store) PluginUses(ctx context.Context, limit int) (map[string]UsedBy, error) {
	var rows []struct {
		Plugin string
		Named
		Total int
	}
	err := s.read.NewRaw(`SELECT plugin, id, name, total FROM (
			SELECT h.plugin, task.id, task.name, count(*) OVER (PARTITION BY h.plugin) AS total,
				row_number() OVER (PARTITION BY h.plugin ORDER BY task.name) AS place
			FROM (SELECT DISTINCT task_id, plugin FROM hook) AS h JOIN task ON task.id = h.task_id WHERE task.deleted_at IS NULL
		) AS users WHERE place <= ? ORDER BY plugin, place`, limit).Scan(ctx, &rows)
	all := map[string]UsedBy{}
	for _, r := range rows {
		all[r.Plugin] = UsedBy{append(all[r.Plugin].First, r.Named), r.Total}
	}
	return all, s.wrap("find the tasks of the plugins", err)
}

// RuleTask is a task that a rule has made.
type RuleTask struct {
	ID     string
	User   string // address
	Paused bool
	ByRule bool // the rule has paused it, because the user had left
}

// RuleTasks returns the tasks that a rule has made, by the address of their user.
func (s *Store) RuleTasks(ctx context.Context, ruleID string) ([]RuleTask, error) {
	var rows []taskRow
	err := s.read.NewSelect().Model(&rows).Column("id", "rule_user", "paused_by", "paused_at").Where("rule_id = ?", ruleID).Order("rule_user").Scan(ctx)
	all := make([]RuleTask, 0, len(rows))
	for _, r := range rows {
		all = append(all, RuleTask{ID: r.ID, User: r.RuleUser, Paused: r.PausedAt.Valid, ByRule: r.PausedAt.Valid && pausedByRule(r)})
	}
	return all, s.wrap("find the tasks of the rule "+ruleID, err)
}

// LeavesUnlikely is whether [Store.ApplyRule] would refuse to pause the tasks of users
// who have left: how many tasks work, how many of these would be paused, and how many
// users the directory knows.
func LeavesUnlikely(working, leaving, users int) bool {
	return leaving > 0 && (users == 0 || leaving > fewUsers && leaving > working/2)
}

// TypedAccount returns a, which somebody has typed, with the password that the stored
// account of id has, unless a brings one. It is [ErrPasswordNeeded] when a leads
// elsewhere than what that password is for, and when there is none.
func (s *Store) TypedAccount(ctx context.Context, id string, a task.Account) (task.Account, error) {
	if a.Password != "" || a.Kind != task.KindIMAP {
		return a, nil
	}
	if id == "" {
		return a, ErrPasswordNeeded
	}
	before, err := s.AccountCredentials(ctx, id)
	switch {
	case err != nil:
		return a, err
	case reach(before) != reach(a):
		return a, ErrPasswordNeeded
	}
	a.Password = before.Password
	if a.OAuth() {
		a.ID = before.ID
	}
	return a, nil
}

// TypedDirectory does for a directory what [Store.TypedAccount] does for an account.
// One without a bind DN needs no password.
func (s *Store) TypedDirectory(ctx context.Context, d task.Directory) (task.Directory, error) {
	if d.Password != "" || d.BindDN == "" || d.Kind != task.DirectoryLDAP {
		return d, nil
	}
	if d.ID == "" {
		return d, ErrPasswordNeeded
	}
	before, err := s.Directory(ctx, d.ID)
	switch {
	case err != nil:
		return d, err
	case directoryReach(before) != directoryReach(d):
		return d, ErrPasswordNeeded
	}
	d.Password = before.Password
	return d, nil
}
