package mailtest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// CourierOptions says how a private Courier is set up. The zero value is a server
// as Debian configures it, with Maildir folders for ann and bob.
type CourierOptions struct {
	Users    map[string]string // name to password; nil is ann and bob, both with "secret"
	MaxPerIP int               // connections from one address; 0 is 200, where Debian has 20
	Quota    string            // of each account as in maildirmake(1): "900000S" is bytes, "100C" messages; "" is none
	Extra    []string          // more variables of /etc/courier/imapd: "IMAP_KEYWORDS=0"; later ones win
}

// Courier is a private Courier-IMAP: its couriertcpd, imaplogin and imapd, and the
// authdaemond that they ask for passwords.
type Courier struct {
	*Server
	opts CourierOptions
	tree string
}

// StartCourier starts a private server and waits until it answers; the test's
// cleanup stops it and removes its mail. When the machine has no Courier, or the
// test does not run as root, it is skipped with that reason; under CI=true it
// fails instead. The server's log is printed when the test has failed.
//
// Courier has its paths compiled in, so each server gets a root directory of its
// own: a copy of what .ci/setup unpacked.
func StartCourier(t testing.TB, opts CourierOptions) *Courier {
	t.Helper()
	tree, err := findTree("courier", "usr/bin/imapd", "usr/sbin/couriertcpd", imaplogin, authdaemond, "usr/libexec/gam_server")
	if err == nil && os.Getuid() != 0 {
		err = errors.New("it takes root to give it a root directory of its own")
	}
	if err != nil {
		notInstalled(t, "Courier", "courier-imap, courier-base, courier-authlib, courier-authlib-userdb, gamin", err)
	}
	if opts.Users == nil {
		opts.Users = defaultUsers()
	}
	if opts.MaxPerIP == 0 {
		opts.MaxPerIP = 200
	}
	c := &Courier{Server: newServer(t, "Courier", opts.Users), opts: opts, tree: tree}
	c.root = c.path("root")
	c.serve(c)
	return c
}

// Where programs lie in the tree.
const (
	imaplogin   = "usr/lib/courier/courier/imaplogin"
	authdaemond = "usr/lib/courier/courier-authlib/authdaemond"
	makedatprog = "usr/lib/courier/courier-authlib/makedatprog"
)

// courierEnv are the settings of Debian's /etc/courier/imapd (5.0.13) that imapd
// looks at.
var courierEnv = []string{
	"IMAP_CAPABILITY=IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE",
	"IMAP_KEYWORDS=1", "IMAP_ACL=1", "IMAP_IDLE_TIMEOUT=60", "IMAP_MAILBOX_SANITY_CHECK=1", "IMAP_UMASK=022",
	"IMAP_USELOCKS=1", "IMAP_TRASHFOLDERNAME=Trash", "IMAP_EMPTYTRASH=Trash:7", "IMAP_MOVE_EXPUNGE_TO_TRASH=0",
	"IMAP_CHECK_ALL_FOLDERS=0", "IMAP_OBSOLETE_CLIENT=0", "IMAP_DISABLETHREADSORT=0", "IMAP_ENHANCEDIDLE=0",
	"HEADERFROM=X-IMAP-Sender",
}

// MailDir returns the directory with the mail of name, the Maildir++ root. A test
// that writes into it as root calls Own before the server looks.
func (c *Courier) MailDir(name string) string { return filepath.Join(c.root, "mail", name, "Maildir") }

func (c *Courier) prepare() error {
	if said, err := exec.Command("cp", "-a", c.tree, c.root).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the root directory of Courier: %w: %s", err, said)
	}
	for _, dir := range []string{"run/courier/authdaemon", "dev", "tmp", "mail"} {
		if err := os.MkdirAll(filepath.Join(c.root, dir), 0o755); err != nil {
			return err
		}
	}
	dice := make([]byte, 4096)
	_, _ = rand.Read(dice)
	for _, f := range []struct {
		name string
		mode fs.FileMode
		text []byte
	}{
		// Files do for devices, and it takes no further right to make them.
		{"dev/null", 0o666, nil},
		{"dev/urandom", 0o444, dice},
		// gam_server, by which imapd waits for locks, asks whose process it is.
		{"etc/passwd", 0o644, fmt.Appendf(nil, "nobody:x:%d:%d::/:/bin/false\n", c.owner.uid, c.owner.gid)},
		{"etc/nsswitch.conf", 0o644, []byte("passwd: files\n")},
		{"etc/courier/authdaemonrc", 0o644, []byte("authmodulelist=\"authuserdb\"\ndaemons=3\n")},
	} {
		path := filepath.Join(c.root, f.name)
		if err := os.WriteFile(path, f.text, f.mode); err != nil {
			return err
		}
		if err := os.Chmod(path, f.mode); err != nil { // whatever the umask
			return err
		}
	}
	for name := range c.opts.Users {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(c.MailDir(name), sub), 0o755); err != nil {
				return err
			}
		}
		if c.opts.Quota != "" {
			if err := os.WriteFile(filepath.Join(c.MailDir(name), "maildirsize"), []byte(c.opts.Quota+"\n"), 0o644); err != nil {
				return err
			}
		}
	}
	c.Own(filepath.Join(c.root, "mail"))
	return c.enrol()
}

// enrol writes the users and their passwords as makeuserdb(8) does.
func (c *Courier) enrol() error {
	var users, passwords bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(c.opts.Users)) {
		hash := sha256.Sum256([]byte(c.opts.Users[name]))
		fmt.Fprintf(&users, "%s\thome=/mail/%s|mail=/mail/%s/Maildir|uid=%d|gid=%d|_=\n", name, name, name, c.owner.uid, c.owner.gid)
		fmt.Fprintf(&passwords, "%s\tsystempw={SHA256}%s\n", name, base64.StdEncoding.EncodeToString(hash[:]))
	}
	for base, text := range map[string]*bytes.Buffer{"userdb": &users, "userdbshadow": &passwords} {
		text.WriteString(".\n")
		makedat := c.command(makedatprog, "-", "/etc/courier/"+base+".tmp", "/etc/courier/"+base+".dat")
		makedat.Stdin = text
		if said, err := makedat.CombinedOutput(); err != nil {
			return fmt.Errorf("make %s: %w: %s", base, err, said)
		}
	}
	return nil
}

func (c *Courier) programs() ([]*exec.Cmd, error) {
	if err := os.Remove(c.socket()); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a server that was killed
		return nil, err
	}
	tcpd := c.command("usr/sbin/couriertcpd", "-address="+c.Host(), "-nodnslookup", "-noidentlookup",
		"-maxprocs=1000", "-maxperip="+strconv.Itoa(c.opts.MaxPerIP),
		strconv.Itoa(c.port), "/"+imaplogin, "/usr/bin/imapd", "Maildir")
	tcpd.Env = append(tcpd.Env, courierEnv...)
	tcpd.Env = append(tcpd.Env, c.opts.Extra...)
	return []*exec.Cmd{c.command(authdaemond), tcpd}, nil
}

func (c *Courier) ready() bool {
	_, err := os.Lstat(c.socket())
	return err == nil && c.Server.ready()
}

// socket is where authdaemond listens.
func (c *Courier) socket() string { return filepath.Join(c.root, "run/courier/authdaemon/socket") }

// command is a program of the tree that sees the tree alone.
func (c *Courier) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command("/"+program, args...)
	inRoot(cmd, c.root)
	cmd.Dir = "/"
	// Processes of all root directories meet in the one name space of abstract
	// sockets: the name keeps each server's gam_server apart.
	cmd.Env = []string{"GAM_CLIENT_ID=" + filepath.Base(c.dir)}
	return cmd
}
