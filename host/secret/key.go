package secret

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Where a key comes from.
const (
	EnvKey     = "MAILWEIR_SECRET_KEY"      // the key itself
	EnvKeyFile = "MAILWEIR_SECRET_KEY_FILE" // a file that holds it
	FileName   = "secret.key"               // in the data directory, made at first start
)

const keySize = 32

// maxKeyFile bounds what is read of a key file; a key with blanks fits many times.
const maxKeyFile = 4096

// Open finds the key and returns its Box:
//
//  1. MAILWEIR_SECRET_KEY holds the key: base64 or hexadecimal, 32 bytes.
//  2. MAILWEIR_SECRET_KEY_FILE names a file that holds it in the same way.
//  3. Otherwise it is in the file secret.key in dataDir, which is made with a
//     new random key, mode 0600, when it is not there.
//
// A key file that others than its owner may read is refused, except one that
// systemd passed in (below CREDENTIALS_DIRECTORY, where an access list makes it
// look readable by the group). Errors are one sentence and quote nothing of the
// key. getenv is os.Getenv outside tests.
func Open(dataDir string, getenv func(string) string) (*Box, error) {
	text, file := getenv(EnvKey), getenv(EnvKeyFile)
	switch {
	case text != "" && file != "":
		return nil, fmt.Errorf("%s and %s are both set; set one of them", EnvKey, EnvKeyFile)
	case text != "":
		key, err := parseKey(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvKey, err)
		}
		return newBox(key)
	case file != "":
		key, err := readKey(file, below(getenv("CREDENTIALS_DIRECTORY"), file))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", EnvKeyFile, err)
		}
		return newBox(key)
	}
	path := filepath.Join(dataDir, FileName)
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
	return newBox(key)
}

// parseKey reads 32 bytes as 64 hexadecimal digits or as base64, with or without
// padding, of either alphabet.
func parseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == keySize {
		return key, nil
	}
	b64 := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	if key, err := base64.RawStdEncoding.DecodeString(b64); err == nil && len(key) == keySize {
		return key, nil
	}
	return nil, errors.New("the key is not 32 bytes in base64 or hexadecimal; `openssl rand -base64 32` makes one")
}

func readKey(path string, guarded bool) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("key file %s: is not a regular file", path)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 && !guarded {
		return nil, fmt.Errorf("key file %s: others than its owner may use it (mode %04o); run chmod 600 on it", path, perm)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	key, err := parseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// makeKey puts a new key at path unless a file is there by then. The file appears
// whole: it is written and synced under another name and linked, so that of two
// starts at once one wins and both read the same key, and so that a crash can not
// leave half a key that locks the credentials sealed with the whole one.
func makeKey(dir, path string) error {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: see crypto/rand
	return writeKey(dir, path, key)
}

func writeKey(dir, path string, key []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	tmp := path + "." + rand.Text()
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	defer os.Remove(tmp)
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make key file: %w", err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	return nil
}

// below reports whether file lies in dir or deeper.
func below(dir, file string) bool {
	if dir == "" {
		return false
	}
	rel, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(rel)
}
