package provider

import (
	"net/url"
	"strings"
	"testing"
)

func TestTable_saysWhereItIsFrom(t *testing.T) {
	ids := map[string]bool{}
	domains := map[string]string{}
	for _, p := range All() {
		if ids[p.ID] || p.ID == "" || p.Name == "" || p.Login == "" || len(p.Auth) == 0 || len(p.Sources) == 0 {
			t.Errorf("%+v is not whole", p)
		}
		ids[p.ID] = true
		for _, s := range append([]string{p.Server}, p.Sources...) {
			if u, err := url.Parse(s); err != nil || s != "" && (u.Host == "" || u.Scheme != "https" && u.Scheme != "imaps") {
				t.Errorf("%s: %q is no address", p.ID, s)
			}
		}
		for _, h := range p.Hints {
			if !strings.HasSuffix(h.Text, ".") || h.Remedy != "" && !strings.HasSuffix(h.Remedy, ".") {
				t.Errorf("%s: %q is no sentence", p.ID, h)
			}
		}
		for _, d := range p.domains {
			if other, twice := domains[d]; twice || d != strings.ToLower(d) {
				t.Errorf("%s is of %s and %s", d, other, p.ID)
			}
			domains[d] = p.ID
			if got, ok := ByAddress("Ann@" + strings.ToUpper(d)); !ok || got.ID != p.ID {
				t.Errorf("%s is of %q", d, got.ID)
			}
		}
		if p.Server != "" {
			u, _ := url.Parse(p.Server)
			if got, ok := ByHost(u.Hostname()); !ok || got.ID != p.ID {
				t.Errorf("%s is of %q", u.Hostname(), got.ID)
			}
		}
		if len(p.domains)+len(p.hosts)+len(p.products) == 0 {
			t.Errorf("%s can not be found", p.ID)
		}
	}
	for _, id := range []string{"gmail", "microsoft365", "outlook", "yahoo", "icloud", "gmx", "webde", "fastmail", "zoho", "dovecot", "cyrus", "courier", "exchange"} {
		if _, ok := ByID(id); !ok {
			t.Errorf("%s is missing", id)
		}
	}
}

func TestBy_findsTheRightOneOnly(t *testing.T) {
	tests := []struct {
		by   func(string) (Provider, bool)
		give string
		want string
	}{
		{ByHost, "IMAP.GMAIL.COM.", "gmail"},
		{ByHost, "evilimap.gmail.com", ""},
		{ByHost, "imap.gmail.com.evil.example", ""},
		{ByHost, "", ""},
		{ByHost, "p01-imap.mail.me.com", "icloud"},
		{ByExchanger, "aspmx.l.google.com.", "gmail"},
		{ByExchanger, "example-org.mail.protection.outlook.com", "microsoft365"},
		{ByExchanger, "outlook-com.olc.protection.outlook.com", "outlook"},
		{ByExchanger, "notgoogle.com", ""},
		{ByAddress, "ann@example.org", ""},
		{ByAddress, "ann", ""},
		{ByProduct, "Dovecot (Debian) 2.3", "dovecot"},
		{ByProduct, "Cyrus IMAP 3.6", "cyrus"},
		{ByProduct, "", ""},
	}
	for _, tt := range tests {
		if got, ok := tt.by(tt.give); got.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%q is %q, want %q", tt.give, got.ID, tt.want)
		}
	}
}
