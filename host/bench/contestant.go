package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// pass is one run of a contestant; they follow each other in this order.
type pass string

const (
	first     pass = "first"     // into an empty account
	unchanged pass = "unchanged" // nothing has happened since
	changes   pass = "changes"   // messages and flags are new
)

// network is how the servers are reached.
type network string

const (
	lan network = "LAN" // loopback
	wan network = "WAN" // the long way
)

// leg is what one contestant is asked to do.
type leg struct {
	from, to         string // host:port
	fromUser, toUser string
	toServer         *server // for the one that writes to its disk
	state            string  // directory that lasts over the passes
	pass             pass
}

// contestant is a program that copies mail.
type contestant struct {
	name string
	what string // one line for the table
	// find says why the program is not there; it may be called often.
	find func() error
	// command prepares l.state and returns what to run. Variables of env are
	// added to the environment.
	command func(l leg) (argv, env []string, err error)
	// exact: what arrives must be right; the others are known to lose something.
	exact bool
}

// programs are built by the benchmark itself.
type programs struct{ mailweir, floor, gauge string }

// contestants are in the order of the table.
func contestants(p programs) []contestant {
	return []contestant{
		{name: "floor", what: "bare relay: no ledger, no checks", exact: true, find: present(p.floor), command: p.runFloor},
		{name: "ours", what: "mailweir copy", exact: true, find: present(p.mailweir), command: p.runOurs},
		{name: "filters", what: "mailweir copy with three filters: Go, C, JavaScript", exact: true, find: present(p.mailweir), command: p.runFiltered},
		{name: "mbsync", what: "mbsync (isync)", find: present("mbsync"), command: runMbsync},
		{name: "doveadm", what: "doveadm backup: writes local storage, no IMAP on that side", find: present("doveadm"), command: runDoveadm},
	}
}

func present(program string) func() error {
	return func() error {
		_, err := exec.LookPath(program)
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("%s is not installed", program)
		}
		return err
	}
}

// floorLanes saturate two cores. More of them only wait for each other.
const floorLanes = 2

func (p programs) runFloor(l leg) (argv, env []string, err error) {
	return []string{
		p.floor, "-pass", string(l.pass), "-marks", filepath.Join(l.state, "marks"), "-lanes", strconv.Itoa(floorLanes),
		"-from", l.from, "-from-user", l.fromUser, "-to", l.to, "-to-user", l.toUser,
	}, nil, nil
}

// runOurs gives the copy a name, so that the ledger of one network is that of the
// other one too.
func (p programs) runOurs(l leg) (argv, env []string, err error) {
	argv = []string{
		p.mailweir, "copy", "--json", "--name", "bench", "--data", filepath.Join(l.state, "data"),
		"--from", "imap://" + l.fromUser + "@" + l.from + "?tls=none",
		"--to", "imap://" + l.toUser + "@" + l.to + "?tls=none",
	}
	return argv, []string{"MAILWEIR_FROM_PASSWORD=" + password, "MAILWEIR_TO_PASSWORD=" + password}, nil
}

// runMbsync uses what mbsync's manual offers for speed; FSync stays as it is by
// default, and so does mailweir's ledger.
func runMbsync(l leg) (argv, env []string, err error) {
	store := func(name, addr, user string) string {
		host, port, _ := net.SplitHostPort(addr)
		return "IMAPStore " + name + "\nHost " + host + "\nPort " + port + "\nUser " + user + "\nPass " + password +
			"\nSSLType None\nAuthMechs LOGIN\nTimeout 120\n\n"
	}
	config := store("source", l.from, l.fromUser) + store("destination", l.to, l.toUser) +
		"Channel copy\nFar :source:\nNear :destination:\nPatterns *\nCreate Near\nSync Pull\nExpunge None\nCopyArrivalDate yes\nSyncState " +
		filepath.Join(l.state, "state") + "/\n"
	file := filepath.Join(l.state, "mbsyncrc")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(filepath.Join(l.state, "state"), 0o700); err != nil {
		return nil, nil, err
	}
	return []string{"mbsync", "-q", "-c", file, "copy"}, nil, nil
}

// runDoveadm follows Dovecot's manual for migrations: dsync reads by imapc, and -R
// makes the user's own mail the copy.
func runDoveadm(l leg) (argv, env []string, err error) {
	host, port, _ := strings.Cut(l.from, ":")
	argv = []string{"doveadm", "-c", l.toServer.config()}
	for _, setting := range []string{
		"imapc_host=" + host, "imapc_port=" + port, "imapc_user=" + l.fromUser, "imapc_password=" + password,
		"imapc_ssl=no", "imapc_features=rfc822.size fetch-headers", "mail_prefetch_count=20",
	} {
		argv = append(argv, "-o", setting)
	}
	return append(argv, "backup", "-R", "-u", l.toUser, "imapc:"), nil, nil
}
