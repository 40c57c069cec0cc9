package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// arrive puts some new mail at the source: a twin of what is there, and others.
func (w *world) arrive(n int) {
	w.Helper()
	source := w.from.Dial("ann")
	defer source.Close()
	source.Append("INBOX", "", w.mail["INBOX"][1].Date, w.mail["INBOX"][1].Body)
	for i := range n {
		for _, folder := range []string{"INBOX", "Archiv"} {
			source.Append(folder, "", time.Unix(1.6e9, 0), fmt.Appendf(nil, "Subject: new %d in %s\r\n\r\nhello\r\n", i, folder))
		}
	}
	w.mail = source.DumpUTF8()
}

func (c *copying) mustCopy(copied int64) {
	c.t.Helper()
	if r := c.run(); r.Outcome != task.OutcomeDone || r.Counts.Copied != copied {
		c.t.Fatalf("%q (%s), %+v; want %d copied", r.Outcome, r.Cause, r.Counts, copied)
	}
}

// keep copies a directory with owners and times, which are the dates of messages.
func keep(t *testing.T, from, to string) {
	t.Helper()
	if said, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp -a: %v: %s", err, said)
	}
}

func TestCopy_convergesWhenTheDestinationIsRestoredFromABackup(t *testing.T) {
	for _, server := range servers[:4] {
		t.Run(server.name, func(t *testing.T) {
			var destination *mailtest.Dovecot
			w := newWorldInto(t, 10, func(users map[string]string) *mailtest.Server {
				destination = mailtest.StartDovecot(t, mailtest.DovecotOptions{Users: users})
				return destination.Server
			})
			to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: server.without})
			c := w.copying(t, openStore(t), w.from.Addr(), to.Addr())
			c.mustCopy(int64(w.mail.Messages()))

			mail, backup := destination.MailDir(c.user), filepath.Join(t.TempDir(), "backup")
			w.to.Stop()
			keep(t, mail, backup)
			w.to.Start()
			w.arrive(3)
			c.mustCopy(7)
			w.to.Stop()
			if err := os.RemoveAll(mail); err != nil {
				t.Fatal(err)
			}
			keep(t, backup, mail)
			w.to.Start()

			c.mustCopy(7)
			c.mustCopy(0)
			if diff := mailtest.Diff(w.mail, w.dump(c.user)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCopy_convergesWhenTheLedgerIsRestoredFromABackup(t *testing.T) {
	for _, server := range servers[:4] {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mailtest.DovecotOptions{})
			to := faulty.Start(t, w.to.Addr(), faulty.Options{Without: server.without})
			file := filepath.Join(t.TempDir(), store.FileName)
			c := w.copying(t, openStore(t), w.from.Addr(), to.Addr())
			copied := func(n int64) {
				t.Helper()
				db, err := store.Open(t.Context(), file, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				c.ledger = db.Ledger(c.user)
				c.mustCopy(n)
			}
			copied(int64(w.mail.Messages()))
			backup, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w.arrive(3)
			copied(7)
			if err := os.WriteFile(file, backup, 0o600); err != nil {
				t.Fatal(err)
			}
			copied(0)
			copied(0)
			if diff := mailtest.Diff(w.mail, w.dump(c.user)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
