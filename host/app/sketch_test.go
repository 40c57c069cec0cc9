package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func TestTryAccount_reachesNoFurtherThanTasksOfTheActor(t *testing.T) {
	s := withDomain(t)
	server, _ := refusingServer(t)
	server.User, server.Password = "ann", "wrong"
	user := func(name string, role access.Role, domains ...string) access.User {
		u, err := s.AddUser(by(t.Context(), someAdmin), access.User{Name: name, Role: role, Domains: domains}, "four random words")
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	admin, ann := user("root", access.RoleAdmin), user("ann@example.org", access.RoleUser)
	tests := []struct {
		name    string
		who     access.User
		account task.Account
		want    string // of the sentence
		refused bool
	}{
		{"an admin anywhere", admin, server, "log in as ann", false},
		{"a user at a private address", ann, server, "is no public address", false},
		{"a user's own mailbox", ann, task.Account{Local: "ann@example.org"}, "is no public address", false},
		{"another one's mailbox", ann, task.Account{Local: "bob@example.org"}, "for tasks of its user", true},
		{"a directory of the machine", ann, task.Account{Kind: task.KindMaildir, Dir: t.TempDir()}, "for tasks of admins only", true},
		{"no password", admin, task.Account{Kind: task.KindIMAP, Host: "imap.example.org", Port: 993, TLS: task.TLSImplicit, User: "ann"}, "password", true},
		{"no account", admin, task.Account{}, "is not known", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			test, err := s.TryAccount(by(t.Context(), tt.who), tt.account)
			if refused := errors.Is(err, web.ErrInvalid); refused != tt.refused || err != nil && !refused {
				t.Fatalf("%+v, %v", test, err)
			}
			if got := fmt.Sprint(test.Sentence, err); !strings.Contains(got, tt.want) {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestFindMailboxes_areThoseThatTheActorsTasksMayOpen(t *testing.T) {
	s := withDomain(t)
	_, err := s.SaveDirectory(by(t.Context(), someAdmin), task.Directory{Name: "staff", Kind: task.DirectoryStatic, Users: []task.DirectoryUser{
		{Address: "ann@example.org", Name: "Ann Moor"}, {Address: "bob@example.org", Name: "Bob"}, {Address: "eve@elsewhere.example", Name: "Ann, who has moved"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		who  access.Actor
		text string
		want string
	}{
		{access.Actor{UserID: "1", Name: "root", Role: access.RoleAdmin}, "", "ann@example.org bob@example.org"},
		{access.Actor{UserID: "1", Name: "root", Role: access.RoleAdmin}, "MOOR", "ann@example.org"},
		{access.Actor{UserID: "2", Name: "olga", Role: access.RoleOperator, Domains: []string{"example.org"}}, "bob", "bob@example.org"},
		{access.Actor{UserID: "3", Name: "oscar", Role: access.RoleOperator, Domains: []string{"elsewhere.example"}}, "", ""},
		{access.Actor{UserID: "4", Name: "ann@example.org", Role: access.RoleUser}, "", "ann@example.org"},
		{access.Actor{UserID: "5", Name: "carl", Role: access.RoleUser}, "", ""},
	} {
		got, err := s.FindMailboxes(access.With(t.Context(), tt.who), tt.text)
		var names []string
		for _, u := range got.Users {
			names = append(names, u.Address)
		}
		if text := strings.Join(names, " "); err != nil || text != tt.want || got.Total != len(names) || got.Fault != "" {
			t.Errorf("%s finds %q by %q, %v: %+v", tt.who.Name, text, tt.text, err, got)
		}
	}
}

// What the template "INBOX only" of the pages is made of: a rule leaves out everything,
// and INBOX is put back by hand.
func TestPreviewPlan_takesInWhatIsSetByHandThoughARuleLeavesOutEverything(t *testing.T) {
	s := newPlanScene(t)
	tk := s.task("bob", func(tk *task.Task) {
		tk.Hooks = []task.Hook{{Plugin: "folder-rules", Config: `{"exclude":["**"]}`}}
		tk.Overrides = []task.Override{{Source: "old", Folder: "INBOX", Target: "INBOX"}}
	})
	for _, r := range s.preflight(tk.ID).Rows {
		if r.Excluded != (r.Folder != "INBOX") {
			t.Errorf("%+v", r)
		}
	}
	// One of the four is larger than the destination takes.
	if c := s.run(tk.ID).Counts; c.Copied != 3 || c.Failed != 1 || c.Skipped != 9 {
		t.Errorf("%+v", c)
	}
}
