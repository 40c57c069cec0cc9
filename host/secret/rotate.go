package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Where a new key comes from when the present one comes from the environment.
const (
	EnvNewKey     = "MAILWEIR_NEW_SECRET_KEY"
	EnvNewKeyFile = "MAILWEIR_NEW_SECRET_KEY_FILE"
)

// newFileName is the new key in the data directory until it takes the place of the
// old one.
const newFileName = FileName + ".new"

// New is a key that is to take the place of the present one.
type New struct {
	*Box
	file string // "" when the key comes from the environment
}

// OpenNew returns the new key. It comes from MAILWEIR_NEW_SECRET_KEY or
// MAILWEIR_NEW_SECRET_KEY_FILE. When neither is set, and the present one is a file
// in dataDir, it is made beside that one, or found there when an earlier change of
// keys was interrupted.
func OpenNew(dataDir string, getenv func(string) string) (*New, error) {
	text, file := getenv(EnvNewKey), getenv(EnvNewKeyFile)
	inFile := getenv(EnvKey) == "" && getenv(EnvKeyFile) == ""
	switch {
	case text != "" && file != "":
		return nil, fmt.Errorf("%s and %s are both set; set one of them", EnvNewKey, EnvNewKeyFile)
	case text != "":
		key, err := parseKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvNewKey, err)
		}
		return newKey(dataDir, key, inFile)
	case file != "":
		key, err := readKey(file, below(getenv("CREDENTIALS_DIRECTORY"), file))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvNewKeyFile, err)
		}
		return newKey(dataDir, key, inFile)
	case !inFile:
		return nil, fmt.Errorf("the key comes from the environment; set %s or %s to the new one, `openssl rand -base64 32` makes one", EnvNewKey, EnvNewKeyFile)
	}
	path := filepath.Join(dataDir, newFileName)
	key, err := readKey(path, false)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(dataDir, path); err != nil {
			return nil, err
		}
		key, err = readKey(path, false)
	}
	if err != nil {
		return nil, err
	}
	return newKey(dataDir, key, true)
}

func newKey(dataDir string, key []byte, inFile bool) (*New, error) {
	box, err := newBox(key)
	if err != nil {
		return nil, err
	}
	n := &New{Box: box}
	if !inFile {
		return n, nil
	}
	n.file = filepath.Join(dataDir, newFileName)
	if _, err := os.Stat(n.file); errors.Is(err, fs.ErrNotExist) {
		// It is on the disk before anything is sealed with it.
		return n, writeKey(dataDir, n.file, key)
	}
	there, err := readKey(n.file, false)
	if err != nil {
		return nil, err
	}
	if string(there) != string(key) {
		return nil, fmt.Errorf("%s is left over from a change of keys that was interrupted, and is another key; finish that one first, without %s and %s", n.file, EnvNewKey, EnvNewKeyFile)
	}
	return n, nil
}

// Install puts the new key in the place of the old one, if that is a file in the
// data directory, and reports whether it was. Everything is sealed with the new key
// by then. The old key is gone afterwards.
func (n *New) Install() (bool, error) {
	if n.file == "" {
		return false, nil
	}
	dir := filepath.Dir(n.file)
	if err := os.Rename(n.file, filepath.Join(dir, FileName)); err != nil {
		return false, fmt.Errorf("put the new key in its place: %w", err)
	}
	return true, syncDir(dir)
}
