package directory

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/mail/mailtest"
)

const people = "ou=people," + mailtest.SlapdBase

func branches() string {
	var b strings.Builder
	for _, ou := range []string{"people", "groups"} {
		fmt.Fprintf(&b, "dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %[1]s\n\n", ou, mailtest.SlapdBase)
	}
	return b.String()
}

func person(uid, name, mail string) string {
	text := fmt.Sprintf("dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %[1]s\ncn: %[3]s\nsn: x\n", uid, people, name)
	if mail != "" {
		text += "mail: " + mail + "\n"
	}
	return text + "\n"
}

func small() string {
	return branches() +
		person("ann", "Ann Ånd", "Ann@Example.org") + person("bob", "Bob", "bob@example.org") + person("printer", "Printer", "") +
		person("odd", "Odd", "not an address") +
		"dn: cn=staff,ou=groups," + mailtest.SlapdBase + "\nobjectClass: groupOfNames\ncn: staff\n" +
		"member: UID=ann, ou=People," + mailtest.SlapdBase + "\nmember: uid=gone," + people + "\n\n"
}

// ask is how the small directory is asked, over TLS.
func ask(t *testing.T, s *mailtest.Slapd) *LDAP {
	t.Helper()
	pem, err := os.ReadFile(s.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(pem)
	return &LDAP{
		URL: s.URL(), BindDN: mailtest.SlapdReader, Password: mailtest.SlapdPassword,
		Base: people, GroupBase: "ou=groups," + mailtest.SlapdBase, RootCAs: authorities, Timeout: 10 * time.Second,
	}
}

func TestLDAP_readsUsersAndGroups(t *testing.T) {
	s := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: small(), TLS: true})
	want := []User{{Address: "ann@example.org", Name: "Ann Ånd", Groups: []string{"staff"}}, {Address: "bob@example.org", Name: "Bob"}}
	for name, url := range map[string]string{"StartTLS": s.URL(), "LDAPS": s.TLSURL(), "clear text": s.URL() + "?tls=none"} {
		t.Run(name, func(t *testing.T) {
			l := ask(t, s)
			l.URL = url
			var skipped []string
			l.Skipped = func(dn string, _ error) { skipped = append(skipped, dn) }
			got, err := collect(t, l, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"uid=odd," + people}, skipped); diff != "" {
				t.Error(diff)
			}
			if staff, err := collect(t, l, "Staff"); err != nil || len(staff) != 1 {
				t.Errorf("%v, %v", staff, err)
			}
		})
	}
	t.Run("another filter and attribute", func(t *testing.T) {
		l := ask(t, s)
		l.Filter, l.Name, l.GroupBase, l.GroupsAt = "(uid=b*)", "uid", "", "sn"
		got, err := collect(t, l, "")
		if diff := cmp.Diff([]User{{Address: "bob@example.org", Name: "bob", Groups: []string{"x"}}}, got); diff != "" || err != nil {
			t.Errorf("%v%s", err, diff)
		}
	})
}

func TestLDAP_saysWhatIsWrong(t *testing.T) {
	s := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: small(), TLS: true})
	plain := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: small(), Extra: "require bind"})
	tests := []struct {
		name  string
		give  func(l *LDAP)
		kind  error
		words []string
	}{
		{"the password", func(l *LDAP) { l.Password = "wrong-canary" }, ErrLogin, []string{"log in as cn=reader", "does not accept"}},
		{"no password", func(l *LDAP) { l.Password = "" }, ErrLogin, []string{"the password is missing"}},
		{"the base", func(l *LDAP) { l.Base = "ou=nobody," + mailtest.SlapdBase }, ErrConfig, []string{"search below ou=nobody", "no such entry"}},
		{"the base is no name", func(l *LDAP) { l.Base = "people" }, ErrConfig, []string{`search base "people" is no distinguished name`}},
		{"no base", func(l *LDAP) { l.Base = "" }, ErrConfig, []string{"the search base is missing"}},
		{"the filter", func(l *LDAP) { l.Filter = "(mail=*" }, ErrConfig, []string{`filter "(mail=*" can not be understood`}},
		{"the scheme", func(l *LDAP) { l.URL = "http://example.org" }, ErrConfig, []string{"use ldaps:// or ldap://"}},
		{"the authority", func(l *LDAP) { l.RootCAs = x509.NewCertPool() }, ErrTLS, []string{"StartTLS", "certificate"}},
		{"the authority of LDAPS", func(l *LDAP) { l.URL, l.RootCAs = s.TLSURL(), x509.NewCertPool() }, ErrTLS, []string{"set up TLS"}},
		{"the name in the certificate", func(l *LDAP) {
			l.URL = "ldap://directory.example.org"
			l.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, s.Addr())
			}
		}, ErrTLS, []string{"directory.example.org:389: StartTLS", "valid for"}},
		{"a server without TLS", func(l *LDAP) { l.URL = plain.URL() }, ErrTLS, []string{"StartTLS", "does not offer it"}},
		{"LDAPS on the port of LDAP", func(l *LDAP) { l.URL = "ldaps://" + s.Addr() }, ErrConnect, []string{"set up TLS"}},
		{"nobody may ask", func(l *LDAP) { l.URL, l.BindDN = plain.URL()+"?tls=none", "" }, ErrLogin, []string{"does not allow it"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ask(t, s)
			tt.give(l)
			users, err := collect(t, l, "")
			if err == nil || len(users) > 0 {
				t.Fatalf("%d users, %v", len(users), err)
			}
			refusal(t, err, tt.kind, tt.words...)
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%q shows the password", err)
			}
		})
	}
}

func TestLDAP_doesNotWaitForEver(t *testing.T) {
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := down.Addr().String()
	_ = down.Close()
	l := &LDAP{URL: "ldap://" + address, Base: people}
	_, err = collect(t, l, "")
	refusal(t, err, ErrConnect, address, "connection refused")

	for _, scheme := range []string{"ldap", "ldaps"} {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		held := make(chan net.Conn, 1)
		go func() {
			nc, _ := silent.Accept()
			held <- nc
		}()
		begin := time.Now()
		l := &LDAP{URL: scheme + "://" + silent.Addr().String(), Base: people, Timeout: 300 * time.Millisecond}
		_, err = collect(t, l, "")
		refusal(t, err, ErrConnect, silent.Addr().String(), "no answer")
		if waited := time.Since(begin); waited > 5*time.Second {
			t.Errorf("it waited %v", waited)
		}
		_ = (<-held).Close()
		_ = silent.Close()
	}
}

func TestLDAP_aServerThatIsKilledIsNoAnswer(t *testing.T) {
	s := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: many(1200), TLS: true})
	l := ask(t, s)
	l.GroupBase, l.Timeout = "", 2*time.Second
	n := 0
	err := l.Users(t.Context(), "", func(User) error {
		if n++; n == 1 {
			s.Kill()
		}
		return nil
	})
	refusal(t, err, ErrConnect, "search below")
	if n != pageSize {
		t.Errorf("%d users before it ended", n)
	}
}

// stall passes on what a server says until it has said enough, and then nothing more.
func stall(t *testing.T, server string, enough int64) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	done.Go(func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		back, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer back.Close()
		done.Go(func() { _, _ = io.CopyN(client, back, enough) })
		_, _ = io.Copy(back, client) // until the client gives up
	})
	return l.Addr().String()
}

func TestLDAP_aServerThatFallsSilentIsNoAnswer(t *testing.T) {
	s := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: many(1200), TLS: true})
	l := ask(t, s)
	// A page is about 60 KiB: the second one breaks off.
	l.URL, l.GroupBase, l.Timeout = "ldap://"+stall(t, s.Addr(), 100<<10), "", time.Second
	begin := time.Now()
	users, err := collect(t, l, "")
	refusal(t, err, ErrConnect, "search below", "no answer within 1s")
	if len(users) != pageSize || time.Since(begin) > 10*time.Second {
		t.Errorf("%d users, %v", len(users), time.Since(begin))
	}
}

func many(n int) string {
	var b strings.Builder
	b.WriteString(branches())
	for i := range n {
		b.WriteString(person(fmt.Sprintf("u%05d", i), "User", fmt.Sprintf("u%05d@example.org", i)))
	}
	return b.String()
}

func TestLDAP_reads50000UsersInLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a directory with 50,001 users")
	}
	s := mailtest.StartSlapd(t, mailtest.SlapdOptions{LDIF: many(MaxUsers + 1), TLS: true})
	l := ask(t, s)
	l.GroupBase = ""
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	err := l.Users(t.Context(), "", func(u User) error {
		if n++; n == MaxUsers-1 {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
		return nil
	})
	refusal(t, err, ErrTooMany, "there are more than 50000; narrow the search")
	if n != MaxUsers {
		t.Errorf("%d users, want %d", n, MaxUsers)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 24<<20 {
		t.Errorf("%d MiB are held", grown>>20)
	}
	l.Filter = "(&(objectClass=person)(!(uid=u00000)))"
	if users, err := collect(t, l, ""); err != nil || len(users) != MaxUsers {
		t.Errorf("%d users, %v", len(users), err)
	}
}

func TestLDAP_refusesWhatIsNoAnswer(t *testing.T) {
	for name, answer := range map[string][]byte{
		"another protocol": []byte("* OK IMAP4rev1 ready\r\n"),
		"a huge packet":    {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01},
		"an empty one":     {0x30, 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			done := make(chan struct{})
			go func() {
				defer close(done)
				nc, err := listener.Accept()
				if err != nil {
					return
				}
				defer nc.Close()
				_, _ = nc.Read(make([]byte, 1024))
				_, _ = nc.Write(answer)
				_, _ = nc.Read(make([]byte, 1024))
			}()
			l := &LDAP{URL: "ldap://" + listener.Addr().String() + "?tls=none", Base: people, Timeout: time.Second}
			users, err := collect(t, l, "")
			var e *Error
			if !errors.As(err, &e) || len(users) > 0 {
				t.Errorf("%v, %v", users, err)
			}
			<-done
		})
	}
}
