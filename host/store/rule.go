package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type ruleRow struct {
	bun.BaseModel `bun:"table:rule"`

	ID          string `bun:",pk"`
	Name        string
	DirectoryID string
	Pattern     string
	AppliedAt   sql.NullInt64
	Result      string
	UpdatedAt   int64
}

// pattern is what a rule makes tasks of.
type pattern struct {
	Group       string        `json:"group,omitempty"`
	Source      task.Account  `json:"source"`
	Destination task.Account  `json:"destination"`
	Hooks       []task.Hook   `json:"hooks,omitempty"`
	Schedule    task.Schedule `json:"schedule"`
}

func (r ruleRow) rule() (task.Rule, error) {
	var p pattern
	out := task.Rule{ID: r.ID, Name: r.Name, Directory: r.DirectoryID, Applied: optionalTime(r.AppliedAt), Updated: toTime(r.UpdatedAt)}
	err := json.Unmarshal([]byte(r.Pattern), &p)
	if err == nil && r.Result != "" {
		err = json.Unmarshal([]byte(r.Result), &out.Result)
	}
	if err != nil {
		return out, fmt.Errorf("rule %s: %w", r.ID, err)
	}
	out.Group, out.Source, out.Destination, out.Hooks, out.Schedule = p.Group, p.Source, p.Destination, p.Hooks, p.Schedule
	return out, nil
}

// Rules returns all rules by name.
func (s *Store) Rules(ctx context.Context) ([]task.Rule, error) {
	rules, err := readRules(ctx, s.read)
	return rules, s.wrap("read the rules", err)
}

func readRules(ctx context.Context, db bun.IDB) ([]task.Rule, error) {
	var rows []ruleRow
	err := db.NewSelect().Model(&rows).Order("name").Scan(ctx)
	out := make([]task.Rule, 0, len(rows))
	for _, row := range rows {
		r, rowErr := row.rule()
		err = errors.Join(err, rowErr)
		out = append(out, r)
	}
	return out, err
}

// rulesWith names the rules that match.
func rulesWith(ctx context.Context, db bun.IDB, match func(task.Rule) bool) ([]string, error) {
	rules, err := readRules(ctx, db)
	var names []string
	for _, r := range rules {
		if match(r) {
			names = append(names, "rule "+r.Name)
		}
	}
	return names, err
}

func ruleNames(ctx context.Context, db bun.IDB) (map[string]string, error) {
	var rows []ruleRow
	err := db.NewSelect().Model(&rows).Column("id", "name").Scan(ctx)
	names := map[string]string{}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// Rule returns the rule of an ID, or of a name if there is no such ID, or
// [ErrNotFound].
func (s *Store) Rule(ctx context.Context, idOrName string) (task.Rule, error) {
	row, err := findRule(ctx, s.read, idOrName)
	if err != nil {
		return task.Rule{}, s.wrap("read the rule "+idOrName, err)
	}
	r, err := row.rule()
	return r, s.wrap("read the rule "+idOrName, err)
}

func findRule(ctx context.Context, db bun.IDB, idOrName string) (ruleRow, error) {
	var row ruleRow
	err := db.NewSelect().Model(&row).Where("id = ? OR name = ?", idOrName, idOrName).
		OrderExpr("CASE WHEN id = ? THEN 0 ELSE 1 END", idOrName).Limit(1).Scan(ctx)
	return row, notFound(err)
}

// SaveRule validates and stores r. With an empty ID it is made and gets one; an ID
// that is not there is [ErrNotFound], a name that another one has [ErrNameTaken].
// The tasks follow when the rule is applied next.
func (s *Store) SaveRule(ctx context.Context, r *task.Rule) error {
	if err := r.Validate(); err != nil {
		return refused(err)
	}
	saved := *r
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row ruleRow
		if saved.ID == "" {
			saved.ID = newID()
		} else if err := tx.NewSelect().Model(&row).Where("id = ?", saved.ID).Scan(ctx); err != nil {
			return notFound(err)
		}
		if taken, err := tx.NewSelect().Model((*ruleRow)(nil)).Where("name = ? AND id <> ?", saved.Name, saved.ID).Exists(ctx); err != nil || taken {
			return errors.Join(err, isTaken(taken))
		}
		known, err := tx.NewSelect().Model((*directoryRow)(nil)).Where("id = ?", saved.Directory).Exists(ctx)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("directory %s: %w", saved.Directory, ErrNotFound)
		}
		// What it refers to has to be there now; later it can not be deleted.
		for _, a := range []task.Account{saved.Source, saved.Destination} {
			if a.ID != "" {
				refs, err := loadReferences(ctx, tx, a)
				if err == nil {
					err = refs.fill(&a)
				}
				if err != nil {
					return err
				}
			}
		}
		text, err := json.Marshal(pattern{saved.Group, saved.Source, saved.Destination, saved.Hooks, saved.Schedule})
		if err != nil {
			return err
		}
		row.ID, row.Name, row.DirectoryID, row.Pattern, row.UpdatedAt = saved.ID, saved.Name, saved.Directory, string(text), toMillis(s.now())
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").
			Set("name = excluded.name, directory_id = excluded.directory_id, pattern = excluded.pattern, updated_at = excluded.updated_at").Exec(ctx)
		if err == nil {
			saved, err = row.rule()
		}
		return err
	})
	if err != nil {
		return s.wrap(fmt.Sprintf("save the rule %q", r.Name), err)
	}
	*r = saved
	return nil
}

// DeleteRule removes a rule. Its tasks stay, as if somebody had made them by hand.
func (s *Store) DeleteRule(ctx context.Context, id string) error {
	err := affected(s.write.NewRaw("DELETE FROM rule WHERE id = ?", id).Exec(ctx))
	return s.wrap("delete the rule "+id, err)
}

// ErrUnlikely is an answer of a directory that would pause too many tasks to be
// believed.
var ErrUnlikely = errors.New("nothing was paused, because this is hardly what is meant")

const (
	// fewUsers may always leave at once; of more it takes a half to be unlikely.
	fewUsers = 10
	// usersAtOnce bounds how long other writers wait.
	usersAtOnce = 200
	// byRule begins the pauses that are the rule's to end.
	byRule = "the rule "
)

// ApplyRule gives each of the addresses a task, unless the rule has made it before,
// pauses the tasks of all others, and resumes those that it had paused. Tasks that
// were there follow the rule if it was changed since it was applied last; else what
// was changed about them by hand stays. It can be repeated at any time and then
// changes nothing. Unless many is true, more than half of the users leaving at once
// is [ErrUnlikely], and so is nobody being left.
func (s *Store) ApplyRule(ctx context.Context, id string, addresses []string, many bool) (task.RuleResult, error) {
	result, err := s.applyRule(ctx, id, addresses, many)
	if err != nil {
		result.Fault = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	text, encodeErr := json.Marshal(result)
	applied := any(toMillis(s.now()))
	if err != nil {
		applied = bun.Safe("applied_at") // what the rule's change has not reached, it has to reach next time
	}
	_, saveErr := s.write.NewRaw("UPDATE rule SET applied_at = ?, result = ? WHERE id = ?", applied, string(text), id).Exec(ctx)
	return result, s.wrap("apply the rule "+id, errors.Join(err, encodeErr, saveErr))
}

func (s *Store) applyRule(ctx context.Context, id string, addresses []string, many bool) (task.RuleResult, error) {
	result := task.RuleResult{Users: len(addresses)}
	row, err := findRule(ctx, s.read, id)
	if err != nil {
		return result, err
	}
	rule, err := row.rule()
	if err != nil {
		return result, err
	}
	var rows []taskRow
	err = s.read.NewSelect().Model(&rows).Column("id", "rule_user", "paused_by", "paused_at").Where("rule_id = ?", rule.ID).Scan(ctx)
	if err != nil {
		return result, err
	}
	made := map[string]taskRow{}
	for _, r := range rows {
		made[r.RuleUser] = r
	}
	here := map[string]bool{}
	for _, a := range addresses {
		here[a] = true
	}
	var gone []taskRow
	working := 0
	for _, r := range rows {
		if !r.PausedAt.Valid {
			working++
			if !here[r.RuleUser] {
				gone = append(gone, r)
			}
		}
	}
	if !many && len(gone) > 0 && (len(addresses) == 0 || len(gone) > fewUsers && len(gone) > working/2) {
		return result, fmt.Errorf("%d of %d users are gone: %w", len(gone), working, ErrUnlikely)
	}
	changed := row.UpdatedAt > row.AppliedAt.Int64
	var faults []error
	for part := range slices.Chunk(addresses, usersAtOnce) {
		err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, address := range part {
				err := tx.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { // a savepoint
					return s.applyTo(ctx, tx, rule, address, made, changed, &result)
				})
				if err != nil {
					faults = append(faults, fmt.Errorf("%s: %w", address, err))
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return result, err
		}
	}
	for _, r := range gone {
		if err := s.PauseTask(ctx, r.ID, byRule+rule.Name+", as the user has left"); err != nil && !errors.Is(err, ErrNotFound) {
			return result, err
		}
		result.Paused++
	}
	if len(faults) > 3 {
		faults = append(faults[:3], fmt.Errorf("and %d more", len(faults)-3))
	}
	return result, errors.Join(faults...)
}

// applyTo gives one user the task.
func (s *Store) applyTo(ctx context.Context, tx bun.Tx, rule task.Rule, address string, made map[string]taskRow, changed bool, result *task.RuleResult) error {
	t, err := rule.Task(address)
	if err != nil {
		return refused(err)
	}
	row, known := made[address]
	if !known {
		taken, err := tx.NewSelect().Model((*taskRow)(nil)).Where("name = ?", t.Name).Exists(ctx)
		if err != nil || taken {
			return errors.Join(err, isTaken(taken))
		}
		if err := s.saveTask(ctx, tx, &t); err != nil {
			return err
		}
		made[address] = taskRow{}
		result.Made++
		return nil
	}
	if row.ID == "" {
		return nil // the address came twice
	}
	if changed {
		before, _, _, err := s.loadTask(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		t.ID, t.Name, t.Removal = before.ID, before.Name, keptRemoval(before.Removal, t)
		if err := s.saveTask(ctx, tx, &t); err != nil {
			return err
		}
		result.Changed++
	}
	if row.PausedAt.Valid && strings.HasPrefix(row.PausedBy, byRule) {
		if err := s.resume(ctx, tx, row.ID); err != nil {
			return err
		}
		result.Resumed++
	}
	return nil
}
