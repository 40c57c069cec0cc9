package view

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestNumber_separatesThousands(t *testing.T) {
	tests := map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"}
	for give, want := range tests {
		if got := english.Number(give); got != want {
			t.Errorf("Number(%d) = %q, want %q", give, got, want)
		}
	}
}

func TestBytes_fitsAFewCharacters(t *testing.T) {
	tests := map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_900: "99.9 kB", 99_960: "100 kB", 999_950: "1.0 MB",
		84_000_000: "84.0 MB", 1_500_000_000: "1.5 GB", 1 << 62: "4.6 EB",
	}
	for give, want := range tests {
		if got := english.Bytes(give); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", give, got, want)
		}
	}
}

func TestDuration_namesTwoUnits(t *testing.T) {
	tests := map[time.Duration]string{
		-time.Second: "–", 0: "< 1 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 01 s",
		time.Hour + 5*time.Minute: "1 h 05 min", 49 * time.Hour: "2 d 1 h",
	}
	for give, want := range tests {
		if got := english.Duration(give); got != want {
			t.Errorf("Duration(%s) = %q, want %q", give, got, want)
		}
	}
}

func TestRelative_roundsToOneUnit(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	tests := map[time.Duration]string{
		10 * time.Second: "just now", time.Minute: "1 minute ago", 44 * time.Minute: "44 minutes ago", 50 * time.Minute: "1 hour ago",
		23 * time.Hour: "1 day ago", 40 * 24 * time.Hour: "1 month ago", 800 * 24 * time.Hour: "2 years ago", -5 * time.Minute: "in 5 minutes",
	}
	for give, want := range tests {
		if got := Relative(t.Context(), now.Add(-give), now); got != want {
			t.Errorf("%s before: %q, want %q", give, got, want)
		}
	}
}

func TestEvery_survivesTheForm(t *testing.T) {
	for _, d := range []time.Duration{time.Minute, 90 * time.Second, 90 * time.Minute, 2 * time.Hour, 24 * time.Hour, 36 * time.Hour} {
		n, unit := everyOf(d)
		if got := Interval(n, unit); got != d {
			t.Errorf("%s becomes %d %s, which is %s", d, n, unit, got)
		}
	}
}

func TestSentence_leavesOutTheKind(t *testing.T) {
	kind := errors.New("invalid")
	tests := []struct {
		give error
		want string
	}{
		{fmt.Errorf("%w: the name is missing", kind), "The name is missing"},
		{fmt.Errorf("the name is missing: %w", kind), "The name is missing"},
		{fmt.Errorf("%w: %w", kind, errors.Join(errors.New("one"), errors.New("ärger"))), "One\nÄrger"},
		{kind, ""},
	}
	for _, tt := range tests {
		if got := Sentence(tt.give, kind); got != tt.want {
			t.Errorf("Sentence(%q) = %q, want %q", tt.give, got, tt.want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"INBOX", "Entwürfe", "a\x00b\x1b[0m", "\u202egnp.exe", "\xff", "a\r\nb", "\u2066x\u2069", "\x85"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) || isBidi(r) }); i >= 0 {
			t.Errorf("Plain(%q) = %q keeps a character that misleads", s, got)
		}
		if Plain(got) != got {
			t.Errorf("Plain(%q) changes what is plain already", s)
		}
	})
}
