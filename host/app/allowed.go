package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// errOthersTask is an import that would change a task which its user may not change.
// Like a name that is taken: whose it is, is nobody's business.
var errOthersTask = errors.New("another task has this name")

// mayBe says what of task t its owner may not have: what withinBounds says, and
// accounts of others that it refers to. It holds for each run, too: roles, owners and
// what an account is may have changed since the task was saved.
func mayBe(ctx context.Context, db *store.Store, t task.Task) error {
	if !bound(t) {
		return nil
	}
	errs := []error{withinBounds(t)}
	var owner access.User
	refer := func(where string, a task.Account) error {
		if !a.Referred() {
			return nil
		}
		if owner.ID == "" {
			var err error
			if owner, err = db.User(ctx, t.Owner.ID); err != nil {
				return err
			}
		}
		err := mayRefer(ctx, db, owner, a)
		var not *notTheirs
		if errors.As(err, &not) {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
			return nil
		}
		return err
	}
	for _, s := range t.Sources {
		if err := refer("source "+s.Name, s.Account); err != nil {
			return err
		}
	}
	if err := refer("destination", t.Destination); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// notTheirs says that an account is not there for somebody.
type notTheirs struct{ text string }

func (e *notTheirs) Error() string { return e.text }

// mayRefer reports whether tasks of an owner may refer to the account: to a stored one
// that is the owner's, and to a mailbox of a local domain that is the owner's own, or
// in a domain of which the owner is an operator. A stored account of somebody else is
// as one that is not there.
func mayRefer(ctx context.Context, db *store.Store, owner access.User, a task.Account) error {
	if a.Local != "" {
		mine := strings.EqualFold(a.Local, owner.Name)
		tends := owner.Role == access.RoleOperator && slices.Contains(owner.Domains, task.DomainOf(a.Local))
		if !mine && !tends {
			return &notTheirs{fmt.Sprintf("the mailbox %s is for tasks of its user and of operators of its domain only", a.Local)}
		}
		return nil
	}
	stored, err := db.Account(ctx, a.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (stored.ID != a.ID || stored.Owner != owner.ID):
		return &notTheirs{fmt.Sprintf("%s has no stored account %s", owner.Name, a.ID)}
	case err != nil:
		return err
	}
	// What it is counts as if the task said so itself.
	if err := withinBounds(task.Task{Destination: stored.Account}); err != nil {
		return &notTheirs{fmt.Sprintf("the stored account %s: %s", stored.Name, Sentence(err))}
	}
	return nil
}

// mayGrant says what actor may not grant to the plugins of t: only admins grant. What
// the task, as it was before, had granted to the same plugin stays.
func mayGrant(actor access.Actor, t, before task.Task) error {
	if actor.IsService() || access.Allowed(actor, access.GrantPlugin, access.OfTask(t)) {
		return nil
	}
	var errs []error
	for _, h := range t.Hooks {
		for _, g := range h.Grants {
			had := slices.ContainsFunc(before.Hooks, func(b task.Hook) bool {
				return b.Plugin == h.Plugin && b.Digest == h.Digest && slices.ContainsFunc(b.Grants, func(o task.Grant) bool { return o.String() == g.String() })
			})
			if !had {
				errs = append(errs, fmt.Errorf("plugin %s: only an admin can grant it %s", h.Plugin, g))
			}
		}
	}
	return errors.Join(errs...)
}
