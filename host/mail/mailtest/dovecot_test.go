package mailtest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDovecot_givesBackWhatTheClientFilledIn(t *testing.T) {
	want := Corpus(CorpusOptions{Seed: 1, Messages: 600, BigMessages: 2})
	tests := []struct {
		name string
		opts DovecotOptions
	}{
		{"maildir", DovecotOptions{}},
		{"mdbox", DovecotOptions{Format: "mdbox"}},
		{"prefix and dots", DovecotOptions{Separator: '.', Prefix: "INBOX."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := want
			if tt.opts.Prefix == "INBOX." { // there "INBOX/x" and "x" have one name
				want = Corpus(CorpusOptions{Seed: 1, Folders: 15})
			}
			d := StartDovecot(t, tt.opts)
			c := d.Dial("ann")
			c.Fill(want)
			if diff := Diff(want, c.DumpUTF8()); diff != "" {
				t.Error(diff)
			}
			if diff := Diff(want, c.DumpUTF8()); diff != "" {
				t.Errorf("reading changed something:\n%s", diff)
			}
			if diff := Diff(Account{"INBOX": nil}, d.Dial("bob").Dump()); diff != "" {
				t.Errorf("bob sees:\n%s", diff)
			}
		})
	}
}

func TestDovecot_comesBackOnTheSamePortWithItsMail(t *testing.T) {
	d := StartDovecot(t, DovecotOptions{})
	want := Account{"INBOX": {{Flags: []string{"Junk"}, Date: time.Unix(1e9, 0), Body: []byte("a: b\r\n\r\n")}}}
	d.Dial("ann").Fill(want)
	for name, end := range map[string]func(){"Stop": d.Stop, "Kill": d.Kill} {
		addr := d.Addr()
		end()
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			t.Errorf("%s: somebody still listens on %s", name, addr)
		}
		d.Start()
		if d.Addr() != addr {
			t.Errorf("%s: the address became %s", name, d.Addr())
		}
		if diff := Diff(want, d.Dial("ann").Dump()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestDovecot_letsTheMasterUserIn(t *testing.T) {
	d := StartDovecot(t, DovecotOptions{Users: map[string]string{"ann": "p:ass \"word\" ü"}})
	want := Account{"INBOX": {{Body: []byte("a: b\r\n\r\n"), Date: time.Unix(1e9, 0)}}}
	d.Dial("ann").Fill(want)
	if diff := Diff(want, DialPlain(t, d.Addr(), "ann*"+MasterUser, MasterPassword).Dump()); diff != "" {
		t.Error(diff)
	}
}

func TestDovecot_speaksTLSBothWays(t *testing.T) {
	d := StartDovecot(t, DovecotOptions{TLS: true, CertHosts: []string{"mail.example.org", "127.0.0.1"}})
	pem, err := os.ReadFile(d.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	for _, name := range []string{"127.0.0.1", "mail.example.org"} {
		conn, err := tls.Dial("tcp", d.ImapsAddr(), &tls.Config{RootCAs: roots, ServerName: name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		hello, err := bufio.NewReader(conn).ReadString('\n')
		if !strings.HasPrefix(hello, "* OK") {
			t.Errorf("%s: greeting %q, %v", name, hello, err)
		}
		_ = conn.Close()
	}
	if _, err := tls.Dial("tcp", d.ImapsAddr(), &tls.Config{RootCAs: roots, ServerName: "other.example.org"}); err == nil {
		t.Error("the certificate is good for another name")
	}
	conn, err := net.Dial("tcp", d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if hello, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(hello, "STARTTLS") {
		t.Errorf("greeting %q, %v; want STARTTLS offered", hello, err)
	}
}

func TestDovecot_hasSpecialUsesAndQuota(t *testing.T) {
	d := StartDovecot(t, DovecotOptions{
		SpecialUse: map[string]string{"Gesendet": "Sent", "Müll": "Trash"},
		Extra: `
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=20k
}`,
	})
	c := d.Dial("ann")
	uses := map[string]string{}
	for _, f := range c.List() {
		for _, use := range []string{`\Sent`, `\Trash`} {
			if f.has(use) {
				uses[f.Name] = use
			}
		}
	}
	if uses["Gesendet"] != `\Sent` || uses["Müll"] != `\Trash` {
		t.Errorf("special uses %v", uses)
	}
	if got := c.Subscribed(); !slices.Equal(got, []string{"Gesendet", "Müll"}) {
		t.Errorf("subscribed: %q", got)
	}
	c.Append("Gesendet", `\Seen`, time.Unix(1e9, 0), make64(10_000))
	if _, status := c.Try("APPEND Gesendet {20000+}\r\n" + string(make64(20_000))); !strings.Contains(status, "OVERQUOTA") {
		t.Errorf("a message beyond the quota: %s", status)
	}
}

// make64 makes a message of n bytes.
func make64(n int) []byte { return []byte(strings.Repeat("x", n-2) + "\r\n") }

func TestDialPlain_waitsForConnectionsThatStillCount(t *testing.T) {
	d := StartDovecot(t, DovecotOptions{Extra: "mail_max_userip_connections = 1"})
	first := d.Dial("ann")
	time.AfterFunc(200*time.Millisecond, first.Close)
	d.Dial("ann")
}
