package signature

import (
	"crypto/ed25519"
	"errors"
)

// State is what is known about who made a file.
type State string

// The states.
const (
	Unsigned  State = "unsigned"
	Trusted   State = "trusted"   // signed with a key of the list
	Untrusted State = "untrusted" // signed, with a key that the list does not have
	Bad       State = "bad"       // the signature does not hold
)

// Key is a public key with the name that the list has for it.
type Key struct {
	Name string
	Key  ed25519.PublicKey
}

// Trust is a list of keys whose plugins are wanted.
type Trust []Key

// Finding is what came of looking at a file.
type Finding struct {
	State State  `json:"state"`
	Key   string `json:"key,omitempty"`  // ID of the key that signed it
	Name  string `json:"name,omitempty"` // what the list calls the key
	Fault string `json:"fault,omitempty"`
}

// String says it in a few words.
func (f Finding) String() string {
	switch f.State {
	case Trusted:
		return "by " + f.Name + ", who is trusted (key " + f.Key + ")"
	case Untrusted:
		return "by a key that is not trusted (" + f.Key + ")"
	case Bad:
		return f.Fault
	}
	return "none"
}

// Named returns what the list calls a key.
func (t Trust) Named(key ed25519.PublicKey) (name string, ok bool) {
	for _, k := range t {
		if k.Key.Equal(key) {
			return k.Name, true
		}
	}
	return "", false
}

// Look says who made a file. A file that is no module at all is unsigned.
func (t Trust) Look(wasm []byte) Finding {
	key, err := Read(wasm)
	switch {
	case errors.Is(err, ErrBad):
		return Finding{State: Bad, Fault: err.Error()}
	case err != nil || key == nil:
		return Finding{State: Unsigned}
	}
	if name, ok := t.Named(key); ok {
		return Finding{State: Trusted, Key: ID(key), Name: name}
	}
	return Finding{State: Untrusted, Key: ID(key)}
}
