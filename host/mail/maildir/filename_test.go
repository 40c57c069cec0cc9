package maildir

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

func TestFileName_tellsFlagsAndSizes(t *testing.T) {
	keywords := []string{"$Forwarded", "", "Junk"}
	tests := []struct {
		give      string
		wantBase  string
		wantFlags []mail.Flag
		wantS     int64
		wantW     int64
	}{
		{"1.M2P3.host,S=8,W=10:2,STac", "1.M2P3.host,S=8,W=10", []mail.Flag{"$Forwarded", `\Deleted`, `\Seen`, "Junk"}, 8, 10},
		{"1.M2P3.host", "1.M2P3.host", []mail.Flag{}, -1, -1},
		{"1.host:2,", "1.host", []mail.Flag{}, -1, -1},
		{"1.host:2,DFRS", "1.host", []mail.Flag{`\Answered`, `\Draft`, `\Flagged`, `\Seen`}, -1, -1},
		{"1.host:2,PSbz", "1.host", []mail.Flag{`\Seen`}, -1, -1}, // P, and letters of no keyword
		{"1.host:1,S", "1.host", []mail.Flag{}, -1, -1},
		{"1.host,S=:2,S", "1.host,S=", []mail.Flag{`\Seen`}, -1, -1},
		{"1.host,S=-5,W=99999999999999999999:2,", "1.host,S=-5,W=99999999999999999999", []mail.Flag{}, -1, -1},
	}
	for _, tt := range tests {
		base, letters := splitName(tt.give)
		flags := flagsOf(letters, keywords)
		if base != tt.wantBase || !slices.Equal(flags, mail.CleanFlags(tt.wantFlags)) {
			t.Errorf("%q: base %q, flags %v; want %q, %v", tt.give, base, flags, tt.wantBase, tt.wantFlags)
		}
		for key, want := range map[string]int64{"S": tt.wantS, "W": tt.wantW} {
			got, ok := sizeIn(base, key)
			if !ok {
				got = -1
			}
			if got != want {
				t.Errorf("%q: %s=%d, want %d", tt.give, key, got, want)
			}
		}
	}
}

func TestLettersOf_keepsLettersOfOthers(t *testing.T) {
	keywords := []string{"$Forwarded", "", "Junk"}
	tests := []struct {
		flags []mail.Flag
		old   string
		want  string
	}{
		{nil, "", ""},
		{nil, "FPSac", "P"},
		{[]mail.Flag{`\Seen`, "junk", "Unknown"}, "PT", "PSc"},
		{[]mail.Flag{`\SEEN`, `\Draft`, "$forwarded"}, "", "DSa"},
		{[]mail.Flag{`\Seen`, `\Seen`}, "S", "S"},
		{nil, ":,/!\x00é", ""},
	}
	for _, tt := range tests {
		if got := lettersOf(tt.flags, keywords, tt.old); got != tt.want {
			t.Errorf("lettersOf(%v, %q) = %q, want %q", tt.flags, tt.old, got, tt.want)
		}
	}
}

func TestNewBase_isNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	now := time.Now()
	for range 1000 {
		base := newBase(now)
		if seen[base] || strings.ContainsAny(base, "/:,") {
			t.Fatalf("name %q", base)
		}
		seen[base] = true
		if born, ok := bornAt(base); !ok || born.Unix() != now.Unix() {
			t.Fatalf("%q is born at %v, want %v", base, born, now)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, seed := range []string{"1.M2P3.host,S=8,W=10:2,STac", "1.host", "1.host:2,", "1.host:1,S", ":2,S", "a:b:2,S", "1.h:2,S,x", "1.h,S=8:2,\x00"} {
		f.Add(seed)
	}
	keywords := []string{"$Forwarded", "Junk"}
	f.Fuzz(func(t *testing.T, file string) {
		base, letters := splitName(file)
		if !strings.HasPrefix(file, base) || strings.Contains(base, ":") {
			t.Fatalf("splitName(%q) = %q, %q", file, base, letters)
		}
		sizeIn(base, "S")
		bornAt(base)
		flags := flagsOf(letters, keywords)
		again := lettersOf(flags, keywords, letters)
		if got := flagsOf(again, keywords); !slices.Equal(got, flags) {
			t.Errorf("%q: flags %v become %v as %q", file, flags, got, again)
		}
		if strings.ContainsAny(again, "/:\x00") {
			t.Errorf("%q: letters %q do not fit into a file name", file, again)
		}
	})
}
