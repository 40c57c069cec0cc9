package wire

import (
	"strings"
	"testing"
)

func TestIntroduce_goesWithTheNextCommandAndHearsWhoTheServerIs(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct{ name, give, want string }{
		{"name and version", `("name" "Dovecot" "version" "2.3")`, "Dovecot 2.3"},
		{"literals and escapes", "(\"name\" \"Dove\\\"cot\" \"version\" {3}\n2.3 \"os\" NIL)", `Dove"cot 2.3`},
		{"other order", `("version" "1" "vendor" "y" "NAME" "x")`, "x 1"},
		{"no version", `("name" "x" "version" NIL)`, "x"},
		{"control characters", "(\"name\" \"a\x01b\")", "ab"},
		{"too long", `("name" "` + long + `")`, long[:maxProduct]},
		{"nothing", "NIL", "-"},
		{"no value", `("name")`, ""},
		{"no end", `("name" "x`, "-"},
		{"nested", `("name" ("x"))`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, "ID", Limits{}, func(s *server) {
				id := s.expect(`ID ("name" "test")`)
				noop := s.expect("NOOP") // both are on the wire
				s.say("* ID %s\n%s OK\n%s OK\n", strings.ReplaceAll(tt.give, "%", "%%"), id, noop)
				s.say("%s OK\n", s.expect("NOOP"))
			})
			heard := "-"
			c.Introduce("test", func(product string) { heard = product })
			for range 2 {
				if err := c.Noop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if heard != tt.want {
				t.Errorf("heard %q, want %q", heard, tt.want)
			}
		})
	}
}

func TestIntroduce_aRefusalChangesNothing(t *testing.T) {
	c := play(t, "ID", Limits{}, func(s *server) {
		id := s.expect(`ID ("name" "test")`)
		noop := s.expect("NOOP")
		s.say("%s OK\n%s BAD what?\n", noop, id)
	})
	c.Introduce("test", nil)
	if err := c.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestIntroduce_saysNothingToServersWithoutTheExtension(t *testing.T) {
	c := play(t, "", Limits{}, func(s *server) { s.say("%s OK\n", s.expect("NOOP")) })
	c.Introduce("test", nil)
	if err := c.Noop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
