package wire

import (
	"slices"
	"testing"
)

func TestNamespaces_tellsTheOwnOneFromTheOthers(t *testing.T) {
	tests := []struct {
		name   string
		give   string
		prefix string
		delim  byte
		others []string
	}{
		{"Courier", `(("INBOX." ".")) NIL (("#shared." ".")("shared." "."))`, "INBOX.", '.', []string{"#shared.", "shared."}},
		{"Dovecot", `(("" "/")) (("Others/" "/")) (("Shared/" "/"))`, "", '/', []string{"Others/", "Shared/"}},
		{"two of the own", `(("" "/")("#mh/" "/" "X-PARAM" ("FLAG1" "FLAG2"))) NIL NIL`, "", '/', nil},
		{"spaces between", `( ("" "/") ("#mh/" "/") )  NIL  NIL `, "", '/', nil},
		{"no delimiter", `(("" NIL)) NIL NIL`, "", 0, nil},
		{"a literal", "((\"\" \"/\")) (({2}\n~/ \"/\")) NIL", "", '/', []string{"~/"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "NAMESPACE", Limits{}, func(s *server) {
				s.say("* NAMESPACE %s\n%s OK\n", tt.give, s.expect("NAMESPACE"))
			})
			prefix, delim, others, err := c.Namespaces(t.Context())
			if err != nil || prefix != tt.prefix || delim != tt.delim || !slices.Equal(others, tt.others) {
				t.Errorf("got %q, %q, %q, %v", prefix, delim, others, err)
			}
		})
	}
}

func TestNamespaces_asksListWhenTheAnswerIsOfNoUse(t *testing.T) {
	for _, give := range []string{
		`NIL NIL NIL`, `(("" "/")) ((`, `(("" "/")) NIL`, `garbage`, `((`, `(()) NIL NIL`, `(("" "/" (`, ``,
	} {
		t.Run(give, func(t *testing.T) {
			c := play(t, "NAMESPACE", Limits{}, func(s *server) {
				s.say("* NAMESPACE %s\n%s OK\n", give, s.expect("NAMESPACE"))
				s.say("* LIST () \".\" \"\"\n%s OK\n", s.expect(`LIST "" ""`))
			})
			prefix, delim, others, err := c.Namespaces(t.Context())
			if err != nil || prefix != "" || delim != '.' || others != nil {
				t.Errorf("got %q, %q, %q, %v", prefix, delim, others, err)
			}
		})
	}
}

func TestNamespaces_asksListWithoutTheCapability(t *testing.T) {
	for give, want := range map[string]byte{`(\Noselect) "." ""`: '.', `(\Noselect) NIL ""`: 0} {
		c := play(t, "", Limits{}, func(s *server) {
			s.say("* LIST %s\n%s OK\n", give, s.expect(`LIST "" ""`))
		})
		prefix, delim, _, err := c.Namespaces(t.Context())
		if err != nil || prefix != "" || delim != want {
			t.Errorf("%s: got %q, %q, %v", give, prefix, delim, err)
		}
	}
}
