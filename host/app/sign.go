package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/plugin/signature"
)

// NewKey makes a key to sign plugins with: path.key, which only its owner can
// read, and path.pub for everybody. It returns the key's ID. Files that are there
// stay as they are.
func NewKey(path string) (id string, err error) {
	private, public, err := signature.NewKey()
	if err != nil {
		return "", err
	}
	if err := writeNew(path+".key", private, 0o600); err != nil {
		return "", err
	}
	if err := writeNew(path+".pub", public, 0o644); err != nil {
		_ = os.Remove(path + ".key") // it has been seen by nobody
		return "", err
	}
	key, err := signature.ParsePublic(public)
	return signature.ID(key), err
}

// writeNew writes a file that is not there yet.
func writeNew(path string, content []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return as(ErrPlugin, fmt.Errorf("there is a file %s already, and keys are not overwritten", path))
	}
	if err == nil {
		_, err = file.Write(content)
		err = errors.Join(err, file.Sync(), file.Close())
	}
	if err != nil {
		return as(ErrPlugin, fmt.Errorf("the file %s can not be written: %w", path, reason(err)))
	}
	return nil
}

// readPrivateKey refuses a key that others can read: who has it makes plugins in
// the name of its owner.
func readPrivateKey(file string) (ed25519.PrivateKey, error) {
	pem, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return nil, as(ErrPlugin, fmt.Errorf("the key %s can be read by others than its owner; chmod 600 %s", file, file))
	}
	key, err := signature.ParsePrivate(pem)
	if err != nil {
		return nil, as(ErrPlugin, fmt.Errorf("the key %s %w", file, err))
	}
	return key, nil
}

// Sign signs a plugin with the private key in a file, and writes it to out; "" is
// in its place. A signature that is there already is replaced. Nothing is written
// that the host would refuse.
func (a *Author) Sign(ctx context.Context, file, keyFile, out string) (*kit.Facts, error) {
	if isScript(file) {
		return nil, as(ErrUsage, fmt.Errorf("%s is a script, and a script has no place for a signature", file))
	}
	key, err := readPrivateKey(keyFile)
	if err != nil {
		return nil, err
	}
	wasm, err := readPlugin(file)
	if err != nil {
		return nil, aboutPlugin(file, err)
	}
	signed, err := signature.Sign(wasm, key)
	if err != nil {
		return nil, fmt.Errorf("%w %s %w", ErrPlugin, file, err)
	}
	l, err := a.compile(ctx, cmp.Or(out, file), signed)
	if err != nil {
		return nil, err
	}
	defer l.close(ctx)
	return a.write(ctx, l, signed)
}
