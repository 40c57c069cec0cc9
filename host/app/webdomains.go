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

// LocalDomains implements web.Service.
func (s *service) LocalDomains(ctx context.Context) ([]task.LocalDomain, error) {
	return s.store.LocalDomains(ctx)
}

// LocalDomain implements web.Service.
func (s *service) LocalDomain(ctx context.Context, domain string) (task.LocalDomain, error) {
	all, err := s.store.LocalDomains(ctx)
	for _, d := range all {
		if d.Domain == domain {
			return d, err
		}
	}
	return task.LocalDomain{}, errors.Join(err, fmt.Errorf("%w: local domain %s", web.ErrNotFound, domain))
}

// SaveLocalDomain implements web.Service.
func (s *service) SaveLocalDomain(ctx context.Context, d task.LocalDomain, made bool) error {
	_, err := s.LocalDomain(ctx, d.Domain)
	switch {
	case made && err == nil:
		return as(web.ErrInvalid, fmt.Errorf("%s is a local domain already", d.Domain))
	case !made && err != nil, made && !errors.Is(err, web.ErrNotFound):
		return err
	}
	if err := s.store.SaveLocalDomain(ctx, d); err != nil {
		return webError(err)
	}
	s.Note(ctx, access.Event{Deed: access.DeedDomainSaved, Kind: kindDomain, ObjectID: d.Domain, Object: d.Domain})
	return nil
}

// DeleteLocalDomain implements web.Service.
func (s *service) DeleteLocalDomain(ctx context.Context, domain string) error {
	err := s.store.DeleteLocalDomain(ctx, domain)
	if errors.Is(err, store.ErrInUse) {
		return as(web.ErrConflict, err)
	}
	if err == nil {
		s.Note(ctx, access.Event{Deed: access.DeedDomainRemoved, Kind: kindDomain, ObjectID: domain, Object: domain})
	}
	return webError(err)
}

// DomainUses implements web.Service.
func (s *service) DomainUses(ctx context.Context, domain string) (web.Uses, error) {
	tasks, total, err := s.store.TasksOfDomain(ctx, domain, web.ShownUses)
	if err != nil {
		return web.Uses{}, err
	}
	return s.uses(ctx, tasks, total, func(r task.Rule) bool {
		return task.DomainOf(r.Source.Local) == domain || task.DomainOf(r.Destination.Local) == domain
	})
}

// LookAtMailbox implements web.Service.
func (s *service) LookAtMailbox(ctx context.Context, address string) (web.AccountTest, error) {
	account, err := s.store.LocalAccount(ctx, address)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrRefused) {
		return web.AccountTest{}, as(web.ErrInvalid, fmt.Errorf("%q is no address in a local domain", address))
	}
	if err != nil {
		return web.AccountTest{}, err
	}
	test := TestAccount(ctx, account, s.lookConn())
	if ctx.Err() != nil {
		return web.AccountTest{}, ctx.Err()
	}
	return pageTest(account, test), nil
}
