package mail

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestUTF7_spellsNamesAsServersDo(t *testing.T) {
	tests := []struct{ name, utf8, utf7 string }{
		{"ASCII", "Archive 2024 ~!\"%*\\", "Archive 2024 ~!\"%*\\"},
		{"ampersand", "R&D & Q", "R&-D &- Q"},
		{"umlaut", "Entwürfe", "Entw&APw-rfe"},
		{"RFC 3501", "~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
		{"emoji", "😀", "&2D3eAA-"},
		{"control", "a\tb", "a&AAk-b"},
		{"ampersand in a run", "ü&ü", "&APw-&-&APw-"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := EncodeUTF7(tt.utf8); got != tt.utf7 {
			t.Errorf("%s: EncodeUTF7(%q) = %q, want %q", tt.name, tt.utf8, got, tt.utf7)
		}
		if got, err := DecodeUTF7(tt.utf7); err != nil || got != tt.utf8 {
			t.Errorf("%s: DecodeUTF7(%q) = %q, %v; want %q", tt.name, tt.utf7, got, err, tt.utf8)
		}
	}
}

func TestDecodeUTF7_takesWhatIsOnlySpelledBadly(t *testing.T) {
	tests := []struct{ give, want string }{
		{"&AGE-", "a"},               // printable ASCII in a shift
		{"&APw-&APw-", "üü"},         // two shifts for one run
		{"&ACY-", "&"},               // the ampersand itself
		{"a\x01b\x7f", "a\x01b\x7f"}, // control characters as they are
	}
	for _, tt := range tests {
		if got, err := DecodeUTF7(tt.give); err != nil || got != tt.want {
			t.Errorf("DecodeUTF7(%q) = %q, %v; want %q", tt.give, got, err, tt.want)
		}
	}
}

func TestDecodeUTF7_refusesWhatHasNoMeaning(t *testing.T) {
	for _, give := range []string{
		"&", "a&b", "&AOQ", "Entwürfe", "\xff", "&A-", "&AOR-", "&AOQ=-", "&!!!!-", "&AO/k-", "&AO\r\nQ-",
		"&2D0-", "&3gA-", "&2D0AYQ-", "&3gDYPQ-", "&AOQA-",
	} {
		if got, err := DecodeUTF7(give); err == nil {
			t.Errorf("DecodeUTF7(%q) = %q, want an error", give, got)
		}
	}
}

func TestUTF7_bringsEveryNameBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		raw := EncodeUTF7(name)
		for i := range len(raw) {
			if raw[i] < ' ' || raw[i] > '~' {
				t.Fatalf("EncodeUTF7(%q) = %q is not printable ASCII", name, raw)
			}
		}
		if got, err := DecodeUTF7(raw); err != nil || got != strings.ToValidUTF8(name, "\ufffd") {
			t.Fatalf("%q comes back from %q as %q, %v", name, raw, got, err)
		}
	})
}

func FuzzDecodeUTF7(f *testing.F) {
	for _, seed := range []string{"INBOX", "Entw&APw-rfe", "&U,BTFw-/&ZeVnLIqe-", "&-", "&2D3eAA-", "&2D0-", "&AGE-", "&", "\xff", "&AOR-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		name, err := DecodeUTF7(raw)
		if err != nil {
			return
		}
		if !utf8.ValidString(name) {
			t.Fatalf("DecodeUTF7(%q) = %q is not UTF-8", raw, name)
		}
		if again, err := DecodeUTF7(EncodeUTF7(name)); err != nil || again != name {
			t.Errorf("%q comes back as %q, %v", name, again, err)
		}
	})
}
