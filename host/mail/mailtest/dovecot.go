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

// DovecotOptions says how a private Dovecot is set up. The zero value is a server
// that speaks clear text and keeps Maildir folders for ann and bob.
type DovecotOptions struct {
	Format     string            // "maildir" (default), "mdbox" or "sdbox"
	Separator  byte              // hierarchy separator; 0 is '/'
	Prefix     string            // namespace prefix such as "INBOX."; it ends with Separator
	Users      map[string]string // name to password; nil is ann and bob, both with "secret"
	SpecialUse map[string]string // folder (UTF-8, with Separator) to use without backslash: "Gesendet": "Sent"; made and subscribed at first login
	TLS        bool              // STARTTLS on the plain port and implicit TLS on a second one
	CertHosts  []string          // names and addresses in the certificate; nil is localhost and 127.0.0.1
	Extra      string            // more lines for the end of the configuration; later lines win
}

// applyDefaults fills in what the caller left open.
func (o *DovecotOptions) applyDefaults() {
	if o.Format == "" {
		o.Format = "maildir"
	}
	if o.Separator == 0 {
		o.Separator = '/'
	}
	if o.Users == nil {
		o.Users = map[string]string{"ann": "secret", "bob": "secret"}
	}
	if o.CertHosts == nil {
		o.CertHosts = []string{"localhost", "127.0.0.1"}
	}
}

// The master user of every private Dovecot: log in as "ann*" + MasterUser with
// MasterPassword to read ann's mail.
const (
	MasterUser     = "warden"
	MasterPassword = "master secret"
)

// Dovecot is a private server. Its methods end the test when something is wrong.
type Dovecot struct {
	t       testing.TB
	opts    DovecotOptions
	binary  string
	dir     string
	account account
	port    int
	tlsPort int
	proc    *exec.Cmd
	exited  chan struct{} // closed after proc was waited for
}

// account is the operating system user that owns the mail.
type account struct{ uid, gid int }

// StartDovecot starts a private server and waits until it answers; the test's
// cleanup stops it and removes its mail. When the machine has no Dovecot, the
// test is skipped with that reason; under CI=true it fails instead. The server's
// log is printed when the test has failed.
func StartDovecot(t testing.TB, opts DovecotOptions) *Dovecot {
	t.Helper()
	binary, err := findDovecot()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this test needs Dovecot (Debian: dovecot-imapd): %v", err)
		}
		t.Skipf("Dovecot is not installed (Debian: dovecot-imapd): %v", err)
	}
	opts.applyDefaults()
	// Not t.TempDir: its path is too long for the unix sockets in it.
	dir, err := os.MkdirTemp("", "mw")
	if err != nil {
		t.Fatal(err)
	}
	d := &Dovecot{t: t, opts: opts, binary: binary, dir: dir}
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			log, _ := os.ReadFile(d.path("log"))
			t.Logf("log of Dovecot on port %d:\n%s", d.port, log)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove the private Dovecot: %v", err)
		}
	})
	if err := d.prepare(); err != nil {
		t.Fatal(err)
	}
	// The ports were free a moment ago; another process may have been faster.
	for attempt := 1; ; attempt++ {
		d.port, d.tlsPort = freePort(t), freePort(t)
		err := d.start()
		if err == nil {
			return d
		}
		if attempt == 5 || !strings.Contains(err.Error(), "Address already in use") {
			t.Fatal(err)
		}
	}
}

// Host returns the address that the server listens on.
func (d *Dovecot) Host() string { return "127.0.0.1" }

// Port returns the port for clear text and STARTTLS.
func (d *Dovecot) Port() int { return d.port }

// ImapsPort returns the port for implicit TLS.
func (d *Dovecot) ImapsPort() int { return d.tlsPort }

// Addr returns host:port for clear text and STARTTLS.
func (d *Dovecot) Addr() string { return net.JoinHostPort(d.Host(), strconv.Itoa(d.port)) }

// ImapsAddr returns host:port for implicit TLS.
func (d *Dovecot) ImapsAddr() string { return net.JoinHostPort(d.Host(), strconv.Itoa(d.tlsPort)) }

// CAFile returns the file with the certificate that signed the server's.
func (d *Dovecot) CAFile() string { return d.path("ca.pem") }

// LogFile returns the file that the server logs to.
func (d *Dovecot) LogFile() string { return d.path("log") }

// MailDir returns the directory with the mail of name: the Maildir++ root, or the
// mdbox root. It exists after the first login. A test that writes into it as
// root calls Own before the server looks.
func (d *Dovecot) MailDir(name string) string { return d.path("mail", name, mailRoot(d.opts.Format)) }

// Own gives everything below dir, and dir, to the user that the server reads mail
// as.
func (d *Dovecot) Own(dir string) {
	d.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, d.account.uid, d.account.gid)
	})
	if err != nil {
		d.t.Fatalf("give the mail to Dovecot: %v", err)
	}
}

// Dial logs in on the plain port as name, with the password of the options.
func (d *Dovecot) Dial(name string) *Client {
	d.t.Helper()
	return DialPlain(d.t, d.Addr(), name, d.opts.Users[name])
}

// Start starts a stopped server on the same ports with the same mail.
func (d *Dovecot) Start() {
	d.t.Helper()
	if err := d.start(); err != nil {
		d.t.Fatal(err)
	}
}

// Stop shuts the server down, ends all its connections and waits until it is
// gone. A server that is not running is left alone.
func (d *Dovecot) Stop() {
	if d.proc == nil {
		return
	}
	terminate(d.proc)
	select {
	case <-d.exited:
	case <-time.After(15 * time.Second):
		d.t.Logf("Dovecot on port %d does not stop, it is killed", d.port)
	}
	d.Kill()
}

// Kill ends all processes of the server at once, as a crash would.
func (d *Dovecot) Kill() {
	if d.proc == nil {
		return
	}
	killGroup(d.proc)
	<-d.exited
	d.proc = nil
}

func (d *Dovecot) path(elem ...string) string {
	return filepath.Join(append([]string{d.dir}, elem...)...)
}

// prepare writes everything that does not depend on the ports.
func (d *Dovecot) prepare() error {
	for _, sub := range []string{"run", "state", "mail"} {
		if err := os.Mkdir(d.path(sub), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(d.dir, 0o755); err != nil { // the server's own users look for their sockets
		return err
	}
	d.account = account{os.Getuid(), os.Getgid()}
	if d.account.uid == 0 { // Dovecot never reads mail as root
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return err
		}
		d.account.uid, _ = strconv.Atoi(nobody.Uid)
		d.account.gid, _ = strconv.Atoi(nobody.Gid)
	}
	d.Own(d.path("mail"))
	if err := os.WriteFile(d.path("users"), passwordFile(d.opts.Users), 0o644); err != nil {
		return err
	}
	masters := passwordFile(map[string]string{MasterUser: MasterPassword})
	if err := os.WriteFile(d.path("masters"), masters, 0o644); err != nil {
		return err
	}
	if !d.opts.TLS {
		return nil
	}
	return writeCertificates(d.opts.CertHosts, d.path("ca.pem"), d.path("cert.pem"), d.path("key.pem"))
}

// start runs the server and returns when it greets.
func (d *Dovecot) start() error {
	conf, err := d.config()
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.path("conf"), conf, 0o644); err != nil {
		return err
	}
	// A file, not a pipe: the server's children would hold the pipe open.
	out, err := os.Create(d.path("out"))
	if err != nil {
		return err
	}
	defer out.Close()
	proc := exec.Command(d.binary, "-F", "-c", d.path("conf"))
	proc.Dir = d.dir
	proc.Stdout, proc.Stderr = out, out
	ownGroup(proc)
	if err := proc.Start(); err != nil {
		return fmt.Errorf("start Dovecot: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = proc.Wait()
	}()
	d.proc, d.exited = proc, exited
	for deadline := time.Now().Add(30 * time.Second); ; {
		if greets(d.Addr()) {
			return nil
		}
		select {
		case <-exited:
			d.Kill()
			said, _ := os.ReadFile(d.path("out"))
			return fmt.Errorf("Dovecot ended at once: %s", said)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			d.Kill()
			said, _ := os.ReadFile(d.path("out"))
			return fmt.Errorf("Dovecot does not answer on %s: %s", d.Addr(), said)
		}
	}
}

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

// findDovecot looks in PATH and where Debian keeps it for ordinary users too.
func findDovecot() (string, error) {
	binary, err := exec.LookPath("dovecot")
	if err == nil {
		return binary, nil
	}
	if found, errSbin := exec.LookPath("/usr/sbin/dovecot"); errSbin == nil {
		return found, nil
	}
	return "", err
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
