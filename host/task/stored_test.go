package task

import (
	"strings"
	"testing"
)

func TestLocalDomain_spellsTheLogin(t *testing.T) {
	server := Account{Kind: KindIMAP, Host: "mail.example.org", Port: 993, TLS: TLSImplicit}
	tests := []struct {
		name  string
		give  LocalDomain
		login string
		url   string
	}{
		{"master", LocalDomain{Way: ByMaster}, "ann@example.org*warden", "imaps://ann%40example.org@mail.example.org?master=warden"},
		{"master, short", LocalDomain{Way: ByMaster, Short: true}, "ann*warden", "imaps://ann@mail.example.org?master=warden"},
		{"authzid", LocalDomain{Way: ByAuthzid}, "warden", "imaps://warden@mail.example.org?authzid=ann%40example.org"},
	}
	for _, tt := range tests {
		d := tt.give
		d.Domain, d.Admin, d.Server = "example.org", "warden", server
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		a, err := d.Account("ann@example.org")
		if err != nil || a.LoginName() != tt.login || a.String() != tt.url || a.Local != "ann@example.org" {
			t.Errorf("%s: %q, %s, %v", tt.name, a.LoginName(), a, err)
		}
	}
}

func TestLocalDomain_refusesNamesThatOpenAnotherMailbox(t *testing.T) {
	d := LocalDomain{Domain: "example.org", Admin: "warden", Way: ByMaster, Server: Account{Kind: KindIMAP, Host: "h", Port: 993, TLS: TLSImplicit, Sep: "+"}}
	for _, address := range []string{"ann*warden@example.org", "ann+bob@example.org", "ann@example.net", "@example.org", "ann", "ann\r\n@example.org"} {
		if a, err := d.Account(address); err == nil {
			t.Errorf("%q logs in as %q", address, a.LoginName())
		}
	}
}

func TestLocalDomain_saysWhatIsMissing(t *testing.T) {
	err := LocalDomain{Domain: "Example.org", Way: "sudo", Server: Account{Kind: KindIMAP, User: "ann"}}.Validate()
	for _, want := range []string{`domain "Example.org" is none`, `way "sudo"`, "the user who may open all mailboxes is missing", "without a user"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestAccount_aReferenceIsCheckedAsOne(t *testing.T) {
	for _, good := range []Account{{ID: "x"}, {Local: "ann@example.org", Root: "Old"}} {
		if err := good.Validate(); err != nil || !good.Referred() {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []Account{{ID: "x", Local: "ann@example.org"}, {Local: "ann"}, {ID: "x", Password: "secret"}} {
		if err := bad.Validate(); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", bad.Reference(), err)
		}
	}
	if got := (Account{Local: "ann@example.org"}).String() + " " + (Account{ID: "x"}).String(); got != "ann@example.org account:x" {
		t.Errorf("%q", got)
	}
}

func TestParseServer_namesNoUser(t *testing.T) {
	a, err := ParseServer("imap://mail.example.org:1143?tls=none&sep=%2B")
	if err != nil || a.Host != "mail.example.org" || a.Port != 1143 || a.TLS != TLSNone || a.User != "" || a.Sep != "+" {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{"", "mail.example.org", "imaps://ann@mail.example.org", "imaps://ann:secret@h", "http://h", "imaps://"} {
		if _, err := ParseServer(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzLocalDomain(f *testing.F) {
	for _, s := range []string{"ann@example.org", "a*b@example.org", "\x00@example.org", "a@b@example.org", "@"} {
		f.Add(s)
	}
	d := LocalDomain{Domain: "example.org", Admin: "warden", Way: ByMaster, Server: Account{Kind: KindIMAP, Host: "h", Port: 993, TLS: TLSImplicit}}
	f.Fuzz(func(t *testing.T, address string) {
		a, err := d.Account(address)
		if err != nil {
			return
		}
		if mailbox, admin, ok := strings.Cut(a.LoginName(), "*"); !ok || mailbox != address || admin != "warden" {
			t.Fatalf("%q logs in as %q", address, a.LoginName())
		}
	})
}
