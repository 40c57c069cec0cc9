package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/sdk/abi"
)

// kvKey reads a key that memory can keep.
func (c *call) kvKey(m api.Module, ptr, n uint64) (string, error) {
	raw := mustRead(m, uint32(ptr), uint32(n))
	if len(raw) == 0 || len(raw) > abi.MaxKey || !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return "", &door.Failure{Code: abi.ReadBadArgument, Reason: fmt.Sprintf("a key is UTF-8 without NUL, of 1 to %d bytes", abi.MaxKey)}
	}
	return string(raw), nil
}

// kvValue reads a value that may be remembered in this call.
func (c *call) kvValue(m api.Module, ptr, n uint64) ([]byte, error) {
	raw := mustRead(m, uint32(ptr), uint32(n))
	if len(raw) > abi.MaxValue {
		return nil, &door.Failure{Code: abi.ReadBadArgument, Reason: fmt.Sprintf("a value of more than %d bytes", abi.MaxValue)}
	}
	if c.remembered += len(raw); c.remembered > memoryCall {
		return nil, fmt.Errorf("one call can remember %d bytes, and no more", memoryCall)
	}
	return bytes.Clone(raw), nil
}

// change lets the memory do one step, for as long as the call has time.
func (c *call) change(ctx context.Context, key string, change func([]byte) ([]byte, bool)) error {
	ctx, cancel := c.untilDeadline(ctx)
	defer cancel()
	return c.memoryErr(c.bound.access.memory.Change(ctx, key, change))
}

// memoryErr keeps to the log what is our trouble and not the plugin's: it would tell
// where the database is.
func (c *call) memoryErr(err error) error {
	if err == nil || errors.Is(err, ErrMemoryFull) {
		return err
	}
	c.bound.log.Warn("the plugin's memory can not be used", "error", err)
	return errors.New("the plugin's memory can not be used now")
}

// untilDeadline is the context of the run, bounded by the call's time.
func (c *call) untilDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(runOf(ctx), c.fuel.deadline())
}

// kv_get (key, key_len, dst, cap)
func kvGet(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	key, err := c.kvKey(m, a[0], a[1])
	if !c.isGranted(abi.GrantKV) {
		return abi.ReadNotPermitted
	}
	var value []byte
	if err == nil {
		bounded, cancel := c.untilDeadline(ctx)
		defer cancel()
		value, err = c.bound.access.memory.Get(bounded, key)
		err = c.memoryErr(err)
	}
	switch {
	case err != nil:
		return c.doorFails(err)
	case len(value) == 0:
		return abi.ReadAbsent
	}
	return answer(m, value, uint32(a[2]), uint32(a[3]))
}

// kv_put (key, key_len, value, value_len)
func kvPut(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	key, err := c.kvKey(m, a[0], a[1])
	value, errValue := c.kvValue(m, a[2], a[3])
	if !c.isGranted(abi.GrantKV) {
		return abi.ReadNotPermitted
	}
	if err = errors.Join(err, errValue); err == nil {
		err = c.change(ctx, key, func([]byte) ([]byte, bool) { return value, true })
	}
	if err != nil {
		return c.doorFails(err)
	}
	return 0
}

// kv_add (key, key_len, delta)
func kvAdd(ctx context.Context, c *call, m api.Module, a []uint64) int64 {
	key, err := c.kvKey(m, a[0], a[1])
	if !c.isGranted(abi.GrantKV) {
		return int64(abi.ReadNotPermitted)
	}
	var sum int64
	if err == nil {
		delta, wrong := int64(a[2]), false
		err = c.change(ctx, key, func(old []byte) ([]byte, bool) {
			var ok bool
			if sum, ok = addNumber(string(old), delta); !ok {
				wrong = true
				return nil, false
			}
			wrong = false
			return strconv.AppendInt(nil, sum, 10), true
		})
		if err == nil && wrong {
			err = &door.Failure{Code: abi.ReadBadArgument, Reason: fmt.Sprintf("the value of the key %q is no number", key)}
		}
	}
	if err != nil {
		return int64(c.doorFails(err))
	}
	return sum
}

// addNumber adds to a number in its decimal text, within 0 and maxNumber.
func addNumber(old string, delta int64) (int64, bool) {
	n := int64(0)
	if old != "" {
		var err error
		if n, err = strconv.ParseInt(old, 10, 64); err != nil || n < 0 || n > maxNumber || strings.HasPrefix(old, "+") {
			return 0, false
		}
	}
	// Both are within 2^62 and 2^63, so that only the upper end can overflow.
	if delta > 0 && delta > maxNumber-n {
		return maxNumber, true
	}
	return max(n+delta, 0), true
}

// kv_cas (key, key_len, old, old_len, value, value_len)
func kvCas(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	key, err := c.kvKey(m, a[0], a[1])
	want := bytes.Clone(mustRead(m, uint32(a[2]), uint32(a[3])))
	value, errValue := c.kvValue(m, a[4], a[5])
	if !c.isGranted(abi.GrantKV) {
		return abi.ReadNotPermitted
	}
	swapped := false
	if err = errors.Join(err, errValue); err == nil {
		err = c.change(ctx, key, func(old []byte) ([]byte, bool) {
			swapped = bytes.Equal(old, want)
			return value, swapped
		})
	}
	if err != nil {
		return c.doorFails(err)
	}
	return int32(bit(swapped))
}
