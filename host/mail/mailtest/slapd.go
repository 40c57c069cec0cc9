package mailtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Where the entries of every private slapd lie, and who may read them.
const (
	SlapdBase     = "dc=example,dc=org"
	SlapdReader   = "cn=reader," + SlapdBase
	SlapdPassword = "reader secret"
)

// SlapdOptions says how a private slapd is set up.
type SlapdOptions struct {
	LDIF  string // the entries below SlapdBase, which is made by itself
	TLS   bool   // StartTLS on the plain port and LDAPS on a second one
	Extra string // more lines for the end of slapd.conf
}

// Slapd is a private OpenLDAP server, for looking up who has a mailbox.
type Slapd struct {
	*Server
	opts SlapdOptions
	tree string
}

// StartSlapd starts a private server with the entries of the options and waits
// until it answers; the test's cleanup stops it. When the machine has no slapd, the
// test is skipped with that reason; under CI=true it fails instead.
func StartSlapd(t testing.TB, opts SlapdOptions) *Slapd {
	t.Helper()
	tree, err := findTree("slapd", "usr/sbin/slapd", "usr/lib/ldap/back_mdb.so", "etc/ldap/schema/core.schema")
	if err != nil {
		notInstalled(t, "slapd", "slapd", err)
	}
	s := &Slapd{Server: newServer(t, "slapd", nil), opts: opts, tree: tree}
	s.serve(s)
	return s
}

// URL is where the server speaks clear text, and StartTLS if it has it.
func (s *Slapd) URL() string { return "ldap://" + s.Addr() }

// TLSURL is where the server speaks TLS from the first byte.
func (s *Slapd) TLSURL() string {
	return "ldaps://" + net.JoinHostPort(s.Host(), strconv.Itoa(s.tlsPort))
}

// CAFile returns the file with the certificate that signed the server's.
func (s *Slapd) CAFile() string { return s.path("ca.pem") }

func (s *Slapd) prepare() error {
	if err := os.Mkdir(s.path("db"), 0o700); err != nil {
		return err
	}
	if s.opts.TLS {
		if err := writeCertificates([]string{"localhost", "127.0.0.1"}, s.path("ca.pem"), s.path("cert.pem"), s.path("key.pem")); err != nil {
			return err
		}
	}
	if err := os.WriteFile(s.path("conf"), s.config(), 0o600); err != nil {
		return err
	}
	ldif := "dn: " + SlapdBase + "\nobjectClass: domain\ndc: example\n\n" +
		"dn: " + SlapdReader + "\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: " + SlapdPassword + "\n\n" +
		s.opts.LDIF
	if err := os.WriteFile(s.path("ldif"), []byte(ldif), 0o600); err != nil {
		return err
	}
	// -q: nothing of it has to survive a crash.
	load := s.command("slapadd", "-q", "-f", s.path("conf"), "-l", s.path("ldif"))
	if said, err := load.CombinedOutput(); err != nil {
		return fmt.Errorf("slapadd: %w: %s", err, said)
	}
	return nil
}

func (s *Slapd) programs() ([]*exec.Cmd, error) {
	urls := s.URL() + "/"
	if s.opts.TLS {
		urls += " " + s.TLSURL() + "/"
	}
	// -d 0 keeps it in the foreground.
	return []*exec.Cmd{s.command("slapd", "-d", "0", "-f", s.path("conf"), "-h", urls)}, nil
}

func (s *Slapd) ready() bool {
	conn, err := net.DialTimeout("tcp", s.Addr(), 2*time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// command runs slapd under one of its names, with the libraries that were unpacked
// with it.
func (s *Slapd) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.tree, "usr/sbin/slapd"), args...)
	cmd.Args[0] = name
	libraries, _ := filepath.Glob(filepath.Join(s.tree, "usr/lib/*-linux-gnu*"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	return cmd
}

// config is the whole configuration: no file of the system is read. As servers do,
// it gives a search 500 entries and not more, unless they are asked for in pages.
func (s *Slapd) config() []byte {
	var b strings.Builder
	for _, schema := range []string{"core", "cosine", "inetorgperson"} {
		fmt.Fprintf(&b, "include %s/etc/ldap/schema/%s.schema\n", s.tree, schema)
	}
	fmt.Fprintf(&b, "modulepath %s/usr/lib/ldap\nmoduleload back_mdb\n", s.tree)
	if s.opts.TLS {
		fmt.Fprintf(&b, "TLSCertificateFile %s\nTLSCertificateKeyFile %s\n", s.path("cert.pem"), s.path("key.pem"))
	}
	fmt.Fprintf(&b, `sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
database mdb
suffix "%s"
rootdn "cn=root,%[1]s"
directory %s
maxsize 1073741824
dbnosync
index objectClass,mail,uid,member eq
access to attrs=userPassword by anonymous auth
access to * by users read
%s
`, SlapdBase, s.path("db"), s.opts.Extra)
	return []byte(b.String())
}
