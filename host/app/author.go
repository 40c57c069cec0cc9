package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/pack"
)

// Author is what the verbs for the author of a plugin work with: the real host,
// and the plugins of a data directory.
type Author struct {
	shelf *shelf
}

// NewAuthor prepares for a data directory, which need not be there: the host
// keeps compiled plugins in it if that can be, and does without if not. The
// caller closes it.
func NewAuthor(data string) (*Author, error) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrData, data, err)
	}
	return &Author{newShelf(dataDir(abs))}, nil
}

// Close ends the host.
func (a *Author) Close(ctx context.Context) error { return a.shelf.Close(ctx) }

// loaded is a file in the host.
type loaded struct {
	host   *plugin.Host
	module *plugin.Module
	size   int64
}

func (l *loaded) close(ctx context.Context) {
	_ = l.module.Close(context.WithoutCancel(ctx)) // nothing depends on what is left behind
}

// load reads and compiles the file of a plugin or script, or one by the name that
// it has in the data directory or in the program itself.
func (a *Author) load(ctx context.Context, name string) (*loaded, error) {
	file, err := a.read(name)
	if err != nil {
		return nil, err
	}
	return a.compile(ctx, name, file)
}

// read prefers a file, whatever its name ends in.
func (a *Author) read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Mode().IsRegular() {
		file, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%w %s: the file can not be read: %w", ErrPlugin, name, reason(err))
		}
		return file, nil
	}
	file, shelfErr := a.shelf.read(name)
	if shelfErr != nil && err == nil && info.IsDir() {
		return nil, fmt.Errorf("%w %s: it is a folder; name the .wasm or .js file", ErrPlugin, name)
	}
	return file, shelfErr
}

func (a *Author) compile(ctx context.Context, name string, file []byte) (*loaded, error) {
	// Where nothing can be written, each plugin is compiled anew.
	if _, err := openDataDir(string(a.shelf.data)); err != nil {
		a.shelf.uncached = true
	}
	host, err := a.shelf.runtime(ctx)
	if err != nil {
		return nil, err
	}
	m, err := compile(ctx, host, name, file)
	if err != nil {
		return nil, err
	}
	return &loaded{host, m, int64(len(file))}, nil
}

// Inspect says what is in a plugin's or script's file, and why it can not be used.
func (a *Author) Inspect(ctx context.Context, file string) (*kit.Facts, error) {
	l, err := a.load(ctx, file)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	facts, err := kit.Inspect(ctx, l.host, l.module, l.size)
	return facts, authorErr(err)
}

// authorErr is an error about a plugin or one of its files, unless the verb was
// stopped.
func authorErr(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return as(ErrPlugin, err)
}

// NewPlugin writes the folder of a new plugin or script into dir, and returns the
// names of its files.
func NewPlugin(dir, id, language string) ([]string, error) {
	if err := kit.CheckNew(id, language); err != nil {
		return nil, as(ErrUsage, err)
	}
	if isBuiltin(id) {
		return nil, as(ErrUsage, fmt.Errorf("%s is the name of a plugin that is shipped with mailweir", id))
	}
	files, err := kit.New(dir, id, language)
	return files, authorErr(err)
}

// CompileError is what the Go compiler objected to.
type CompileError struct {
	Dir    string
	Output string // as the compiler says it, over several lines
}

func (e *CompileError) Error() string {
	return fmt.Sprintf("the Go code in %s does not compile", e.Dir)
}

// Build compiles the plugin in dir and writes it to file, or to DIR/ID.wasm when
// that is "". Nothing is written that the host would refuse. A script is only
// checked. What the compiler objects to is a [CompileError].
func (a *Author) Build(ctx context.Context, dir, file string) (*kit.Facts, error) {
	project, err := kit.OpenProject(dir)
	if err != nil {
		return nil, authorErr(err)
	}
	if project.Script != "" {
		if file != "" {
			return nil, as(ErrUsage, fmt.Errorf("the folder %s holds a script, which needs no building: there is nothing to write to %s", dir, file))
		}
		return a.Inspect(ctx, project.Script)
	}
	built, l, err := a.build(ctx, dir, file)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	return a.write(ctx, l, built.Wasm)
}

// build compiles the plugin in dir and loads it as the file that it would be.
func (a *Author) build(ctx context.Context, dir, file string) (*kit.Built, *loaded, error) {
	built, err := kit.Build(ctx, dir)
	var compiler *pack.CompileError
	if errors.As(err, &compiler) {
		return nil, nil, as(ErrPlugin, &CompileError{dir, compiler.Output})
	}
	if err != nil {
		return nil, nil, authorErr(err)
	}
	l, err := a.compile(ctx, cmp.Or(file, built.File), built.Wasm)
	return built, l, err
}

// Pack puts a manifest into a module that another compiler made, and writes the
// plugin to out. Nothing is written that the host would refuse.
func (a *Author) Pack(ctx context.Context, file, manifest, out string) (*kit.Facts, error) {
	wasm, err := a.read(file)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(manifest)
	if err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the manifest %s can not be read: %w", manifest, reason(err)))
	}
	packed, err := pack.Pack(wasm, raw)
	switch {
	case errors.Is(err, abi.ErrNoWasm), errors.Is(err, abi.ErrComponent):
		return nil, fmt.Errorf("%w %s %w", ErrPlugin, file, err)
	case err != nil:
		return nil, as(ErrPlugin, fmt.Errorf("%s and %s do not make a plugin: %w", file, manifest, err))
	}
	l, err := a.compile(ctx, out, packed)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	return a.write(ctx, l, packed)
}

// write writes a plugin that has been loaded as the file that it is to be.
func (a *Author) write(ctx context.Context, l *loaded, wasm []byte) (*kit.Facts, error) {
	facts, err := kit.Inspect(ctx, l.host, l.module, l.size)
	if err != nil {
		return nil, authorErr(err)
	}
	if err := os.WriteFile(facts.File, wasm, 0o644); err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the file %s can not be written: %w", facts.File, reason(err)))
	}
	return facts, nil
}

// open loads what path names: a folder, which is built first, or a file.
func (a *Author) open(ctx context.Context, path string) (*loaded, error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return a.load(ctx, path)
	}
	project, err := kit.OpenProject(path)
	if err != nil {
		return nil, authorErr(err)
	}
	if project.Script != "" {
		return a.load(ctx, project.Script)
	}
	_, l, err := a.build(ctx, path, "")
	return l, err
}

// PluginQuestion says which plugin is asked, and how.
type PluginQuestion struct {
	Path   string     // a folder, which is built first, a .wasm or .js file, or the name of a plugin
	Config []byte     // JSON; empty is none
	Level  slog.Level // which lines of its log are kept
}

// TestPlugin asks a plugin what a file of cases expects, and tells each case to
// tell. cases "" is tests/cases.yaml beside the plugin. The configuration is that
// of the file.
func (a *Author) TestPlugin(ctx context.Context, q PluginQuestion, cases string, tell func(kit.Tested)) error {
	if cases == "" {
		dir := q.Path
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		cases = filepath.Join(dir, "tests", "cases.yaml")
	}
	read, err := kit.ReadCases(cases)
	if err != nil {
		return authorErr(err)
	}
	l, err := a.open(ctx, q.Path)
	if err != nil {
		return err
	}
	defer l.close(ctx)
	return authorErr(kit.Test(ctx, l.host, l.module, read, q.Level, tell))
}

// probe starts the plugin that q names. The caller calls done.
func (a *Author) probe(ctx context.Context, q PluginQuestion) (probe *kit.Probe, done func(), err error) {
	l, err := a.open(ctx, q.Path)
	if err != nil {
		return nil, nil, err
	}
	defer l.close(ctx) // the probe keeps what it needs
	probe, err = kit.Start(ctx, l.host, l.module, q.Config, q.Level)
	if err != nil {
		return nil, nil, authorErr(err)
	}
	return probe, probe.Close, nil
}

// RunPlugin asks a plugin about a folder and, unless it is nil, a message in it.
// begun are the lines that it logged when it started.
func (a *Author) RunPlugin(ctx context.Context, q PluginQuestion, folder kit.Folder, message *kit.Message) (begun []string, answers []kit.Answer, err error) {
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	begun = probe.Begun()
	answers, err = kit.Run(ctx, probe, folder, message)
	return begun, answers, authorErr(err)
}

// BenchPlugin asks a plugin n times and says what its hooks took.
func (a *Author) BenchPlugin(ctx context.Context, q PluginQuestion, folder kit.Folder, message kit.Message, n int) ([]kit.Figures, error) {
	q.Level = slog.LevelError + 1 // lines that nobody sees are no part of it
	probe, done, err := a.probe(ctx, q)
	if err != nil {
		return nil, err
	}
	defer done()
	figures, err := kit.Bench(ctx, probe, folder, message, n)
	return figures, authorErr(err)
}
