package store

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		writeForEver(path)
		return
	}
	goleak.VerifyTestMain(storetest.M{M: m})
}

func testBox(t testing.TB, dir string) *secret.Box {
	t.Helper()
	box, err := secret.Open(dir, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func openAt(t testing.TB, path string, box Sealer) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// openNew opens a new store with a key in a directory of its own.
func openNew(t testing.TB) *Store {
	t.Helper()
	dir := t.TempDir()
	if os.Getenv(postgresEnv) != "" {
		return openPostgres(t, testBox(t, dir))
	}
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, must[[]byte](t)(newFile()), 0o600); err != nil {
		t.Fatal(err)
	}
	return openAt(t, path, testBox(t, dir))
}

// newFile is a database that was opened once and holds nothing: making the tables anew
// for each test took half of the time of all.
var newFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mailweir-store-test")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, FileName)
	s, err := Open(context.Background(), path, nil)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// setClock makes s live at the time that now points to.
func setClock(s *Store, now *time.Time) { s.now = func() time.Time { return *now } }

func account(user string, password task.Password) task.Account {
	return task.Account{Kind: task.KindIMAP, Host: user + ".example.org", Port: 993, TLS: task.TLSImplicit, User: user, Password: password}
}

func newTask(name string) *task.Task {
	return &task.Task{
		Name:        name,
		Sources:     []task.Source{{Name: "work", Account: account("work", "w-secret")}, {Name: "home", Account: account("home", "h-secret")}},
		Destination: account("archive", "a-secret"),
		Hooks:       []task.Hook{{Plugin: "folder-rules", Digest: "sha256:00", Config: `{"a":1}`}, {Plugin: "other", OnError: task.OnErrorIgnore, Merges: task.MergesRefuse}},
	}
}

func save(t testing.TB, s *Store, tk *task.Task) *task.Task {
	t.Helper()
	if err := s.SaveTask(t.Context(), tk); err != nil {
		t.Fatal(err)
	}
	return tk
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
