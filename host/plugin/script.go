package plugin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/tetratelabs/wazero/api"

	"github.com/mailweir/mailweir/sdk/abi"
)

// MaxScript is the largest script in bytes.
const MaxScript = abi.MaxScript

// LoadScript checks a JavaScript hook: the result is bound and asked like any other
// plugin. name is what messages call it, such as the name of the file. The error is
// one sentence that begins with "script NAME" and names the line of a syntax error.
// Nothing of the script has run afterwards; that it defines no hook, or throws, is
// an error of [Host.Chain].
//
// Its digest is that of the engine and the source together.
func (h *Host) LoadScript(ctx context.Context, name string, source []byte) (*Module, error) {
	m, err := h.loadScript(ctx, name, source)
	if err != nil {
		return nil, fmt.Errorf("script %s: %w", name, err)
	}
	return m, nil
}

func (h *Host) loadScript(ctx context.Context, name string, source []byte) (*Module, error) {
	if h.opts.Engine == nil {
		return nil, errors.New("this program has no engine for scripts")
	}
	if len(source) > MaxScript {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxScript)
	}
	if at := invalidUTF8(source); at >= 0 {
		return nil, fmt.Errorf("it is no UTF-8 text (byte %d)", at)
	}
	engine, err := h.load(ctx, name, h.opts.Engine)
	if err != nil {
		return nil, fmt.Errorf("its engine %w", err)
	}
	sum := sha256.Sum256(append([]byte(engine.digest+"\n"), source...))
	m := &Module{
		host: h, name: name, digest: "sha256:" + hex.EncodeToString(sum[:]),
		manifest: engine.manifest, code: engine.code,
		script: append([]byte{}, source...), // never nil
	}
	if err := m.checkScript(ctx); err != nil {
		_ = m.Close(context.WithoutCancel(ctx)) // the script's fault is what counts
		return nil, err
	}
	return m, nil
}

// loadPacked loads a plugin that consists of a script and a manifest. It is asked
// for the hooks of its manifest only, and sees what the manifest says it needs. Its
// errors are the rest of a sentence that begins with "plugin NAME".
func (h *Host) loadPacked(ctx context.Context, name string, wasm, script []byte) (*Module, error) {
	if h.opts.Engine == nil {
		return nil, errors.New("is a script, and this program has no engine for scripts")
	}
	manifest, err := readManifest(wasm)
	if err != nil {
		return nil, err
	}
	schema, err := compileSchema(manifest.Config)
	if err != nil {
		return nil, err
	}
	engine, err := h.load(ctx, name, h.opts.Engine)
	if err != nil {
		return nil, fmt.Errorf("is a script, and its engine %w", err)
	}
	m := &Module{
		host: h, name: name, digest: Digest(wasm),
		manifest: manifest, code: engine.code, script: script, packed: true, schema: schema,
	}
	for _, hook := range manifest.Hooks {
		if !engine.manifest.Implements(hook) {
			err = fmt.Errorf("names the hook %s in its manifest, which the engine for scripts does not have", hook)
		}
	}
	if err == nil {
		if err = m.checkScript(ctx); err != nil {
			err = fmt.Errorf("holds a faulty script: %w", err)
		}
	}
	if err != nil {
		_ = m.Close(context.WithoutCancel(ctx)) // the script's fault is what counts
		return nil, err
	}
	return m, nil
}

// checkScript lets the engine parse the script in an instance of its own.
func (m *Module) checkScript(ctx context.Context) error {
	b := &bound{module: m, log: slog.New(slog.DiscardHandler)}
	inst, err := b.instantiate(ctx)
	if err != nil {
		return err
	}
	defer inst.close()
	check := inst.module.ExportedFunction(abi.ExportCheck)
	if check == nil {
		return fmt.Errorf("its engine runs no scripts: it exports no %s", abi.ExportCheck)
	}
	result, err := inst.run(ctx, check, b.startLimits())
	if err != nil {
		return err
	}
	if result < 0 {
		return errors.New(inst.call.failure())
	}
	return nil
}

// mentions reports whether the script has the names of these hooks' functions in it,
// defined or not. Which ones it defines may depend on its configuration; a name that is
// nowhere was misspelt.
func (m *Module) mentions(hooks int64) bool {
	for i, hook := range abi.Hooks {
		if hooks&(1<<i) != 0 && !bytes.Contains(m.script, []byte(functionName(hook))) {
			return false
		}
	}
	return true
}

// functionName is what a script calls a hook: filterEnvelope for filter_envelope.
func functionName(hook string) string {
	var name strings.Builder
	for i, word := range strings.Split(hook, "_") {
		if i > 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		name.WriteString(word)
	}
	return name.String()
}

// scriptText is prop_str for abi.PropScript.
func scriptText(c *call, m api.Module, a []uint64) int32 {
	script := c.bound.module.script
	switch {
	case int32(a[1]) != 0:
		return abi.ReadBadArgument
	case c.q != nil:
		return abi.ReadNotPermitted
	case script == nil:
		return abi.ReadAbsent
	}
	return answer(m, script, uint32(a[2]), uint32(a[3]))
}

// invalidUTF8 returns where b stops to be UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
