package maildir

import (
	"slices"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

func TestParseKeywords_passesOverWhatIsNoKeyword(t *testing.T) {
	tests := []struct {
		name, give string
		want       []string
	}{
		{"none", "", nil},
		{"Dovecot's", "0 $Forwarded\n1 Junk\n3 Bar\n", []string{"$Forwarded", "Junk", "", "Bar"}},
		{"beyond z", "25 Last\n26 Over\n-1 Under\n", append(make([]string, 25), "Last")},
		{"no number", "x Junk\nJunk\n0\n\n0 \n", nil},
		{"no atom", "0 a b\n1 a\x00\n2 \\Seen\n3 (\n", nil},
		{"twice", "0 Junk\n0 Other\n1 junk\n", []string{"Junk", ""}},
	}
	for _, tt := range tests {
		if got := parseKeywords(tt.give); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzParseKeywords(f *testing.F) {
	f.Add("0 $Forwarded\n1 Junk\n3 Bar\n")
	f.Add("25 z\n26 over\n0 a b\n\x00")
	f.Fuzz(func(t *testing.T, text string) {
		keywords := parseKeywords(text)
		if len(keywords) > maxKeywords {
			t.Fatalf("%d keywords", len(keywords))
		}
		for _, k := range keywords {
			if k != "" && !mail.Flag(k).Valid() {
				t.Errorf("keyword %q can not be sent to a server", k)
			}
		}
		again := parseKeywords(formatKeywords(keywords))
		for len(again) < len(keywords) {
			again = append(again, "")
		}
		if !slices.Equal(again, keywords) {
			t.Errorf("%q becomes %q", keywords, again)
		}
	})
}

func TestSubscriptions_keepTheFormatThatIsThere(t *testing.T) {
	tests := []struct{ name, give, raw, want string }{
		{"new list", "", ".A.B", "V\t2\n\nA\tB\n"},
		{"Dovecot's", "V\t2\n\nA\tB\n&AOQ-b\tc\n", ".X.Y", "V\t2\n\nA\tB\n&AOQ-b\tc\nX\tY\n"},
		{"old format", "A.B\nINBOX\n", ".X.Y", "A.B\nINBOX\nX.Y\n"},
		{"no line end", "A.B", ".C", "A.B\nC\n"},
		{"there already", "V\t2\n\nA\tB\n", ".A.B", "V\t2\n\nA\tB\n"},
		{"INBOX", "", "INBOX", "V\t2\n\nINBOX\n"},
	}
	for _, tt := range tests {
		got := addSubscription(tt.give, tt.raw)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if !slices.Contains(parseSubscriptions(got), tt.raw) {
			t.Errorf("%s: %q does not hold %q", tt.name, got, tt.raw)
		}
	}
}

func FuzzSubscriptions(f *testing.F) {
	f.Add("V\t2\n\nA\tB\n", ".A.B")
	f.Add("A.B\nINBOX", ".C")
	f.Fuzz(func(t *testing.T, text, give string) {
		_, raw, err := spell(give)
		if err != nil {
			return
		}
		before := parseSubscriptions(text)
		after := parseSubscriptions(addSubscription(text, raw))
		if !slices.Contains(after, raw) {
			t.Errorf("%q is not subscribed in %q", raw, after)
		}
		if len(after) > len(before)+1 || !slices.Equal(after[:len(before)], before) {
			t.Errorf("%q became %q", before, after)
		}
	})
}
