package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/mailweir/mailweir/host/task"
)

type secretRow struct {
	bun.BaseModel `bun:"table:plugin_secret"`

	Name      string `bun:",pk"`
	Hosts     string
	Value     string
	UpdatedAt int64
}

// secretPlace is what the seal authenticates: a value opens neither under another
// name nor for other hosts.
func (r secretRow) place() string { return "plugin_secret.value:" + r.Name + " " + r.Hosts }

func (r secretRow) secret() (task.Secret, error) {
	s := task.Secret{Name: r.Name, Updated: toTime(r.UpdatedAt)}
	for text := range strings.FieldsSeq(r.Hosts) {
		e, err := task.ParseEndpoint(text)
		if err != nil {
			return s, fmt.Errorf("secret %s: %w", r.Name, err)
		}
		s.Hosts = append(s.Hosts, e)
	}
	return s, nil
}

// SetSecret validates and stores a secret of plugins, sealed; one of the same name is
// replaced, hosts included.
func (s *Store) SetSecret(ctx context.Context, secret task.Secret) error {
	if err := secret.Validate(); err != nil {
		return err
	}
	doing := "store the secret " + secret.Name
	if s.box == nil {
		return s.wrap(doing, ErrNoKey)
	}
	hosts := make([]string, 0, len(secret.Hosts))
	for _, e := range secret.Hosts {
		hosts = append(hosts, e.String())
	}
	row := secretRow{Name: secret.Name, Hosts: strings.Join(hosts, " "), UpdatedAt: toMillis(s.now())}
	var err error
	if row.Value, err = s.box.Seal(row.place(), []byte(secret.Value.Reveal())); err != nil {
		return s.wrap(doing, err)
	}
	_, err = s.write.NewInsert().Model(&row).On("CONFLICT (name) DO UPDATE").
		Set("hosts = excluded.hosts, value = excluded.value, updated_at = excluded.updated_at").Exec(ctx)
	return s.wrap(doing, err)
}

// Secrets lists the secrets of plugins by name, their values empty.
func (s *Store) Secrets(ctx context.Context) ([]task.Secret, error) {
	return s.secrets(ctx, false)
}

// RevealSecrets returns the secrets of plugins with their values, for the host that
// fills them in.
func (s *Store) RevealSecrets(ctx context.Context) ([]task.Secret, error) {
	return s.secrets(ctx, true)
}

func (s *Store) secrets(ctx context.Context, reveal bool) ([]task.Secret, error) {
	const doing = "read the secrets of plugins"
	var rows []secretRow
	if err := s.read.NewSelect().Model(&rows).Order("name").Scan(ctx); err != nil {
		return nil, s.wrap(doing, err)
	}
	out := make([]task.Secret, 0, len(rows))
	for _, row := range rows {
		secret, err := row.secret()
		if err == nil && reveal {
			if s.box == nil {
				return nil, s.wrap(doing, ErrNoKey)
			}
			var plain []byte
			if plain, err = s.box.Unseal(row.place(), row.Value); err != nil {
				err = fmt.Errorf("secret %s: %w", row.Name, err)
			}
			secret.Value = task.Password(plain)
		}
		if err != nil {
			return nil, s.wrap(doing, err)
		}
		out = append(out, secret)
	}
	return out, nil
}

// DeleteSecret removes a secret; one that is not there is [ErrNotFound].
func (s *Store) DeleteSecret(ctx context.Context, name string) error {
	res, err := s.write.NewDelete().Model((*secretRow)(nil)).Where("name = ?", name).Exec(ctx)
	if err == nil {
		if n, errN := res.RowsAffected(); errN != nil || n == 0 {
			err = errors.Join(ErrNotFound, errN)
		}
	}
	return s.wrap("remove the secret "+name, err)
}
