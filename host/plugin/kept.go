package plugin

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/afero"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/mailweir/mailweir/host/plugin/meter"
)

// What has been compiled is kept in [Options.CacheDir]. wazero's own cache saves the
// compilation, but decodes and validates the whole module each time, to know what it has
// compiled: two thirds of the start of a plugin in Go. So what is kept of a module is its
// [meter.Outline], which takes next to nothing to validate, with the compiled code of the real
// one in wazero's cache where it looks for that of the outline:
//
//	CacheDir/outline-v2/DIGEST     the CRC-32C of the rest, big endian, then the outline
//	CacheDir/wazero-VERSION-…/KEY  compiled code, with a checksum
//
// That an outline is never run itself is seen to twice. Code is only put in the place of
// an outline's when wazero has told both places, in directories with nothing else. And when
// a module is got ready, wazero is asked with a context that is over: what it finds it
// returns, and what it would have to compile is an error.
//
// Whoever can write there can write machine code.

// outlineVersion names what makes the code and the outline of a file: [clampTables], the meter
// and [meter.Outline].
var outlineVersion = fmt.Sprintf("outline-v%d", meter.Version)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// disk is where [Options.CacheDir] is.
var disk = afero.NewOsFs()

// outlineFile is where the outline of a module is kept.
func (h *Host) outlineFile(digest string) string {
	return filepath.Join(h.opts.CacheDir, outlineVersion, strings.TrimPrefix(digest, "sha256:"))
}

// compiledBefore returns a module that is kept, or nil.
func (h *Host) compiledBefore(ctx context.Context, digest string) wazero.CompiledModule {
	if h.opts.CacheDir == "" {
		return nil
	}
	outline := readOutline(h.outlineFile(digest))
	if outline == nil {
		return nil
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	// With several workers wazero looks at its context before the first function.
	compiled, err := h.runtime.CompileModule(experimental.WithCompilationWorkers(over, 2), outline)
	if err != nil {
		return nil
	}
	return compiled
}

// readOutline returns nil when the file is not there, or not as it was written.
func readOutline(file string) []byte {
	b, err := afero.ReadFile(disk, file)
	if err != nil || len(b) < crc32.Size || binary.BigEndian.Uint32(b) != crc32.Checksum(b[crc32.Size:], castagnoli) {
		return nil
	}
	return b[crc32.Size:]
}

// compileAndKeep compiles a metered module so that [Host.compiledBefore] finds it from now on.
func (h *Host) compileAndKeep(ctx context.Context, digest string, metered []byte) error {
	outline, err := meter.Outline(metered, digest)
	if err != nil {
		return err
	}
	h.tidyUp()
	dir, err := afero.TempDir(disk, h.opts.CacheDir, compiling+"*")
	if err != nil {
		return err
	}
	defer disk.RemoveAll(dir)
	from, err := h.compileInto(ctx, filepath.Join(dir, "module"), metered)
	if err != nil {
		return err
	}
	to, err := h.compileInto(ctx, filepath.Join(dir, "outline"), outline)
	if err != nil {
		return err
	}
	place := filepath.Join(h.opts.CacheDir, to) // NewHost has made the folder
	if err := disk.Rename(filepath.Join(dir, "module", from), place); err != nil {
		return err
	}
	return h.keepOutline(digest, outline)
}

// compiling begins the names of folders in which modules are compiled.
const compiling = "compiling-"

// tidyUp removes what a process left that was killed.
func (h *Host) tidyUp() {
	dirs, _ := afero.Glob(disk, filepath.Join(h.opts.CacheDir, compiling+"*"))
	for _, dir := range dirs {
		if info, err := disk.Stat(dir); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = disk.RemoveAll(dir)
		}
	}
}

// compileInto compiles a module in a cache of its own, and returns where in it wazero has
// put the code.
func (h *Host) compileInto(ctx context.Context, dir string, wasm []byte) (file string, err error) {
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return "", err
	}
	defer cache.Close(ctx)
	runtime := wazero.NewRuntimeWithConfig(ctx, h.config(cache))
	defer runtime.Close(ctx)
	compiled, err := runtime.CompileModule(ctx, wasm)
	if err != nil {
		return "", err
	}
	defer compiled.Close(ctx)
	files, err := afero.Glob(disk, filepath.Join(dir, "*", "*"))
	if err != nil {
		return "", err
	}
	if len(files) != 1 {
		return "", fmt.Errorf("wazero keeps a module in %d files", len(files))
	}
	return filepath.Rel(dir, files[0])
}

// keepOutline writes the outline of a module whose code is in its place.
func (h *Host) keepOutline(digest string, outline []byte) error {
	file := h.outlineFile(digest)
	if err := disk.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	tmp, err := afero.TempFile(disk, filepath.Dir(file), "*.tmp")
	if err != nil {
		return err
	}
	_, err = tmp.Write(binary.BigEndian.AppendUint32(nil, crc32.Checksum(outline, castagnoli)))
	if err == nil {
		_, err = tmp.Write(outline)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = disk.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = disk.Remove(tmp.Name()) // it is what failed that counts
	}
	return err
}
