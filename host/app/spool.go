package app

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mailweir/mailweir/host/copier"
)

// spoolFile holds a message that is too large for memory while a filter looks at
// it.
type spoolFile struct {
	*os.File
	named bool
}

// Close removes the file.
func (f spoolFile) Close() error {
	err := f.File.Close()
	if f.named {
		if rerr := os.Remove(f.Name()); err == nil {
			err = rerr
		}
	}
	return err
}

// spool makes an empty spool file. Its name is taken away at once, so that a
// process that is killed leaves no mail behind; where the system does not do that
// with an open file, Close does.
func (d dataDir) spool() (copier.Spool, error) {
	dir := filepath.Join(string(d), "spool")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("spool in %s: %w", string(d), reason(err))
	}
	f, err := os.CreateTemp(dir, "message-*")
	if err != nil {
		return nil, fmt.Errorf("spool in %s: %w", string(d), reason(err))
	}
	return spoolFile{f, os.Remove(f.Name()) != nil}, nil
}
