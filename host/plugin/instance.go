package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"github.com/mailweir/mailweir/sdk/abi"
)

// instance is a running module: its memory, its globals, and the call it is in.
type instance struct {
	module api.Module
	init   api.Function   // nil when the plugin exports none
	hooks  []api.Function // by their place in abi.Hooks; nil where the plugin has none
	fuel   api.MutableGlobal
	asked  int64 // bits of the hooks that are to be asked
	call   *call
	ctx    instanceContext
	stack  [1]uint64
}

// instanceContext is the context of a guest's call; the functions of the host
// find in it which instance has called them. It is made once for all calls of an
// instance, whose own contexts it stands for.
type instanceContext struct {
	context.Context
	call   *call
	making bool // the instance is being made, and wazero looks for what is to be known of that
}

// Value answers at once: wazero looks at each call for keys that nobody sets, and the
// context of a run is a long chain.
func (c *instanceContext) Value(key any) any {
	if c.making {
		return c.Context.Value(key)
	}
	return nil
}

// fault is a failure of the guest, or of the host on its behalf, that ends the
// instance. Host functions panic with it, and wazero hands it back as an error.
type fault struct {
	err error
	// final says that a fresh instance would come to the same end, at the same
	// cost.
	final bool
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

func faultf(format string, args ...any) *fault { return &fault{err: fmt.Errorf(format, args...)} }

// start makes an instance and lets it read its configuration. The error is a
// sentence's end, as those of run are.
func (b *bound) start(ctx context.Context) (*instance, error) {
	inst, err := b.instantiate(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	if err := inst.setUp(ctx, b); err != nil {
		inst.close()
		return nil, fmt.Errorf("start: %w", err)
	}
	return inst, nil
}

// instantiate makes the memory and sets up the guest's run time.
func (b *bound) instantiate(ctx context.Context) (*instance, error) {
	h := b.module.host
	if !h.enter() {
		return nil, errClosed
	}
	defer h.leave()
	inst := &instance{call: &call{bound: b}, hooks: make([]api.Function, len(abi.Hooks))}
	inst.ctx = instanceContext{withMappedMemory(ctx), inst.call, true}
	inst.call.begin(nil)
	inst.call.limit(b.startLimits()) // the guest's own global begins at 0

	var err error
	out, errs := &output{call: inst.call}, &output{call: inst.call, isErr: true}
	inst.module, err = h.runtime.InstantiateModule(&inst.ctx, b.module.code.compiled, wazero.NewModuleConfig().
		WithName(""). // so that there can be several
		WithStartFunctions(abi.ExportInitialize).
		WithSysWalltime().WithSysNanotime().WithNanosleep(inst.sleep).
		WithRandSource(random{inst.call}).
		WithStdout(out).WithStderr(errs))
	if err != nil {
		return nil, inst.describe(err)
	}
	inst.ctx.making = false
	if inst.module.IsClosed() { // proc_exit(0) in _initialize is no error to wazero
		return nil, errors.New("it ended itself with exit status 0")
	}
	inst.fuel = inst.module.ExportedGlobal(fuelGlobal).(api.MutableGlobal)
	return inst, nil
}

// sleep lets a guest sleep for a moment. It does not sleep as long as the guest
// asks because nothing could wake it; guests look at the clock again.
func (inst *instance) sleep(ns int64) {
	inst.call.checkTime(inst.ctx.Context)
	time.Sleep(min(time.Duration(ns), 10*time.Millisecond))
}

// setUp finds the exports, compares the interface version and calls init.
func (inst *instance) setUp(ctx context.Context, b *bound) error {
	limit := b.startLimits()
	inst.init = inst.module.ExportedFunction(abi.ExportInit)
	for _, hook := range b.module.manifest.Hooks {
		inst.hooks[contracts[hook].index] = inst.module.ExportedFunction(hook)
	}
	minor, err := inst.run(ctx, inst.module.ExportedFunction(abi.ExportMinor), limit)
	if err != nil {
		return err
	}
	// A packed script states the version that it needs, not that of its engine.
	stated, _ := b.module.manifest.MinorVersion()
	if b.module.packed && int(minor) < stated {
		return fmt.Errorf("its manifest says %s version %s, the engine for scripts has %d.%d", abi.Module, b.module.manifest.ABI, abi.Major, minor)
	}
	if !b.module.packed && int(minor) != stated {
		return fmt.Errorf("its manifest says %s version %s, its code says %d.%d", abi.Module, b.module.manifest.ABI, abi.Major, minor)
	}
	inst.asked = b.hookBits()
	if inst.init == nil {
		return nil
	}
	result, err := inst.run(ctx, inst.init, limit)
	if err != nil {
		return err
	}
	if result < 0 {
		return errors.New(inst.call.failure())
	}
	return inst.askOnly(b, int64(result))
}

// askOnly takes what init answered: the hooks to ask, or 0 for all of the manifest.
func (inst *instance) askOnly(b *bound, bits int64) error {
	if bits&^inst.asked != 0 {
		return errors.New("it wants to be asked for hooks that its manifest does not name")
	}
	if b.module.packed && !b.module.mentions(inst.asked&^bits) {
		return errors.New("its manifest names hooks that its script does not define")
	}
	if bits != 0 {
		inst.asked = bits
	}
	// The copier has been told by the first instance what to load.
	if b.asked != 0 && b.asked != inst.asked {
		return errors.New("it does not implement the same hooks as when it started first")
	}
	return nil
}

// run calls an export of the guest. An error means that the instance is lost.
func (inst *instance) run(ctx context.Context, fn api.Function, l limits) (int32, error) {
	h := inst.call.bound.module.host
	if !h.enter() {
		return 0, errClosed
	}
	defer h.leave()
	inst.ctx.Context = ctx
	inst.call.limit(l)
	defer inst.call.leave()
	inst.fuel.Set(uint64(inst.call.fuel.cut()))
	if err := fn.CallWithStack(&inst.ctx, inst.stack[:]); err != nil {
		return 0, inst.describe(err)
	}
	return int32(inst.stack[0]), nil
}

// enter keeps the host open until leave, or reports that it is closed.
func (h *Host) enter() bool {
	h.calls.RLock()
	if h.closed.Load() {
		h.calls.RUnlock()
		return false
	}
	return true
}

func (h *Host) leave() { h.calls.RUnlock() }

// describe says in a few words what ended the guest.
func (inst *instance) describe(err error) error {
	var exit *sys.ExitError
	var own *fault
	said := ""
	if inst.call.stderr != "" {
		said = ": " + inst.call.stderr
	}
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &exit):
		return fmt.Errorf("it ended itself with exit status %d%s", exit.ExitCode(), said)
	}
	reason := firstLine(err.Error())
	if _, trap, ok := strings.Cut(reason, "wasm error: "); ok {
		reason = trap
	} else if inst.module == nil { // it was never made: an import of another type, say
		return fmt.Errorf("it can not run: %s", reason)
	}
	inst.call.bound.log.Debug("plugin trapped", "stack", err.Error())
	return fmt.Errorf("it trapped: %s%s", reason, said)
}

// close ends the instance and frees its memory. Nobody waits for a guest here:
// an instance is closed when no call is under way.
func (inst *instance) close() {
	if inst.module != nil {
		inst.module.Close(context.Background())
	}
}
