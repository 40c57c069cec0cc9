package plugin

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"golang.org/x/sync/semaphore"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Options bounds what plugins may use. The zero value is a sensible choice.
type Options struct {
	// CacheDir keeps compiled code between starts of the program, about five times the
	// size of the module. It is made when it is missing. "" keeps nothing: a Go plugin then
	// takes a second or two to load.
	CacheDir string
	// Memory is the linear memory of one instance in bytes, in steps of 64 KiB.
	Memory int64
	// CallTicks is how much a plugin may compute for one question about a folder or
	// an envelope. A tick is about a function entered, a loop turned or 64
	// instructions, 1 to 12 ns, and is counted the same on every machine. See
	// package meter. Scripts have [ScriptTicks] times as much.
	CallTicks int64
	// BodyTicks is the same for a question about a message that is here as a whole.
	// Each byte of it that is read adds 4, for a script 200.
	BodyTicks int64
	// StartTicks is the same for each step of a start: setting up the language's
	// run time, reading the configuration.
	StartTicks int64
	// CallTime is how long one question to one plugin may take, waiting included.
	CallTime time.Duration
	// StartTime is how long an instance may take to start, configuration included.
	StartTime time.Duration
	// CompileTime is how long the compilation of one module may take.
	CompileTime time.Duration
	// Instances is how many instances of one binding may live at a time. More
	// questions than that wait.
	Instances int
	// HostCalls is how often a plugin may call into the host during one question.
	HostCalls int
	// LogLines is how many lines a plugin may log during one question; further
	// ones are dropped.
	LogLines int
	// ModuleSize is the largest .wasm file in bytes.
	ModuleSize int64
	// Engine is the plugin that runs scripts; nil runs none. Package plugins has it.
	Engine []byte
}

const pageSize = 64 << 10

// MaxModule is the largest .wasm file in bytes, unless [Options] says otherwise: ten
// times a Go plugin with a JSON decoder and regular expressions.
const MaxModule = 32 << 20

// compiledAtOnce is how many bytes of modules are compiled at the same time. A
// compilation takes as many processors as there are, and memory many times the size of
// its module. Reading what has been compiled before takes one processor alone: the
// engine for scripts can be got ready beside a plugin in Go.
const compiledAtOnce = 5 << 20

// ScriptTicks is how many ticks a script has where compiled code has one: an engine
// spends about 500 on reading two headers, and 100 on a turn of a loop.
const ScriptTicks = 10

// maxTicks is no limit, and leaves room to multiply.
const maxTicks = 1 << 50

// perByte is how many ticks each byte of a message adds that is read; perByteScript
// is enough for a script that looks at each byte.
const (
	perByte       = 4
	perByteScript = 200
)

// slice is how many ticks a guest is given at a time. Between two slices it looks at
// the clock, and Go's collector can stop it, which it can not while machine code
// runs. Mostly a slice takes a tenth of a millisecond, and with the slowest
// instructions there are, two.
const slice = 10_000

func (o *Options) applyDefaults() {
	// The run time of Go takes 5 MiB before a plugin does anything, and its
	// collector lets the heap double.
	o.Memory = cmp.Or(o.Memory, 64<<20)
	// Four orders of magnitude above a filter that reads two headers, which takes
	// 30 to 300; at most some 25 ms.
	o.CallTicks = cmp.Or(o.CallTicks, 2_000_000)
	// A parser of a whole message in compiled code, some times over.
	o.BodyTicks = cmp.Or(o.BodyTicks, 20_000_000)
	// A thousand times what the run time of Go or a small script takes; a second at
	// most.
	o.StartTicks = cmp.Or(o.StartTicks, 100_000_000)
	o.CallTicks, o.BodyTicks, o.StartTicks = min(o.CallTicks, maxTicks), min(o.BodyTicks, maxTicks), min(o.StartTicks, maxTicks)
	// What counts is ticks. A machine under heavy load must hold no mail by mistake.
	o.CallTime = cmp.Or(o.CallTime, 30*time.Second)
	o.StartTime = cmp.Or(o.StartTime, 30*time.Second)
	// A Go plugin takes two seconds on two processors, a program of 20 MB ten. A
	// machine under heavy load must refuse no plugin by mistake.
	o.CompileTime = cmp.Or(o.CompileTime, 5*time.Minute)
	// As many as a run has lanes, roughly; each costs up to Memory.
	o.Instances = cmp.Or(o.Instances, 4)
	// A 100 MB message in pieces of 4 KiB takes a quarter of it.
	o.HostCalls = cmp.Or(o.HostCalls, 100_000)
	o.LogLines = cmp.Or(o.LogLines, 100)
	o.ModuleSize = cmp.Or(o.ModuleSize, MaxModule)
}

// Host is the run time of all plugins of a process. Its methods are safe for
// concurrent use.
type Host struct {
	opts    Options
	runtime wazero.Runtime
	cache   wazero.CompilationCache

	compiling *semaphore.Weighted // of compiledAtOnce bytes

	mu   sync.Mutex
	code map[string]*code // by digest

	calls  sync.RWMutex // held for reading while a guest runs
	closed atomic.Bool
}

// NewHost makes a run time. The caller closes it.
func NewHost(ctx context.Context, opts Options) (*Host, error) {
	opts.applyDefaults()
	h := &Host{opts: opts, compiling: semaphore.NewWeighted(compiledAtOnce), code: map[string]*code{}}
	if opts.CacheDir == "" {
		h.cache = wazero.NewCompilationCache()
	} else {
		var err error
		if h.cache, err = wazero.NewCompilationCacheWithDir(opts.CacheDir); err != nil {
			return nil, fmt.Errorf("cache of compiled plugins in %s: %w", opts.CacheDir, err)
		}
	}
	h.runtime = wazero.NewRuntimeWithConfig(ctx, h.config(h.cache))
	if err := h.offer(ctx); err != nil {
		h.Close(ctx)
		return nil, err
	}
	return h, nil
}

// config is how modules are compiled: what is kept under one is of no use under another.
func (h *Host) config(cache wazero.CompilationCache) wazero.RuntimeConfig {
	pages := min((h.opts.Memory+pageSize-1)/pageSize, 1<<16)
	return wazero.NewRuntimeConfig().
		WithCompilationCache(cache).
		WithMemoryLimitPages(uint32(pages)).
		// Guests are metered instead, see package meter.
		WithCloseOnContextDone(false)
}

// offer registers the functions that plugins can import.
func (h *Host) offer(ctx context.Context) error {
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, h.runtime); err != nil {
		return fmt.Errorf("WebAssembly run time: %w", err)
	}
	b := h.runtime.NewHostModuleBuilder(abi.Module)
	for _, imp := range abi.Imports {
		fn := hostFuncs[imp.Name]
		if fn == nil {
			return fmt.Errorf("WebAssembly run time: %s.%s has no implementation", abi.Module, imp.Name)
		}
		b.NewFunctionBuilder().
			WithGoModuleFunction(fn, valueTypes(imp.Params), valueTypes(imp.Results)).
			Export(imp.Name)
	}
	if _, err := b.Instantiate(ctx); err != nil {
		return fmt.Errorf("WebAssembly run time: %w", err)
	}
	return h.offerMeter(ctx)
}

// Close ends all plugins and gives everything back. Chains should be closed
// before; a question that is still under way becomes an error, and Close waits for
// that.
func (h *Host) Close(ctx context.Context) error {
	h.closed.Store(true)
	h.calls.Lock() // the code of a guest that runs must not be given back
	defer h.calls.Unlock()
	err := h.runtime.Close(ctx)
	if cerr := h.cache.Close(ctx); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("close WebAssembly run time: %w", err)
	}
	return nil
}

func valueTypes(types []abi.ValueType) []api.ValueType {
	out := make([]api.ValueType, len(types))
	for i, t := range types {
		out[i] = api.ValueType(t)
	}
	return out
}
