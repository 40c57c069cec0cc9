package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/plugins"
	"github.com/mailweir/mailweir/sdk/abi"
)

// shelf is where plugins are taken from: those that are shipped, those in the
// data directory, and files anywhere. It loads each file once and starts the
// WebAssembly run time when the first plugin is asked for. It is safe for
// concurrent use.
type shelf struct {
	data     dataDir
	uncached bool // compiled plugins are not kept; set before the first is asked for

	mu   sync.Mutex
	host *plugin.Host
}

func newShelf(data dataDir) *shelf { return &shelf{data: data} }

// Close ends all plugins.
func (s *shelf) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return nil
	}
	err := s.host.Close(ctx)
	s.host = nil
	return err
}

func (s *shelf) runtime(ctx context.Context) (*plugin.Host, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host != nil {
		return s.host, nil
	}
	opts := plugin.Options{Engine: plugins.JavaScript()}
	if !s.uncached {
		opts.CacheDir = s.cacheDir()
	}
	// The run time outlives the request or run that needs it first.
	host, err := plugin.NewHost(context.WithoutCancel(ctx), opts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlugin, err)
	}
	s.host = host
	return host, nil
}

func (s *shelf) cacheDir() string {
	if dir := os.Getenv(EnvPluginCache); dir != "" {
		return dir
	}
	return filepath.Join(string(s.data), "cache", "plugins")
}

func (s *shelf) dir() string { return filepath.Join(string(s.data), "plugins") }

func isBuiltin(id string) bool {
	return slices.ContainsFunc(plugins.Builtin(), func(f plugins.File) bool { return f.Name == id })
}

// isScript reports whether a hook's plugin is the path of a JavaScript file.
func isScript(name string) bool { return strings.HasSuffix(name, ".js") }

// read finds the plugin that a hook names: a shipped one, NAME.wasm in the data
// directory, or the path of a .wasm or .js file.
func (s *shelf) read(name string) ([]byte, error) {
	for _, f := range plugins.Builtin() {
		if f.Name == name {
			return f.Wasm, nil
		}
	}
	path := name
	if !isPluginPath(name) {
		path = filepath.Join(s.dir(), name+".wasm")
	}
	wasm, err := readPlugin(path)
	if errors.Is(err, os.ErrNotExist) && path != name {
		return nil, fmt.Errorf("%w %s: it is not shipped with mailweir and there is no file %s", ErrPlugin, name, path)
	}
	return wasm, aboutPlugin(name, err)
}

// load reads and compiles what a hook names.
func (s *shelf) load(ctx context.Context, host *plugin.Host, name string) (*plugin.Module, error) {
	file, err := s.read(name)
	if err != nil {
		return nil, err
	}
	return compile(ctx, host, name, file)
}

// compile checks and compiles a plugin, or a script by its name.
func compile(ctx context.Context, host *plugin.Host, name string, file []byte) (m *plugin.Module, err error) {
	if isScript(name) {
		m, err = host.LoadScript(ctx, name, file)
	} else {
		m, err = host.Load(ctx, name, file)
	}
	if err != nil {
		return nil, as(ErrPlugin, err)
	}
	return m, nil
}

// chain loads the plugins of hooks in their order, for one run. Without hooks it is nil. The
// caller calls done when the chain is asked no more.
func (s *shelf) chain(ctx context.Context, hooks []task.Hook, out outside, run plugin.RunInfo, log *slog.Logger) (chain copier.Hooks, done func(), err error) {
	if len(hooks) == 0 {
		return nil, func() {}, nil
	}
	host, err := s.runtime(ctx)
	if err != nil {
		return nil, nil, err
	}
	loaded, err := s.loadHooks(ctx, host, hooks, out.scripts)
	defer func() { // the chain keeps what it needs
		for _, m := range loaded {
			_ = m.Close(context.WithoutCancel(ctx)) // nothing depends on what is left behind
		}
	}()
	if err != nil {
		return nil, nil, err
	}
	bindings := make([]plugin.Binding, 0, len(hooks))
	for i, h := range hooks {
		m := loaded[i]
		if out.loaded != nil {
			out.loaded(i, m)
		}
		if h.Digest != "" && h.Digest != m.Digest() {
			return nil, nil, fmt.Errorf("%w %s: the file is not the one that the task was made with (%s, wanted %s)", ErrPlugin, h.Plugin, m.Digest(), h.Digest)
		}
		bindings = append(bindings, plugin.Binding{
			Module: m, Config: []byte(h.Config), OnError: h.OnError, Merges: h.Merges, Access: out.access(h, bindingID(m)), Run: run,
		})
	}
	if !s.uncached {
		pruneCompiled(s.cacheDir(), maxCompiled)
	}
	c, err := host.Chain(ctx, bindings, log)
	if err != nil {
		return nil, nil, as(ErrPlugin, err)
	}
	return c, c.Close, nil
}

// loadHooks loads what hooks name, several at a time, in their order. With an error, which
// is that of the first hook that has one, it returns those that were loaded all the same.
func (s *shelf) loadHooks(ctx context.Context, host *plugin.Host, hooks []task.Hook, scripts scriptsOf) ([]*plugin.Module, error) {
	modules, errs := make([]*plugin.Module, len(hooks)), make([]error, len(hooks))
	var g errgroup.Group
	g.SetLimit(max(runtime.GOMAXPROCS(0), 2)) // each holds a file
	for i, h := range hooks {
		g.Go(func() error {
			modules[i], errs[i] = s.loadHook(ctx, host, h.Plugin, scripts)
			return nil
		})
	}
	_ = g.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return slices.DeleteFunc(modules, func(m *plugin.Module) bool { return m == nil }), errs[i]
	}
	return modules, nil
}

// entry is a plugin that tasks can name, or a file that is none of these.
type entry struct {
	manifest abi.Manifest
	file     string // path; "" is shipped with mailweir
	wasm     []byte
	fault    string // why it can not be named; "" is none
}

// entries lists the shipped plugins and the files of the data directory.
func (s *shelf) entries() ([]entry, error) {
	var out []entry
	for _, f := range plugins.Builtin() {
		m, err := abi.ReadManifest(f.Wasm)
		if err != nil {
			return nil, fmt.Errorf("shipped plugin %s: %w", f.Name, err)
		}
		out = append(out, entry{manifest: m, wasm: f.Wasm})
	}
	files, err := filepath.Glob(filepath.Join(s.dir(), "*.wasm"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		e := entry{file: file}
		if e.wasm, err = readPlugin(file); err == nil {
			e.manifest, err = abi.ReadManifest(e.wasm)
		}
		switch {
		case err != nil:
			e.fault = reason(err).Error()
		case strings.TrimSuffix(filepath.Base(file), ".wasm") != e.manifest.ID:
			e.fault = "the file is not named after the plugin " + e.manifest.ID
		case isBuiltin(e.manifest.ID):
			e.fault = "the plugin that is shipped with mailweir has its name"
		}
		out = append(out, e)
	}
	return out, nil
}

// manifests lists the plugins that tasks can name. A file that is no plugin is
// left out and logged.
func (s *shelf) manifests(log *slog.Logger) ([]abi.Manifest, error) {
	entries, err := s.entries()
	if err != nil {
		return nil, err
	}
	var out []abi.Manifest
	for _, e := range entries {
		if e.fault != "" {
			log.Warn("plugin left out", "file", e.file, "error", e.fault)
			continue
		}
		out = append(out, e.manifest)
	}
	slices.SortFunc(out, func(a, b abi.Manifest) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// id is what a hook's configuration is named by: the plugin's ID, and for a script
// the name of its file.
func (s *shelf) id(h task.Hook) (string, error) {
	if isScript(h.Plugin) {
		return filepath.Base(h.Plugin), nil
	}
	wasm, err := s.read(h.Plugin)
	if err != nil {
		return "", err
	}
	m, err := abi.ReadManifest(wasm)
	if err != nil {
		return "", fmt.Errorf("%w %s %w", ErrPlugin, h.Plugin, err)
	}
	return m.ID, nil
}

// configure gives each hook the configuration, and what becomes of what it fails at and
// of folders that it merges, that was named by its ID.
func (s *shelf) configure(hooks []task.Hook, o *CopyOptions) ([]task.Hook, error) {
	if len(o.Configs)+len(o.OnErrors)+len(o.Merges) == 0 {
		return hooks, nil
	}
	out := slices.Clone(hooks)
	var ids []string
	for i, h := range out {
		id, err := s.id(h)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		if config, ok := o.Configs[id]; ok {
			out[i].Config = config
		}
		if onError, ok := o.OnErrors[id]; ok {
			out[i].OnError = onError
		}
		if merges, ok := o.Merges[id]; ok {
			out[i].Merges = merges
		}
	}
	unknown := func(what, id string) error {
		return as(ErrUsage, fmt.Errorf("there is %s for the plugin %q, but the plugins are: %s", what, id, cmp.Or(strings.Join(ids, ", "), "none")))
	}
	for id := range o.Configs {
		if !slices.Contains(ids, id) {
			return nil, unknown("a configuration", id)
		}
	}
	for id := range o.OnErrors {
		if !slices.Contains(ids, id) {
			return nil, unknown("a rule for errors", id)
		}
	}
	for id := range o.Merges {
		if !slices.Contains(ids, id) {
			return nil, unknown("a rule for merges", id)
		}
	}
	return out, nil
}
