package mailtest

import (
	"bytes"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"text/template"
)

// CyrusOptions says how a private Cyrus is set up. The zero value is a server that
// keeps folders for ann and bob under plain names with "/" between the levels.
type CyrusOptions struct {
	Separator byte              // hierarchy separator, '/' (default) or '.'
	Prefix    bool              // folders lie below "INBOX" and the separator
	Munge8bit bool              // every 8-bit byte of a header becomes "X", which is Cyrus' own default
	Users     map[string]string // name to password; nil is ann and bob, both with "secret"
	Extra     string            // more lines for the end of imapd.conf; each setting once
}

// Cyrus is a private Cyrus IMAP. It logs by syslog(3) alone, so that its LogFile
// is never there; what it complains about at its start is printed when the test
// has failed.
type Cyrus struct {
	*Server
	opts CyrusOptions
	tree string
}

// StartCyrus starts a private server and waits until it answers; the test's
// cleanup stops it and removes its mail. When the machine has no Cyrus, the test is
// skipped with that reason; under CI=true it fails instead. An account is made by
// its first login.
func StartCyrus(t testing.TB, opts CyrusOptions) *Cyrus {
	t.Helper()
	tree, err := findTree("cyrus", "usr/lib/cyrus/bin/master", "usr/lib/cyrus/bin/imapd")
	if err != nil {
		notInstalled(t, "Cyrus", "cyrus-imapd, cyrus-common", err)
	}
	if opts.Separator == 0 {
		opts.Separator = '/'
	}
	if opts.Users == nil {
		opts.Users = defaultUsers()
	}
	c := &Cyrus{Server: newServer(t, "Cyrus", opts.Users), opts: opts, tree: tree}
	c.serve(c)
	return c
}

// imapdConf is the whole configuration beside the services: no file of the system
// is read. Passwords are asked of the harness as of a saslauthd. skiplist_unsafe
// spares the disk, as mail_fsync does for Dovecot.
var imapdConf = template.Must(template.New("imapd.conf").Parse(`
configdirectory: {{.Dir}}/conf
defaultpartition: default
partition-default: {{.Dir}}/mail
sievedir: {{.Dir}}/sieve
cyrus_user: {{.User}}
admins: cyrus
unixhierarchysep: {{if eq .Separator "/"}}yes{{else}}no{{end}}
altnamespace: {{if .Prefix}}no{{else}}yes{{end}}
munge8bit: {{if .Munge8bit}}yes{{else}}no{{end}}
allowplaintext: yes
sasl_mech_list: PLAIN LOGIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {{.Dir}}/passwords
autocreate_quota: 0
skiplist_unsafe: yes
{{.Extra}}
`))

var cyrusConf = template.Must(template.New("cyrus.conf").Parse(`
START {
  recover cmd="{{.Bin}}/ctl_cyrusdb -C {{.Dir}}/imapd.conf -r"
}
SERVICES {
  imap cmd="{{.Bin}}/imapd -C {{.Dir}}/imapd.conf" listen="127.0.0.1:{{.Port}}" prefork=2 maxchild=200
}
EVENTS {
}
DAEMON {
}
`))

func (c *Cyrus) bin() string { return filepath.Join(c.tree, "usr/lib/cyrus/bin") }

func (c *Cyrus) prepare() error {
	for _, sub := range []string{"conf", "conf/socket", "mail", "sieve"} {
		if err := os.Mkdir(c.path(sub), 0o755); err != nil {
			return err
		}
		c.Own(c.path(sub))
	}
	who, err := user.LookupId(strconv.Itoa(c.owner.uid))
	if err != nil {
		return err
	}
	conf, err := filled(imapdConf, map[string]any{
		"Dir": c.dir, "User": who.Username, "Separator": string(c.opts.Separator), "Prefix": c.opts.Prefix,
		"Munge8bit": c.opts.Munge8bit, "Extra": c.opts.Extra,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.path("imapd.conf"), conf, 0o644); err != nil {
		return err
	}
	return answerPasswords(c.t, c.path("passwords"), c.opts.Users)
}

func (c *Cyrus) programs() ([]*exec.Cmd, error) {
	conf, err := filled(cyrusConf, map[string]any{"Dir": c.dir, "Bin": c.bin(), "Port": c.port})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(c.path("cyrus.conf"), conf, 0o644); err != nil {
		return nil, err
	}
	master := exec.Command(filepath.Join(c.bin(), "master"), "-D",
		"-C", c.path("imapd.conf"), "-M", c.path("cyrus.conf"), "-p", c.path("master.pid"))
	// The libraries of the package lie beside the programs.
	libraries, err := filepath.Glob(filepath.Join(c.tree, "usr/lib/*/libcyrus.so.0"))
	if err != nil {
		return nil, err
	}
	master.Env = os.Environ()
	for _, library := range libraries {
		master.Env = append(master.Env, "LD_LIBRARY_PATH="+filepath.Dir(library))
	}
	return []*exec.Cmd{master}, nil
}

func filled(t *template.Template, values map[string]any) ([]byte, error) {
	var out bytes.Buffer
	err := t.Execute(&out, values)
	return out.Bytes(), err
}
