package demo

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStart_servesFullRemotesAndAnEmptyLocalAccount(t *testing.T) {
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	tests := []struct {
		name     string
		give     task.Account
		folders  []string // that must be there
		messages int
		sent     string // folder with \Sent
	}{
		{"office", s.Office, []string{"INBOX", "Entwürfe", "Projekte/Brücke"}, 1429, "Gesendet"},
		{"home", s.Home, []string{"INBOX", "Reisen/日本", "Café & Rezepte"}, 1065, "Sent"},
		{"local", s.Local, []string{"INBOX"}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !tt.give.Loopback() || tt.give.TLS != task.TLSNone {
				t.Errorf("clear text at %s", tt.give.Address())
			}
			if err := tt.give.Validate(); err != nil {
				t.Error(err)
			}
			c := mailtest.DialPlain(t, tt.give.Address(), tt.give.User, tt.give.Password.Reveal())
			defer c.Close()
			got := c.DumpUTF8()
			for _, name := range tt.folders {
				if _, ok := got[name]; !ok {
					t.Errorf("no folder %q", name)
				}
			}
			if got.Messages() != tt.messages {
				t.Errorf("%d messages, want %d", got.Messages(), tt.messages)
			}
			for _, l := range c.List() {
				if slices.Contains(l.Attrs, `\Sent`) != (l.Name == tt.sent) {
					t.Errorf("%s has the attributes %v", l.Name, l.Attrs)
				}
			}
		})
	}
}

func TestSampleMail_isTheSameEveryTime(t *testing.T) {
	a, b := officeMail(), officeMail()
	for i := range a {
		for j := range a[i].messages {
			if string(a[i].messages[j].body) != string(b[i].messages[j].body) {
				t.Fatalf("%s, message %d differs between two calls", a[i].name, j)
			}
		}
	}
}
