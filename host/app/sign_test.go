package app

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNewKey_isForItsOwnerAlone: who can read a private key makes plugins in the
// name of its owner.
func TestNewKey_isForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ann")
	id, err := NewKey(path)
	if err != nil || len(id) != 16 {
		t.Fatalf("key %q, %v", id, err)
	}
	info, err := os.Stat(path + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key: %v, %v", info.Mode(), err)
	}
	before, err := os.ReadFile(path + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewKey(path); err == nil {
		t.Error("a key was overwritten")
	}
	if after, err := os.ReadFile(path + ".key"); err != nil || string(after) != string(before) {
		t.Errorf("the key has changed: %v", err)
	}
	if _, err := readPrivateKey(path + ".key"); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(path+".key", 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := readPrivateKey(path + ".key"); err == nil {
		t.Error("a key that others can read is used")
	}
}

// TestNewKey_leavesNoHalf: a private key without its public one is of no use.
func TestNewKey_leavesNoHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ann")
	if err := os.WriteFile(path+".pub", []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewKey(path); err == nil {
		t.Error("a public key was overwritten")
	}
	if _, err := os.Stat(path + ".key"); !os.IsNotExist(err) {
		t.Errorf("the private half is left: %v", err)
	}
}
