package copier

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// Fingerprint returns the first 16 bytes of the SHA-256 over the bytes of a
// message, read from r to its end.
func Fingerprint(r io.Reader) ([16]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return [16]byte{}, fmt.Errorf("fingerprint: %w", err)
	}
	return sumOf(h), nil
}

func sumOf(h hash.Hash) (fp [16]byte) {
	copy(fp[:], h.Sum(nil))
	return fp
}
