package secret

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenNew_isTheSameUntilItIsInstalled(t *testing.T) {
	dir := t.TempDir()
	old := open(t, dir).KeyID()
	var ids []string
	var last *New
	for range 2 {
		n, err := OpenNew(dir, env())
		if err != nil {
			t.Fatal(err)
		}
		ids, last = append(ids, n.KeyID()), n
	}
	if ids[0] != ids[1] || ids[0] == old || open(t, dir).KeyID() != old {
		t.Errorf("the new keys are %v, the old one is %s", ids, old)
	}
	if installed, err := last.Install(); err != nil || !installed {
		t.Fatalf("installed %v, %v", installed, err)
	}
	if got := open(t, dir).KeyID(); got != ids[0] {
		t.Errorf("the key is %s now, want %s", got, ids[0])
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("directory holds %v, %v; want the key file only", left, err)
	}
	if info, err := left[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestOpenNew_keepsAGivenKeyForTheDataDirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	given := hex.EncodeToString(testKey)
	n, err := OpenNew(dir, env(EnvNewKey, given))
	if err != nil {
		t.Fatal(err)
	}
	if installed, err := n.Install(); err != nil || !installed || open(t, dir).KeyID() != n.KeyID() {
		t.Errorf("installed %v, %v", installed, err)
	}
}

func TestOpenNew_refuses(t *testing.T) {
	good := hex.EncodeToString(testKey)
	leftOver := t.TempDir()
	if err := os.WriteFile(filepath.Join(leftOver, newFileName), []byte(strings.Repeat("99", keySize)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir string
		env       []string
		want      string
	}{
		{"both", t.TempDir(), []string{EnvNewKey, good, EnvNewKeyFile, "x"}, "both set"},
		{"no key", t.TempDir(), []string{EnvNewKey, "word"}, "not 32 bytes"},
		{"no file", t.TempDir(), []string{EnvNewKeyFile, "/does/not/exist"}, "no such file"},
		{"the old one from the environment alone", t.TempDir(), []string{EnvKey, good}, "the key comes from the environment"},
		{"one that is not the one that was begun with", leftOver, []string{EnvNewKey, good}, "finish that one first"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenNew(tt.dir, env(tt.env...))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), good) {
				t.Errorf("got %v, want one that says %q", err, tt.want)
			}
		})
	}
}
