package signature

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Types of PEM blocks.
const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// MaxKeyFile is the largest file of a key in bytes; one has about 120.
const MaxKeyFile = 16 << 10

// NewKey makes a key, and returns the files of its private and its public half.
func NewKey() (private, public []byte, err error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	public, err = EncodePublic(key.Public().(ed25519.PublicKey))
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), public, err
}

// EncodePublic is the file of a public key.
func EncodePublic(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), nil
}

// ParsePrivate reads the file of a private key. The error follows the name of the
// file.
func ParsePrivate(file []byte) (ed25519.PrivateKey, error) {
	der, err := block(file, privateBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("holds no private key in PKCS #8")
	}
	own, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("holds a key of another kind than Ed25519")
	}
	return own, nil
}

// ParsePublic reads the file of a public key. The error follows the name of the
// file.
func ParsePublic(file []byte) (ed25519.PublicKey, error) {
	der, err := block(file, publicBlock)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("holds no public key (SubjectPublicKeyInfo)")
	}
	own, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("holds a key of another kind than Ed25519")
	}
	return own, nil
}

// block returns what is in a PEM file with one block of a type.
func block(file []byte, kind string) ([]byte, error) {
	if len(file) > MaxKeyFile {
		return nil, fmt.Errorf("is larger than %d bytes", MaxKeyFile)
	}
	b, rest := pem.Decode(file)
	switch {
	case b == nil:
		return nil, fmt.Errorf("is no PEM file with a %s", strings.ToLower(kind))
	case b.Type != kind:
		return nil, fmt.Errorf("holds a %.40q, not a %s", strings.ToLower(b.Type), strings.ToLower(kind))
	case len(strings.TrimSpace(string(rest))) > 0:
		return nil, errors.New("holds more than one key")
	}
	return b.Bytes, nil
}

// ID is the short name of a key: the first 16 hexadecimal digits of the SHA-256 of
// its SubjectPublicKeyInfo. It is for people; keys are compared as a whole.
func ID(key ed25519.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil { // it has 32 bytes everywhere in this package
		return ""
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:8])
}
