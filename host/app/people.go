package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/web"
)

// People is the users of a service, for the command line. What is changed
// counts at once, also for a service that runs on the same database. Its errors
// match [ErrUser] or [ErrUsage], or are those of the database.
type People struct {
	s *service
}

// OpenPeople opens the database of o; a data directory is made if it is missing. The
// caller closes the People.
func OpenPeople(ctx context.Context, o KeepOptions) (*People, error) {
	data, err := openDataDir(o.Data)
	if err != nil {
		return nil, err
	}
	db, err := data.openDatabase(ctx, o.Database, nil)
	if err != nil {
		return nil, err
	}
	// An event that can not be written must not go unnoticed: there is no other log.
	return &People{s: &service{store: db, log: slog.Default(), via: "command line"}}, nil
}

// Close closes the database.
func (p *People) Close() error { return p.s.store.Close() }

// List returns all users by name.
func (p *People) List(ctx context.Context) ([]access.User, error) { return p.s.store.Users(ctx) }

// Check reports what would keep Add from making u, whatever the password.
func (p *People) Check(ctx context.Context, u access.User) error {
	if err := u.Validate(); err != nil {
		return as(ErrUsage, err)
	}
	_, _, err := p.s.store.UserByName(ctx, u.Name)
	switch {
	case err == nil:
		return as(ErrUser, fmt.Errorf("there is a user %s already", u.Name))
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return nil
}

// Add makes a user.
func (p *People) Add(ctx context.Context, u access.User, password string) (access.User, error) {
	u, err := p.s.AddUser(ctx, u, password)
	return u, userError(err)
}

// SetRole gives a user another role, for the domains.
func (p *People) SetRole(ctx context.Context, name string, role access.Role, domains []string) (access.User, error) {
	return p.change(ctx, name, func(u *access.User) { u.Role, u.Domains = role, domains })
}

// SetDisabled disables a user, or enables one again.
func (p *People) SetDisabled(ctx context.Context, name string, disabled bool) (access.User, error) {
	return p.change(ctx, name, func(u *access.User) { u.Disabled = disabled })
}

func (p *People) change(ctx context.Context, name string, change func(*access.User)) (access.User, error) {
	u, err := p.Find(ctx, name)
	if err != nil {
		return u, err
	}
	change(&u)
	return u, userError(p.s.ChangeUser(ctx, u))
}

// SetPassword gives a user another password and ends all their sessions.
func (p *People) SetPassword(ctx context.Context, name, password string) (access.User, error) {
	u, err := p.Find(ctx, name)
	if err != nil {
		return u, err
	}
	return u, userError(p.s.SetPassword(ctx, u.ID, password, ""))
}

// RemoveCodes lets a user log in by the password alone.
func (p *People) RemoveCodes(ctx context.Context, name string) (access.User, error) {
	u, err := p.Find(ctx, name)
	if err != nil {
		return u, err
	}
	return u, userError(p.s.RemoveKey(ctx, u.ID))
}

// Remove removes a user. Their tasks go to the user called heir, who may be nobody
// ("") if there are none.
func (p *People) Remove(ctx context.Context, name, heir string) (access.User, error) {
	u, err := p.Find(ctx, name)
	if err != nil {
		return u, err
	}
	to := access.User{}
	if heir != "" {
		if to, err = p.Find(ctx, heir); err != nil {
			return u, err
		}
	}
	return u, userError(p.s.RemoveUser(ctx, u.ID, to.ID))
}

// Find returns the user of this name.
func (p *People) Find(ctx context.Context, name string) (access.User, error) {
	u, _, err := p.s.store.UserByName(ctx, access.UserName(name))
	if errors.Is(err, store.ErrNotFound) {
		err = as(ErrUser, fmt.Errorf("there is no user %q", name))
	}
	return u, err
}

// userError is an error for the pages as the command line says it.
func userError(err error) error {
	for _, known := range []error{store.ErrUserTaken, store.ErrLastAdmin, store.ErrOwnsTasks} {
		if errors.Is(err, known) {
			return as(ErrUser, known)
		}
	}
	if errors.Is(err, web.ErrInvalid) {
		return as(ErrUsage, err)
	}
	return err
}
