package mailtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Server is what all private servers have in common. Its methods end the test
// when something is wrong.
type Server struct {
	t     testing.TB
	name  string // of the software: "Dovecot"
	kind  kind
	dir   string
	root  string            // root directory of the processes; "" is the system's
	users map[string]string // name to password
	owner owner
	port  int
	procs []*process

	tlsPort int // for implicit TLS, where the software is set up for it
}

// kind is one software's way to be a Server.
type kind interface {
	// prepare writes, once, everything that does not depend on the ports.
	prepare() error
	// programs are what runs together as one server, for the ports in use.
	programs() ([]*exec.Cmd, error)
	// ready reports whether clients can log in.
	ready() bool
}

// owner is the operating system user that owns the mail.
type owner struct{ uid, gid int }

// process is one of a server's programs, which may have children.
type process struct {
	*exec.Cmd
	exited chan struct{} // closed after it was waited for
}

// defaultUsers are there when the options name none.
func defaultUsers() map[string]string { return map[string]string{"ann": "secret", "bob": "secret"} }

// notInstalled skips the test, or fails it where nothing may be skipped.
func notInstalled(t testing.TB, name, packages string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("this test needs %s (Debian: %s): %v", name, packages, err)
	}
	t.Skipf("%s is not installed (Debian: %s): %v", name, packages, err)
}

// newServer makes the directory of a server. The test's cleanup stops the server
// and removes its mail; the log is printed when the test has failed.
func newServer(t testing.TB, name string, users map[string]string) *Server {
	t.Helper()
	// Not t.TempDir: its path is too long for the unix sockets in it.
	dir, err := os.MkdirTemp("", "mw")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, name: name, dir: dir, users: users}
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			log, _ := os.ReadFile(s.LogFile())
			t.Logf("log of %s on port %d:\n%s%s", s.name, s.port, log, s.said())
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the private %s: %v", s.name, err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { // the server's own users look for their sockets
		t.Fatal(err)
	}
	s.owner = owner{os.Getuid(), os.Getgid()}
	if s.owner.uid == 0 { // no server reads mail as root
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		s.owner.uid, _ = strconv.Atoi(nobody.Uid)
		s.owner.gid, _ = strconv.Atoi(nobody.Gid)
	}
	return s
}

// serve prepares the server and returns when it greets.
func (s *Server) serve(k kind) {
	s.t.Helper()
	s.kind = k
	if err := k.prepare(); err != nil {
		s.t.Fatal(err)
	}
	// The ports were free a moment ago; another process may have been faster.
	for attempt := 1; ; attempt++ {
		s.port, s.tlsPort = freePort(s.t), freePort(s.t)
		err := s.start()
		if err == nil {
			return
		}
		if attempt == 5 || !strings.Contains(err.Error(), "Address already in use") {
			s.t.Fatal(err)
		}
	}
}

// Host returns the address that the server listens on.
func (s *Server) Host() string { return "127.0.0.1" }

// Port returns the port for clear text, and for STARTTLS if the server has it.
func (s *Server) Port() int { return s.port }

// Addr returns host:port for clear text, and for STARTTLS if the server has it.
func (s *Server) Addr() string { return net.JoinHostPort(s.Host(), strconv.Itoa(s.port)) }

// LogFile returns the file that the server logs to, if it logs to a file.
func (s *Server) LogFile() string { return s.path("log") }

// Dial logs in on the plain port as name, with the password of the options.
func (s *Server) Dial(name string) *Client {
	s.t.Helper()
	return DialPlain(s.t, s.Addr(), name, s.users[name])
}

// Own gives everything below dir, and dir, to the user that the server reads mail
// as.
func (s *Server) Own(dir string) {
	s.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, s.owner.uid, s.owner.gid)
	})
	if err != nil {
		s.t.Fatalf("give the mail to %s: %v", s.name, err)
	}
}

// Start starts a stopped server on the same ports with the same mail.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Stop shuts the server down, ends all its connections and waits until it is
// gone. A server that is not running is left alone.
func (s *Server) Stop() {
	patience := time.After(15 * time.Second)
	for _, p := range s.procs {
		terminate(p.Cmd)
		select {
		case <-p.exited:
		case <-patience:
			s.t.Logf("%s on port %d does not stop, it is killed", s.name, s.port)
		}
	}
	s.Kill()
}

// Kill ends all processes of the server at once, as a crash would.
func (s *Server) Kill() {
	for _, p := range s.procs {
		killGroup(p.Cmd)
		<-p.exited
	}
	if s.root != "" && s.procs != nil { // some leave their group
		killRooted(s.root)
	}
	s.procs = nil
}

func (s *Server) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// said is what the server's programs wrote to their standard output and error.
func (s *Server) said() []byte {
	said, _ := os.ReadFile(s.path("out"))
	return said
}

// start runs the server and returns when it greets.
func (s *Server) start() error {
	programs, err := s.kind.programs()
	if err != nil {
		return err
	}
	// A file, not a pipe: the server's children would hold the pipe open.
	out, err := os.OpenFile(s.path("out"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	ended := make(chan string, len(programs))
	for _, cmd := range programs {
		if cmd.Dir == "" {
			cmd.Dir = s.dir
		}
		cmd.Stdout, cmd.Stderr = out, out
		ownGroup(cmd)
		if err := cmd.Start(); err != nil {
			s.Kill()
			return fmt.Errorf("start %s: %w", s.name, err)
		}
		p := &process{Cmd: cmd, exited: make(chan struct{})}
		go func() {
			defer close(p.exited)
			_ = p.Wait()
			ended <- filepath.Base(p.Path)
		}()
		s.procs = append(s.procs, p)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		if s.kind.ready() {
			return nil
		}
		select {
		case program := <-ended:
			s.Kill()
			return fmt.Errorf("%s: %s ended at once: %s", s.name, program, s.said())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.Kill()
			return fmt.Errorf("%s does not answer on %s: %s", s.name, s.Addr(), s.said())
		}
	}
}

// ready is the answer of a kind that can do everything as soon as it greets.
func (s *Server) ready() bool { return greets(s.Addr()) }

// greets reports whether an IMAP server says hello at addr.
func greets(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, 2*time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	hello := make([]byte, 4)
	n, _ := conn.Read(hello)
	return string(hello[:n]) == "* OK"
}

// freePort returns a loopback port that nobody listens on. It lies below the
// range that systems take outgoing ports from, so that it is still free when a
// stopped server comes back.
func freePort(t testing.TB) int {
	t.Helper()
	for range 200 {
		port := 10240 + rand.IntN(32000-10240)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	t.Fatal("no free port on 127.0.0.1")
	return 0
}
