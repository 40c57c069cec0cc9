package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/store"
)

// openApart opens the database of a service before that starts, or beside it. The caller
// closes it. database is the URL of a PostgreSQL, or "" for SQLite in dir.
func openApart(t *testing.T, dir, database string) *store.Store {
	t.Helper()
	box, err := secret.Open(dir, func(name string) string {
		if name == secret.EnvKey {
			return secretKey
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	var db *store.Store
	if database == "" {
		db, err = store.Open(t.Context(), filepath.Join(dir, store.FileName), box)
	} else {
		db, err = store.OpenPostgres(t.Context(), database, box)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// serveApart runs "mailweir serve" in a process of its own until the test ends. It
// returns once the service is ready, and how long that took.
func serveApart(t *testing.T, dir, database string) (at app.Local, pid int, took time.Duration) {
	t.Helper()
	program, err := exec.LookPath("mailweir")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--listen", "127.0.0.1:0", "--quiet", "--data", dir}
	if database != "" {
		args = append(args, "--database", database)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), secret.EnvKey+"="+secretKey)
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	for {
		text, err := os.ReadFile(filepath.Join(dir, "service.json"))
		if err == nil && json.Unmarshal(text, &at) == nil && ready(at.URL) {
			return at, cmd.Process.Pid, time.Since(begun)
		}
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the service is not ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func ready(address string) bool {
	r, err := http.Get(strings.TrimSuffix(address, "/") + "/readyz")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	return r.StatusCode == http.StatusOK
}
