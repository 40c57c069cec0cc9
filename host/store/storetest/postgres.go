package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a private PostgreSQL.
type Server struct {
	dir  string
	port int
	log  string
	cmd  *exec.Cmd
	end  chan struct{} // closed to end the process
	gone chan struct{} // closed when it has ended
}

// superuser owns the server; nobody needs a password.
const superuser = "mailweir"

var (
	mu     sync.Mutex
	shared *Server
	count  atomic.Int64 // of schemas and databases
)

// M is a testing.M whose Run stops the private server in the end.
type M struct{ *testing.M }

// Run implements the interface that goleak and testscript take.
func (m M) Run() int {
	status := m.M.Run()
	mu.Lock()
	defer mu.Unlock()
	if shared != nil {
		shared.stop()
		shared = nil
	}
	return status
}

// Postgres returns the URL of an empty schema in a database that tests share. When
// the machine has no PostgreSQL the test is skipped with that reason; under
// CI=true it fails instead.
func Postgres(t testing.TB) string {
	t.Helper()
	s := start(t)
	name := fmt.Sprintf("test%d", count.Add(1))
	url := s.url("postgres") + "?search_path=" + name
	Admin(t, url, "CREATE SCHEMA "+name)
	t.Cleanup(func() { Admin(t, url, "DROP SCHEMA "+name+" CASCADE") })
	return url
}

// Database is Postgres with a whole database, which takes longer. It goes with the
// server.
func Database(t testing.TB) string {
	t.Helper()
	s := start(t)
	name := fmt.Sprintf("test%d", count.Add(1))
	Admin(t, s.url("postgres"), "CREATE DATABASE "+name)
	return s.url(name)
}

// Admin runs a statement as the superuser at url, beside those who are at work
// there.
func Admin(t testing.TB, url, statement string) {
	t.Helper()
	// Not the context of the test: cleanups come here, too.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("private PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("private PostgreSQL: %s: %v", statement, err)
	}
}

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: database}
	return u.String()
}

func start(t testing.TB) *Server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if shared != nil {
		return shared
	}
	bin, err := binaries()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs PostgreSQL (Debian: postgresql): %v", err)
		}
		t.Skipf("PostgreSQL is not installed (Debian: postgresql): %v", err)
	}
	s, err := launch(bin)
	if err != nil {
		t.Fatalf("private PostgreSQL: %v", err)
	}
	shared = s
	return s
}

// binaries is the directory of initdb and postgres: Debian keeps each version in
// one of its own, outside of PATH.
func binaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		_, errInit := exec.LookPath(filepath.Join(dir, "initdb"))
		_, errServer := exec.LookPath(filepath.Join(dir, "postgres"))
		if errInit == nil && errServer == nil {
			return dir, nil
		}
	}
	return "", errors.New("neither PATH nor /usr/lib/postgresql has initdb and postgres")
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func launch(bin string) (_ *Server, err error) {
	dir, err := os.MkdirTemp("", "mwpg")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, log: filepath.Join(dir, "log"), end: make(chan struct{}), gone: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	as, err := owner(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", superuser, "--auth=trust", "--encoding=UTF8",
		"--locale=C", "--locale-provider=icu", "--icu-locale=en", // sorts as people do, which our queries must not depend on
		"--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	for range 3 { // a free port may be taken a moment later
		if err = s.serve(bin, data, as); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// owner says as whom the server runs, because it refuses root, and gives dir to
// that user.
func owner(dir string) (*sysProcAttr, error) {
	if os.Getuid() != 0 {
		return ownProcess(0, 0), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if err := errors.Join(errUID, errGID, os.Chown(dir, uid, gid)); err != nil {
			return nil, err
		}
		return ownProcess(uint32(uid), uint32(gid)), nil
	}
	return nil, errors.New("there is neither a user postgres nor a user nobody to run it")
}

// serve starts the server and waits until it answers.
func (s *Server) serve(bin, data string, as *sysProcAttr) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	// What is lost when the machine goes down does not matter here.
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(s.port), "-F",
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
		"-c", "full_page_writes=off", "-c", "autovacuum_naptime=10s", "-c", "log_min_messages=warning")
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = s.dir, log, log, as
	started := make(chan error, 1)
	s.end, s.gone = make(chan struct{}), make(chan struct{})
	go keep(cmd, started, s.end, s.gone)
	if err := <-started; err != nil {
		return err
	}
	s.cmd = cmd
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.gone:
			text, _ := os.ReadFile(s.log)
			return fmt.Errorf("it ended at once: %s", text)
		case <-ctx.Done():
			close(s.end)
			<-s.gone
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) stop() {
	close(s.end)
	<-s.gone
	_ = os.RemoveAll(s.dir)
}
