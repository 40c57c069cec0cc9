package imap

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap/wire"
)

func TestNaming_translatesBothWays(t *testing.T) {
	tests := []struct {
		delim  byte
		prefix string
		caps   string
		root   string
		raw    string
		name   string
	}{
		{'/', "", "", "", "INBOX", "INBOX"},
		{'/', "", "", "", "Archive/2024", "Archive/2024"},
		{'.', "", "", "", "Archive.2024", "Archive/2024"},
		{'.', "INBOX.", "", "", "INBOX", "INBOX"},
		{'.', "INBOX.", "", "", "INBOX.Archive.2024", "Archive/2024"},
		{'.', "INBOX.", "", "", "INBOX.INBOX.below", "INBOX/below"},
		{'/', "", "", "", "INBOX/below", "INBOX/below"},
		{'.', "Mail.", "", "", "INBOX", "INBOX"},
		{'.', "Mail.", "", "", "Mail.Sent", "Sent"},
		{'/', "", "", "", "Entw&APw-rfe", "Entwürfe"},
		{'.', "INBOX.", "", "", "INBOX.R&-D.&U,BTFw-", "R&D/台北"},
		{'/', "", "IMAP4REV2", "", "Entwürfe/R&D", "Entwürfe/R&D"},
		{'/', "", "IMAP4REV1 IMAP4REV2", "", "Entw&APw-rfe", "Entwürfe"},
		{0, "", "", "", "a/b", "a" + mail.NestedSlash + "b"},
		{0, "", "", "", "flat", "flat"},
		{'\\', "", "", "", `a\b`, "a/b"},
		{'/', "", "", "Backup/ann", "Backup/ann/Sent", "Sent"},
		{'/', "", "", "Backup/ann", "Backup/ann/INBOX", "INBOX"},
		{'/', "", "", "Backup/ann", "Backup/ann/INBOX/below", "INBOX/below"},
		{'.', "INBOX.", "", "Backup/ann", "INBOX.Backup.ann.INBOX", "INBOX"},
		{'.', "INBOX.", "", "Bücher", "INBOX.B&APw-cher.2024", "2024"},
		{'/', "", "", "INBOX", "INBOX", "INBOX"},
		{'/', "", "", "INBOX", "INBOX/below", "below"},
	}
	for _, tt := range tests {
		n, err := newNaming(tt.prefix, tt.delim, nil, wire.ParseCaps(tt.caps), tt.root)
		if err != nil {
			t.Fatal(err)
		}
		if below, _ := n.below(tt.raw); !below {
			t.Errorf("%q is not below %q", tt.raw, tt.root)
			continue
		}
		if got, err := n.name(tt.raw); got != tt.name || err != nil {
			t.Errorf("name(%q) = %q, %v; want %q", tt.raw, got, err, tt.name)
		}
		if strings.Contains(tt.name, mail.NestedSlash) {
			continue // written as it is; see below
		}
		raw, clean, err := n.raw(tt.name)
		if raw != tt.raw || clean != tt.name || err != nil {
			t.Errorf("raw(%q) = %q, %q, %v; want %q", tt.name, raw, clean, err, tt.raw)
		}
	}
}

func TestNaming_readsWhatServersShouldNotSend(t *testing.T) {
	tests := []struct {
		delim        byte
		prefix, root string
		raw, want    string // want "" is an error
	}{
		{'/', "", "", "inbox", "INBOX"},
		{'/', "", "", "Inbox/below", "INBOX/below"},
		{'.', "INBOX.", "", "Inbox.Sent", "Sent"},
		{'.', "INBOX.", "", "Sent", "Sent"}, // outside of its own namespace
		{'/', "", "", "Entwürfe", "Entwürfe"},
		{'/', "", "", "only folders/", "only folders"},
		{'.', "", "", "either/or", "either" + mail.NestedSlash + "or"},
		{'/', "", "", "a&AC8-b", "a" + mail.NestedSlash + "b"},
		{'/', "", "", "a//b", ""},
		{'/', "", "", "/a", ""},
		{'/', "", "", "R&D", ""},
		{'/', "", "", strings.Repeat("x/", maxLevels) + "x", ""},
		{'/', "", "", "M\xfcll", ""},
		{'/', "", "", "", ""},
	}
	for _, tt := range tests {
		n, err := newNaming(tt.prefix, tt.delim, nil, wire.Caps{}, tt.root)
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.name(tt.raw)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("name(%q) = %q, %v; want %q", tt.raw, got, err, tt.want)
		}
	}
}

func TestNaming_spellsWhatCanExist(t *testing.T) {
	tests := []struct {
		delim     byte
		root      string
		give      string
		raw, name string // "" is an error
	}{
		{'/', "", "Inbox/below", "INBOX/below", "INBOX/below"},
		{'.', "", "v1.2/notes", "v1_2.notes", "v1_2/notes"},
		{'/', "", "v1.2", "v1.2", "v1.2"},
		{'.', "", "a" + mail.NestedSlash + "b", "a&IhU-b", "a" + mail.NestedSlash + "b"},
		{'.', "", "a//b", "", ""},
		{'.', "", "/a", "", ""},
		{'.', "", "a/", "", ""},
		{'.', "", "", "", ""},
		{'.', "", "a\x00b", "", ""},
		{'.', "", "a\u0085b", "", ""},
		{'.', "", "a\xffb", "", ""},
		{0, "", "a/b", "", ""},
		{'.', "", strings.Repeat("x", maxName), strings.Repeat("x", maxName), strings.Repeat("x", maxName)},
		{'.', "", strings.Repeat("x", maxName+1), "", ""},
		{'/', "Backup", strings.Repeat("x", maxName), "", ""},
		{'/', "", strings.Repeat("x/", maxLevels) + "x", "", ""},
		{'/', "Backup", "inbox", "Backup/INBOX", "INBOX"},
	}
	for _, tt := range tests {
		n, err := newNaming("", tt.delim, nil, wire.Caps{}, tt.root)
		if err != nil {
			t.Fatal(err)
		}
		raw, name, err := n.raw(tt.give)
		if raw != tt.raw || name != tt.name || (err != nil) != (tt.raw == "") {
			t.Errorf("raw(%q) = %q, %q, %v; want %q, %q", tt.give, raw, name, err, tt.raw, tt.name)
		}
	}
}

func TestNaming_knowsTheFoldersAbove(t *testing.T) {
	tests := []struct {
		delim  byte
		prefix string
		give   string
		want   string
	}{
		{'/', "", "a/b/c", "a a/b"},
		{'/', "", "a", ""},
		{'/', "", "INBOX/a/b", "INBOX/a"},
		{'.', "INBOX.", "INBOX.a.b", "INBOX.a"},
		{'.', "INBOX.", "INBOX.INBOX.a", "INBOX.INBOX"},
		{0, "", "a/b", ""},
	}
	for _, tt := range tests {
		n := naming{delim: tt.delim, prefix: tt.prefix}
		if got := strings.Join(n.parents(tt.give), " "); got != tt.want {
			t.Errorf("parents(%q) = %q, want %q", tt.give, got, tt.want)
		}
	}
}

func TestNaming_tellsTheFoldersOfOthers(t *testing.T) {
	n, err := newNaming("", '/', []string{"Other Users/", "", "#shared."}, wire.Caps{}, "")
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]bool{
		"Other Users/bob": true, "Other Users": true, "#shared.x": true, "INBOX": false, "Other": false, "Other Users2": false,
	} {
		if got := n.foreign(raw); got != want {
			t.Errorf("foreign(%q) = %v", raw, got)
		}
	}
}

// FuzzNaming checks that what a server lists has a Name that splits into levels,
// and that what we spell comes back under the same Name.
func FuzzNaming(f *testing.F) {
	for _, raw := range []string{"INBOX", "INBOX.Entw&APw-rfe", "a/b", "a//b", "R&D", "M\xfcll", "日本語", "a&AC8-b", "\x00", "&IhU-", "inbox.x", ""} {
		f.Add(raw, byte('.'), "INBOX.", "")
		f.Add(raw, byte('/'), "", "Backup/ann")
		f.Add(raw, byte(0), "", "")
	}
	f.Fuzz(func(t *testing.T, raw string, delim byte, prefix, root string) {
		if delim >= 0x80 || delim == '&' || delim == '-' {
			return // no server could spell names so
		}
		n, err := newNaming(prefix, delim, nil, wire.Caps{}, root)
		if err != nil {
			return
		}
		if below, _ := n.below(raw); below {
			if name, err := n.name(raw); err == nil {
				for _, level := range mail.Levels(name) {
					if level == "" {
						t.Errorf("name(%q) = %q has an empty level", raw, name)
					}
				}
			}
		}
		spelled, clean, err := n.raw(raw) // any string may be a Name too
		if err != nil {
			return
		}
		if below, self := n.below(spelled); !below || self && clean != mail.Inbox {
			t.Fatalf("raw(%q) = %q is not below %q", raw, spelled, n.root)
		}
		if strings.HasSuffix(prefix, string(delim)) && !strings.ContainsRune(prefix, '&') || prefix == "" {
			if back, err := n.name(spelled); err != nil || back != clean {
				t.Errorf("raw(%q) = %q, which is listed as %q (%v), want %q", raw, spelled, back, err, clean)
			}
		}
	})
}

func TestGuessUses(t *testing.T) {
	folders := func(names ...string) []mail.Folder {
		var out []mail.Folder
		for _, name := range names {
			out = append(out, mail.Folder{Name: name, Selectable: true})
		}
		return out
	}
	listed := func(folders []mail.Folder) string {
		var out []string
		for _, f := range folders {
			if f.Use != "" {
				out = append(out, f.Name+"="+string(f.Use))
			}
		}
		return strings.Join(out, " ")
	}
	known := folders("Sent", "Müll")
	known[1].Use = mail.UseTrash
	broken := folders("Sent", "Papierkorb")
	broken[0].Fault, broken[1].Selectable = "broken", false
	tests := []struct {
		name string
		give []mail.Folder
		want string
	}{
		{"German", folders("INBOX", "Entwürfe", "Gesendete Elemente", "Papierkorb", "Spam", "Archiv", "Kunden"), "Entwürfe=Drafts Gesendete Elemente=Sent Papierkorb=Trash Spam=Junk Archiv=Archive"},
		{"decomposed letters", folders("Entwu\u0308rfe"), "Entwu\u0308rfe=Drafts"},
		{"the likelier of two", folders("Gesendet", "Sent"), "Sent=Sent"},
		{"top level only", folders("Archive/Sent", "Work/Trash"), ""},
		{"the server knows better", known, "Müll=Trash"},
		{"folders that can not be used", broken, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			guessUses(tt.give)
			if got := listed(tt.give); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestUseNames_areCleanAndTellOneUseEach(t *testing.T) {
	seen := map[string]mail.Use{}
	for _, u := range useNames {
		for _, name := range u.names {
			if other, twice := seen[name]; twice {
				t.Errorf("%q is %s and %s", name, other, u.use)
			}
			seen[name] = u.use
			if folded := foldName(name); folded != name || mail.IsInbox(name) {
				t.Errorf("%q is never found, %q would be", name, folded)
			}
		}
	}
}
