package plugin

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/sdk/abi"
)

// hostFuncs are the functions of abi.Imports, by name. Arguments arrive on the
// stack, and the result leaves in its first place.
var hostFuncs = map[string]api.GoModuleFunc{
	"prop_u64":    returns64(propU64),
	"prop_str":    returns32(propStr),
	"header_get":  returns32(headerGet),
	"header_name": returns32(headerName),
	"headers_raw": returns32(headersRaw),
	"body_read":   returns32(bodyRead),
	"set_folder":  returns32(setFolder),
	"flags":       returns32(setFlags),
	"set_date":    returns32(setDate),
	"note":        returns32(setNote),
	"config":      returns32(config),
	"log":         returnsNothing(logLine),
	"log_enabled": returns32(logEnabled),
	"now_ms":      returns64(nowMS),
	"fail":        returnsNothing(fail),
}

func init() {
	for _, more := range []map[string]api.GoModuleFunc{rewriteFuncs, reportFuncs, doorFuncs} {
		maps.Copy(hostFuncs, more)
	}
}

// enter finds the call that a host function belongs to, and counts it.
func enter(ctx context.Context) *call {
	c := ctx.(*instanceContext).call
	if c.hostCalls--; c.hostCalls < 0 {
		panic(faultf("it called the host more than %d times", c.bound.module.host.opts.HostCalls))
	}
	return c
}

func returns32(fn func(*call, api.Module, []uint64) int32) api.GoModuleFunc {
	return func(ctx context.Context, m api.Module, stack []uint64) {
		stack[0] = uint64(uint32(fn(enter(ctx), m, stack)))
	}
}

func returns64(fn func(*call, api.Module, []uint64) int64) api.GoModuleFunc {
	return func(ctx context.Context, m api.Module, stack []uint64) {
		stack[0] = uint64(fn(enter(ctx), m, stack))
	}
}

func returnsNothing(fn func(*call, api.Module, []uint64)) api.GoModuleFunc {
	return func(ctx context.Context, m api.Module, stack []uint64) { fn(enter(ctx), m, stack) }
}

// config (key, key_len, dst, cap)
func config(c *call, m api.Module, a []uint64) int32 {
	key := string(mustRead(m, uint32(a[0]), uint32(a[1])))
	value, ok := c.bound.config.get(key)
	if !ok {
		return abi.ReadAbsent
	}
	return answer(m, value, uint32(a[2]), uint32(a[3]))
}

// log (level, text, text_len)
func logLine(c *call, m api.Module, a []uint64) {
	text := mustRead(m, uint32(a[1]), uint32(a[2]))
	c.log(clampLevel(int32(a[0])), text)
}

// log_enabled (level)
func logEnabled(c *call, _ api.Module, a []uint64) int32 {
	if c.bound.log.Enabled(context.Background(), clampLevel(int32(a[0]))) {
		return 1
	}
	return 0
}

// clampLevel keeps a plugin's line within the levels that the log knows.
func clampLevel(level int32) slog.Level {
	return slog.Level(min(max(level, abi.LogDebug), abi.LogError))
}

// now_ms ()
func nowMS(*call, api.Module, []uint64) int64 { return time.Now().UnixMilli() }

// fail (text, text_len)
func fail(c *call, m api.Module, a []uint64) {
	c.failed = tidyText(mustRead(m, uint32(a[0]), uint32(a[1])), abi.MaxNote)
}
