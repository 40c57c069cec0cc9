package maildir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// Two Trees share nothing but the disk, as two processes would.
func TestLock_keepsTwoWritersApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Maildir")
	create(t, afero.NewOsFs(), dir)
	const writers, batches = 4, 15
	var want []mailtest.Mail
	var wg sync.WaitGroup
	errs := make(chan error, writers*batches)
	for k := range writers {
		tree, err := Open(afero.NewOsFs(), dir)
		if err != nil {
			t.Fatal(err)
		}
		w, err := tree.Select(t.Context(), mail.Folder{Name: "INBOX", Raw: rawInbox})
		if err != nil {
			t.Fatal(err)
		}
		var mails []mailtest.Mail
		for i := range 2 * batches {
			m := note(fmt.Sprintf("writer %d, message %d", k, i))
			m.Flags = []string{fmt.Sprintf("Keyword%d", k)}
			mails = append(mails, m)
		}
		want = append(want, mails...)
		wg.Go(func() {
			for i := range batches {
				if _, err := w.Append(t.Context(), uploads(mails[2*i:2*i+2])); err != nil {
					errs <- err
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	tree, err := Open(afero.NewOsFs(), dir)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, tree)
	if diff := mailtest.Diff(mailtest.Account{"INBOX": want}, got); diff != "" {
		t.Error(diff)
	}
	seen := map[uint32]bool{}
	for _, m := range got["INBOX"] {
		if seen[m.UID] {
			t.Errorf("UID %d was given twice", m.UID)
		}
		seen[m.UID] = true
	}
}

func TestLock_ofAProcessThatIsGoneIsTakenOver(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Skipf("no command true: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "Maildir")
	tree := create(t, afero.NewOsFs(), dir)
	lock := filepath.Join(dir, "dovecot-uidlist.lock")
	if err := os.WriteFile(lock, fmt.Appendf(nil, "%d:%s", gone.Process.Pid, hostName), 0o600); err != nil {
		t.Fatal(err)
	}
	fill(t, tree, mailtest.Account{"INBOX": {note("after the crash")}})
	if _, err := os.Stat(lock); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock is still there: %v", err)
	}
}

func TestLock_ofALivingProcessIsRespected(t *testing.T) {
	for _, holder := range []string{fmt.Sprintf("%d:%s", os.Getpid(), hostName), "1:another-host", "", "no pid"} {
		dir := filepath.Join(t.TempDir(), "Maildir")
		tree := create(t, afero.NewOsFs(), dir)
		w, err := tree.Select(t.Context(), mail.Folder{Name: "INBOX", Raw: rawInbox})
		if err != nil {
			t.Fatal(err)
		}
		lock := filepath.Join(dir, "dovecot-uidlist.lock")
		if err := os.WriteFile(lock, []byte(holder), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err = w.Append(ctx, uploads([]mailtest.Mail{note("patient")}))
		cancel()
		if !errors.Is(err, mail.ErrBusy) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("holder %q: %v, want ErrBusy after the deadline", holder, err)
		}
		if _, err := os.Stat(lock); err != nil {
			t.Errorf("holder %q: its lock is gone: %v", holder, err)
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
		if got := read(t, tree)["INBOX"]; len(got) != 0 {
			t.Errorf("holder %q: %v was stored", holder, got)
		}
		if left, _ := os.ReadDir(filepath.Join(dir, "tmp")); len(left) != 0 {
			t.Errorf("holder %q: %v is left in tmp", holder, left)
		}
	}
}
