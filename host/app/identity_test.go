package app

import (
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestDefaultName_isThatOfTheMailboxes(t *testing.T) {
	account := func(url string) task.Account {
		t.Helper()
		a, err := task.ParseAccount(url)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	name := func(to string, from ...string) string {
		var sources []task.Source
		for i := 0; i < len(from); i += 2 {
			sources = append(sources, task.Source{Name: from[i], Account: account(from[i+1])})
		}
		return DefaultName(sources, account(to))
	}
	const a, b, to = "imaps://ann@a.example", "imaps://ann@b.example", "imaps://ann@new.example"
	base := name(to, "source", a)

	// Written down: a later version must find the ledgers of this one.
	if want := "copy-1aace60a704b2844"; base != want {
		t.Errorf("name %s, want %s for ever", base, want)
	}
	if err := ValidName(base); err != nil {
		t.Error(err)
	}
	for what, same := range map[string]string{
		"letter case of the host": name(to, "source", "imaps://ann@A.example"),
		"login by a master user":  name(to, "source", a+"?master=root"),
		"pin and mechanism":       name(to+"?auth=plain", "source", a),
		"another protection":      name(to, "source", "imap://ann@a.example:993?tls=none"),
	} {
		if same != base {
			t.Errorf("%s changes the name", what)
		}
	}
	for what, other := range map[string]string{
		"another user":        name(to, "source", "imaps://bob@a.example"),
		"another host":        name(to, "source", b),
		"another root":        name(to, "source", a+"?root=x"),
		"another destination": name(to+"?root=x", "source", a),
		"other direction":     name(a, "source", to),
		"another source name": name(to, "old", a),
		"two sources":         name(to, "source", a, "b", b),
	} {
		if other == base {
			t.Errorf("%s does not change the name", what)
		}
	}
	if name(to, "a", a, "b", b) != name(to, "b", b, "a", a) {
		t.Error("the order of the sources changes the name")
	}
}
