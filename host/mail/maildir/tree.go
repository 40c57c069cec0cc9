package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
)

// Tree is an account in a Maildir++ tree.
type Tree struct {
	fs       afero.Fs
	dir      string
	dirMode  fs.FileMode // of new directories: those of the tree
	fileMode fs.FileMode
	chown    func(path string) error // gives what root makes to the owner of the tree

	mu      sync.Mutex
	mutexes map[string]chan struct{} // see Tree.lock
}

var _ mail.Target = (*Tree)(nil)

// folderDirs are the directories of every folder. cur is last: what has it is
// complete.
var folderDirs = []string{"tmp", "new", "cur"}

// Open returns the account in dir, which must be a Maildir already: a directory
// with cur in it.
func Open(fsys afero.Fs, dir string) (*Tree, error) {
	t := &Tree{fs: fsys, dir: filepath.Clean(dir), mutexes: map[string]chan struct{}{}}
	fi, err := fsys.Stat(t.dir)
	if err != nil {
		return nil, t.fail("open", err)
	}
	if cur, err := fsys.Stat(filepath.Join(t.dir, "cur")); err != nil || !cur.IsDir() {
		return nil, &mail.Error{Op: "open", Where: t.dir, Kind: mail.ErrNoFolder, Err: errors.New("not a Maildir: it has no directory cur")}
	}
	t.dirMode = fi.Mode().Perm() | 0o700
	t.fileMode = t.dirMode & 0o666
	t.chown = func(string) error { return nil }
	if uid, gid, ok := owner(fi); ok && os.Geteuid() == 0 && uid != 0 {
		t.chown = func(path string) error { return fsys.Chown(path, uid, gid) }
	}
	return t, nil
}

// Create makes a Maildir in dir, and dir itself, and opens it. A Maildir that
// exists is opened. A directory that holds other things is refused.
func Create(fsys afero.Fs, dir string) (*Tree, error) {
	dir = filepath.Clean(dir)
	refuse := func(err error) (*Tree, error) { return nil, (&Tree{dir: dir}).fail("create", err) }
	if t, err := Open(fsys, dir); err == nil {
		return t, nil
	}
	entries, err := afero.ReadDir(fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return refuse(err)
	}
	if slices.ContainsFunc(entries, func(fi fs.FileInfo) bool { return !slices.Contains(folderDirs, fi.Name()) }) {
		return refuse(errors.New("the directory is not empty and no Maildir"))
	}
	for _, sub := range folderDirs {
		if err := fsys.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return refuse(err)
		}
	}
	return Open(fsys, dir)
}

// Close has nothing to give back: folders that are open stay usable.
func (t *Tree) Close() error { return nil }

// Folders lists the tree. The status of a folder with messages that have no UID
// yet is left out.
func (t *Tree) Folders(ctx context.Context) ([]mail.Folder, error) {
	entries, err := afero.ReadDir(t.fs, t.dir)
	if err != nil {
		return nil, t.fail("list folders", err)
	}
	text, err := t.readText(filepath.Join(t.dir, subscriptionsName))
	if err != nil {
		return nil, t.fail("list folders", err)
	}
	subscribed := parseSubscriptions(text)
	raws := []string{rawInbox}
	for _, fi := range entries {
		if name := fi.Name(); strings.HasPrefix(name, ".") && t.isFolder(name) {
			raws = append(raws, name)
		}
	}
	taken := map[string]bool{}
	var out []mail.Folder
	for _, raw := range raws {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("list folders: %w", err)
		}
		f := t.describe(raw)
		f.Subscribed = slices.Contains(subscribed, raw)
		key := f.Name
		if mail.IsInbox(key) {
			key = mail.Inbox
		}
		if taken[key] && f.Fault == "" {
			f.Fault, f.Status = fmt.Sprintf("another directory has the name %q too", f.Name), nil
		}
		taken[key] = true
		out = append(out, f)
	}
	return out, nil
}

// describe returns a folder that exists.
func (t *Tree) describe(raw string) mail.Folder {
	f := mail.Folder{Name: mail.Inbox, Raw: raw, Selectable: true}
	if raw != rawInbox {
		name, err := parseRaw(raw)
		if err != nil {
			f.Name, f.Fault = strings.ToValidUTF8(strings.TrimPrefix(raw, "."), "\ufffd"), err.Error()
			return f
		}
		f.Name = name
	}
	if s, err := t.look(t.path(raw)); err == nil && len(s.unlisted) == 0 {
		st := s.status()
		f.Status = &st
	}
	return f
}

// isFolder reports whether a directory of the tree is a Maildir. What can not be
// told is one: opening it then says why not.
func (t *Tree) isFolder(raw string) bool {
	fi, err := t.fs.Stat(filepath.Join(t.dir, raw, "cur"))
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
	}
	return fi.IsDir()
}

// path returns the directory of a folder.
func (t *Tree) path(raw string) string {
	if raw == rawInbox {
		return t.dir
	}
	return filepath.Join(t.dir, raw)
}

// Spell returns the folder that would hold name. A "." in name becomes "_".
func (t *Tree) Spell(name string) (mail.Folder, error) {
	shown, raw, err := spell(name)
	if err != nil {
		return mail.Folder{}, &mail.Error{Op: fmt.Sprintf("name folder %.100q", name), Where: t.dir, Kind: mail.ErrBadName, Err: err}
	}
	return mail.Folder{Name: shown, Raw: raw, Selectable: true}, nil
}

// folderPath is path for a folder that came from outside.
func (t *Tree) folderPath(f mail.Folder) (string, error) {
	if f.Raw == rawInbox {
		return t.dir, nil
	}
	if _, err := parseRaw(f.Raw); err != nil || strings.ContainsAny(f.Raw, "/\x00"+string(filepath.Separator)) {
		return "", &mail.Error{Op: fmt.Sprintf("open %.100q", f.Name), Where: t.dir, Kind: mail.ErrBadName}
	}
	return t.path(f.Raw), nil
}

// Create makes f and the folders above it. The tree keeps no special uses.
func (t *Tree) Create(ctx context.Context, f mail.Folder) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("create %s: %w", f.Name, err)
	}
	if _, err := t.folderPath(f); err != nil {
		return err
	}
	if f.Raw == rawInbox {
		return nil
	}
	for i := 2; i <= len(f.Raw); i++ {
		if i < len(f.Raw) && f.Raw[i] != '.' {
			continue
		}
		level := f.Raw[:i]
		if mail.IsInbox(level[1:]) { // INBOX is the tree itself
			continue
		}
		if err := t.makeFolder(t.path(level)); err != nil {
			return t.fail("create "+f.Name, err)
		}
	}
	if err := t.syncDir(t.dir); err != nil {
		return t.fail("create "+f.Name, err)
	}
	return nil
}

func (t *Tree) makeFolder(dir string) error {
	if _, err := t.fs.Stat(filepath.Join(dir, "cur")); err == nil {
		return nil
	}
	if err := t.mkdir(dir); err != nil {
		return err
	}
	mark, err := t.createFile(filepath.Join(dir, "maildirfolder"))
	if err == nil {
		err = mark.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, sub := range folderDirs {
		if err := t.mkdir(filepath.Join(dir, sub)); err != nil {
			return err
		}
	}
	return t.syncDir(dir)
}

// mkdir makes a directory unless it is there.
func (t *Tree) mkdir(path string) error {
	if err := t.fs.Mkdir(path, t.dirMode); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return t.adopt(path, t.dirMode)
}

// createFile makes a new file to write to. It fails when there is one.
func (t *Tree) createFile(path string) (afero.File, error) {
	f, err := t.fs.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, t.fileMode)
	if err != nil {
		return nil, err
	}
	if err := t.adopt(path, t.fileMode); err != nil {
		_ = f.Close()
		_ = t.fs.Remove(path)
		return nil, err
	}
	return f, nil
}

// adopt gives a new file the rights of the tree, whatever the umask.
func (t *Tree) adopt(path string, mode fs.FileMode) error {
	if mode&0o077 != 0 {
		if err := t.fs.Chmod(path, mode); err != nil {
			return err
		}
	}
	return t.chown(path)
}

// syncDir makes renames in dir durable where the file system can.
func (t *Tree) syncDir(dir string) error {
	f, err := t.fs.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// Subscribe puts f on the tree's list of subscriptions.
func (t *Tree) Subscribe(ctx context.Context, f mail.Folder) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("subscribe %s: %w", f.Name, err)
	}
	if _, err := t.folderPath(f); err != nil {
		return err
	}
	err := t.rewrite(ctx, t.dir, subscriptionsName, func(old string) (string, error) {
		return addSubscription(old, f.Raw), nil
	})
	if err != nil {
		return t.fail("subscribe "+f.Name, err)
	}
	return nil
}

// Examine opens f for reading.
func (t *Tree) Examine(ctx context.Context, f mail.Folder) (mail.Reader, error) {
	r, err := t.open(ctx, f, true)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Select opens f for reading and writing.
func (t *Tree) Select(ctx context.Context, f mail.Folder) (mail.Writer, error) {
	r, err := t.open(ctx, f, false)
	if err != nil {
		return nil, err
	}
	r.sweep()
	return &writer{reader: r, reserved: r.keywords}, nil
}

// fail turns trouble with a file into one sentence. Errors that are one already,
// and those of a context that has ended, stay as they are.
func (t *Tree) fail(op string, err error) error {
	var already *mail.Error
	if errors.As(err, &already) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", op, err)
	}
	kind := mail.ErrRefused
	switch {
	case errors.Is(err, fs.ErrNotExist):
		kind = mail.ErrNoFolder
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		kind = mail.ErrDenied
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		kind = mail.ErrQuota
	}
	return &mail.Error{Op: op, Where: t.dir, Kind: kind, Err: err}
}
