package task_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
)

func TestParseAccount(t *testing.T) {
	imap := func(change func(*task.Account)) task.Account {
		a := task.Account{Kind: task.KindIMAP, Host: "mail.example.org", Port: 993, TLS: task.TLSImplicit, User: "ann"}
		change(&a)
		return a
	}
	tests := []struct {
		name string
		give string
		want task.Account
	}{
		{"implicit TLS", "imaps://ann@mail.example.org", imap(func(*task.Account) {})},
		{"STARTTLS", "imap://ann@mail.example.org", imap(func(a *task.Account) { a.TLS, a.Port = task.TLSStart, 143 })},
		{"clear text", "imap://ann@mail.example.org?tls=none", imap(func(a *task.Account) { a.TLS, a.Port = task.TLSNone, 143 })},
		{"port", "imaps://ann@mail.example.org:9993/", imap(func(a *task.Account) { a.Port = 9993 })},
		{"percent-encoded user", "imaps://ann%40example.org@mail.example.org", imap(func(a *task.Account) { a.User = "ann@example.org" })},
		{"master user", "imaps://ann@mail.example.org?master=admin&sep=%2B", imap(func(a *task.Account) { a.Master, a.Sep = "admin", "+" })},
		{"authorization identity", "imaps://admin@mail.example.org?auth=PLAIN&authzid=ann", imap(func(a *task.Account) { a.User, a.Auth, a.Authzid = "admin", "plain", "ann" })},
		{"root", "imaps://ann@mail.example.org?root=Old/Ann%C3%A4/", imap(func(a *task.Account) { a.Root = "Old/Annä" })},
		{"IPv6", "imap://ann@[::1]:1143?tls=none", imap(func(a *task.Account) { a.Host, a.TLS, a.Port = "::1", task.TLSNone, 1143 })},
		{"maildir", "maildir:///var/mail/ann", task.Account{Kind: task.KindMaildir, Dir: "/var/mail/ann"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := task.ParseAccount(tt.give)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Fatalf("got %+v\nwant %+v", got, tt.want)
			}
			again, err := task.ParseAccount(got.String())
			if err != nil || again != got {
				t.Errorf("its own spelling %q reads as %+v, %v", got.String(), again, err)
			}
		})
	}
}

func TestParseAccount_refusals(t *testing.T) {
	tests := []struct{ name, give, want string }{
		{"password", "imaps://ann:hunter2@mail.example.org", "password inside the URL is refused"},
		{"scheme", "pop3://ann@mail.example.org", `scheme "pop3"`},
		{"no user", "imaps://mail.example.org", "the user is missing"},
		{"no host", "imaps://ann@", "the host is missing"},
		{"port", "imaps://ann@mail.example.org:70000", "port 70000"},
		{"path", "imaps://ann@mail.example.org/INBOX", "?root=FOLDER"},
		{"unknown key", "imaps://ann@mail.example.org?color=red", `key "color"`},
		{"key twice", "imaps://ann@mail.example.org?root=a&root=b", "given 2 times"},
		{"tls value", "imap://ann@mail.example.org?tls=maybe", "only the value none"},
		{"tls none on imaps", "imaps://ann@mail.example.org?tls=none", "only with imap://"},
		{"mechanism", "imaps://ann@mail.example.org?auth=ntlm", "auth=ntlm"},
		{"pin", "imaps://ann@mail.example.org?pin=sha256:12", "64 hexadecimal digits"},
		{"authzid and login", "imaps://ann@mail.example.org?auth=login&authzid=bob", "authzid needs auth=plain"},
		{"line break in user", "imaps://ann%0d%0ax@mail.example.org", "control character"},
		{"relative maildir", "maildir://var/mail", "three slashes"},
		{"root of a maildir", "maildir:///var/mail/ann?root=Old", "root= means nothing for a Maildir tree"},
		{"fragment", "imaps://ann@mail.example.org#x", "%23"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := task.ParseAccount(tt.give)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want a sentence with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestParseAccount_unreadableURLDoesNotShowThePassword(t *testing.T) {
	_, err := task.ParseAccount("imaps://ann:hunter2@mail.example.org:x%zz")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
}

func TestAccount_LoginName(t *testing.T) {
	a := task.Account{User: "ann", Master: "admin"}
	if got := a.LoginName(); got != "ann*admin" {
		t.Errorf("with the default separator: %q", got)
	}
	a.Sep = "+"
	if got := a.LoginName(); got != "ann+admin" {
		t.Errorf("with its own separator: %q", got)
	}
}

func TestPassword_isNotShown(t *testing.T) {
	a := task.Account{Kind: task.KindIMAP, User: "ann", Password: "hunter2"}
	encoded, err := json.Marshal(struct {
		A task.Account
		P task.Password
	}{a, a.Password})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s", a, a, a.Password), a.String(), string(encoded)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the password shows in %s", text)
		}
	}
	if a.Password.Reveal() != "hunter2" {
		t.Error("the password is lost")
	}
}

func FuzzParseAccount(f *testing.F) {
	for _, s := range []string{
		"imaps://ann@mail.example.org", "imap://a%40b@[::1]:143?tls=none&root=x%2Fy", "maildir:///var/mail",
		"imaps://ann@h?master=m&sep=*&ca=/x", "imaps://u@h?pin=sha256:" + strings.Repeat("ab", 32),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := task.ParseAccount(text)
		if err != nil {
			return
		}
		again, err := task.ParseAccount(a.String())
		if err != nil {
			t.Fatalf("%q reads as %+v, whose spelling %q is refused: %v", text, a, a.String(), err)
		}
		if again != a {
			t.Fatalf("%q: %+v became %+v by way of %q", text, a, again, a.String())
		}
	})
}
