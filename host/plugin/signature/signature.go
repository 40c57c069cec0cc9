package signature

import (
	"crypto/ed25519"
	"errors"

	"github.com/mailweir/mailweir/sdk/abi"
)

// Section is the name of the custom section that holds the signature.
const Section = "mailweir.signature"

const (
	layout   = 1
	bodySize = 1 + ed25519.PublicKeySize + ed25519.SignatureSize
)

// ErrBad marks a file that has a signature which does not hold: it was changed
// after it was signed, or never signed as it should be.
var ErrBad = errors.New("has a bad signature")

// bad is ErrBad with the reason. The text follows the name of the file.
type bad struct{ why string }

func (e *bad) Error() string        { return ErrBad.Error() + ": " + e.why }
func (e *bad) Is(target error) bool { return target == ErrBad }

// Read checks the signature in a plugin's file and returns the key that it was made
// with, or nil for a file that is not signed. It matches [ErrBad] when the
// signature does not hold; other errors are those of [abi.Sections]. That the key
// is anybody's in particular is not looked at, see [Trust].
func Read(wasm []byte) (ed25519.PublicKey, error) {
	start, body, err := find(wasm)
	if err != nil || body == nil {
		return nil, err
	}
	if len(body) == 0 || body[0] != layout {
		return nil, &bad{"it has a layout that this server does not know"}
	}
	if len(body) != bodySize {
		return nil, &bad{"it has another length than one with a key"}
	}
	key := ed25519.PublicKey(body[1 : 1+ed25519.PublicKeySize])
	if !ed25519.Verify(key, wasm[:start], body[1+ed25519.PublicKeySize:]) {
		return nil, &bad{"the file is not what was signed"}
	}
	return append(ed25519.PublicKey{}, key...), nil // keeps nothing of the file alive
}

// find returns where the signature's section begins, and what is in it; nil when
// there is none.
func find(wasm []byte) (start int, body []byte, err error) {
	sections, err := abi.Sections(wasm)
	if err != nil {
		return 0, nil, err
	}
	for _, s := range sections {
		switch {
		case s.ID != 0 || s.Name != Section:
		case body != nil:
			return 0, nil, &bad{"there are two"}
		case s.End != len(wasm):
			return 0, nil, &bad{"something follows it"}
		default:
			start, body = s.Start, append([]byte{}, s.Body...) // never nil
		}
	}
	return start, body, nil
}

// Sign returns a copy of the file with a signature at its end. One that is there
// already, whether it holds or not, is replaced.
func Sign(wasm []byte, key ed25519.PrivateKey) ([]byte, error) {
	out, err := Strip(wasm)
	if err != nil {
		return nil, err
	}
	body := append(abi.AppendBytes(nil, []byte(Section)), layout)
	body = append(body, key.Public().(ed25519.PublicKey)...)
	body = append(body, ed25519.Sign(key, out)...)
	return abi.AppendBytes(append(out, 0), body), nil
}

// Strip returns a copy of the file without any signature.
func Strip(wasm []byte) ([]byte, error) {
	sections, err := abi.Sections(wasm)
	if err != nil {
		return nil, err
	}
	const header = 8
	out := append(make([]byte, 0, len(wasm)+bodySize+64), wasm[:header]...)
	for _, s := range sections {
		if s.ID != 0 || s.Name != Section {
			out = append(out, wasm[s.Start:s.End]...)
		}
	}
	return out, nil
}
