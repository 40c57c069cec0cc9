package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
)

// staleAfter is how long a lock has to stay unchanged before it is taken over
// from a process of which nothing else is known. Dovecot waits as long.
const staleAfter = 2 * time.Minute

// lockPoll is how often a lock that is held is looked at.
const lockPoll = 10 * time.Millisecond

// lock takes the lock file for name in dir, which other processes respect, and
// returns how to give it back. Within the process a mutex comes first: not every
// afero.Fs creates a file exclusively.
func (t *Tree) lock(ctx context.Context, dir, name string) (unlock func(), err error) {
	path := filepath.Join(dir, name+".lock")
	inner := t.mutex(path)
	select {
	case inner <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for %s: %w", path, context.Cause(ctx))
	}
	defer func() {
		if err != nil {
			<-inner
		}
	}()
	var seen holder
	var since time.Time
	for {
		f, err := t.createFile(path)
		if err == nil {
			_, err = fmt.Fprintf(f, "%d:%s", os.Getpid(), hostName)
			if err = errors.Join(err, f.Close()); err != nil {
				return nil, errors.Join(err, t.fs.Remove(path))
			}
			return func() {
				_ = t.fs.Remove(path)
				<-inner
			}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if now := t.holder(path); now != seen {
			seen, since = now, time.Now()
		}
		if seen.gone() || time.Since(since) > staleAfter {
			if t.holder(path) == seen { // only the lock that was judged is removed
				_ = t.fs.Remove(path)
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil, &mail.Error{
				Op: "lock " + filepath.Base(dir), Where: t.dir, Kind: mail.ErrBusy,
				Err: fmt.Errorf("%s is held by %q: %w", path, seen.who, context.Cause(ctx)),
			}
		case <-time.After(lockPoll):
		}
	}
}

// holder is who holds a lock, as its file tells.
type holder struct {
	who     string // "pid:host"
	changed int64
}

func (t *Tree) holder(path string) holder {
	var h holder
	if fi, err := t.fs.Stat(path); err == nil {
		h.changed = fi.ModTime().UnixNano()
	}
	if b, err := afero.ReadFile(t.fs, path); err == nil {
		h.who = string(b)
	}
	return h
}

// gone reports whether the holder was a process of this machine that has ended.
func (h holder) gone() bool {
	digits, host, ok := strings.Cut(h.who, ":")
	pid, err := strconv.Atoi(digits)
	return ok && err == nil && pid > 0 && host == hostName && !alive(pid)
}

// alive reports whether a process of this machine exists.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

// mutex returns the lock of a path within this process: full when it is held.
func (t *Tree) mutex(path string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	m, ok := t.mutexes[path]
	if !ok {
		m = make(chan struct{}, 1)
		t.mutexes[path] = m
	}
	return m
}

// rewrite replaces the file name in dir by what change makes of it, under its
// lock. A file that does not exist is "".
func (t *Tree) rewrite(ctx context.Context, dir, name string, change func(old string) (string, error)) error {
	unlock, err := t.lock(ctx, dir, name)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := t.readText(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	text, err := change(old)
	if err != nil || text == old {
		return err
	}
	return t.replace(dir, name, text)
}

// replace writes a file anew so that a reader sees the old or the new one. The
// caller holds its lock.
func (t *Tree) replace(dir, name, text string) error {
	tmp := filepath.Join(dir, name+".tmp")
	_ = t.fs.Remove(tmp) // of a writer that crashed
	f, err := t.createFile(tmp)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = t.fs.Rename(tmp, filepath.Join(dir, name))
	}
	if err != nil {
		_ = t.fs.Remove(tmp)
		return err
	}
	return t.syncDir(dir)
}

// readText reads a file that may be missing.
func (t *Tree) readText(path string) (string, error) {
	b, err := afero.ReadFile(t.fs, path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}
