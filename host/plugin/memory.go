package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Memory is what a plugin remembers from run to run: values by key. It is one
// plugin's in one task, or in one copy by name. It is safe for concurrent use, by
// several processes if it is durable.
type Memory interface {
	// Get returns the value of a key; nil is none.
	Get(ctx context.Context, key string) ([]byte, error)
	// Change gives a key the value that change makes of its present one, in one step:
	// nobody sees or writes anything in between. nil or an empty value is none. Without
	// ok the value stays. What is too much is an error that says so. change may be
	// called again, and does nothing but compute.
	Change(ctx context.Context, key string, change func(old []byte) (value []byte, ok bool)) error
}

// What a plugin may remember.
const (
	MemoryKeys  = 1000           // keys
	MemoryBytes = abi.MaxValue   // of all keys and values together
	memoryCall  = 2 << 20        // bytes that one call may write
	maxNumber   = int64(1) << 62 // of kv_add
)

// ErrMemoryFull is what [MemoryFits] says no with.
var ErrMemoryFull = errors.New("the plugin's memory is full")

// MapMemory is a Memory that lasts as long as the program.
type MapMemory struct {
	mu     sync.Mutex
	values map[string][]byte
}

var _ Memory = (*MapMemory)(nil)

// NewMemory makes an empty one.
func NewMemory() *MapMemory { return &MapMemory{values: map[string][]byte{}} }

// Get implements Memory.
func (m *MapMemory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], nil
}

// Change implements Memory.
func (m *MapMemory) Change(_ context.Context, key string, change func([]byte) ([]byte, bool)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := change(m.values[key])
	if !ok {
		return nil
	}
	after := maps.Clone(m.values)
	if len(value) == 0 {
		delete(after, key)
	} else {
		after[key] = bytes.Clone(value)
	}
	size := 0
	for k, v := range after {
		size += len(k) + len(v)
	}
	if err := MemoryFits(len(after), size); err != nil && len(value) > 0 {
		return err
	}
	m.values = after
	return nil
}

// MemoryFits says why so many keys, with so many bytes of keys and values, are more
// than a plugin may remember, or nil.
func MemoryFits(keys, size int) error {
	switch {
	case keys > MemoryKeys:
		return fmt.Errorf("%w: it has %d keys", ErrMemoryFull, MemoryKeys)
	case size > MemoryBytes:
		return fmt.Errorf("%w: it has %d bytes", ErrMemoryFull, MemoryBytes)
	}
	return nil
}

// dryMemory is a memory in a dry run: what is written to it is read from it, and gone
// with it.
type dryMemory struct {
	under  Memory
	record func(door, what string)

	mu   sync.Mutex
	over map[string][]byte // nil is forgotten
}

// Get implements Memory.
func (m *dryMemory) Get(ctx context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(ctx, key)
}

func (m *dryMemory) get(ctx context.Context, key string) ([]byte, error) {
	if value, ok := m.over[key]; ok {
		return value, nil
	}
	return m.under.Get(ctx, key)
}

// Change implements Memory.
func (m *dryMemory) Change(ctx context.Context, key string, change func([]byte) ([]byte, bool)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, err := m.get(ctx, key)
	if err != nil {
		return err
	}
	value, ok := change(old)
	if !ok {
		return nil
	}
	size := 0
	for k, v := range m.over {
		size += len(k) + len(v)
	}
	if err := MemoryFits(len(m.over)+1, size+len(key)+len(value)); err != nil {
		return err
	}
	if _, again := m.over[key]; !again { // one line a key: a counter would fill the log
		m.record(abi.GrantKV, fmt.Sprintf("%d bytes for the key %q", len(value), key))
	}
	m.over[key] = bytes.Clone(value)
	return nil
}
