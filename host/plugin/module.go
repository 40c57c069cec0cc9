package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/mailweir/mailweir/host/plugin/meter"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Module is a plugin that has been looked at and compiled, but does not run.
type Module struct {
	host     *Host
	name     string
	digest   string
	manifest abi.Manifest
	code     *code
	script   []byte  // what an engine runs; nil for a plugin of its own
	packed   bool    // the script came with a manifest
	schema   *schema // of its configuration
}

// code is the compiled form of one digest, shared by all modules and bindings of
// that digest. It is closed with the last of them.
type code struct {
	digest   string
	users    int           // guarded by Host.mu
	ready    chan struct{} // closed when the rest is set
	compiled wazero.CompiledModule
	err      error // why there is none
}

// ErrTooLarge is the rest of a sentence about a file that is larger than
// [MaxModule].
var ErrTooLarge = tooLarge(MaxModule)

func tooLarge(limit int64) error { return fmt.Errorf("is larger than %d bytes", limit) }

// Digest returns the identity of a plugin file: "sha256:" and hexadecimal digits.
func Digest(wasm []byte) string {
	sum := sha256.Sum256(wasm)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Load checks and compiles a plugin. name is what messages call it: the name of
// the file or of the installed plugin. The error is one sentence that begins with
// "plugin NAME". Loading the same bytes again costs next to nothing while the
// first Module is not closed.
func (h *Host) Load(ctx context.Context, name string, wasm []byte) (*Module, error) {
	m, err := h.load(ctx, name, wasm)
	if err != nil {
		return nil, fmt.Errorf("plugin %s %w", name, err)
	}
	return m, nil
}

// load's errors are the rest of a sentence that begins with "plugin NAME".
func (h *Host) load(ctx context.Context, name string, wasm []byte) (*Module, error) {
	if int64(len(wasm)) > h.opts.ModuleSize {
		return nil, tooLarge(h.opts.ModuleSize)
	}
	if script, err := packedScript(wasm); err != nil || script != nil {
		if err == nil {
			err = checkSigned(wasm)
		}
		if err != nil {
			return nil, err
		}
		return h.loadPacked(ctx, name, wasm, script)
	}
	shape, err := inspect(wasm)
	if err != nil {
		return nil, err
	}
	if err := shape.check(); err != nil {
		return nil, err
	}
	if err := checkSigned(wasm); err != nil {
		return nil, err
	}
	manifest, err := readManifest(wasm)
	if err != nil {
		return nil, err
	}
	if err := shape.checkAsks(manifest); err != nil {
		return nil, err
	}
	for _, hook := range manifest.Hooks {
		if !shape.exports(hook, kindFunc) {
			return nil, fmt.Errorf("names the hook %s in its manifest, but does not export it", hook)
		}
	}

	m := &Module{host: h, name: name, digest: Digest(wasm), manifest: manifest}
	if m.schema, err = compileSchema(manifest.Config); err != nil {
		return nil, err
	}
	if m.code, err = h.compile(ctx, m.digest, wasm, manifest); err != nil {
		return nil, err
	}
	return m, nil
}

// packedScript returns the script of a plugin that consists of one; nil is code.
func packedScript(wasm []byte) ([]byte, error) {
	sections, err := abi.Sections(wasm)
	if err != nil {
		return nil, nil // inspect has the words for it
	}
	return abi.ReadScript(sections)
}

// readManifest reads the manifest and looks whether this server is new enough.
func readManifest(wasm []byte) (abi.Manifest, error) {
	manifest, err := abi.ReadManifest(wasm)
	if err != nil {
		if errors.Is(err, abi.ErrNoManifest) {
			return abi.Manifest{}, err
		}
		return abi.Manifest{}, fmt.Errorf("has a faulty manifest: %w", err)
	}
	if minor, _ := manifest.MinorVersion(); minor > abi.Minor {
		return abi.Manifest{}, fmt.Errorf("was built for %s version %s, this server has %d.%d", abi.Module, manifest.ABI, abi.Major, abi.Minor)
	}
	return manifest, nil
}

// compile returns the code of a digest and counts the caller as a user of it. Who
// asks for what is being compiled waits for that; others do not.
func (h *Host) compile(ctx context.Context, digest string, wasm []byte, manifest abi.Manifest) (*code, error) {
	for {
		h.mu.Lock()
		c := h.code[digest]
		first := c == nil
		if first {
			c = &code{digest: digest, ready: make(chan struct{})}
			h.code[digest] = c
		}
		c.users++
		h.mu.Unlock()
		if first {
			c.compiled, c.err = h.compileNow(ctx, digest, wasm, manifest)
			close(c.ready)
		}
		select {
		case <-c.ready:
		case <-ctx.Done():
			_ = h.release(ctx, c)
			return nil, context.Cause(ctx)
		}
		if c.err == nil {
			return c, nil
		}
		_ = h.release(ctx, c)
		// That who came first has gone away is nobody else's fault.
		if first || !errors.Is(c.err, context.Canceled) || ctx.Err() != nil {
			return nil, c.err
		}
	}
}

// compileNow gets a module ready, large ones one at a time.
func (h *Host) compileNow(ctx context.Context, digest string, wasm []byte, manifest abi.Manifest) (wazero.CompiledModule, error) {
	weight := min(int64(len(wasm)), compiledAtOnce)
	if err := h.compiling.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	defer h.compiling.Release(weight)
	compiled := h.compiledBefore(ctx, digest)
	if compiled == nil {
		var err error
		if compiled, err = h.compileAnew(ctx, digest, wasm); err != nil {
			return nil, err
		}
	}
	if err := checkTypes(compiled, manifest); err != nil {
		compiled.Close(ctx)
		return nil, err
	}
	return compiled, nil
}

// compileAnew meters and compiles a module, and keeps what it can of that.
func (h *Host) compileAnew(ctx context.Context, digest string, wasm []byte) (wazero.CompiledModule, error) {
	clamped, err := clampTables(wasm)
	if err != nil {
		return nil, err
	}
	metered, err := meter.Inject(clamped, meterOptions)
	if err != nil {
		return nil, errBroken(err)
	}
	// Each worker takes memory. Only with several of them wazero looks at its context.
	timed, cancel := context.WithTimeout(ctx, h.opts.CompileTime)
	defer cancel()
	timed = experimental.WithCompilationWorkers(timed, min(max(runtime.GOMAXPROCS(0), 2), 4))
	var compiled wazero.CompiledModule
	if h.opts.CacheDir != "" {
		if err = h.compileAndKeep(timed, digest, metered); err == nil {
			compiled = h.compiledBefore(ctx, digest)
		}
	}
	if compiled == nil && timed.Err() == nil {
		// Nothing is kept; or it can not be, and then it is compiled a second time; or the
		// module is not valid, which takes no time, and this says so.
		compiled, err = h.runtime.CompileModule(timed, metered)
	}
	switch {
	case ctx.Err() != nil:
		if compiled != nil {
			compiled.Close(ctx)
		}
		return nil, context.Cause(ctx)
	case compiled == nil && timed.Err() != nil:
		return nil, fmt.Errorf("takes longer than %s to compile", h.opts.CompileTime)
	case compiled == nil:
		var disk syscall.Errno
		if errors.As(err, &disk) {
			return nil, fmt.Errorf("was compiled, but the code can not be kept: %w", err)
		}
		return nil, fmt.Errorf("is no valid WebAssembly module: %s", firstLine(err.Error()))
	}
	return compiled, nil
}

// checkTypes compares the types of what is imported and exported with the contract.
func checkTypes(compiled wazero.CompiledModule, manifest abi.Manifest) error {
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if module != abi.Module {
			continue // wazero itself compares the types of WASI when an instance is made
		}
		i := slices.IndexFunc(abi.Imports, func(imp abi.Import) bool { return imp.Name == name })
		want := abi.Imports[i]
		if !slices.Equal(f.ParamTypes(), valueTypes(want.Params)) || !slices.Equal(f.ResultTypes(), valueTypes(want.Results)) {
			return fmt.Errorf("imports %s.%s with another signature than this server has", module, name)
		}
	}
	exports := compiled.ExportedFunctions()
	want := func(name string, results ...api.ValueType) error {
		f := exports[name]
		if f == nil || len(f.ParamTypes()) == 0 && slices.Equal(f.ResultTypes(), results) {
			return nil
		}
		return fmt.Errorf("exports %s with another signature than () -> (%s)", name, strings.Repeat("i32", len(results)))
	}
	errs := []error{
		want(abi.ExportMinor, api.ValueTypeI32),
		want(abi.ExportInit, api.ValueTypeI32),
		want(abi.ExportCheck, api.ValueTypeI32),
		want(abi.ExportInitialize),
	}
	for _, hook := range manifest.Hooks {
		errs = append(errs, want(hook, api.ValueTypeI32))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Manifest is what the plugin says of itself; for a bare script, its engine.
func (m *Module) Manifest() abi.Manifest { return m.manifest }

// Digest is the identity of the plugin's file, see [Digest].
func (m *Module) Digest() string { return m.digest }

// String is how messages call it: "plugin NAME" or "script NAME".
func (m *Module) String() string {
	if m.IsScript() {
		return "script " + m.name
	}
	return "plugin " + m.name
}

// IsScript reports whether it is a bare script, which has no manifest and is not
// known by an ID.
func (m *Module) IsScript() bool { return m.script != nil && !m.packed }

// Name is the name that the module was loaded with.
func (m *Module) Name() string { return m.name }

// Close gives the compiled code back. Chains that use it go on working. It is
// called once.
func (m *Module) Close(ctx context.Context) error { return m.host.release(ctx, m.code) }

func (h *Host) retain(c *code) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.users++
}

func (h *Host) release(ctx context.Context, c *code) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.users--; c.users > 0 {
		return nil
	}
	if h.code[c.digest] == c {
		delete(h.code, c.digest)
	}
	if c.compiled == nil {
		return nil
	}
	return c.compiled.Close(ctx)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
