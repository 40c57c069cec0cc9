package app

import (
	"context"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// SaveSketch implements web.Service.
func (s *service) SaveSketch(ctx context.Context, id string, typed []byte) (string, error) {
	a := access.From(ctx)
	if a.UserID == "" {
		return "", web.ErrNotFound
	}
	id, err := s.store.SaveSketch(ctx, ownerID(a), id, typed)
	return id, webError(err)
}

// Sketch implements web.Service.
func (s *service) Sketch(ctx context.Context, id string) ([]byte, error) {
	a := access.From(ctx)
	if a.UserID == "" {
		return nil, web.ErrNotFound
	}
	typed, err := s.store.Sketch(ctx, ownerID(a), id)
	return typed, webError(err)
}

// DiscardSketch implements web.Service.
func (s *service) DiscardSketch(ctx context.Context, id string) error {
	a := access.From(ctx)
	if a.UserID == "" {
		return web.ErrNotFound
	}
	return webError(s.store.DeleteSketch(ctx, ownerID(a), id))
}

// TryAccount implements web.Service.
func (s *service) TryAccount(ctx context.Context, a task.Account) (web.AccountTest, error) {
	if err := a.Validate(); err != nil {
		return web.AccountTest{}, as(web.ErrInvalid, err)
	}
	t := task.Task{Destination: a} // without a name: no stored password is taken for its own
	if _, err := s.setOwner(ctx, &t); err != nil {
		return web.AccountTest{}, webError(err)
	}
	if err := mayBe(ctx, s.store, t); err != nil {
		return web.AccountTest{}, as(web.ErrInvalid, err)
	}
	full, err := s.store.CredentialsOf(ctx, t)
	if err != nil {
		return web.AccountTest{}, webError(err)
	}
	conn := s.lookConn()
	if bound(full) {
		conn.Reach = &s.bound
	}
	select { // shares its places with tests of rows
	case rowTests <- struct{}{}:
		defer func() { <-rowTests }()
	case <-ctx.Done():
		return web.AccountTest{}, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, rowsTestTime)
	defer cancel()
	return pageTest(full.Destination, TestAccount(ctx, full.Destination, conn)), nil
}

// MailboxDomains implements web.Service.
func (s *service) MailboxDomains(ctx context.Context) ([]string, error) {
	a := access.From(ctx)
	domains, err := s.LocalDomains(ctx)
	var out []string
	for _, d := range domains {
		if !a.Role.Bound() || a.Role == access.RoleOperator && slices.Contains(a.Domains, d.Domain) || task.DomainOf(a.Name) == d.Domain {
			out = append(out, d.Domain)
		}
	}
	return out, err
}

// FindMailboxes implements web.Service.
func (s *service) FindMailboxes(ctx context.Context, text string) (web.DirectoryAnswer, error) {
	var out web.DirectoryAnswer
	actor := access.From(ctx)
	domains, err := s.MailboxDomains(ctx)
	if err != nil {
		return out, err
	}
	text = strings.ToLower(strings.TrimSpace(text))
	add := func(u task.DirectoryUser) {
		theirs := !actor.Role.Bound() || actor.Role == access.RoleOperator && slices.Contains(actor.Domains, task.DomainOf(u.Address)) || strings.EqualFold(u.Address, actor.Name)
		known := slices.ContainsFunc(out.Users, func(o task.DirectoryUser) bool { return strings.EqualFold(o.Address, u.Address) })
		if known || !theirs || !slices.Contains(domains, task.DomainOf(u.Address)) || !strings.Contains(strings.ToLower(u.Address+" "+u.Name), text) {
			return
		}
		if out.Total++; len(out.Users) < web.ShownUsers {
			out.Users = append(out.Users, task.DirectoryUser{Address: u.Address, Name: u.Name})
		}
	}
	if actor.Role == access.RoleUser { // there is none but their own
		add(task.DirectoryUser{Address: actor.Name})
		return out, nil
	}
	all, err := s.store.Directories(ctx)
	if err != nil {
		return out, webError(err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	for _, d := range all {
		full, err := s.store.TypedDirectory(ctx, d)
		if err == nil {
			err = DirectoryUsers(ctx, full, "", func(u task.DirectoryUser) error { add(u); return nil }, nil)
		}
		if err != nil {
			out.Fault = d.Name + ": " + directoryFault(err)
		}
	}
	return out, nil
}
