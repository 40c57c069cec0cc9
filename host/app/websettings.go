package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/web"
)

// Settings implements web.Service.
func (s *service) Settings(ctx context.Context) (web.Settings, error) {
	o := s.options
	limits, err := s.store.Limits(ctx)
	if err != nil {
		return web.Settings{}, err
	}
	retention, err := s.Retention(ctx)
	if err != nil {
		return web.Settings{}, err
	}
	out := web.Settings{
		Limits: web.Limits(limits), Node: nodeName(), Workers: cmp.Or(o.Workers, jobs.DefaultWorkers), WorkersGiven: o.Workers != 0,
		PublicOnly: o.Reach != nil, Relays: s.RelayNames(ctx), MailFrom: o.MailFrom, Data: o.Data, Database: s.store.Path(), Secure: o.Secure,
		Retention: retention, RulesEvery: rulesEvery,
	}
	out.Fixed.Runs, out.Fixed.PerHost, out.Fixed.PerAccount = o.Limits.Runs != nil, o.Limits.PerHost != nil, o.Limits.PerAccount != nil
	for _, p := range o.Also {
		out.Also = append(out.Also, p.String())
	}
	return out, nil
}

// SetLimits implements web.Service.
func (s *service) SetLimits(ctx context.Context, l web.Limits) error {
	if min(l.Runs, l.PerHost, l.PerAccount) < 0 {
		return as(web.ErrInvalid, errors.New("a limit can not be less than 0"))
	}
	if err := s.store.SetLimits(ctx, store.Limits(l)); err != nil {
		return err
	}
	s.Note(ctx, access.Event{
		Deed: access.DeedLimits, Kind: kindService,
		Detail: fmt.Sprintf("%d runs, %d for each host, %d for each account; 0 is no limit", l.Runs, l.PerHost, l.PerAccount),
	})
	return nil
}

// RelayNames implements web.Service.
func (s *service) RelayNames(context.Context) []string { return slices.Sorted(maps.Keys(s.relays)) }
