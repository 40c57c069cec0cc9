package mail

import (
	"slices"
	"testing"
)

func TestLevels_andParent(t *testing.T) {
	tests := []struct {
		give   string
		levels []string
		parent string
	}{
		{"INBOX", []string{"INBOX"}, ""},
		{"a/b/c", []string{"a", "b", "c"}, "a/b"},
		{"Entwürfe/日本", []string{"Entwürfe", "日本"}, "Entwürfe"},
		{"a" + NestedSlash + "b", []string{"a" + NestedSlash + "b"}, ""},
	}
	for _, tt := range tests {
		if got := Levels(tt.give); !slices.Equal(got, tt.levels) {
			t.Errorf("Levels(%q) = %q, want %q", tt.give, got, tt.levels)
		}
		if got := Parent(tt.give); got != tt.parent {
			t.Errorf("Parent(%q) = %q, want %q", tt.give, got, tt.parent)
		}
	}
}

func TestIsInbox_inAnyLetterCase(t *testing.T) {
	tests := []struct {
		give string
		want bool
	}{
		{"INBOX", true},
		{"Inbox", true},
		{"inbox", true},
		{"INBOX/x", false},
		{"", false},
		{"İNBOX", false},
	}
	for _, tt := range tests {
		if got := IsInbox(tt.give); got != tt.want {
			t.Errorf("IsInbox(%q) = %v", tt.give, got)
		}
	}
}
