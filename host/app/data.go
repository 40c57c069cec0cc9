package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// DefaultDataDir is the data directory when none is named: /var/lib/mailweir for
// root, else $XDG_DATA_HOME/mailweir, else ~/.local/share/mailweir.
func DefaultDataDir(getenv func(string) string, uid int) (string, error) {
	// XDG base directory specification: a relative path is to be ignored.
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "mailweir"), nil
	}
	if uid == 0 {
		return "/var/lib/mailweir", nil
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", "mailweir"), nil
	}
	return "", as(ErrData, errors.New("neither XDG_DATA_HOME nor HOME is set; name a data directory with --data DIR"))
}

// dataDir is a data directory that this process may write to.
type dataDir string

// openDataDir makes dir when it is missing, readable by its owner only, and tries
// whether files can be made in it.
func openDataDir(dir string) (dataDir, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%w %s: %w", ErrData, dir, err)
	}
	locks := filepath.Join(abs, "locks")
	if err := os.MkdirAll(locks, 0o700); err != nil {
		return "", fmt.Errorf("%w %s can not be made: %w", ErrData, abs, reason(err))
	}
	probe, err := os.CreateTemp(abs, ".writable-*")
	if err != nil {
		return "", fmt.Errorf("%w %s is not writable: %w", ErrData, abs, reason(err))
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return "", fmt.Errorf("%w %s is not writable: %w", ErrData, abs, reason(err))
	}
	return dataDir(abs), nil
}

// reason is the operating system's word without the path, which is often that of
// a file nobody has asked for.
func reason(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// lock takes the lock file called name, which the system gives back when this
// process ends in whatever way. It does not wait: ok is false when another
// process has it.
func (d dataDir) lock(name string) (unlock func(), ok bool, err error) {
	l := flock.New(filepath.Join(string(d), "locks", name+".lock"), flock.SetPermissions(0o600))
	ok, err = l.TryLock()
	if err != nil {
		return nil, false, fmt.Errorf("%w %s: lock file %s: %w", ErrData, string(d), name+".lock", reason(err))
	}
	return func() { _ = l.Unlock() }, ok, nil
}

// lockCopy makes this process the only one that copies under name.
func (d dataDir) lockCopy(name string) (unlock func(), err error) {
	unlock, ok, err := d.lock("copy-" + name)
	if err == nil && !ok {
		err = as(ErrRunning, fmt.Errorf("another copy named %s is running on the data directory %s", name, string(d)))
	}
	return unlock, err
}

// lockService makes this process the only service of the data directory.
func (d dataDir) lockService() (unlock func(), err error) {
	unlock, ok, err := d.lock("service")
	if err == nil && !ok {
		err = as(ErrRunning, fmt.Errorf("another mailweir service is running on the data directory %s", string(d)))
	}
	return unlock, err
}

// lockOpening is held while the database is opened and brought up to date, so
// that two processes that start at once do not both do it.
func (d dataDir) lockOpening(ctx context.Context) (unlock func(), err error) {
	l := flock.New(filepath.Join(string(d), "locks", "opening.lock"), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, as(ErrRunning, fmt.Errorf("the database in %s is being opened by another process: %w", string(d), err))
	}
	return func() { _ = l.Unlock() }, nil
}
