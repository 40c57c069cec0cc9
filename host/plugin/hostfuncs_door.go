package plugin

import (
	"context"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/plugin/door"
	"github.com/mailweir/mailweir/sdk/abi"
)

// doorFuncs reach outside: to durable memory and to other servers, with a grant.
var doorFuncs = map[string]api.GoModuleFunc{
	"kv_get":      waits(kvGet),
	"kv_put":      waits(kvPut),
	"kv_add":      waits64(kvAdd),
	"kv_cas":      waits(kvCas),
	"http_open":   waits(httpOpen),
	"http_status": waits(httpStatus),
	"http_header": waits(httpHeader),
	"tcp_open":    waits(tcpOpen),
	"door_write":  waits(doorWrite),
	"door_read":   waits(doorRead),
	"door_close":  returnsNothing(doorClose),
	"door_error":  returns32(doorError),
	"smtp_send":   waits(smtpSend),
}

// runOf is the context of the run that waits for an instance, which is the context of a
// host function.
func runOf(ctx context.Context) context.Context { return ctx.(*instanceContext).Context }

// waits64 is a function that may take its time. Before and after, the call's time is
// looked at: a guest that goes on after its time is ended here.
func waits64(fn func(context.Context, *call, api.Module, []uint64) int64) api.GoModuleFunc {
	return func(ctx context.Context, m api.Module, stack []uint64) {
		c := enter(ctx)
		c.checkTime(ctx)
		result := fn(ctx, c, m, stack)
		c.checkTime(ctx)
		stack[0] = uint64(result)
	}
}

func waits(fn func(context.Context, *call, api.Module, []uint64) int32) api.GoModuleFunc {
	return waits64(func(ctx context.Context, c *call, m api.Module, a []uint64) int64 {
		return int64(uint32(fn(ctx, c, m, a)))
	})
}

// doorFails keeps the reason for door_error.
func (c *call) doorFails(err error) int32 {
	f := door.FailureOf(err)
	c.doorError = tidyText([]byte(f.Reason), abi.MaxNote)
	return f.Code
}

// request is the text of a request, cut off where it is too long anyway.
func request(m api.Module, ptr, n uint64) []byte {
	raw := mustRead(m, uint32(ptr), uint32(n))
	return append([]byte{}, raw[:min(len(raw), abi.MaxRequest+1)]...)
}

// opens is what http_open and tcp_open have in common.
func opens(ctx context.Context, c *call, m api.Module, a []uint64, grant string, open func(*door.Visit, []byte) (int32, error)) int32 {
	raw := request(m, a[0], a[1])
	if !c.isGranted(grant) {
		return abi.ReadNotPermitted
	}
	id, err := open(c.visit(ctx), raw)
	if err != nil {
		return c.doorFails(err)
	}
	return id
}

// http_open (request, request_len)
func httpOpen(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	return opens(ctx, c, m, a, abi.GrantHTTP, (*door.Visit).OpenHTTP)
}

// tcp_open (request, request_len)
func tcpOpen(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	return opens(ctx, c, m, a, abi.GrantTCP, (*door.Visit).OpenTCP)
}

// smtp_send (request, request_len)
func smtpSend(ctx context.Context, c *call, m api.Module, a []uint64) int32 {
	return opens(ctx, c, m, a, abi.GrantSMTP, func(v *door.Visit, raw []byte) (int32, error) { return 0, v.Send(raw) })
}

// isOpen reports whether anything has been opened, and else says so.
func (c *call) isOpen() bool {
	if c.outside == nil {
		c.doorError = "there is no door open"
	}
	return c.outside != nil
}

// http_status (door)
func httpStatus(_ context.Context, c *call, _ api.Module, a []uint64) int32 {
	if !c.isOpen() {
		return abi.ReadBadArgument
	}
	status, err := c.outside.Status(int32(a[0]))
	if err != nil {
		return c.doorFails(err)
	}
	return int32(status)
}

// http_header (door, name, name_len, dst, cap)
func httpHeader(_ context.Context, c *call, m api.Module, a []uint64) int32 {
	name := string(mustRead(m, uint32(a[1]), uint32(a[2])))
	if !c.isOpen() {
		return abi.ReadBadArgument
	}
	value, ok, err := c.outside.Header(int32(a[0]), name)
	switch {
	case err != nil:
		return c.doorFails(err)
	case !ok:
		return abi.ReadAbsent
	}
	return answer(m, value, uint32(a[3]), uint32(a[4]))
}

// door_write (door, data, data_len)
func doorWrite(_ context.Context, c *call, m api.Module, a []uint64) int32 {
	data := mustRead(m, uint32(a[1]), uint32(a[2]))
	if !c.isOpen() {
		return abi.ReadBadArgument
	}
	// The guest stands still meanwhile, and its memory with it.
	if err := c.outside.Write(int32(a[0]), data); err != nil {
		return c.doorFails(err)
	}
	return 0
}

// door_read (door, dst, cap)
func doorRead(_ context.Context, c *call, m api.Module, a []uint64) int32 {
	dst := mustRead(m, uint32(a[1]), uint32(a[2]))
	if !c.isOpen() {
		return abi.ReadBadArgument
	}
	n, err := c.outside.Read(int32(a[0]), dst)
	if err != nil {
		return c.doorFails(err)
	}
	return int32(n)
}

// door_close (door)
func doorClose(c *call, _ api.Module, a []uint64) {
	if c.outside != nil {
		c.outside.CloseDoor(int32(a[0]))
	}
}

// door_error (dst, cap)
func doorError(c *call, m api.Module, a []uint64) int32 {
	if c.doorError == "" {
		return abi.ReadAbsent
	}
	return answer(m, c.doorError, uint32(a[0]), uint32(a[1]))
}
