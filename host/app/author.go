package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin"
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
		file, err := readPlugin(name)
		return file, aboutPlugin(name, err)
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

// authorErr is an error about a plugin or one of its files, unless the verb was
// stopped.
func authorErr(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return as(ErrPlugin, err)
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
