package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/plugin/signature"
	"github.com/mailweir/mailweir/sdk/abi"
)

// Installed is a plugin that tasks can name, or a file among them that is none.
type Installed struct {
	ID          string `json:"id"` // for a faulty file, its name without .wasm
	Version     string `json:"version,omitempty"`
	Description string `json:"description,omitempty"`
	File        string `json:"file,omitempty"` // "" is shipped with mailweir
	Size        int64  `json:"size"`           // in bytes
	Digest      string `json:"digest"`
	Fault       string `json:"fault,omitempty"` // why it can not be used

	Signature signature.Finding `json:"signature,omitzero"` // zero for what is shipped

	Asks []abi.Ask `json:"asks,omitempty"` // what it wants to be granted
}

// List tells which plugins there are. It only looks at the files from outside, see
// [Author.Inspect].
func (a *Author) List() ([]Installed, error) {
	entries, err := a.shelf.entries()
	if err != nil {
		return nil, err
	}
	trust, err := a.shelf.trust()
	if err != nil {
		return nil, err
	}
	out := make([]Installed, 0, len(entries))
	for _, e := range entries {
		i := Installed{
			ID: e.manifest.ID, Version: e.manifest.Version, Description: e.manifest.Description,
			File: e.file, Size: int64(len(e.wasm)), Digest: plugin.Digest(e.wasm), Fault: e.fault,
			Asks: e.manifest.Asks,
		}
		if e.fault != "" {
			i.ID = strings.TrimSuffix(filepath.Base(e.file), ".wasm")
		}
		if e.file != "" {
			i.Signature = trust.Look(e.wasm)
		}
		if i.Signature.State == signature.Bad && i.Fault == "" {
			i.Fault = i.Signature.Fault
		}
		out = append(out, i)
	}
	return out, nil
}

// Installation is what Install did.
type Installation struct {
	Installed
	Before string // digest of the file that was there; "" is none
}

// InstallOptions say what is installed although something speaks against it.
type InstallOptions struct {
	Force          bool // another digest of the plugin is replaced
	AllowUnsigned  bool // although the data directory takes signed plugins only
	AllowUntrusted bool // the key that signed it is not known
	Fetch          FetchOptions
}

// Install copies a plugin into the data directory, under its ID, when the host can
// run it. It comes from a file, or from where [Author.Fetch] takes it. A reader sees
// the old file or the new one, never a part.
func (a *Author) Install(ctx context.Context, file string, o InstallOptions) (*Installation, error) {
	if isScript(file) {
		return nil, as(ErrUsage, fmt.Errorf("%s is a script, and scripts are not installed: name its path where it is used", file))
	}
	data, err := openDataDir(string(a.shelf.data))
	if err != nil {
		return nil, err
	}
	got, err := a.fetch(ctx, file, o.Fetch)
	if err != nil {
		return nil, err
	}
	wasm := got.wasm
	l, err := a.compile(ctx, file, wasm)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	m := l.module.Manifest()
	if isBuiltin(m.ID) {
		return nil, as(ErrPlugin, fmt.Errorf("plugin %s has the ID %s, which is that of a plugin that is shipped with mailweir", file, m.ID))
	}
	signed, err := a.shelf.admit(file, got, o)
	if err != nil {
		return nil, err
	}
	done := &Installation{Installed: Installed{
		Signature: signed,
		ID:        m.ID, Version: m.Version, Description: m.Description,
		File: filepath.Join(a.shelf.dir(), m.ID+".wasm"), Size: int64(len(wasm)), Digest: l.module.Digest(),
		Asks: m.Asks,
	}}
	there, err := readPlugin(done.File)
	switch {
	case err == nil:
		done.Before = plugin.Digest(there)
	case errors.Is(err, plugin.ErrTooLarge):
		done.Before = "something " + err.Error()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, as(ErrPlugin, fmt.Errorf("the file %s can not be read: %w", done.File, reason(err)))
	}
	switch {
	case done.Before == done.Digest:
		return done, nil
	case done.Before != "" && !o.Force:
		return nil, as(ErrPlugin, fmt.Errorf("plugin %s is installed as %s, and %s is %s; --force replaces it", m.ID, done.Before, file, done.Digest))
	}
	if err := replaceFile(data, done.File, wasm); err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the file %s can not be written: %w", done.File, reason(err)))
	}
	return done, nil
}

// admit says who made the file, and whether it may be installed.
func (s *shelf) admit(file string, got fetched, o InstallOptions) (signature.Finding, error) {
	only, err := s.signaturesRequired()
	if err != nil {
		return signature.Finding{}, err
	}
	found, err := s.look(got.wasm)
	if err != nil {
		return signature.Finding{}, err
	}
	switch found.State {
	case signature.Bad: // the host has refused it already
		err = fmt.Errorf("%w %s %s", ErrPlugin, file, found.Fault)
	case signature.Untrusted:
		if !o.AllowUntrusted {
			err = as(ErrPlugin, fmt.Errorf("plugin %s is signed with the key %s, which is not trusted; trust it with mailweir plugin trust add, or install with --allow-untrusted", file, found.Key))
		}
	case signature.Unsigned:
		switch {
		case o.AllowUnsigned:
		case only:
			err = as(ErrPlugin, fmt.Errorf("plugin %s is not signed, and this data directory takes signed plugins only; --allow-unsigned makes an exception", file))
		case got.movable:
			err = as(ErrPlugin, fmt.Errorf("plugin %s is not signed, and its tag may be moved to another file; install %s, or use --allow-unsigned", file, got.pinned))
		}
	}
	return found, err
}

// replaceFile writes a file beside the one that it replaces, and renames it.
func replaceFile(data dataDir, file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	// In the data directory itself, where nobody takes it for a plugin.
	tmp, err := os.CreateTemp(string(data), ".plugin-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // which fails when all went well
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}

// Remove deletes the file of an installed plugin from the data directory, whatever
// is in it, and returns its path.
func (a *Author) Remove(id string) (string, error) {
	if isBuiltin(id) {
		return "", as(ErrUsage, fmt.Errorf("the plugin %s is shipped with mailweir and can not be removed", id))
	}
	if id == "" || strings.ContainsRune(id, filepath.Separator) {
		return "", as(ErrUsage, fmt.Errorf("%q is no ID of a plugin; mailweir plugin list has them", id))
	}
	file := filepath.Join(a.shelf.dir(), id+".wasm")
	err := os.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w %s: it is not installed, there is no file %s", ErrPlugin, id, file)
	}
	if err != nil {
		return "", as(ErrPlugin, fmt.Errorf("the file %s can not be removed: %w", file, reason(err)))
	}
	return file, nil
}
