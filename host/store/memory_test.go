package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// anything fits.
func anything(int, int) error { return nil }

func remember(t testing.TB, m *PluginMemory, name, value string) {
	t.Helper()
	if err := m.Change(t.Context(), name, func([]byte) ([]byte, bool) { return []byte(value), true }); err != nil {
		t.Fatal(err)
	}
}

func TestPluginMemory_isOnePluginsInOneLedger(t *testing.T) {
	s := openNew(t)
	mine, other, elsewhere := s.PluginMemory("a", "p", anything), s.PluginMemory("a", "q", anything), s.PluginMemory("b", "p", anything)
	remember(t, mine, "n", "1")
	remember(t, other, "n", "2")
	remember(t, mine, "gone", "x")
	remember(t, mine, "gone", "")
	remember(t, mine, "n", "three")
	for _, tt := range []struct {
		m    *PluginMemory
		name string
		want string
	}{{mine, "n", "three"}, {other, "n", "2"}, {elsewhere, "n", ""}, {mine, "gone", ""}, {mine, "N", ""}} {
		if got := must[[]byte](t)(tt.m.Get(t.Context(), tt.name)); string(got) != tt.want {
			t.Errorf("%s of %s in %s is %q, want %q", tt.name, tt.m.plugin, tt.m.ledger, got, tt.want)
		}
	}
	want := []Remembered{{Ledger: "a", Plugin: "p", Names: 1, Size: 6}, {Ledger: "a", Plugin: "q", Names: 1, Size: 2}}
	if diff := cmp.Diff(want, must[[]Remembered](t)(s.Remembered(t.Context()))); diff != "" {
		t.Error(diff)
	}
	if err := s.Forget(t.Context(), "a", "p"); err != nil {
		t.Error(err)
	}
	if got := must[[]byte](t)(mine.Get(t.Context(), "n")); got != nil {
		t.Errorf("remembered is %q", got)
	}
	if err := s.Forget(t.Context(), "a", "p"); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgetting again: %v", err)
	}
}

func TestPluginMemory_keepsToItsSize(t *testing.T) {
	s := openNew(t)
	full := errors.New("full")
	m := s.PluginMemory("a", "p", func(names, size int) error {
		if names > 2 || size > 10 {
			return full
		}
		return nil
	})
	remember(t, m, "a", "1234")
	put := func(name, value string) error {
		return m.Change(t.Context(), name, func([]byte) ([]byte, bool) { return []byte(value), true })
	}
	if err := put("b", "123456"); err != full { //nolint:errorlint // it comes as it is
		t.Errorf("got %v", err)
	}
	remember(t, m, "b", "1234")
	if err := put("c", "1"); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	remember(t, m, "a", "") // what makes room always may
	remember(t, m, "c", "1")
	got := must[[]Remembered](t)(s.Remembered(t.Context()))
	if len(got) != 1 || got[0].Names != 2 || got[0].Size != 7 {
		t.Errorf("got %+v", got)
	}
}

// TestPluginMemory_losesNoStep although two processes count at once.
func TestPluginMemory_losesNoStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	var all sync.WaitGroup
	for range 2 {
		s := openAt(t, path, nil)
		for range 3 {
			all.Go(func() {
				m := s.PluginMemory("a", "p", anything)
				for range 10 {
					err := m.Change(t.Context(), "n", func(old []byte) ([]byte, bool) {
						n, _ := strconv.Atoi(string(old))
						return []byte(strconv.Itoa(n + 1)), true
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	s := openAt(t, path, nil)
	if got := must[[]byte](t)(s.PluginMemory("a", "p", anything).Get(t.Context(), "n")); string(got) != "60" {
		t.Errorf("counted to %s", got)
	}
}

func TestDeleteTask_forgetsWhatItsPluginsRemember(t *testing.T) {
	s := openNew(t)
	a, b := save(t, s, newTask("a")), save(t, s, newTask("b"))
	for _, id := range []string{a.ID, b.ID} {
		remember(t, s.PluginMemory(id, "p", anything), "n", "1")
	}
	deleteForGood(t, s, a.ID)
	got := must[[]Remembered](t)(s.Remembered(t.Context()))
	if len(got) != 1 || got[0].Ledger != b.ID || got[0].Task != "b" {
		t.Errorf("got %+v", got)
	}
	var values int
	if err := s.DB().QueryRow("SELECT count(*) FROM plugin_value").Scan(&values); err != nil || values != 1 {
		t.Errorf("%d values are left, %v", values, err)
	}
}

func TestSaveTask_keepsGrants(t *testing.T) {
	s := openNew(t)
	tk := newTask("a")
	tk.Hooks[0].Grants = grants(t, "http:api.example/POST", "kv")
	save(t, s, tk)
	got := must[[]string](t)(spelled(s, t, tk.ID))
	if fmt.Sprint(got) != "[http:api.example/POST kv]" {
		t.Errorf("got %v", got)
	}
	if _, err := s.DB().Exec(`UPDATE hook SET grants = '["files"]' WHERE grants <> ''`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Task(t.Context(), tk.ID); err == nil || !strings.Contains(err.Error(), `plugin folder-rules: the grant "files"`) {
		t.Errorf("a grant that nobody knows: %v", err)
	}
}
