package kit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/sdk/pack"
)

// Built is a plugin that was built from its folder.
type Built struct {
	File string // where it belongs: DIR/ID.wasm
	Wasm []byte // the plugin, with its manifest inside
}

// Build compiles the plugin in dir with the compiler of its language that this machine
// has, or takes its script as it is, and puts its manifest into it. Nothing is written
// outside of temporary files. What the compiler says is a [pack.CompileError].
func Build(ctx context.Context, dir string) (*Built, error) {
	wasm, manifest, err := pack.Build(ctx, dir)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// What the Go tool says itself, and not about the code, begins like this: that
	// go.mod asks for a later version, say.
	var compiler *pack.CompileError
	if errors.As(err, &compiler) {
		if said, ok := strings.CutPrefix(compiler.Output, "go: "); ok && compiler.Language == "Go" {
			return nil, fmt.Errorf("the Go tool can not build %s: %s", dir, strings.TrimSpace(said))
		}
	}
	if err != nil {
		return nil, err
	}
	return &Built{filepath.Join(dir, manifest.ID+".wasm"), wasm}, nil
}
