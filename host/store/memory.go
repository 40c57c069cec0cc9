package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// PluginMemory is what one plugin remembers in one task or copy. It is safe for
// concurrent use, also by several processes.
type PluginMemory struct {
	store          *Store
	ledger, plugin string
	fits           func(names, size int) error
}

// PluginMemory returns what plugin remembers under a ledger's name; it need not
// have begun. fits says why so many values, with so many bytes of names and values
// together, are too much.
func (s *Store) PluginMemory(ledger, plugin string, fits func(names, size int) error) *PluginMemory {
	return &PluginMemory{s, ledger, plugin, fits}
}

// Get returns a value; nil is none.
func (m *PluginMemory) Get(ctx context.Context, name string) ([]byte, error) {
	value, err := m.read(ctx, m.store.read, name)
	return value, m.store.wrap("read the memory of the plugin "+m.plugin, err)
}

func (m *PluginMemory) read(ctx context.Context, db bun.IDB, name string) ([]byte, error) {
	var value []byte
	err := db.NewRaw("SELECT value FROM plugin_value WHERE ledger = ? AND plugin = ? AND name = ?", m.ledger, m.plugin, name).Scan(ctx, &value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, err
}

// Change gives name the value that change makes of its present one, in one step. An
// empty value is none. Without ok the value stays. The change is on disk when Change
// returns.
func (m *PluginMemory) Change(ctx context.Context, name string, change func(old []byte) (value []byte, ok bool)) error {
	var full error // what fits says is a sentence of its own
	err := m.store.inTurn(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The row of the sums is written first: whoever else changes this memory waits.
		var names, size int
		err := tx.NewRaw(`INSERT INTO plugin_memory (ledger, plugin, names, size) VALUES (?, ?, 0, 0)
			ON CONFLICT (ledger, plugin) DO UPDATE SET names = plugin_memory.names RETURNING names, size`, m.ledger, m.plugin).Scan(ctx, &names, &size)
		if err != nil {
			return err
		}
		old, err := m.read(ctx, tx, name)
		if err != nil {
			return err
		}
		value, ok := change(old)
		if !ok {
			return nil
		}
		if len(old) > 0 {
			names, size = names-1, size-len(name)-len(old)
		}
		if len(value) > 0 {
			names, size = names+1, size+len(name)+len(value)
			if full = m.fits(names, size); full != nil {
				return full
			}
		}
		return m.write(ctx, tx, name, value, names, size)
	})
	if full != nil {
		return full
	}
	return m.store.wrap("write the memory of the plugin "+m.plugin, err)
}

func (m *PluginMemory) write(ctx context.Context, tx bun.Tx, name string, value []byte, names, size int) error {
	var err error
	if len(value) == 0 {
		_, err = tx.NewRaw("DELETE FROM plugin_value WHERE ledger = ? AND plugin = ? AND name = ?", m.ledger, m.plugin, name).Exec(ctx)
	} else {
		_, err = tx.NewRaw(`INSERT INTO plugin_value (ledger, plugin, name, value) VALUES (?, ?, ?, ?)
			ON CONFLICT (ledger, plugin, name) DO UPDATE SET value = excluded.value`, m.ledger, m.plugin, name, value).Exec(ctx)
	}
	if err != nil {
		return err
	}
	_, err = tx.NewRaw("UPDATE plugin_memory SET names = ?, size = ? WHERE ledger = ? AND plugin = ?", names, size, m.ledger, m.plugin).Exec(ctx)
	return err
}

// Remembered says how much a plugin remembers.
type Remembered struct {
	Ledger string // ID of a task, or name of a copy
	Task   string // name of that task; "" is a copy
	Plugin string
	Names  int // how many values
	Size   int // bytes of names and values together
}

// Remembered lists what plugins remember.
func (s *Store) Remembered(ctx context.Context) ([]Remembered, error) {
	var out []Remembered
	err := s.read.NewRaw(`SELECT m.ledger, coalesce(CASE WHEN t.deleted_at IS NULL THEN t.name ELSE 'a deleted task' END, '') AS task, m.plugin, m.names, m.size
		FROM plugin_memory AS m LEFT JOIN task AS t ON t.id = m.ledger ORDER BY m.ledger, m.plugin`).Scan(ctx, &out)
	return out, s.wrap("list what plugins remember", err)
}

// Forget makes a plugin forget all that it remembers under a ledger's name. It is
// [ErrNotFound] when it remembers nothing.
func (s *Store) Forget(ctx context.Context, ledger, plugin string) error {
	res, err := s.write.NewRaw("DELETE FROM plugin_memory WHERE ledger = ? AND plugin = ?", ledger, plugin).Exec(ctx)
	if err == nil {
		var n int64
		if n, err = res.RowsAffected(); err == nil && n == 0 {
			err = ErrNotFound
		}
	}
	return s.wrap("make the plugin "+plugin+" forget", err)
}
