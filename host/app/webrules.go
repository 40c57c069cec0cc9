package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// Rules implements web.Service.
func (s *service) Rules(ctx context.Context) ([]task.Rule, error) { return s.store.Rules(ctx) }

// Rule implements web.Service.
func (s *service) Rule(ctx context.Context, idOrName string) (task.Rule, error) {
	r, err := s.store.Rule(ctx, idOrName)
	return r, webError(err)
}

// SaveRule implements web.Service.
func (s *service) SaveRule(ctx context.Context, r task.Rule) (task.Rule, error) {
	if r.ID != "" {
		if _, err := s.Rule(ctx, r.ID); err != nil {
			return r, err
		}
	}
	if err := s.tryHooks(ctx, task.Task{Hooks: r.Hooks}); err != nil {
		return r, as(web.ErrInvalid, err)
	}
	if err := s.store.SaveRule(ctx, &r); err != nil {
		if errors.Is(err, store.ErrNotFound) { // what the rule refers to
			return r, as(web.ErrInvalid, err)
		}
		return r, webError(err)
	}
	s.Note(ctx, ruleEvent(access.DeedRuleSaved, r, ""))
	return r, nil
}

// DeleteRule implements web.Service.
func (s *service) DeleteRule(ctx context.Context, id string) error {
	r, err := s.store.Rule(ctx, id)
	if err == nil {
		err = s.store.DeleteRule(ctx, r.ID)
	}
	if err == nil {
		s.Note(ctx, ruleEvent(access.DeedRuleRemoved, r, ""))
	}
	return webError(err)
}

// ApplyRule implements web.Service.
func (s *service) ApplyRule(ctx context.Context, id string, many bool) (task.RuleResult, error) {
	r, err := s.store.Rule(ctx, id)
	if err != nil {
		return task.RuleResult{}, webError(err)
	}
	result, err := applyRule(ctx, s.store, r, many)
	s.Note(ctx, ruleEvent(access.DeedRuleApplied, r, fmt.Sprintf(
		"%d users: %d tasks made, %d changed, %d paused, %d resumed", result.Users, result.Made, result.Changed, result.Paused, result.Resumed)))
	switch {
	case errors.Is(err, store.ErrUnlikely):
		return result, as(web.ErrConflict, err)
	case err != nil && result.Users == 0:
		return result, as(web.ErrInvalid, errors.New(directoryFault(err)))
	case err != nil:
		return result, as(web.ErrInvalid, err)
	}
	return result, nil
}

func ruleEvent(deed access.Deed, r task.Rule, detail string) access.Event {
	return access.Event{Deed: deed, Kind: kindRule, ObjectID: r.ID, Object: r.Name, Detail: detail}
}

// PreviewRule implements web.Service.
func (s *service) PreviewRule(ctx context.Context, r task.Rule) (web.RulePreview, error) {
	if err := r.Validate(); err != nil {
		return web.RulePreview{}, as(web.ErrInvalid, err)
	}
	d, err := s.store.Directory(ctx, r.Directory)
	if err != nil {
		return web.RulePreview{}, webError(err)
	}
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var users []task.DirectoryUser
	err = DirectoryUsers(asking, d, r.Group, func(u task.DirectoryUser) error {
		users = append(users, u)
		return nil
	}, nil)
	if err != nil {
		return web.RulePreview{Fault: directoryFault(err)}, ctx.Err()
	}
	var made []store.RuleTask
	if r.ID != "" {
		if made, err = s.store.RuleTasks(ctx, r.ID); err != nil {
			return web.RulePreview{}, err
		}
	}
	return previewRule(r, users, made), nil
}

// previewRule says what applying the rule would come to: users are those that the
// directory knows, made the tasks that the rule has made before.
func previewRule(r task.Rule, users []task.DirectoryUser, made []store.RuleTask) web.RulePreview {
	p := web.RulePreview{Count: map[web.RuleEffect]int{}}
	add := func(l web.RuleLine) {
		p.Count[l.Effect]++
		if len(p.Lines) < web.ShownLines {
			p.Lines = append(p.Lines, l)
		} else {
			p.More++
		}
	}
	before := make(map[string]store.RuleTask, len(made))
	working := 0
	for _, m := range made {
		before[m.User] = m
		if !m.Paused {
			working++
		}
	}
	here := make(map[string]bool, len(users))
	for _, u := range users {
		here[u.Address] = true
	}
	for _, m := range made { // those who have left come first
		if !here[m.User] && !m.Paused {
			add(web.RuleLine{Address: m.User, Effect: web.RulePauses, TaskID: m.ID})
		}
	}
	for _, u := range users {
		add(ruleLine(r, u, before))
	}
	p.Unlikely = store.LeavesUnlikely(working, p.Count[web.RulePauses], len(users))
	return p
}

func ruleLine(r task.Rule, u task.DirectoryUser, before map[string]store.RuleTask) web.RuleLine {
	l := web.RuleLine{Address: u.Address, Name: u.Name, Effect: web.RuleMakes}
	t, err := r.Task(u.Address)
	if err != nil {
		l.Effect, l.Fault = web.RuleRefuses, Sentence(err)
		return l
	}
	l.From, l.To = sideName(t.Sources[0].Account), sideName(t.Destination)
	if m, ok := before[u.Address]; ok {
		l.Effect, l.TaskID = web.RuleKeeps, m.ID
		if m.ByRule {
			l.Effect = web.RuleResumes
		}
	}
	return l
}

// sideName is what differs from user to user.
func sideName(a task.Account) string {
	name := a.Local
	if a.Kind == task.KindMaildir {
		name = a.Dir
	}
	if a.Root == "" {
		return name
	}
	if name == "" {
		return a.Root
	}
	return name + "/" + a.Root
}
