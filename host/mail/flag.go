package mail

import (
	"cmp"
	"slices"
	"strings"
)

// Flag is a system flag such as `\Seen` or a keyword such as `$Forwarded`
// (RFC 9051 section 2.3.2), spelled as the server spells it. Flags are equal
// without regard to letter case.
type Flag string

// The system flags of RFC 9051 section 2.3.2. Recent (RFC 3501) belongs to a
// session and is never copied.
const (
	FlagSeen     Flag = `\Seen`
	FlagAnswered Flag = `\Answered`
	FlagFlagged  Flag = `\Flagged`
	FlagDeleted  Flag = `\Deleted`
	FlagDraft    Flag = `\Draft`
	FlagRecent   Flag = `\Recent`
)

// Valid reports whether f may be sent to a server: a known system flag other
// than \Recent, or an atom of RFC 9051 section 9 (flag-keyword).
func (f Flag) Valid() bool {
	s := string(f)
	if strings.HasPrefix(s, `\`) {
		switch canonicalFlag(f) {
		case FlagSeen, FlagAnswered, FlagFlagged, FlagDeleted, FlagDraft:
			return true
		}
		return false
	}
	if s == "" || len(s) > 255 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`(){%*"\]`, c) >= 0 {
			return false
		}
	}
	return true
}

// canonicalFlag spells a system flag as RFC 9051 does; keywords stay as they are.
func canonicalFlag(f Flag) Flag {
	if !strings.HasPrefix(string(f), `\`) {
		return f
	}
	for _, s := range []Flag{FlagSeen, FlagAnswered, FlagFlagged, FlagDeleted, FlagDraft, FlagRecent} {
		if strings.EqualFold(string(f), string(s)) {
			return s
		}
	}
	return f
}

// CleanFlags returns the flags that can be copied, in a canonical order: valid
// ones, without \Recent and without repetitions that differ in letter case only.
// The order makes two equal sets compare equal element by element.
func CleanFlags(flags []Flag) []Flag {
	out := make([]Flag, 0, len(flags))
	for _, f := range flags {
		f = canonicalFlag(f)
		if f.Valid() {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, compareFlags)
	return slices.CompactFunc(out, func(a, b Flag) bool { return strings.EqualFold(string(a), string(b)) })
}

// AreClean reports whether flags is what [CleanFlags] would make of it.
func AreClean(flags []Flag) bool {
	for i, f := range flags {
		if !f.Valid() || canonicalFlag(f) != f {
			return false
		}
		if i > 0 && (compareFlags(flags[i-1], f) >= 0 || strings.EqualFold(string(flags[i-1]), string(f))) {
			return false
		}
	}
	return true
}

// compareFlags orders flags by their letters in lower case, and those that are equal
// then as they are. Flags are ASCII.
func compareFlags(a, b Flag) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(string(a), string(b)))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// SameFlags reports whether a and b, both from [CleanFlags], are the same set.
func SameFlags(a, b []Flag) bool {
	return slices.EqualFunc(a, b, func(x, y Flag) bool { return strings.EqualFold(string(x), string(y)) })
}
