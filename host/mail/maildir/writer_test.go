package maildir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// faulty is a file system that can break down: fault is asked before each
// operation that changes something.
type faulty struct {
	afero.Fs
	mu    sync.Mutex
	fault func(op, path string) error
}

// check asks fault; files are synced side by side.
func (f *faulty) check(op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault(op, path)
}

func (f *faulty) Rename(from, to string) error {
	if err := f.check("rename", to); err != nil {
		return err
	}
	return f.Fs.Rename(from, to)
}

func (f *faulty) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	if flag&os.O_WRONLY == 0 {
		return f.Fs.OpenFile(name, flag, perm)
	}
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	file, err := f.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return faultyFile{file, f}, nil
}

// Open is for the syncs of files and directories that are open for reading.
func (f *faulty) Open(name string) (afero.File, error) {
	file, err := f.Fs.Open(name)
	if err != nil {
		return nil, err
	}
	return faultyFile{file, f}, nil
}

func (f *faulty) Chtimes(name string, atime, mtime time.Time) error {
	if err := f.check("date", name); err != nil {
		return err
	}
	return f.Fs.Chtimes(name, atime, mtime)
}

type faultyFile struct {
	afero.File
	fs *faulty
}

// Write breaks down after half of the bytes.
func (f faultyFile) Write(p []byte) (int, error) {
	if err := f.fs.check("write", f.Name()); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f faultyFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

func (f faultyFile) Sync() error {
	if err := f.fs.check("sync", f.Name()); err != nil {
		return err
	}
	return f.File.Sync()
}

// uploads makes a batch.
func uploads(mails []mailtest.Mail) []mail.Upload {
	var batch []mail.Upload
	for _, m := range mails {
		u := mail.Upload{InternalDate: m.Date, Size: int64(len(m.Body)), Body: strings.NewReader(string(m.Body))}
		for _, f := range m.Flags {
			u.Flags = append(u.Flags, mail.Flag(f))
		}
		batch = append(batch, u)
	}
	return batch
}

// Every operation of an Append fails once. Whatever fails: nothing of the batch
// is stored, nothing is left behind, and the next Append works.
func TestAppend_thatFailsStoresNothing(t *testing.T) {
	failures := 0
	for breakAt := 1; ; breakAt++ {
		disk := &faulty{Fs: afero.NewMemMapFs(), fault: func(string, string) error { return nil }}
		tree := create(t, disk, "/m")
		fill(t, tree, mailtest.Account{"INBOX": {note("before")}})
		w, err := tree.Select(t.Context(), inbox)
		if err != nil {
			t.Fatal(err)
		}
		steps, broken := 0, ""
		disk.fault = func(op, path string) error {
			steps++
			if steps != breakAt {
				return nil
			}
			broken = op + " " + path
			return &fs.PathError{Op: op, Path: path, Err: syscall.ENOSPC}
		}
		first, second := note("first"), note("second")
		second.Flags = []string{"Keyword"}
		_, err = w.Append(t.Context(), uploads([]mailtest.Mail{first, second}))
		disk.fault = func(string, string) error { return nil }
		if broken == "" {
			break // all steps have had their turn
		}
		failures++
		if !errors.Is(err, mail.ErrQuota) {
			t.Errorf("%s: %v, want ErrQuota", broken, err)
		}
		if diff := mailtest.Diff(mailtest.Account{"INBOX": {note("before")}}, read(t, tree)); diff != "" {
			t.Errorf("%s: after the failure\n%s", broken, diff)
		}
		if left, _ := afero.ReadDir(disk, "/m/tmp"); len(left) != 0 {
			t.Errorf("%s: %d files are left in tmp", broken, len(left))
		}
		put(t, w, note("after"))
		if diff := mailtest.Diff(mailtest.Account{"INBOX": {note("before"), note("after")}}, read(t, tree)); diff != "" {
			t.Errorf("%s: after the next append\n%s", broken, diff)
		}
	}
	if failures < 20 {
		t.Errorf("only %d steps were seen to fail", failures)
	}
}

func TestAppend_noticesThatUIDsWereGivenAnew(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	w, err := tree.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	write(t, fsys, "/m/dovecot-uidlist", "3 V77 N1\n")
	if _, err := w.Append(t.Context(), uploads([]mailtest.Mail{note("x")})); !errors.Is(err, mail.ErrBusy) {
		t.Errorf("Append: %v, want ErrBusy", err)
	}
	if got := read(t, tree)["INBOX"]; len(got) != 0 {
		t.Errorf("%v was stored", got)
	}
}

func TestKeepsFlag_keepsItsPromiseForAllLetters(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	w, err := tree.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	m := note("many keywords")
	for i := range 30 {
		k := fmt.Sprintf("Keyword%02d", i)
		if w.KeepsFlag(mail.Flag(k)) {
			m.Flags = append(m.Flags, k)
		}
	}
	if len(m.Flags) != 26 {
		t.Fatalf("%d keywords are kept, want 26", len(m.Flags))
	}
	sent := m
	sent.Flags = append([]string{"Keyword29", "Late"}, m.Flags...) // not promised
	put(t, w, sent)
	if diff := mailtest.Diff(mailtest.Account{"INBOX": {m}}, read(t, tree)); diff != "" {
		t.Error(diff)
	}
	again, err := tree.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	if again.KeepsFlag("Another") || !again.KeepsFlag("KEYWORD25") {
		t.Error("the letters are taken: want false for a new keyword and true for an old one")
	}
}

func TestSelect_removesWhatCrashedWritersLeft(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	old := filepath.Join("/m/tmp", newBase(time.Now().Add(-40*time.Hour)))
	young := filepath.Join("/m/tmp", newBase(time.Now().Add(-30*time.Hour)))
	write(t, fsys, old, "half")
	write(t, fsys, young, "half")
	if err := fsys.Chtimes(young, time.Unix(0, 0), time.Unix(0, 0)); err != nil { // the date of the message
		t.Fatal(err)
	}
	if _, err := tree.Select(t.Context(), inbox); err != nil {
		t.Fatal(err)
	}
	if ok, _ := afero.Exists(fsys, old); ok {
		t.Error("a file of 40 hours is still there")
	}
	if ok, _ := afero.Exists(fsys, young); !ok {
		t.Error("a file that may still be written was removed")
	}
}
