package mail

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCleanFlags(t *testing.T) {
	tests := []struct {
		name       string
		give, want []Flag
	}{
		{"none", nil, []Flag{}},
		{"ordered and canonical", []Flag{`\seen`, "Junk", `\ANSWERED`, "$Forwarded"}, []Flag{"$Forwarded", `\Answered`, `\Seen`, "Junk"}},
		{"Recent is dropped", []Flag{`\Recent`, `\recent`, `\Seen`}, []Flag{`\Seen`}},
		{"unknown system flags are dropped", []Flag{`\*`, `\Foo`, `\`, `\Seen`}, []Flag{`\Seen`}},
		{"twice in other letters", []Flag{"junk", "Junk", "JUNK", `\seen`, `\Seen`}, []Flag{"JUNK", `\Seen`}},
		{"no atoms", []Flag{"", "a b", "a(", "a)", "{", "a%", "a*", `a"`, `a\`, "a]", "é", "a\x00", "a\r\nb"}, []Flag{}},
		{"strange but atoms", []Flag{"a[", "$", "+1", "a}", "^~`'", "."}, []Flag{"$", "+1", ".", "^~`'", "a[", "a}"}},
		{"too long", []Flag{Flag(strings.Repeat("x", 256)), Flag(strings.Repeat("x", 255))}, []Flag{Flag(strings.Repeat("x", 255))}},
	}
	for _, tt := range tests {
		give := slices.Clone(tt.give)
		got := CleanFlags(tt.give)
		slices.Sort(tt.want)
		sortedGot := slices.Sorted(slices.Values(got))
		if !slices.Equal(sortedGot, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if !slices.Equal(give, tt.give) {
			t.Errorf("%s: the argument became %q", tt.name, tt.give)
		}
	}
}

func TestCleanFlags_doesNotDependOnTheOrder(t *testing.T) {
	some := rapid.SliceOf(rapid.SampledFrom([]Flag{
		`\Seen`, `\SEEN`, `\Recent`, `\Draft`, "Junk", "junk", "JUNK", "$Forwarded", "a b", "", "a_b", "A-B", "~",
	}))
	rapid.Check(t, func(t *rapid.T) {
		flags := some.Draw(t, "flags")
		shuffled := rapid.Permutation(flags).Draw(t, "shuffled")
		a, b := CleanFlags(flags), CleanFlags(shuffled)
		if !slices.Equal(a, b) || !SameFlags(a, b) {
			t.Fatalf("%q gives %q, %q gives %q", flags, a, shuffled, b)
		}
		if again := CleanFlags(a); !slices.Equal(again, a) {
			t.Fatalf("cleaning %q again gives %q", a, again)
		}
	})
}

func TestSameFlags_passesOverLetterCase(t *testing.T) {
	tests := []struct {
		a, b []Flag
		want bool
	}{
		{nil, []Flag{}, true},
		{[]Flag{"Junk", `\Seen`}, []Flag{`\SEEN`, "junk"}, true},
		{[]Flag{"junk", "Zeta", "alpha"}, []Flag{"ALPHA", "zeta", "JUNK"}, true},
		{[]Flag{"Junk"}, []Flag{"Junk", `\Seen`}, false},
		{[]Flag{"Junk"}, []Flag{"Junk2"}, false},
	}
	for _, tt := range tests {
		if got := SameFlags(CleanFlags(tt.a), CleanFlags(tt.b)); got != tt.want {
			t.Errorf("SameFlags(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

func FuzzCleanFlags(f *testing.F) {
	f.Add(`\Seen Junk junk`)
	f.Add("a] {3} \\* \xff é")
	f.Fuzz(func(t *testing.T, text string) {
		var flags []Flag
		for s := range strings.SplitSeq(text, " ") {
			flags = append(flags, Flag(s))
		}
		for _, got := range CleanFlags(flags) {
			// What goes between the parentheses of a STORE must not end them.
			if strings.ContainsAny(string(got), " (){]\"%*\r\n\x00") || got == "" || strings.EqualFold(string(got), `\Recent`) {
				t.Errorf("CleanFlags lets %q pass", got)
			}
		}
	})
}
