package maildir

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

func TestSpell_givesTheNameThatAListingShows(t *testing.T) {
	tests := []struct{ give, wantName, wantRaw string }{
		{"inbox", "INBOX", "INBOX"},
		{"Archive/2024", "Archive/2024", ".Archive.2024"},
		{"Entwürfe", "Entwürfe", ".Entw&APw-rfe"},
		{"R&D/Q", "R&D/Q", ".R&-D.Q"},
		{"v1.2/..", "v1_2/__", ".v1_2.__"},
		{"INBOX/x", "INBOX/x", ".INBOX.x"},
		{"a" + mail.NestedSlash + "b", "a" + mail.NestedSlash + "b", ".a&IhU-b"},
		{`back\slash "q" *%`, `back\slash "q" *%`, `.back\slash "q" *%`},
	}
	for _, tt := range tests {
		name, raw, err := spell(tt.give)
		if err != nil || name != tt.wantName || raw != tt.wantRaw {
			t.Errorf("spell(%q) = %q, %q, %v; want %q, %q", tt.give, name, raw, err, tt.wantName, tt.wantRaw)
		}
		if raw == rawInbox {
			continue
		}
		if back, err := parseRaw(raw); err != nil || back != name {
			t.Errorf("parseRaw(%q) = %q, %v; want %q", raw, back, err, name)
		}
	}
}

func TestSpell_refusesWhatCanNotBeADirectory(t *testing.T) {
	for _, give := range []string{"", "/", "a//b", "a/", "/a", "a\tb", "a\x00", "\x7f", "\xff", strings.Repeat("x", 255), strings.Repeat("ü", 200)} {
		if name, raw, err := spell(give); err == nil {
			t.Errorf("spell(%.20q) = %q, %q; want an error", give, name, raw)
		}
	}
}

func TestParseRaw_readsWhatOtherProgramsMade(t *testing.T) {
	tests := []struct {
		give, want string
		wantErr    bool
	}{
		{give: ".Entwürfe.日本", want: "Entwürfe/日本"}, // Dovecot with UTF-8 on disk
		{give: ".a&AC8-b", want: "a" + mail.NestedSlash + "b"},
		{give: ".a&AC4-b", want: "a.b"},
		{give: "..", wantErr: true},
		{give: ".a..b", wantErr: true},
		{give: ".a&b", wantErr: true},
		{give: ".\xff", wantErr: true},
		{give: "a", wantErr: true},
		{give: "", wantErr: true},
	}
	for _, tt := range tests {
		got, err := parseRaw(tt.give)
		if got != tt.want && err == nil || (err != nil) != tt.wantErr {
			t.Errorf("parseRaw(%q) = %q, %v; want %q", tt.give, got, err, tt.want)
		}
	}
}

func FuzzParseRaw(f *testing.F) {
	for _, seed := range []string{".Archive.2024", ".Entw&APw-rfe", ".R&-D", ".日本", ".a&AC8-b", "..", ".&", ".&2D0-", ".a..b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := parseRaw(raw)
		if err != nil {
			return
		}
		if got, want := len(mail.Levels(name)), strings.Count(raw, "."); got != want {
			t.Errorf("parseRaw(%q) = %q has %d levels, want %d", raw, name, got, want)
		}
	})
}

func FuzzSpell(f *testing.F) {
	for _, seed := range []string{"INBOX", "a/b", "Entwürfe", "a.b", "../../etc", "a\x00b", "&", "&AOQ-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, give string) {
		name, raw, err := spell(give)
		if err != nil || raw == rawInbox {
			return
		}
		if strings.ContainsAny(raw, "/\x00") || raw == "." || raw == ".." || len(raw) > maxName {
			t.Fatalf("spell(%q) leaves the tree: %q", give, raw)
		}
		back, err := parseRaw(raw)
		if err != nil || back != name {
			t.Errorf("spell(%q) = %q, %q, which is read as %q, %v", give, name, raw, back, err)
		}
	})
}
