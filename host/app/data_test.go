package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDefaultDataDir(t *testing.T) {
	tests := []struct {
		name      string
		xdg, home string
		uid       int
		want      string
	}{
		{"XDG", "/x/data", "/home/ann", 1000, "/x/data/mailweir"},
		{"XDG as root", "/x/data", "/root", 0, "/x/data/mailweir"},
		{"root", "", "/root", 0, "/var/lib/mailweir"},
		{"home", "", "/home/ann", 1000, "/home/ann/.local/share/mailweir"},
		{"relative XDG is ignored", "data", "/home/ann", 1000, "/home/ann/.local/share/mailweir"},
		{"nowhere", "", "", 1000, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"XDG_DATA_HOME": tt.xdg, "HOME": tt.home}
			got, err := DefaultDataDir(func(k string) string { return env[k] }, tt.uid)
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if err != nil && (!errors.Is(err, ErrData) || !strings.Contains(err.Error(), "--data")) {
				t.Errorf("error %q does not say what to do", err)
			}
		})
	}
}

func TestOpenDataDir_isForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if _, err := openDataDir(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestOpenDataDir_sentenceNamesTheDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "data")
	_, err := openDataDir(dir)
	if !errors.Is(err, ErrData) || !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestLockCopy_isHeldByOneAtATime(t *testing.T) {
	data, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := data.lockCopy("ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := data.lockCopy("ann"); !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), "another copy named ann") {
		t.Errorf("second lock: %v", err)
	}
	other, err := data.lockCopy("bob")
	if err != nil {
		t.Errorf("a copy of another name: %v", err)
	} else {
		other()
	}
	unlock()
	again, err := data.lockCopy("ann")
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again()
}
