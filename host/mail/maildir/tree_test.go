package maildir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

var inbox = mail.Folder{Name: "INBOX", Raw: rawInbox}

// write puts a file into a tree, as another program would.
func write(t *testing.T, fsys afero.Fs, path, content string) {
	t.Helper()
	if err := afero.WriteFile(fsys, path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_refusesWhatIsNoMaildir(t *testing.T) {
	fsys := afero.NewMemMapFs()
	write(t, fsys, "/home/file", "x")
	for _, dir := range []string{"/nowhere", "/home"} {
		_, err := Open(fsys, dir)
		if !errors.Is(err, mail.ErrNoFolder) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open(%q): %v, want ErrNoFolder with the directory in it", dir, err)
		}
	}
}

func TestCreate_leavesADirectoryWithOtherThingsAlone(t *testing.T) {
	fsys := afero.NewMemMapFs()
	write(t, fsys, "/home/file", "x")
	if _, err := Create(fsys, "/home"); err == nil {
		t.Error("Create made a Maildir of a home directory")
	}
	if ok, _ := afero.Exists(fsys, "/home/cur"); ok {
		t.Error("Create left something behind")
	}
}

func TestCreate_finishesWhatACrashLeft(t *testing.T) {
	fsys := afero.NewMemMapFs()
	if err := fsys.MkdirAll("/m/tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	tree := create(t, fsys, "/m")
	fill(t, tree, mailtest.Account{"INBOX": {note("x")}})
	if again := create(t, fsys, "/m"); len(read(t, again)["INBOX"]) != 1 {
		t.Error("a second Create lost the message")
	}
}

func TestTree_numbersWhatOthersDelivered(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	write(t, fsys, "/m/new/1700000003.P1.host", "Subject: third\n\nx\n")
	write(t, fsys, "/m/cur/1700000001.P1.host:2,S", "Subject: first\n\nx\n")
	write(t, fsys, "/m/cur/1700000002.P1.host,S=19:2,FP", "Subject: second\n\nx\n")
	write(t, fsys, "/m/cur/.hidden", "x")
	write(t, fsys, "/m/tmp/1700000004.P1.host", "half")
	look := func() (out []string) {
		for _, m := range readFolder(t, tree, inbox) {
			subject, _, _ := strings.Cut(string(m.Body), "\r\n")
			out = append(out, strings.Join(append([]string{subject}, m.Flags...), " "))
		}
		return out
	}
	want := []string{`Subject: first \Seen`, `Subject: second \Flagged`, "Subject: third"}
	if got := look(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	write(t, fsys, "/m/new/1600000000.P1.host", "Subject: late\n\n")
	if got := look(); !slices.Equal(got, append(want, "Subject: late")) {
		t.Errorf("a message with an old name got in between: %q", got)
	}
}

func TestTree_findsMessagesThatWereRenamedMeanwhile(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	write(t, fsys, "/m/new/1.P1.host", "Subject: moved\r\n\r\n")
	write(t, fsys, "/m/cur/2.P1.host:2,", "Subject: gone\r\n\r\n")
	w, err := tree.Select(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := fsys.Rename("/m/new/1.P1.host", "/m/cur/1.P1.host:2,F"); err != nil {
		t.Fatal(err)
	}
	if err := fsys.Remove("/m/cur/2.P1.host:2,"); err != nil {
		t.Fatal(err)
	}
	var got []mail.Message
	err = w.Scan(t.Context(), mail.UIDSpan(1, 9), mail.ScanOptions{Items: mail.ItemFlags | mail.ItemSize}, func(m mail.Message) error {
		got = append(got, m)
		return nil
	})
	if err != nil || len(got) != 1 || got[0].Size != 18 || !slices.Equal(got[0].Flags, []mail.Flag{mail.FlagFlagged}) {
		t.Errorf("Scan gives %+v, %v", got, err)
	}
	if err := fsys.Rename("/m/cur/1.P1.host:2,F", "/m/cur/1.P1.host:2,FPR"); err != nil {
		t.Fatal(err)
	}
	err = w.ChangeFlags(t.Context(), []mail.FlagChange{{UIDs: mail.UIDs(1, 2), Add: []mail.Flag{mail.FlagSeen}}})
	if err != nil {
		t.Error(err)
	}
	if ok, _ := afero.Exists(fsys, "/m/cur/1.P1.host:2,FPRS"); !ok {
		t.Error("ChangeFlags did not keep the letters of the other program")
	}
}

func TestTree_thatIsReadOnlyIsReadAllTheSame(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	fill(t, tree, mailtest.Account{"INBOX": {note("with UID")}})
	write(t, fsys, "/m/new/1700000003.P1.host", "Subject: without\r\n\r\n")
	frozen, err := Open(afero.NewReadOnlyFs(fsys), "/m")
	if err != nil {
		t.Fatal(err)
	}
	validity := func() (uint32, int) {
		r, err := frozen.Examine(t.Context(), inbox)
		if err != nil {
			t.Fatal(err)
		}
		return r.Status().UIDValidity, len(readFolder(t, frozen, inbox))
	}
	first, n := validity()
	if n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	if again, _ := validity(); again != first {
		t.Errorf("UIDVALIDITY %d became %d although nothing changed", first, again)
	}
	write(t, fsys, "/m/new/1700000004.P1.host", "Subject: another\r\n\r\n")
	if changed, n := validity(); changed == first || n != 3 {
		t.Errorf("UIDVALIDITY is still %d with %d messages; UIDs may have moved", changed, n)
	}
	if _, err := frozen.Select(t.Context(), inbox); !errors.Is(err, mail.ErrDenied) {
		t.Errorf("Select: %v, want ErrDenied", err)
	}
}

func TestTree_doesNotMendADamagedUIDList(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	write(t, fsys, "/m/dovecot-uidlist", "3 V1 N1\ngarbage\n")
	_, err := tree.Examine(t.Context(), inbox)
	if !errors.Is(err, mail.ErrProtocol) || !strings.Contains(err.Error(), "dovecot-uidlist:2") {
		t.Errorf("Examine: %v, want ErrProtocol that names the line", err)
	}
	if got, _ := afero.ReadFile(fsys, "/m/dovecot-uidlist"); string(got) != "3 V1 N1\ngarbage\n" {
		t.Errorf("the list became %q", got)
	}
}

func TestTree_writesATornUIDListAnew(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	fill(t, tree, mailtest.Account{"INBOX": {note("a"), note("b")}})
	list, err := afero.ReadFile(fsys, "/m/dovecot-uidlist")
	if err != nil {
		t.Fatal(err)
	}
	write(t, fsys, "/m/dovecot-uidlist", strings.TrimSuffix(string(list), "\n")) // b lost its line end
	fill(t, tree, mailtest.Account{"INBOX": {note("c")}})
	if diff := mailtest.Diff(mailtest.Account{"INBOX": {note("a"), note("b"), note("c")}}, read(t, tree)); diff != "" {
		t.Error(diff)
	}
}

func TestFolders_listsWhatCanNotBeUsedWithItsFault(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	for _, raw := range []string{".a&b", ".x..y", ".Entwürfe", ".Entw&APw-rfe", ".INBOX", ".ok"} {
		if err := fsys.MkdirAll("/m/"+raw+"/cur", 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := fsys.MkdirAll("/m/.git/objects", 0o700); err != nil {
		t.Fatal(err)
	}
	faults := map[string]bool{}
	for _, f := range folders(t, tree) {
		faults[f.Raw] = f.Fault != ""
	}
	want := map[string]bool{"INBOX": false, ".INBOX": true, ".a&b": true, ".x..y": true, ".ok": false}
	for raw, fault := range want {
		if got, ok := faults[raw]; !ok || got != fault {
			t.Errorf("%q: listed %v, fault %v; want fault %v", raw, ok, got, fault)
		}
	}
	if faults[".Entwürfe"] == faults[".Entw&APw-rfe"] {
		t.Error("two directories of one name: want a fault in exactly one")
	}
	if _, ok := faults[".git"]; ok {
		t.Error("a directory without cur is listed")
	}
}

func TestTree_neverLeavesItsDirectory(t *testing.T) {
	fsys := afero.NewMemMapFs()
	create(t, fsys, "/other")
	tree := create(t, fsys, "/home/m")
	for _, raw := range []string{"../other", "..", ".", "", "./../../other", ".x/../../../other", "cur"} {
		f := mail.Folder{Name: "x", Raw: raw}
		if _, err := tree.Examine(t.Context(), f); !errors.Is(err, mail.ErrBadName) {
			t.Errorf("Examine(%q): %v, want ErrBadName", raw, err)
		}
		if err := tree.Create(t.Context(), f); !errors.Is(err, mail.ErrBadName) {
			t.Errorf("Create(%q): %v, want ErrBadName", raw, err)
		}
	}
}

func TestFetch_namesMessagesThatCanNotBeRead(t *testing.T) {
	fsys := afero.NewMemMapFs()
	tree := create(t, fsys, "/m")
	write(t, fsys, "/m/cur/1.P1.host:2,", "\x1f\x8b\x08\x00gzip")
	write(t, fsys, "/m/cur/2.P1.host:2,", "Subject: fine\r\n\r\n")
	r, err := tree.Examine(t.Context(), inbox)
	if err != nil {
		t.Fatal(err)
	}
	var got []mail.UID
	err = r.Fetch(t.Context(), mail.UIDSpan(1, 9), func(m mail.Message, _ io.Reader) error {
		got = append(got, m.UID)
		return nil
	})
	var bad *mail.MessageErrors
	if !errors.As(err, &bad) || bad.Errs[1] == nil || len(bad.Errs) != 1 || !slices.Equal(got, []mail.UID{2}) {
		t.Errorf("Fetch gives %v, %v; want UID 2, and UID 1 named as compressed", got, err)
	}
}

func TestTree_asRootGivesItsFilesToTheOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := filepath.Join(t.TempDir(), "Maildir")
	create(t, afero.NewOsFs(), dir)
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 12345, 54321); err != nil {
		t.Fatal(err)
	}
	tree := create(t, afero.NewOsFs(), dir)
	m := note("owned")
	m.Flags = []string{"Keyword"}
	fill(t, tree, mailtest.Account{"A/B": {m}})
	if err := tree.Subscribe(t.Context(), mustSpell(t, tree, "A/B")); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := filepath.WalkDir(filepath.Join(dir, ".A.B"), func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		n++
		if uid, gid, _ := owner(fi); uid != 12345 || gid != 54321 {
			t.Errorf("%s belongs to %d:%d", path, uid, gid)
		}
		want := os.FileMode(0o640)
		if e.IsDir() {
			want = 0o750
		}
		if got := fi.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	})
	if err != nil || n < 8 {
		t.Errorf("%d files, %v", n, err)
	}
}
