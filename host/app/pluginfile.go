package app

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mailweir/mailweir/host/plugin"
)

// readPlugin reads the file of a plugin or script. One that is larger than any
// plugin may be is refused by its size, or, where that is not known, as soon as
// that much of it has been read. The error is the rest of a sentence that names the
// file.
func readPlugin(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, unreadable(err)
	case info.Size() > plugin.MaxModule:
		return nil, plugin.ErrTooLarge
	}
	content, err := readAtMost(file, plugin.MaxModule)
	if err != nil && !errors.Is(err, plugin.ErrTooLarge) {
		return nil, unreadable(err)
	}
	return content, err
}

// unreadableError is that a file can not be read.
type unreadableError struct{ err error }

func unreadable(err error) error         { return &unreadableError{err} }
func (e *unreadableError) Error() string { return "the file can not be read: " + reason(e.err).Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// aboutPlugin makes a sentence of an error of readPlugin.
func aboutPlugin(name string, err error) error {
	var u *unreadableError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &u):
		return fmt.Errorf("%w %s: %w", ErrPlugin, name, err)
	}
	return fmt.Errorf("%w %s %w", ErrPlugin, name, err)
}

// readAtMost reads all of r, or ends with [plugin.ErrTooLarge].
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, plugin.ErrTooLarge
	}
	return content, nil
}
