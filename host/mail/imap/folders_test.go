package imap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// shown is what the tests compare of a listing: names with their marks, sorted.
func shown(folders []mail.Folder) []string {
	var out []string
	for _, f := range folders {
		s := f.Name
		if f.Raw != f.Name {
			s += " <" + f.Raw + ">"
		}
		for mark, is := range map[string]bool{" faulty": f.Fault != "", " noselect": !f.Selectable && f.Fault == "", " subscribed": f.Subscribed} {
			if is {
				s += mark
			}
		}
		if f.Use != "" {
			s += " " + string(f.Use)
		}
		if f.Status != nil {
			s += fmt.Sprintf(" %d", f.Status.Messages)
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func TestFolders_listsEveryFolderWhateverItsName(t *testing.T) {
	const list = `* LIST (\HasNoChildren) "/" INBOX
* LIST (\HasNoChildren) "/" "Good"
* LIST (\HasNoChildren) "/" "R&D"
* LIST (\HasNoChildren) "/" "&ZeVnLIqe-"
* LIST (\HasNoChildren) "/" "M` + "\xfc" + `ll"
* LIST (\HasNoChildren) "/" "Entwürfe"
* LIST (\HasNoChildren \Sent) "/" Gesendet
* LIST (\Noselect \HasChildren) "/" parent
* LIST (\HasNoChildren) "/" "parent//child"
* LIST (\HasNoChildren) "/" "Inbox"
* LIST (\HasNoChildren) "/" "a&AC8-b"
* LIST (\HasNoChildren) "/" "a&IhU-b"
* LIST () "/" {10}
A "quoted"
* LIST (\Noinferiors) "/" Outbox
* LIST () "/" "Other Users/bob/INBOX"
* LIST () "/" "Other Users"
`
	s := startFake(t, ordinary("NAMESPACE", map[string]string{
		"NAMESPACE": "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL\n",
		"LIST":      list,
		"LSUB":      "* LSUB () \"/\" Good\n",
		"STATUS":    "NO not here",
	}))
	folders, err := open(t, config(s.port)).Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`A "quoted"`, "Entwürfe", "Gesendet Sent", "Good subscribed", "INBOX", "M\uFFFDll <M\xfcll> faulty", "Outbox",
		"R&D faulty", "a∕b <a&IhU-b>", "a&AC8-b faulty", "parent noselect", "parent//child faulty", "日本語 <&ZeVnLIqe->",
	}
	slices.Sort(want)
	if got := shown(folders); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range folders {
		if f.NoChildren != (f.Name == "Outbox") {
			t.Errorf("NoChildren of %q is %v", f.Name, f.NoChildren)
		}
		if f.Fault != "" {
			if _, err := open(t, config(s.port)).Examine(t.Context(), f); err == nil {
				t.Errorf("the faulty folder %q was opened", f.Name)
			}
		}
	}
}

func TestFolders_findsAnInboxThatIsNotListed(t *testing.T) {
	s := startFake(t, ordinary("", map[string]string{
		"LIST":    "* LIST () \"/\" Sent\n",
		"EXAMINE": "* 3 EXISTS\n* OK [UIDVALIDITY 5] x\n* OK [UIDNEXT 9] x\n",
		"STATUS":  "NO not here",
	}))
	folders, err := open(t, config(s.port)).Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(folders); !slices.Equal(got, []string{"INBOX 3", "Sent Sent"}) {
		t.Errorf("got %q", got)
	}
}

func TestFolders_guessesUsesOnlyWhereTheServerHasNone(t *testing.T) {
	for caps, want := range map[string][]string{
		"":            {"Corbeille Trash", "Gesendet Sent", "INBOX"},
		"SPECIAL-USE": {"Corbeille", "Gesendet", "INBOX"},
	} {
		s := startFake(t, ordinary(caps, map[string]string{
			"LIST":   "* LIST () \"/\" INBOX\n* LIST () \"/\" Gesendet\n* LIST () \"/\" Corbeille\n",
			"STATUS": "NO not here",
		}))
		folders, err := open(t, config(s.port)).Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(folders); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", caps, got, want)
		}
	}
}

func TestSpell_prefersTheSpellingOfTheServer(t *testing.T) {
	s := startFake(t, ordinary("", map[string]string{
		"LIST":   "* LIST () \"/\" INBOX\n* LIST () \"/\" \"Entwürfe\"\n",
		"STATUS": "NO not here",
	}))
	a := open(t, config(s.port))
	before, err := a.Spell("Entwürfe")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := a.Spell("Entwürfe")
	if err != nil {
		t.Fatal(err)
	}
	if before.Raw != "Entw&APw-rfe" || after.Raw != "Entwürfe" {
		t.Errorf("spelled %q, and %q when it was listed so", before.Raw, after.Raw)
	}
}

// TestRoot_servesBothDirections backs an account up below a folder of another one
// and reads the backup as an account again.
func TestRoot_servesBothDirections(t *testing.T) {
	for _, o := range []mailtest.DovecotOptions{{}, {Separator: '.', Prefix: "INBOX."}} {
		d := mailtest.StartDovecot(t, o)
		cfg := config(d.Port())
		cfg.Root = "Backup/ann"
		backup := open(t, cfg)
		if folders, err := backup.Folders(t.Context()); err != nil || len(folders) != 0 {
			t.Fatalf("before anything is there: %q, %v", shown(folders), err)
		}
		for i, name := range []string{"inbox", "Sent", "Work/2024"} {
			f, err := backup.Spell(name)
			if err == nil {
				err = backup.Create(t.Context(), f)
			}
			if err != nil {
				t.Fatal(err)
			}
			d.Dial("ann").Append(cfg.Root+"/"+f.Name, "", time.Now(), fmt.Appendf(nil, "Subject: %d\r\n\r\n", i))
		}
		d.Dial("ann").Append("INBOX", "", time.Now(), []byte("Subject: not part of it\r\n\r\n"))
		raw := func(name string) string {
			if name = "Backup/ann/" + name; o.Separator != 0 {
				name = strings.ReplaceAll(name, "/", string(o.Separator))
			}
			return o.Prefix + name
		}

		cfg.ReadOnly = true
		folders, err := open(t, cfg).Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"INBOX <" + raw("INBOX") + "> 1", "Sent <" + raw("Sent") + "> 1",
			"Work <" + raw("Work") + "> 0", "Work/2024 <" + raw("Work/2024") + "> 1",
		}
		if got := shown(folders); !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}

		// Mail in the root itself is not lost: it is there under the last level.
		d.Dial("ann").Append("Backup/ann", "", time.Now(), []byte("Subject: in the root\r\n\r\n"))
		folders, err = open(t, cfg).Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(folders); !slices.Contains(got, "ann <"+raw("")[:len(raw(""))-1]+"> 1") || len(got) != 5 {
			t.Errorf("got %q", got)
		}

		cfg.Root = "Backup/nobody"
		_, err = open(t, cfg).Folders(t.Context())
		wantError(t, err, mail.ErrNoFolder, "Backup/nobody")
	}
}

func TestRoot_whoseNameIsTakenByAFolderBelowItIsAtFault(t *testing.T) {
	s := startMemory(t, memoryOptions{caps: usual})
	for _, name := range []string{"Archive", "Archive/Archive", "Archived"} {
		if err := s.user.Create(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	c := mailtest.DialPlain(t, fmt.Sprintf("127.0.0.1:%d", s.port), "ann", "secret")
	c.Append("Archive", "", time.Now(), []byte("Subject: x\r\n\r\n"))
	cfg := config(s.port)
	cfg.Root = "Archive"
	folders, err := open(t, cfg).Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(folders); !slices.Equal(got, []string{"Archive <Archive/Archive> 0", "Archive faulty 1"}) {
		t.Errorf("got %q", got)
	}
}

func TestCreate_makesSpecialFoldersAndSparesWhatIsThere(t *testing.T) {
	s := startFake(t, ordinary("CREATE-SPECIAL-USE SPECIAL-USE", map[string]string{
		"LIST":   "* LIST () \".\" INBOX\n* LIST () \".\" there\n",
		"STATUS": "NO not here",
	}))
	a := open(t, config(s.port))
	if _, err := a.Folders(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]mail.Use{"there/deep/Sent": mail.UseSent, "there": ""} {
		f, err := a.Spell(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Use = use
		if err := a.Create(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, cmd := range s.said() {
		if strings.HasPrefix(cmd, "CREATE") {
			got = append(got, cmd)
		}
	}
	if want := []string{`CREATE "there.deep"`, `CREATE "there.deep.Sent" (USE (\Sent))`}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}
