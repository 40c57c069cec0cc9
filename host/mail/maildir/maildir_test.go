package maildir

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func TestTree_keepsTheContractsOfAMailStore(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		mailtest.Run(t, func(t *testing.T) mail.Target { return create(t, afero.NewMemMapFs(), "/Maildir") })
	})
	t.Run("disk", func(t *testing.T) {
		mailtest.Run(t, func(t *testing.T) mail.Target {
			return create(t, afero.NewOsFs(), filepath.Join(t.TempDir(), "Maildir"))
		})
	})
}

func create(t *testing.T, fsys afero.Fs, dir string) *Tree {
	t.Helper()
	tree, err := Create(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// served starts a Dovecot for the user ann and returns it with the directory that
// her mail is in, which does not exist yet.
func served(t *testing.T) (*mailtest.Dovecot, string) {
	t.Helper()
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	dir := d.MailDir("ann")
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	d.Own(filepath.Dir(dir))
	return d, dir
}

func TestTree_isServedByDovecot(t *testing.T) {
	d, dir := served(t)
	tree := create(t, afero.NewOsFs(), dir)
	want := mailtest.Corpus(mailtest.CorpusOptions{Seed: 3, Messages: 300})
	uids := fill(t, tree, want)
	lists := mustSpell(t, tree, "Archiv/2011")
	if err := tree.Subscribe(t.Context(), lists); err != nil {
		t.Fatal(err)
	}
	d.Own(dir)

	c := d.Dial("ann")
	got := c.DumpUTF8()
	if diff := mailtest.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for folder, mails := range got {
		for i, m := range mails {
			if m.UID != uint32(uids[folder][i]) {
				t.Errorf("%s: message %d has UID %d at Dovecot, %d here", folder, i, m.UID, uids[folder][i])
			}
		}
	}
	if got := c.Subscribed(); !slices.Equal(got, []string{"Archiv/2011"}) {
		t.Errorf("Dovecot sees the subscriptions %q", got)
	}
}

func TestTree_readsWhatDovecotWrote(t *testing.T) {
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	want := mailtest.Corpus(mailtest.CorpusOptions{Seed: 4, Messages: 300})
	c := d.Dial("ann")
	c.Fill(want)
	c.Cmd("SUBSCRIBE " + c.Quote(c.Raw("日本語/受信箱 控え")))
	dump := c.DumpUTF8()

	tree, err := Open(afero.NewOsFs(), d.MailDir("ann"))
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, tree)
	if diff := mailtest.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for folder, mails := range got {
		for i, m := range mails {
			if m.UID != dump[folder][i].UID {
				t.Errorf("%s: message %d has UID %d at Dovecot, %d here", folder, i, dump[folder][i].UID, m.UID)
			}
		}
	}
	for _, f := range folders(t, tree) {
		if f.Subscribed != (f.Name == "日本語/受信箱 控え") {
			t.Errorf("%q: subscribed is %v", f.Name, f.Subscribed)
		}
	}
}

func TestTree_takesTurnsWithDovecot(t *testing.T) {
	d, dir := served(t)
	tree := create(t, afero.NewOsFs(), dir)
	uids := fill(t, tree, mailtest.Account{"INBOX": {note("one"), note("two")}, "Box": {note("box")}})
	d.Own(dir)
	c := d.Dial("ann")
	c.Cmd("SELECT INBOX")
	c.Cmd(`UID STORE 2 +FLAGS (\Flagged Later)`)
	c.Append("INBOX", "Later $Forwarded", note("").Date, note("three").Body)

	w, err := tree.Select(t.Context(), mustSpell(t, tree, "INBOX"))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Status(); got.Messages != 3 || got.UIDNext != 4 {
		t.Errorf("after Dovecot's append: %+v, want 3 messages and UIDNEXT 4", got)
	}
	four := note("four")
	four.Flags = []string{"New-One", `\Seen`}
	got := put(t, w, four)
	err = w.ChangeFlags(t.Context(), []mail.FlagChange{{UIDs: mail.UIDs(uids["INBOX"][0]), Add: []mail.Flag{mail.FlagAnswered, "Later"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != 4 {
		t.Errorf("the fourth message has UID %d", got[0])
	}
	d.Own(dir)

	c.Append("INBOX", "", note("").Date, note("five").Body)
	one, two, three := note("one"), note("two"), note("three")
	one.Flags = []string{`\Answered`, "Later"}
	two.Flags = []string{`\Flagged`, "Later"}
	three.Flags = []string{"Later", "$Forwarded"}
	want := mailtest.Account{"INBOX": {one, two, three, four, note("five")}, "Box": {note("box")}}
	for who, account := range map[string]mailtest.Account{"Dovecot": c.DumpUTF8(), "Tree": read(t, tree)} {
		if diff := mailtest.Diff(want, account); diff != "" {
			t.Errorf("%s sees:\n%s", who, diff)
		}
		for i, m := range account["INBOX"] {
			if int(m.UID) != i+1 {
				t.Errorf("%s: message %d has UID %d", who, i+1, m.UID)
			}
		}
	}
}

func note(subject string) mailtest.Mail {
	return mailtest.Mail{
		Date: time.Date(2019, 5, 6, 7, 8, 9, 0, time.UTC),
		Body: []byte("Subject: " + subject + "\r\n\r\nbody of " + subject + "\r\n"),
	}
}

func mustSpell(t *testing.T, tree *Tree, name string) mail.Folder {
	t.Helper()
	f, err := tree.Spell(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func folders(t *testing.T, tree *Tree) []mail.Folder {
	t.Helper()
	all, err := tree.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fill makes the folders of a and appends its messages in batches.
func fill(t *testing.T, tree *Tree, a mailtest.Account) map[string][]mail.UID {
	t.Helper()
	uids := map[string][]mail.UID{}
	for _, name := range a.Folders() {
		f := mustSpell(t, tree, name)
		if err := tree.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		w, err := tree.Select(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for mails := range slices.Chunk(a[name], 20) {
			uids[name] = append(uids[name], put(t, w, mails...)...)
		}
	}
	return uids
}

func put(t *testing.T, w mail.Writer, mails ...mailtest.Mail) []mail.UID {
	t.Helper()
	receipt, err := w.Append(t.Context(), uploads(mails))
	if err != nil {
		t.Fatal(err)
	}
	uids, err := receipt.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return uids
}

// read returns all messages of a tree.
func read(t *testing.T, tree *Tree) mailtest.Account {
	t.Helper()
	out := mailtest.Account{}
	for _, f := range folders(t, tree) {
		if f.Fault != "" {
			t.Errorf("%q: %s", f.Name, f.Fault)
			continue
		}
		out[f.Name] = readFolder(t, tree, f)
	}
	return out
}

func readFolder(t *testing.T, tree *Tree, f mail.Folder) []mailtest.Mail {
	t.Helper()
	r, err := tree.Examine(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var mails []mailtest.Mail
	err = r.Fetch(t.Context(), mail.UIDSpan(1, 1<<32-1), func(m mail.Message, body io.Reader) error {
		b, err := io.ReadAll(body)
		got := mailtest.Mail{UID: uint32(m.UID), Date: m.InternalDate, Body: b}
		for _, f := range m.Flags {
			got.Flags = append(got.Flags, string(f))
		}
		mails = append(mails, got)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return mails
}
