package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/host/plugin/meter"
)

// meterOptions are those of the modules of this host.
var meterOptions = meter.Options{}

// fuelGlobal is the global that holds the ticks of an instance.
var fuelGlobal = meterOptions.Fuel()

// fuel is what a call may still spend.
type fuel struct {
	budget  int64 // of the whole call
	left    int64 // of that, not yet given to the guest
	unread  int64 // bytes of the message that have not added to the budget
	perByte int64
	time    time.Duration
	end     time.Time // when the time is over; zero until somebody looks at the clock
}

// deadline is when the call's time is over. It is counted from the first look at the
// clock, which is before anything waits and at most a slice after the call began: a
// question that is answered within a slice takes none.
func (f *fuel) deadline() time.Time {
	if f.end.IsZero() {
		f.end = time.Now().Add(f.time)
	}
	return f.end
}

// limits says how much a call may spend.
type limits struct {
	ticks int64
	time  time.Duration
}

// startLimits are those of each step of a start.
func (b *bound) startLimits() limits {
	o := &b.module.host.opts
	return limits{o.StartTicks, o.StartTime}
}

// callLimits are those of a question.
func (b *bound) callLimits(q *question) limits {
	o := &b.module.host.opts
	l := limits{o.CallTicks, o.CallTime}
	if q.body != nil || q.aboutRun() {
		l.ticks = o.BodyTicks
	}
	if b.module.script != nil {
		l.ticks *= ScriptTicks
	}
	return l
}

// limit begins to count.
func (c *call) limit(l limits) {
	c.fuel = fuel{budget: l.ticks, left: l.ticks, perByte: perByte, time: l.time}
	if c.q != nil && c.q.body != nil {
		c.fuel.unread = c.q.message.Size
	}
	if c.q != nil {
		c.fuel.unread += int64(len(c.q.occasion.report))
	}
	if c.bound.module.script != nil {
		c.fuel.perByte = perByteScript
	}
}

// cut takes the next slice from what is left.
func (f *fuel) cut() int64 {
	n := min(slice, f.left)
	f.left -= n
	return n
}

// read adds to the budget what n bytes of the message are worth. Reading a byte
// again adds nothing.
func (f *fuel) read(n int) {
	n64 := min(int64(n), f.unread)
	f.unread -= n64
	f.budget += n64 * f.perByte
	f.left += n64 * f.perByte
}

// checkTime ends the guest when nobody waits for it any more.
func (c *call) checkTime(ctx context.Context) {
	switch {
	case ctx.Err() != nil:
		panic(&fault{err: context.Cause(ctx), final: true})
	case c.bound.module.host.closed.Load():
		panic(&fault{err: errClosed, final: true})
	case time.Now().After(c.fuel.deadline()):
		panic(&fault{err: fmt.Errorf("it ran longer than %s and was stopped", c.fuel.time), final: true})
	}
}

// more is meter.More: it gives the guest its next slice, or ends it.
func more(ctx context.Context, _ api.Module, stack []uint64) {
	c := ctx.(*instanceContext).call
	c.checkTime(ctx)
	// What the guest has is a debt.
	if c.fuel.left += int64(stack[0]); c.fuel.left < 0 {
		panic(&fault{err: fmt.Errorf("it used %d of %d ticks", c.fuel.budget, c.fuel.budget), final: true})
	}
	stack[0] = uint64(c.fuel.cut())
}

// deep is meter.Deep.
func deep(context.Context, api.Module, []uint64) {
	panic(&fault{err: errors.New("its functions call each other without end"), final: true})
}

// offerMeter registers what metered modules import.
func (h *Host) offerMeter(ctx context.Context) error {
	i64 := []api.ValueType{api.ValueTypeI64}
	b := h.runtime.NewHostModuleBuilder(meterOptions.Module())
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(more), i64, i64).Export(meter.More)
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(deep), nil, nil).Export(meter.Deep)
	if _, err := b.Instantiate(ctx); err != nil {
		return fmt.Errorf("WebAssembly run time: %w", err)
	}
	return nil
}
