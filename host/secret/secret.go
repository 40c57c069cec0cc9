package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

const version = "v1"

// The errors of Unseal that callers tell apart.
var (
	ErrWrongKey = errors.New("sealed with another key")
	ErrBroken   = errors.New("sealed value is damaged or was moved from another place")
)

// Box seals and unseals with one key. It is safe for concurrent use. The zero
// value has no key; [Open] makes a Box.
type Box struct {
	aead  cipher.AEAD
	keyID string
}

func newBox(key []byte) (*Box, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	// Four bytes of a digest of 256 random bits tell keys apart and nothing else.
	sum := sha256.Sum256(append([]byte("mailweir key id\x00"), key...))
	return &Box{aead: aead, keyID: hex.EncodeToString(sum[:4])}, nil
}

// KeyID names the key without telling anything about it.
func (b *Box) KeyID() string { return b.keyID }

// LogValue shows the key's id only.
func (b *Box) LogValue() slog.Value { return slog.StringValue("key " + b.keyID) }

// String shows the key's id only.
func (b *Box) String() string { return "key " + b.keyID }

// GoString shows the key's id only.
func (b *Box) GoString() string { return b.String() }

// Seal encrypts plain for the place where, written "table.column:row".
func (b *Box) Seal(where string, plain []byte) (string, error) {
	if b == nil || b.aead == nil {
		return "", errors.New("seal: there is no key")
	}
	sealed := b.aead.Seal(nil, nil, plain, []byte(where))
	return version + ":" + b.keyID + ":" + base64.StdEncoding.EncodeToString(sealed), nil
}

// Unseal returns what was sealed for the place where. Its errors match
// [ErrWrongKey] or [ErrBroken] and quote nothing of the value.
func (b *Box) Unseal(where, sealed string) ([]byte, error) {
	if b == nil || b.aead == nil {
		return nil, errors.New("unseal: there is no key")
	}
	v, rest, ok := strings.Cut(sealed, ":")
	if !ok || v != version {
		return nil, fmt.Errorf("unseal: %w", ErrBroken)
	}
	id, text, ok := strings.Cut(rest, ":")
	if !ok || len(id) != len(b.keyID) {
		return nil, fmt.Errorf("unseal: %w", ErrBroken)
	}
	if id != b.keyID {
		return nil, fmt.Errorf("unseal: %w", ErrWrongKey)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // the decoder skips line ends
		return nil, fmt.Errorf("unseal: %w", ErrBroken)
	}
	plain, err := b.aead.Open(nil, nil, raw, []byte(where))
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", ErrBroken)
	}
	return plain, nil
}
