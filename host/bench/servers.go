package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/bench/rawimap"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// server is a private Dovecot and the long way to it.
type server struct {
	dovecot *mailtest.Dovecot
	far     *proxy
}

// anybody lets every name in, so that each run gets accounts of its own.
const anybody = `
passdb {
  driver = static
  args = password=` + rawimap.Password + `
}
`

// noModSeq announces everything that Dovecot 2.3 can but mod-sequences.
const noModSeq = `
imap_capability = IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE MULTIAPPEND CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS \
  LIST-EXTENDED ESEARCH SEARCHRES WITHIN LIST-STATUS BINARY MOVE STATUS=SIZE LITERAL+ NOTIFY SPECIAL-USE
`

// startServer starts a Dovecot below os.TempDir; t's cleanup stops it.
func startServer(t testing.TB, o options) (*server, error) {
	t.Helper()
	extra := anybody
	if o.noModSeq {
		extra += noModSeq
	}
	delay := o.delay
	s := &server{dovecot: mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: map[string]string{}, Extra: extra})}
	var err error
	s.far, err = startProxy(s.dovecot.Addr(), delay)
	if err != nil {
		return nil, err
	}
	t.Cleanup(s.far.Close)
	return s, nil
}

// Addr is where the server is reached over n.
func (s *server) Addr(n network) string {
	if n == wan {
		return s.far.Addr()
	}
	return s.dovecot.Addr()
}

// dir holds everything of this server (package mailtest: the log lies in it).
func (s *server) dir() string { return filepath.Dir(s.dovecot.LogFile()) }

// config is the server's configuration file.
func (s *server) config() string { return filepath.Join(s.dir(), "conf") }

// home holds the mail and the indexes of user.
func (s *server) home(user string) string { return filepath.Dir(s.dovecot.MailDir(user)) }

// warmUp leaves a few processes of the server waiting for a login, as a server in
// use has them: nobody is measured starting them.
func (s *server) warmUp(ctx context.Context) error {
	const processes = 4
	for range processes {
		c, err := rawimap.Dial(ctx, s.dovecot.Addr(), "warm-up")
		if err != nil {
			return err
		}
		defer c.Close() // all are open at the same time
	}
	return nil
}

// clone makes the account to from the account from, with its indexes.
func (s *server) clone(ctx context.Context, from, to string) error {
	said, err := exec.CommandContext(ctx, "cp", "-a", s.home(from), s.home(to)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("copy account %s: %w: %s", from, err, said)
	}
	return nil
}

// remove forgets an account. A process of the server may be closing a file in it.
func (s *server) remove(user string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(s.home(user)); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// cpu is the user and system time that all processes of the server have used so
// far, those that have ended included. Linux counts it in hundredths of a second.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(s.dir(), "run", "master.pid"))
	if err != nil {
		return 0, err
	}
	master := strings.TrimSpace(string(text))
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var ticks, processes int64
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended: its time is the master's by now
		}
		// proc(5): pid (name) state ppid pgrp ... 14 utime 15 stime 16 cutime 17 cstime;
		// the name may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 15 || fields[2] != master {
			continue
		}
		processes++
		for _, field := range fields[11:15] {
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks += n
		}
	}
	if processes == 0 {
		return 0, errors.New("/proc knows nothing of Dovecot")
	}
	return time.Duration(ticks) * (time.Second / 100), nil
}

// standIn is the testing.TB of a program that is no test: package mailtest ends a
// test that can not go on, and has its cleanups called.
type standIn struct {
	testing.TB // nil: whatever is not overridden here is not used by mailtest.StartDovecot
	cleanups   []func()
	failed     bool
}

// giveUp travels from Fatal to outside.
type giveUp struct{ reason string }

func (s *standIn) Helper()          {}
func (s *standIn) Failed() bool     { return s.failed }
func (s *standIn) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *standIn) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (s *standIn) Errorf(format string, args ...any) {
	s.failed = true
	s.Logf(format, args...)
}

func (s *standIn) Fatal(args ...any)                 { panic(giveUp{fmt.Sprint(args...)}) }
func (s *standIn) Fatalf(format string, args ...any) { panic(giveUp{fmt.Sprintf(format, args...)}) }
func (s *standIn) Skipf(format string, args ...any)  { s.Fatalf(format, args...) }

// outside calls do with a testing.TB, then the cleanups, the last one first.
func outside(do func(t testing.TB) error) (err error) {
	s := &standIn{}
	defer func() {
		for i := len(s.cleanups) - 1; i >= 0; i-- {
			s.cleanups[i]()
		}
	}()
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case giveUp:
			err = errors.New(cause.reason)
		default:
			panic(cause)
		}
	}()
	return do(s)
}
