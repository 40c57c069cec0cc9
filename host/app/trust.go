package app

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/mailweir/mailweir/host/plugin/signature"
)

// TrustedKey is a key whose plugins are wanted. It is the file trust/NAME.pem in
// the data directory.
type TrustedKey struct {
	Name string
	ID   string // see signature.ID
	File string
}

// required is a file in the folder of the trusted keys that says by being there
// that plugins have to be signed with one of them. No key's file has its name.
const required = "required"

var keyName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$`) })

func checkKeyName(name string) error {
	if !keyName().MatchString(name) {
		return as(ErrUsage, fmt.Errorf("the name %q of a key: up to 64 letters, digits, '.', '_', '@' and '-', starting with a letter or digit", name))
	}
	return nil
}

func (s *shelf) trustDir() string { return filepath.Join(string(s.data), "trust") }

// look says who made a plugin's file.
func (s *shelf) look(wasm []byte) (signature.Finding, error) {
	trust, err := s.trust()
	if err != nil {
		return signature.Finding{}, err
	}
	return trust.Look(wasm), nil
}

// trust reads the trusted keys. A file that is no key is an error, so that nobody
// takes a damaged list for a shorter one.
func (s *shelf) trust() (signature.Trust, error) {
	files, err := filepath.Glob(filepath.Join(s.trustDir(), "*.pem"))
	if err != nil {
		return nil, err
	}
	var out signature.Trust
	for _, file := range files {
		key, err := readPublicKey(file)
		if err != nil {
			return nil, err
		}
		out = append(out, signature.Key{Name: strings.TrimSuffix(filepath.Base(file), ".pem"), Key: key})
	}
	return out, nil
}

// signaturesRequired reports whether plugins have to be signed with a trusted key.
func (s *shelf) signaturesRequired() (bool, error) {
	_, err := os.Stat(filepath.Join(s.trustDir(), required))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w %s: %w", ErrData, s.trustDir(), reason(err))
	}
	return true, nil
}

func readPublicKey(file string) (ed25519.PublicKey, error) {
	pem, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	key, err := signature.ParsePublic(pem)
	if err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the key %s %w", file, err))
	}
	return key, nil
}

func readKeyFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err == nil {
		defer f.Close()
		var pem []byte
		// One byte more than there may be, so that the parser refuses it.
		if pem, err = readAtMost(f, signature.MaxKeyFile+1); err == nil {
			return pem, nil
		}
	}
	return nil, as(ErrPlugin, fmt.Errorf("the key %s can not be read: %w", file, reason(err)))
}

// Trust adds the public key in a file to those whose plugins are wanted. name ""
// is that of the file without its ending.
func (a *Author) Trust(file, name string) (TrustedKey, error) {
	base := filepath.Base(file)
	name = cmp.Or(name, strings.TrimSuffix(strings.TrimSuffix(base, ".pem"), ".pub"))
	if err := checkKeyName(name); err != nil {
		return TrustedKey{}, err
	}
	key, err := readPublicKey(file)
	if err != nil {
		return TrustedKey{}, err
	}
	data, err := openDataDir(string(a.shelf.data))
	if err != nil {
		return TrustedKey{}, err
	}
	trust, err := a.shelf.trust()
	if err != nil {
		return TrustedKey{}, err
	}
	added := TrustedKey{name, signature.ID(key), filepath.Join(a.shelf.trustDir(), name+".pem")}
	if has, ok := trust.Named(key); ok {
		if has == name {
			return added, nil
		}
		return TrustedKey{}, as(ErrPlugin, fmt.Errorf("the key %s is trusted already, as %s", added.ID, has))
	}
	if slices.ContainsFunc(trust, func(k signature.Key) bool { return k.Name == name }) {
		return TrustedKey{}, as(ErrPlugin, fmt.Errorf("another key is trusted as %s; choose another --name, or remove it first", name))
	}
	pem, err := signature.EncodePublic(key)
	if err == nil {
		err = replaceFile(data, added.File, pem)
	}
	if err != nil {
		return TrustedKey{}, as(ErrPlugin, fmt.Errorf("the file %s can not be written: %w", added.File, reason(err)))
	}
	return added, nil
}

// Trusted lists the keys whose plugins are wanted, and says whether no others are
// installed.
func (a *Author) Trusted() (keys []TrustedKey, only bool, err error) {
	trust, err := a.shelf.trust()
	if err != nil {
		return nil, false, err
	}
	for _, k := range trust {
		keys = append(keys, TrustedKey{k.Name, signature.ID(k.Key), filepath.Join(a.shelf.trustDir(), k.Name+".pem")})
	}
	only, err = a.shelf.signaturesRequired()
	return keys, only, err
}

// Distrust removes a key by its name. The file goes whatever is in it. Plugins that
// were signed with it stay installed.
func (a *Author) Distrust(name string) error {
	if err := checkKeyName(name); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(a.shelf.trustDir(), name+".pem"))
	if errors.Is(err, fs.ErrNotExist) {
		return as(ErrPlugin, fmt.Errorf("no key is trusted as %s; mailweir plugin trust list has them", name))
	}
	if err != nil {
		return as(ErrPlugin, fmt.Errorf("the key %s can not be removed: %w", name, reason(err)))
	}
	return nil
}

// RequireSignatures says whether plugins have to be signed with a trusted key to be
// installed.
func (a *Author) RequireSignatures(on bool) error {
	data, err := openDataDir(string(a.shelf.data))
	if err != nil {
		return err
	}
	file := filepath.Join(a.shelf.trustDir(), required)
	if on {
		err = replaceFile(data, file, []byte("Plugins have to be signed with a key in this folder.\n"))
	} else if err = os.Remove(file); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return as(ErrData, fmt.Errorf("the file %s can not be changed: %w", file, reason(err)))
	}
	return nil
}
