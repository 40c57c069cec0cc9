package task

import (
	"strings"
	"testing"
	"time"
)

func TestRemoval_saysWhetherItGoesFurther(t *testing.T) {
	const day = 24 * time.Hour
	at := func(age time.Duration) Removal { return Removal{Sources: map[string]time.Duration{"a": age}} }
	tests := []struct {
		name         string
		before, give Removal
		want         bool
	}{
		{"nothing", Removal{}, Removal{}, false},
		{"a source", Removal{}, at(0), true},
		{"the same", at(day), at(day), false},
		{"sooner", at(2 * day), at(day), true},
		{"later", at(day), at(2 * day), false},
		{"not any more", at(0), Removal{}, false},
		{"mirrors", Removal{}, Removal{Mirror: true, Grace: day}, true},
		{"less grace", Removal{Mirror: true, Grace: 2 * day}, Removal{Mirror: true, Grace: day}, true},
		{"more grace", Removal{Mirror: true, Grace: day}, Removal{Mirror: true, Grace: 2 * day}, false},
		{"replaces", Removal{}, Removal{Replace: true}, true},
		{"another limit", Removal{Mirror: true}, Removal{Mirror: true, Limit: "50%"}, true},
		{"the limit that is there by itself", Removal{Mirror: true, Limit: "50%"}, Removal{Mirror: true}, false},
		{"a limit on nothing", Removal{}, Removal{Limit: "50%"}, false},
	}
	for _, tt := range tests {
		if got := tt.give.Adds(tt.before); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestValidate_removalNamesWhatIsThereAndStaysWithinBounds(t *testing.T) {
	tests := []struct {
		give Removal
		want string
	}{
		{Removal{Sources: map[string]time.Duration{"b": 0}}, "there is no such source"},
		{Removal{Sources: map[string]time.Duration{"a": -1}}, "the age is not between"},
		{Removal{Sources: map[string]time.Duration{"a": MaxAge + 1}}, "the age is not between"},
		{Removal{Mirror: true, Grace: -time.Second}, "the grace of mirrored deletions"},
		{Removal{Mirror: true, Sources: map[string]time.Duration{"a": 0}}, "can not mirror deletions as well"},
		{Removal{Mirror: true, Grace: DefaultGrace, Limit: "5%", Replace: true}, ""},
	}
	for _, tt := range tests {
		tk := Task{
			Name: "a", Removal: tt.give, Sources: []Source{{Name: "a", Account: Account{Kind: KindMaildir, Dir: "/a"}}},
			Destination: Account{Kind: KindMaildir, Dir: "/b"},
		}
		err := tk.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.give, err, tt.want)
		}
	}
}
