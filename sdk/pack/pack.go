// Package pack turns a plugin's folder - sources in one of [Languages], and
// plugin.json - into the one .wasm file that is the plugin.
//
// The result depends on the sources and the version of the compiler only: paths, build
// IDs, symbols and version control are left out, and settings of the environment that
// would change what Go makes are cleared. The same sources give the same bytes, so the
// file's SHA-256 can be compared.
package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/sdk/abi"
)

// ManifestFile is the name of the manifest in a plugin's folder.
const ManifestFile = "plugin.json"

// Record says how a .wasm file came to be, so that anybody can build it again and
// compare. It lies beside the file, as FILE.json.
type Record struct {
	SHA256 string `json:"sha256"`
	Go     string `json:"go"` // see GoVersion
}

// CompileError says that a compiler did not compile a plugin.
type CompileError struct {
	Language string
	Dir      string
	Err      error  // how the command ended
	Output   string // what it said, over several lines
}

func (e *CompileError) Error() string {
	return fmt.Sprintf("compile %s: %v\n%s", e.Dir, e.Err, e.Output)
}
func (e *CompileError) Unwrap() error { return e.Err }

// Build compiles the sources in dir with the compiler of their language and puts the
// manifest of that folder into the result. What the compiler objects to is a
// [CompileError], and that it is missing a [ToolError]. A folder with no such sources
// that has one .js file becomes a plugin that consists of this script; nothing is
// compiled then.
func Build(ctx context.Context, dir string) ([]byte, abi.Manifest, error) {
	raw, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, abi.Manifest{}, fmt.Errorf("%s is no plugin's folder: it has no %s", dir, ManifestFile)
	}
	if err != nil {
		return nil, abi.Manifest{}, err
	}
	manifest, err := abi.ParseManifest(raw)
	if err != nil {
		return nil, abi.Manifest{}, fmt.Errorf("%s: %w", filepath.Join(dir, ManifestFile), err)
	}
	language, ok := LanguageOf(dir)
	if !ok {
		script, err := onlyScript(dir)
		if err != nil {
			return nil, abi.Manifest{}, err
		}
		text, err := os.ReadFile(script)
		if err != nil {
			return nil, abi.Manifest{}, err
		}
		wasm, err := PackScript(text, raw)
		return wasm, manifest, err
	}
	tmp, err := os.MkdirTemp("", "mailweir-plugin-")
	if err != nil {
		return nil, abi.Manifest{}, err
	}
	defer os.RemoveAll(tmp)
	wasm, err := language.compile(ctx, dir, tmp)
	if err != nil {
		return nil, abi.Manifest{}, err
	}
	wasm, err = Pack(wasm, raw)
	return wasm, manifest, err
}

// onlyScript is the path of the one script in a plugin's folder.
func onlyScript(dir string) (string, error) {
	switch scripts := sources(dir, "*.js"); len(scripts) {
	case 0:
		return "", fmt.Errorf("%s has a %s but no source in a language that can be built", dir, ManifestFile)
	case 1:
		return scripts[0], nil
	default:
		return "", fmt.Errorf("%s has several scripts: %s; a plugin is one of them", dir, strings.Join(scripts, ", "))
	}
}

// PackScript makes the plugin that consists of a script and a manifest, as it is in
// [ManifestFile]. Line ends of the script become LF, so that a checkout makes no
// difference.
func PackScript(script, manifest []byte) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, manifest); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return abi.WriteScript(bytes.ReplaceAll(script, []byte("\r\n"), []byte("\n")), compact.Bytes())
}

// Pack puts a manifest, as it is in [ManifestFile], into a module. One that is there
// is replaced.
func Pack(wasm, manifest []byte) ([]byte, error) {
	// Without white space, so that line ends of a checkout make no difference.
	var compact bytes.Buffer
	if err := json.Compact(&compact, manifest); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	return abi.WriteManifest(wasm, compact.Bytes())
}

func compileGo(ctx context.Context, dir, tmp string) ([]byte, error) {
	if firstCommand("go") == "" {
		return nil, &ToolError{"Go", "the Go tool, and there is no command go; see https://go.dev/dl/"}
	}
	file := filepath.Join(tmp, "plugin.wasm")
	cmd := exec.CommandContext(ctx, "go", "build",
		"-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, ".")
	cmd.Env = append(os.Environ(),
		"GOOS=wasip1", "GOARCH=wasm", "GOWASM=", "GOEXPERIMENT=", "GOFLAGS=", "CGO_ENABLED=0")
	if err := run(cmd, "Go", dir); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// GoVersion is the version of Go that [Build] uses in dir, such as "go1.26.0".
func GoVersion(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go env GOVERSION: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
