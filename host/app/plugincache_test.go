package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
)

func TestPruneCompiled_keepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, size int, age time.Duration) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keep := []string{put("v2/a", 40, time.Hour), put("v2/b", 50, 2*time.Hour), put("v2/c.1.tmp", 5, time.Minute)}
	gone := []string{put("v2/d", 10, 3*time.Hour), put("v1/e", 20, 400*24*time.Hour), put("v2/f.2.tmp", 1, 25*time.Hour)}
	pruneCompiled(dir, 100)
	for _, path := range keep {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("it is gone: %v", err)
		}
	}
	for _, path := range gone {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there, %v", path, err)
		}
	}
	pruneCompiled(filepath.Join(dir, "nowhere"), 100) // which is no trouble
}

// TestShelf_boundsWhatIsCompiled: old files go when plugins are used, and what is
// used stays.
func TestShelf_boundsWhatIsCompiled(t *testing.T) {
	t.Setenv(EnvPluginCache, "")
	data, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(string(data), "cache", "plugins", "old-version")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(cache, "x")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(old, maxCompiled); err != nil { // without taking so much of the disk
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	shelf := newShelf(data)
	defer shelf.Close(t.Context())
	_, done, err := shelf.chain(t.Context(), []task.Hook{{Plugin: "folder-rules"}}, outside{}, plugin.RunInfo{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done()
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old file is still there, %v", err)
	}
	if files, err := filepath.Glob(filepath.Join(string(data), "cache", "plugins", "wazero-*", "*")); err != nil || len(files) == 0 {
		t.Errorf("nothing is kept of the plugin: %v, %v", files, err)
	}
}
