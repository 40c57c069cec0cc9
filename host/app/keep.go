package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// withStore opens the database of o for as long as do takes, with or without the key.
func withStore(ctx context.Context, o KeepOptions, key bool, do func(*store.Store) error) error {
	data, err := openDataDir(o.Data)
	if err != nil {
		return err
	}
	var box store.Sealer
	if key {
		b, err := secret.Open(string(data), o.Getenv)
		if err != nil {
			return as(ErrData, err)
		}
		box = b
	}
	db, err := data.openDatabase(ctx, o.Database, box)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// SetSecret stores a secret of plugins, sealed.
func SetSecret(ctx context.Context, o KeepOptions, s task.Secret) error {
	if err := s.Validate(); err != nil {
		return as(ErrUsage, err)
	}
	return withStore(ctx, o, true, func(db *store.Store) error { return db.SetSecret(ctx, s) })
}

// Secrets lists the secrets of plugins, their values empty.
func Secrets(ctx context.Context, o KeepOptions) (secrets []task.Secret, err error) {
	err = withStore(ctx, o, false, func(db *store.Store) error {
		secrets, err = db.Secrets(ctx)
		return err
	})
	return secrets, err
}

// RemoveSecret removes a secret of plugins.
func RemoveSecret(ctx context.Context, o KeepOptions, name string) error {
	return withStore(ctx, o, false, func(db *store.Store) error {
		err := db.DeleteSecret(ctx, name)
		if errors.Is(err, store.ErrNotFound) {
			return as(ErrUsage, fmt.Errorf("there is no secret %q; mailweir secret list has them", name))
		}
		return err
	})
}

// Remembered is what one plugin remembers in one task or copy.
type Remembered = store.Remembered

// ListMemory lists what plugins remember.
func ListMemory(ctx context.Context, o KeepOptions) (list []Remembered, err error) {
	err = withStore(ctx, o, false, func(db *store.Store) error {
		list, err = db.Remembered(ctx)
		return err
	})
	return list, err
}

// ClearMemory makes a plugin forget what it remembers in a task, by its ID or name, or
// in a copy.
func ClearMemory(ctx context.Context, o KeepOptions, owner, plugin string) error {
	return withStore(ctx, o, false, func(db *store.Store) error {
		list, err := db.Remembered(ctx)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.Plugin == plugin && (r.Ledger == owner || r.Task == owner) {
				return db.Forget(ctx, r.Ledger, r.Plugin)
			}
		}
		return as(ErrUsage, fmt.Errorf("the plugin %q remembers nothing in %q; mailweir plugin kv list has what there is", plugin, owner))
	})
}
