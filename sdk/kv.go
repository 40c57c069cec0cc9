package sdk

import "github.com/mailweir/mailweir/sdk/internal/guest"

// KV is the plugin's durable memory, which is this task's alone. It takes the grant kv.
// What is remembered is so at once, whatever the hook answers. Keys have at most 512
// bytes, values a MiB.
var KV kv

type kv struct{}

// Get returns the value of a key; ok is false when there is none.
func (kv) Get(key string) (value []byte, ok bool, err error) { return guest.KVGet(key) }

// Put remembers a value. An empty one forgets the key.
func (kv) Put(key string, value []byte) error { return guest.KVPut(key, string(value)) }

// Add adds to a number that is kept as a decimal text, 0 at first, and returns the sum,
// which never falls below 0.
func (kv) Add(key string, delta int64) (int64, error) { return guest.KVAdd(key, delta) }

// CompareAndSwap remembers value if the key still has old, and reports whether it did.
// Empty means none.
func (kv) CompareAndSwap(key string, old, value []byte) (bool, error) {
	return guest.KVCAS(key, string(old), string(value))
}
