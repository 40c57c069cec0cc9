package mailtest

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
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
	Introspect string            // URL at which access tokens are looked up (RFC 7662), for XOAUTH2 and OAUTHBEARER; "" takes none
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
		o.Users = defaultUsers()
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

// Dovecot is a private Dovecot.
type Dovecot struct {
	*Server
	opts   DovecotOptions
	binary string
}

// StartDovecot starts a private server and waits until it answers; the test's
// cleanup stops it and removes its mail. When the machine has no Dovecot, the
// test is skipped with that reason; under CI=true it fails instead. The server's
// log is printed when the test has failed.
func StartDovecot(t testing.TB, opts DovecotOptions) *Dovecot {
	t.Helper()
	binary, err := findDovecot()
	if err != nil {
		notInstalled(t, "Dovecot", "dovecot-imapd", err)
	}
	opts.applyDefaults()
	d := &Dovecot{Server: newServer(t, "Dovecot", opts.Users), opts: opts, binary: binary}
	d.serve(d)
	return d
}

// ImapsPort returns the port for implicit TLS.
func (d *Dovecot) ImapsPort() int { return d.tlsPort }

// ImapsAddr returns host:port for implicit TLS.
func (d *Dovecot) ImapsAddr() string { return net.JoinHostPort(d.Host(), strconv.Itoa(d.tlsPort)) }

// CAFile returns the file with the certificate that signed the server's.
func (d *Dovecot) CAFile() string { return d.path("ca.pem") }

// MailDir returns the directory with the mail of name: the Maildir++ root, or the
// mdbox root. It exists after the first login. A test that writes into it as
// root calls Own before the server looks.
func (d *Dovecot) MailDir(name string) string { return d.path("mail", name, mailRoot(d.opts.Format)) }

func (d *Dovecot) prepare() error {
	for _, sub := range []string{"run", "state", "mail"} {
		if err := os.Mkdir(d.path(sub), 0o755); err != nil {
			return err
		}
	}
	d.Own(d.path("mail"))
	if err := os.WriteFile(d.path("users"), passwordFile(d.opts.Users), 0o644); err != nil {
		return err
	}
	masters := passwordFile(map[string]string{MasterUser: MasterPassword})
	if err := os.WriteFile(d.path("masters"), masters, 0o644); err != nil {
		return err
	}
	if d.opts.Introspect != "" {
		if err := os.WriteFile(d.path("tokens"), tokensFile(d.opts.Introspect), 0o644); err != nil {
			return err
		}
	}
	if !d.opts.TLS {
		return nil
	}
	return writeCertificates(d.opts.CertHosts, d.path("ca.pem"), d.path("cert.pem"), d.path("key.pem"))
}

func (d *Dovecot) programs() ([]*exec.Cmd, error) {
	conf, err := d.config()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(d.path("conf"), conf, 0o644); err != nil {
		return nil, err
	}
	return []*exec.Cmd{exec.Command(d.binary, "-F", "-c", d.path("conf"))}, nil
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
