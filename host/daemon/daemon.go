package daemon

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Dir makes a directory for the files of a server, with a path that is short enough
// for sockets. It is removed with the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the directory of a private server: %v", err)
		}
	})
	return dir
}

// Find returns the path of a program that a Debian package brings, looking where
// daemons live too. Without it the test is skipped, or fails with CI=true.
func Find(t testing.TB, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this test needs %s (Debian: %s): %v", program, debian, err)
	}
	t.Skipf("%s is not installed (Debian: %s): %v", program, debian, err)
	return ""
}

// Start runs a server in the foreground, and returns when ready says that it can be
// used. Its output is printed when the test has failed; it ends with the test.
func Start(t testing.TB, cmd *exec.Cmd, ready func() bool) {
	t.Helper()
	name := filepath.Base(cmd.Path)
	// A file, not a pipe: the server's children would hold the pipe open.
	out, err := os.CreateTemp("", "mw-out-*")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	said := func() string {
		text, _ := os.ReadFile(out.Name())
		return string(text[max(0, len(text)-4096):])
	}
	cmd.Stdout, cmd.Stderr = out, out
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		killGroup(cmd)
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, said())
		}
		_ = os.Remove(out.Name())
	})
	for deadline := time.Now().Add(3 * time.Minute); !ready(); {
		select {
		case <-ended:
			t.Fatalf("%s ended at once: %s", name, said())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready after three minutes: %s", name, said())
		}
	}
}

// FreeAddr returns a loopback address, host:port, that nobody listens on. Its port
// lies below the range that systems take outgoing ports from.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 200 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(10240+rand.IntN(32000-10240)))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port on 127.0.0.1")
	return ""
}

// write writes a file of a server's directory.
func write(t testing.TB, dir, name, format string, args ...any) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, fmt.Appendf(nil, format, args...), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
