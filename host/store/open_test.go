package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
)

// filled makes a database with a ledger of some size, closes it and returns its path.
func filled(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", FileName)
	s, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := s.Ledger("x")
	pair := must[int64](t)(l.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}))
	if err := errors.Join(l.Put(t.Context(), pair, entries(1, n)), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpen_keepsTheFilesToTheirOwner(t *testing.T) {
	t.Parallel()
	path := filled(t, 10)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, nil)
	must[int64](t)(s.Ledger("y").SavePair(t.Context(), copier.Pair{Source: "work"}))
	for name, want := range map[string]os.FileMode{"": 0o700, FileName: 0o600, FileName + "-wal": 0o600, FileName + "-shm": 0o600} {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %04o, want %04o", name, got, want)
		}
	}
}

func TestOpen_isDurableAndChecksReferences(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.DB().QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", pragma, got, err, want)
		}
	}
	if _, err := s.read.Exec("DELETE FROM setting"); err == nil {
		t.Error("the read pool can write")
	}
}

func TestOpen_worksInADirectoryWithAnOddName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c#d%41&mode=memory", FileName)
	openAt(t, path, nil)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestOpen_letsSeveralFirstStartsThrough(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, box := filepath.Join(dir, FileName), testBox(t, dir)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(context.Background(), path, box)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpen_refusesAndTouchesNothing(t *testing.T) {
	t.Parallel()
	overwrite := func(at int64, what []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(what, at); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	sql := func(query string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			s, err := Open(t.Context(), path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.DB().Exec(query); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name   string
		damage func(t *testing.T, path string)
		want   error
	}{
		{"a text file", func(t *testing.T, path string) { writeFile(t, path, []byte("hello, this is my shopping list")) }, ErrDamaged},
		{"a long text file", func(t *testing.T, path string) { writeFile(t, path, bytes.Repeat([]byte("hello "), 5000)) }, ErrDamaged},
		{"one byte", func(t *testing.T, path string) { writeFile(t, path, []byte{0}) }, ErrDamaged},
		{"a file cut off in the middle", func(t *testing.T, path string) { truncate(t, path, 0.5) }, ErrDamaged},
		{"just a header", func(t *testing.T, path string) { truncate(t, path, 0.001) }, ErrDamaged},
		{"a header that was overwritten", overwrite(0, bytes.Repeat([]byte{0xaa}, 100)), ErrDamaged},
		{"a first page that was overwritten behind the header", overwrite(100, bytes.Repeat([]byte{0xaa}, 3000)), ErrDamaged},
		{"pages in the middle that were overwritten", overwrite(60*4096, bytes.Repeat([]byte{0xaa}, 8*4096)), ErrDamaged},
		{"a database without its version", sql("DROP TABLE goose_db_version"), ErrDamaged},
		{"a database of a newer version", sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"), ErrNewer},
		{"a database of another program", sql("PRAGMA application_id = 42"), ErrForeign},
	}
	whole, err := os.ReadFile(filled(t, 5000))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			writeFile(t, path, whole)
			tt.damage(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), path, nil)
			if err == nil {
				_ = s.Close()
				t.Fatal("was opened")
			}
			var file *FileError
			if !errors.Is(err, tt.want) || !errors.As(err, &file) {
				t.Errorf("got %v; want %v", err, tt.want)
			}
			if strings.Count(err.Error(), path) != 1 || strings.Contains(err.Error(), "\n") {
				t.Errorf("not one sentence that names the file once: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
			t.Log(err)
		})
	}
}

func TestLedger_namesTheFileWhenItMeetsDamage(t *testing.T) {
	t.Parallel()
	path := filled(t, 30_000) // too large for a check at opening
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xaa}, 50*4096), 150*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, nil)
	pairs := must[[]copier.Pair](t)(s.Ledger("x").Pairs(t.Context(), "work"))
	err = s.Ledger("x").Entries(t.Context(), pairs[0].ID, func(copier.Entry) error { return nil })
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want ErrDamaged with the file's name", err)
	}
}

func TestOpen_refusesAnotherKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	box := testBox(t, dir)
	for range 2 {
		s, err := Open(t.Context(), path, box)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), path, testBox(t, t.TempDir()))
	if !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "the secret key does not fit this database") {
		t.Errorf("got %v, want ErrWrongKey", err)
	}
	openAt(t, path, nil) // the ledger needs no key
}

func TestOpen_namesADirectoryThatCanNotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, []byte("x"))
	for _, path := range []string{filepath.Join(file, FileName), filepath.Join(file, "deep", FileName)} {
		_, err := Open(t.Context(), path, nil)
		if !errors.Is(err, ErrNoDir) || !strings.Contains(err.Error(), file) {
			t.Errorf("got %v, want ErrNoDir with the directory's name", err)
		}
	}
	dir := t.TempDir()
	if _, err := Open(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory in the place of the file: %v", err)
	}
}

// TestOpen_withoutRights runs itself as an ordinary user, because root may write
// everywhere.
func TestOpen_withoutRights(t *testing.T) {
	t.Parallel()
	const env = "STORE_TEST_WITHOUT_RIGHTS"
	if path := os.Getenv(env); path != "" {
		kind := map[string]error{"dir": ErrNoDir, "file": ErrReadOnly, "locked": ErrNoDir}[os.Getenv(env+"_WANT")]
		_, err := Open(t.Context(), path, nil)
		if !errors.Is(err, kind) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), filepath.Dir(path)) {
			t.Errorf("got %v; want %v", err, kind)
		}
		t.Log(err)
		return
	}
	const nobody = 65534
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
		want    string
	}{
		{"an empty directory that can not be written to", func(t *testing.T, dir string) { chmod(t, dir, 0o555) }, "dir"},
		{"a file that can not be written to", func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, FileName), nil)
			chmod(t, filepath.Join(dir, FileName), 0o444)
		}, "file"},
		{"a directory that can not be written to around a file that can", func(t *testing.T, dir string) {
			s := openAt(t, filepath.Join(dir, FileName), nil)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			chmod(t, dir, 0o555)
		}, "locked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := t.TempDir()
			dir, binary := filepath.Join(base, "data"), filepath.Join(base, "test")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(os.Args[0])
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, binary, text)
			chmod(t, binary, 0o755)
			tt.prepare(t, dir)
			t.Cleanup(func() { chmod(t, dir, 0o700) })
			cmd := exec.Command(binary, "-test.run=^TestOpen_withoutRights$", "-test.v")
			cmd.Dir = base
			cmd.Env = append(os.Environ(), env+"="+filepath.Join(dir, FileName), env+"_WANT="+tt.want)
			if os.Getuid() == 0 {
				for _, p := range []string{filepath.Dir(base), base} {
					chmod(t, p, 0o755)
				}
				for _, p := range []string{dir, filepath.Join(dir, FileName)} {
					if err := os.Chown(p, nobody, nobody); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Fatal(err)
					}
				}
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func writeFile(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func truncate(t testing.TB, path string, part float64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(float64(info.Size())*part)); err != nil {
		t.Fatal(err)
	}
}
