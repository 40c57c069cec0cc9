package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/task"
	"github.com/uptrace/bun"
)

type domainRow struct {
	bun.BaseModel `bun:"table:local_domain"`

	Domain    string `bun:",pk"`
	Settings  string
	Password  string
	UpdatedAt int64
}

// domainPlace binds the administrator's password to the server and to how mailboxes
// are opened with it.
func domainPlace(d task.LocalDomain) place {
	a := d.Server
	a.User, a.Master = string(d.Way), d.Admin
	return place{row: "local_domain.password:" + d.Domain, account: a}
}

func (r domainRow) domain() (task.LocalDomain, error) {
	var d task.LocalDomain
	if err := json.Unmarshal([]byte(r.Settings), &d); err != nil {
		return d, fmt.Errorf("local domain %s: %w", r.Domain, err)
	}
	d.Domain, d.Updated = r.Domain, toTime(r.UpdatedAt)
	return d, nil
}

// LocalDomains returns all local domains by name, their passwords empty.
func (s *Store) LocalDomains(ctx context.Context) ([]task.LocalDomain, error) {
	var rows []domainRow
	err := s.read.NewSelect().Model(&rows).Order("domain").Scan(ctx)
	out := make([]task.LocalDomain, 0, len(rows))
	for _, row := range rows {
		d, rowErr := row.domain()
		err = errors.Join(err, rowErr)
		out = append(out, d)
	}
	return out, s.wrap("read the local domains", err)
}

// LocalAccount returns the mailbox of an address in a local domain, with the
// domain's password. It is [ErrNotFound] if the domain is not local.
func (s *Store) LocalAccount(ctx context.Context, address string) (task.Account, error) {
	doing := "open the mailbox " + address
	a := task.Account{Local: address}
	refs, err := loadReferences(ctx, s.read, a)
	if err == nil {
		err = refs.fill(&a)
	}
	if err != nil {
		return a, s.wrap(doing, err)
	}
	a.Password, err = s.credential(refs, place{account: a}, "")
	return a, s.wrap(doing, err)
}

// SaveLocalDomain validates and stores d; one of that name is replaced. An empty
// password keeps the stored one on the terms of SaveTask.
func (s *Store) SaveLocalDomain(ctx context.Context, d task.LocalDomain) error {
	if err := d.Validate(); err != nil {
		return refused(err)
	}
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row domainRow
		var before place
		err := notFound(tx.NewSelect().Model(&row).Where("domain = ?", d.Domain).Scan(ctx))
		if err == nil {
			old, err := row.domain()
			if err != nil {
				return err
			}
			before = domainPlace(old)
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		settings, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if row.Password, err = s.seal(domainPlace(d), row.Password, reach(before.account)); err != nil {
			return err
		}
		moved := row.Settings != "" && row.Settings != string(settings)
		row.Domain, row.Settings, row.UpdatedAt = d.Domain, string(settings), toMillis(s.now())
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (domain) DO UPDATE").
			Set("settings = excluded.settings, password = excluded.password, updated_at = excluded.updated_at").Exec(ctx)
		if err != nil {
			return err
		}
		if err := s.releaseOf(ctx, tx, "destination_domain = ? OR id IN (SELECT task_id FROM source WHERE domain = ?)", d.Domain, d.Domain); err != nil || !moved {
			return err
		}
		return placeReferring(ctx, tx, "", d.Domain)
	})
	return s.wrap("save the local domain "+d.Domain, err)
}

// DeleteLocalDomain removes a local domain. One that tasks or rules refer to is
// [ErrInUse], one that is not there [ErrNotFound].
func (s *Store) DeleteLocalDomain(ctx context.Context, domain string) error {
	err := s.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		var names []string
		err := tx.NewRaw(`SELECT name FROM task WHERE destination_domain = ?
			OR EXISTS (SELECT 1 FROM source WHERE source.task_id = task.id AND source.domain = ?) ORDER BY name LIMIT 4`, domain, domain).Scan(ctx, &names)
		if err != nil {
			return err
		}
		rules, err := rulesWith(ctx, tx, func(r task.Rule) bool {
			return task.DomainOf(r.Source.Local) == domain || task.DomainOf(r.Destination.Local) == domain
		})
		if err != nil {
			return err
		}
		if names = append(names, rules...); len(names) > 0 {
			return inUse(names)
		}
		return affected(tx.NewRaw("DELETE FROM local_domain WHERE domain = ?", domain).Exec(ctx))
	})
	return s.wrap("delete the local domain "+domain, err)
}
