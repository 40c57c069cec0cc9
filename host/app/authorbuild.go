package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin/signature"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/sdk/pack"
)

// LanguageList names the languages of [NewPlugin] in a sentence.
func LanguageList() string { return kit.LanguageList() }

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

// CompileError is what a compiler objected to.
type CompileError struct {
	Language string
	Dir      string
	Output   string // as the compiler says it, over several lines
}

func (e *CompileError) Error() string {
	return fmt.Sprintf("the %s code in %s does not compile", e.Language, e.Dir)
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
		return nil, nil, as(ErrPlugin, &CompileError{compiler.Language, dir, compiler.Output})
	}
	if err != nil {
		return nil, nil, authorErr(err)
	}
	l, err := a.compile(ctx, cmp.Or(file, built.File), built.Wasm)
	return built, l, err
}

// Pack puts a manifest into a module that another compiler made, or makes a plugin
// of a script and a manifest, and writes it to out, without a signature. Nothing is
// written that the host would refuse.
func (a *Author) Pack(ctx context.Context, file, manifest, out string) (*kit.Facts, error) {
	wasm, err := a.read(file)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(manifest)
	if err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the manifest %s can not be read: %w", manifest, reason(err)))
	}
	// What a signature was for is not there any more.
	if stripped, err := signature.Strip(wasm); err == nil {
		wasm = stripped
	}
	join := pack.Pack
	if isScript(file) {
		join = pack.PackScript
	}
	packed, err := join(wasm, raw)
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
	facts, err := a.facts(ctx, l, wasm)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(facts.File, wasm, 0o644); err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the file %s can not be written: %w", facts.File, reason(err)))
	}
	return facts, nil
}
