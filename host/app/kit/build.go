package kit

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"

	"github.com/mailweir/mailweir/sdk/pack"
)

// Built is a plugin that was built from its folder.
type Built struct {
	File string // where it belongs: DIR/ID.wasm
	Wasm []byte // the plugin, with its manifest inside
}

// Build compiles the plugin in dir with the Go tool of this machine, and puts its
// manifest into it. Nothing is written outside of temporary files. What the
// compiler says is a [pack.CompileError].
func Build(ctx context.Context, dir string) (*Built, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("a plugin in Go is built with the Go tool, and there is no command go; see https://go.dev/dl/")
	}
	wasm, manifest, err := pack.Build(ctx, dir)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return &Built{filepath.Join(dir, manifest.ID+".wasm"), wasm}, nil
}
