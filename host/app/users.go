package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// HasUsers implements web.Service.
func (s *service) HasUsers(ctx context.Context) (bool, error) { return s.store.HasUsers(ctx) }

// MakeFirstUser implements web.Service.
func (s *service) MakeFirstUser(ctx context.Context, name, password string) (access.User, error) {
	u := access.User{Name: access.UserName(name), Role: access.RoleAdmin}
	return s.makeUser(ctx, u, password, s.store.CreateFirstUser)
}

// AddUser implements web.Service.
func (s *service) AddUser(ctx context.Context, u access.User, password string) (access.User, error) {
	u.Name = access.UserName(u.Name)
	some, err := s.store.HasUsers(ctx)
	if err != nil {
		return u, err
	}
	if !some && u.Role != access.RoleAdmin {
		return u, as(web.ErrInvalid, errors.New("the first user has to be an admin"))
	}
	return s.makeUser(ctx, u, password, s.store.CreateUser)
}

func (s *service) makeUser(ctx context.Context, u access.User, password string, create func(context.Context, *access.User, string) error) (access.User, error) {
	if err := errors.Join(u.Validate(), access.ValidPassword(u.Name, password)); err != nil {
		return u, as(web.ErrInvalid, err)
	}
	if err := create(ctx, &u, s.hash(password)); err != nil {
		return u, webError(err)
	}
	// Whoever makes the first user in a browser is that user.
	if by := access.From(ctx); by.UserID == "" && by.Address != "" {
		self := u.Actor()
		self.Address = by.Address
		ctx = access.With(ctx, self)
	}
	s.Note(ctx, userEvent(access.DeedUserMade, u, describe(u)))
	return u, nil
}

// describe says what a user may do, in a line.
func describe(u access.User) string {
	text := string(u.Role)
	if len(u.Domains) > 0 {
		text += " of " + strings.Join(u.Domains, ", ")
	}
	if u.Disabled {
		text += ", disabled"
	}
	return text
}

// Users implements web.Service.
func (s *service) Users(ctx context.Context) ([]access.User, error) { return s.store.Users(ctx) }

// User implements web.Service.
func (s *service) User(ctx context.Context, id string) (access.User, error) {
	u, err := s.store.User(ctx, id)
	return u, webError(err)
}

// ChangeUser implements web.Service.
func (s *service) ChangeUser(ctx context.Context, u access.User) error {
	before, err := s.store.User(ctx, u.ID)
	if err != nil {
		return webError(err)
	}
	u.Name = before.Name
	if err := u.Validate(); err != nil {
		return as(web.ErrInvalid, err)
	}
	if err := s.store.ChangeUser(ctx, u); err != nil {
		return webError(err)
	}
	s.Note(ctx, userEvent(access.DeedUserChanged, u, "from "+describe(before)+" to "+describe(u)))
	return nil
}

// SetPassword implements web.Service.
func (s *service) SetPassword(ctx context.Context, userID, password, keep string) error {
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return webError(err)
	}
	if err := access.ValidPassword(u.Name, password); err != nil {
		return as(web.ErrInvalid, err)
	}
	if err := s.store.SetPassword(ctx, userID, s.hash(password), keep); err != nil {
		return webError(err)
	}
	s.Note(ctx, userEvent(access.DeedPassword, u, ""))
	return nil
}

// RemoveUser implements web.Service.
func (s *service) RemoveUser(ctx context.Context, userID, heir string) error {
	u, err := s.store.User(ctx, userID)
	if err != nil {
		return webError(err)
	}
	detail := ""
	if u.Tasks > 0 && heir != "" {
		to, err := s.store.User(ctx, heir)
		if err != nil {
			return webError(err)
		}
		detail = fmt.Sprintf("%d tasks go to %s", u.Tasks, to.Name)
	}
	if err := s.store.RemoveUser(ctx, userID, heir); err != nil {
		return webError(err)
	}
	s.Note(ctx, userEvent(access.DeedUserRemoved, u, detail))
	return nil
}

// GiveTask implements web.Service.
func (s *service) GiveTask(ctx context.Context, taskID, userID string) error {
	t, err := s.store.Task(ctx, taskID)
	if err != nil {
		return webError(err)
	}
	to, err := s.store.User(ctx, userID)
	if err != nil {
		return webError(err)
	}
	given := t
	given.Owner = task.Owner{ID: to.ID, Name: to.Name, Role: string(to.Role)}
	if err := mayBe(ctx, s.store, given); err != nil {
		return as(web.ErrInvalid, err)
	}
	if err := s.store.GiveTask(ctx, taskID, userID); err != nil {
		return webError(err)
	}
	e := taskEvent(access.DeedTaskGiven, t)
	e.Detail = "to " + to.Name
	s.Note(ctx, e)
	return nil
}

// Events implements web.Service.
func (s *service) Events(ctx context.Context, f access.Filter) ([]access.Event, error) {
	return s.store.Events(ctx, f)
}

// Retention implements web.Service.
func (s *service) Retention(ctx context.Context) (time.Duration, error) {
	return s.store.Retention(ctx)
}

// longestRetention is ten years.
const longestRetention = 3650 * 24 * time.Hour

// SetRetention implements web.Service.
func (s *service) SetRetention(ctx context.Context, d time.Duration) error {
	if d < 24*time.Hour || d > longestRetention {
		return as(web.ErrInvalid, errors.New("events are kept for 1 to 3650 days"))
	}
	if err := s.store.SetRetention(ctx, d); err != nil {
		return err
	}
	s.Note(ctx, access.Event{Deed: access.DeedRetention, Kind: kindService, Object: "audit trail", Detail: fmt.Sprintf("to %d days", d/(24*time.Hour))})
	return nil
}
