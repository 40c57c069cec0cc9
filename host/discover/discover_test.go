package discover

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/task"
)

// brief is what a test looks at of the candidates.
func brief(r *Result) (out []string) {
	for _, c := range r.Candidates {
		line := c.URL + " by " + string(c.Way)
		if c.Sure {
			line += ", sure"
		}
		if c.OAuth {
			line += ", oauth"
		}
		out = append(out, line)
	}
	return out
}

func notes(t *testing.T, r *Result, want ...string) {
	t.Helper()
	all := strings.Join(r.Notes, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("the notes %q do not say %q", all, w)
		}
	}
}

func page(servers string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="example.org"><domain>example.org</domain>` +
		`<incomingServer type="pop3"><hostname>pop.example.org</hostname><port>995</port><socketType>SSL</socketType></incomingServer>` +
		servers + `</emailProvider></clientConfig>`
}

func incomingServer(host, port, socket, user, auth string) string {
	return fmt.Sprintf(`<incomingServer type="imap"><hostname>%s</hostname><port>%s</port><socketType>%s</socketType><username>%s</username><authentication>%s</authentication></incomingServer>`, host, port, socket, user, auth)
}

func TestFind_knowsProviders(t *testing.T) {
	w := newWorld(t)
	for address, want := range map[string]string{
		"ann@gmail.com":       "imaps://ann%40gmail.com@imap.gmail.com by provider, sure",
		"ann@icloud.com":      "imaps://ann@imap.mail.me.com by provider, sure",
		"ann@hotmail.com":     "imaps://ann%40hotmail.com@imap-mail.outlook.com by provider, sure, oauth",
		" Ann.Other@WEB.DE\t": "imaps://Ann.Other%40WEB.DE@imap.web.de by provider, sure",
	} {
		r, err := w.finder.Find(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, brief(r)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFind_readsSRVRecords(t *testing.T) {
	w := newWorld(t)
	w.srv["_imaps._tcp.example.org"] = append(w.srv[""], srv("mail.example.org", 993), srv("elsewhere.example", 1993))
	w.srv["_imap._tcp.example.org"] = append(w.srv[""], srv("mail.example.org", 143))
	want := []string{
		"imaps://ann%40example.org@mail.example.org by SRV record, sure",
		"imap://ann%40example.org@mail.example.org by SRV record, sure",
		"imaps://ann%40example.org@elsewhere.example:1993 by SRV record", // no more than the name service says so
	}
	if diff := cmp.Diff(want, brief(w.find())); diff != "" {
		t.Error(diff)
	}
}

func TestFind_believesThatThereIsNoSuchService(t *testing.T) {
	w := newWorld(t)
	none := srv("x", 0)
	none.Target.Length = 1
	none.Target.Data[0] = '.'
	w.srv["_imaps._tcp.example.org"] = append(w.srv[""], none)
	r := w.find()
	if len(r.Candidates) > 0 {
		t.Errorf("%q", brief(r))
	}
	notes(t, r, "_imaps._tcp.example.org says that there is no such service")
}

func TestFind_readsAutoconfigPages(t *testing.T) {
	for name, tt := range map[string]struct{ host, path string }{
		"autoconfig":  {"autoconfig.example.org", "/mail/config-v1.1.xml"},
		"well-known":  {"example.org", "/.well-known/autoconfig/mail/config-v1.1.xml"},
		"by redirect": {"example.org", "/moved"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pages(func(rw http.ResponseWriter, r *http.Request) {
				if tt.path == "/moved" && r.URL.Path != "/moved" {
					http.Redirect(rw, r, "https://elsewhere.example/moved", http.StatusFound)
					return
				}
				if r.URL.Path != tt.path {
					http.NotFound(rw, r)
					return
				}
				fmt.Fprint(rw, page(incomingServer("IMAP.elsewhere.example", "993", "SSL", "%EMAILADDRESS%", "password-cleartext")+
					incomingServer("imap.%EMAILDOMAIN%", "143", "STARTTLS", "%EMAILLOCALPART%", "OAuth2")+
					incomingServer("clear.example.org", "143", "plain", "ann", "password-cleartext")))
			}, tt.host, "elsewhere.example")
			r := w.find()
			want := []string{
				"imaps://ann%40example.org@imap.elsewhere.example by autoconfig, sure",
				"imap://ann@imap.example.org by autoconfig, sure, oauth",
			}
			if diff := cmp.Diff(want, brief(r)); diff != "" {
				t.Error(diff)
			}
			notes(t, r, `names "clear.example.org" without TLS, which is left out`)
		})
	}
}

func TestFind_knowsWhoHostsADomain(t *testing.T) {
	w := newWorld(t)
	w.mx["example.org"] = []string{"aspmx.l.google.com", "mx.example.org"}
	if diff := cmp.Diff([]string{"imaps://ann%40example.org@imap.gmail.com by mail exchanger, sure"}, brief(w.find())); diff != "" {
		t.Error(diff)
	}
}

func TestFind_guessesWhatAnswers(t *testing.T) {
	w := newWorld(t)
	w.imap("* BYE busy\r\n", "imap.example.org:993", true)
	w.imap("220 mail.example.org ESMTP\r\n", "imap.example.org:143", false)
	w.imap("* OK ready\r\n", "mail.example.org:143", false)
	if diff := cmp.Diff([]string{"imap://ann%40example.org@mail.example.org by guess, sure"}, brief(w.find())); diff != "" {
		t.Error(diff)
	}
	w.imap("* OK ready\r\n", "imap.example.org:993", true)
	if diff := cmp.Diff([]string{"imaps://ann%40example.org@imap.example.org by guess, sure"}, brief(w.find())); diff != "" {
		t.Error(diff)
	}
	// Not one that only looks like it.
	w.finder.RootCAs = newWorld(t).finder.RootCAs
	if got := brief(w.find()); len(got) != 1 || !strings.HasPrefix(got[0], "imap://ann%40example.org@mail.") {
		t.Errorf("%q", got)
	}
}

func TestFind_saysThatNothingWasFound(t *testing.T) {
	r := newWorld(t).find()
	if len(r.Candidates) > 0 {
		t.Errorf("%q", brief(r))
	}
	notes(t, r, "nobody answers at imap.example.org, mail.example.org and example.org")
}

func TestFind_hostileAnswersLeadNowhere(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}, "it is larger than 64 KiB"},
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer in time"},
		{"to clear text", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example/", http.StatusFound)
		}, "it leads to a page without TLS"},
		{"round and round", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String()+"x", http.StatusFound)
		}, "it leads on more than 3 times"},
		{"in trouble", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }, "the answer is 500"},
		{"no XML", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>hello") }, "it is no autoconfig page"},
		{"entities", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`+page(incomingServer("&b;.example.org", "993", "SSL", "ann", "")))
		}, "it is no autoconfig page"},
		{"another character set", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `<?xml version="1.0" encoding="EBCDIC"?><clientConfig/>`)
		}, "it is no autoconfig page"},
		{"an address", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("127.0.0.1", "993", "SSL", "ann", "")))
		}, `names the server "127.0.0.1", which is no name`},
		{"this machine", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("localhost", "993", "SSL", "ann", "")))
		}, `"localhost", which is no name`},
		{"a URL", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("evil.example/?x=", "993", "SSL", "ann", "")))
		}, "which is no name"},
		{"no port", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("imap.example.org", "99999999999999999999", "SSL", "ann", "")))
		}, "which is none"},
		{"a port that is too high", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("imap.example.org", "70000", "SSL", "ann", "")))
		}, "port 70000 is not between"},
		{"a user with a line end", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, page(incomingServer("imap.example.org", "993", "SSL", "ann&#13;&#10;x", "")))
		}, "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.finder.Timeout = 500 * time.Millisecond
			w.pages(tt.handler, "autoconfig.example.org")
			begin := time.Now()
			r := w.find()
			if len(r.Candidates) > 0 {
				t.Errorf("%q", brief(r))
			}
			notes(t, r, tt.want)
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			for _, address := range w.asked {
				if strings.HasSuffix(address, ":80") || strings.HasPrefix(address, "127.") {
					t.Errorf("%s was asked", address)
				}
			}
		})
	}
}

func TestFind_takesNoMoreThanAFewOfManyServers(t *testing.T) {
	w := newWorld(t)
	w.pages(func(rw http.ResponseWriter, _ *http.Request) {
		var b strings.Builder
		for i := range 200 {
			b.WriteString(incomingServer(fmt.Sprintf("h%d.example.org", i), "993", "SSL", "ann", ""))
		}
		fmt.Fprint(rw, page(b.String()))
	}, "autoconfig.example.org")
	if got := w.find().Candidates; len(got) != maxAnswers {
		t.Errorf("%d candidates", len(got))
	}
}

func TestFind_goesWhereItMayOnly(t *testing.T) {
	w := newWorld(t)
	w.finder.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
		return nil, fmt.Errorf("%s is no public address", address)
	}
	r := w.find()
	if len(r.Candidates) > 0 {
		t.Errorf("%q", brief(r))
	}
	notes(t, r, "https://autoconfig.example.org/mail/config-v1.1.xml: autoconfig.example.org:443 is no public address")
}

func TestFind_aSilentNameServiceIsNoEnd(t *testing.T) {
	w := newWorld(t)
	w.silent.Store(true)
	w.finder.Timeout = 200 * time.Millisecond
	begin := time.Now()
	r := w.find()
	notes(t, r, "_imaps._tcp.example.org can not be looked up")
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestFind_refusesWhatIsNoAddress(t *testing.T) {
	for _, bad := range []string{"", "ann", "@example.org", "ann@", "ann@localhost", "ann@127.0.0.1", "ann@[::1]", "ann@exa mple.org", "ann@-x.org", "a\r\nb@example.org", "ann@" + strings.Repeat("a.", 200) + "org", "ann@example.org/x"} {
		if r, err := new(Finder).Find(t.Context(), bad); err == nil {
			t.Errorf("%q: %v", bad, r)
		}
	}
	s, err := newSearch(&Finder{}, "ann@Bücher.example")
	if err != nil || s.domain != "xn--bcher-kva.example" {
		t.Errorf("%v, %v", s, err)
	}
}

func FuzzParseAutoconfig(f *testing.F) {
	f.Add([]byte(page(incomingServer("imap.example.org", "993", "SSL", "%EMAILADDRESS%", "OAuth2"))))
	f.Add([]byte("<clientConfig/>"))
	f.Add([]byte("<clientConfig><emailProvider><incomingServer type='imap'><hostname>\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		servers, err := parseAutoconfig(text)
		if err != nil {
			return
		}
		s, err := newSearch(&Finder{}, "ann@example.org")
		if err != nil {
			t.Fatal(err)
		}
		for _, server := range servers {
			s.addAutoconfig(server, "page")
		}
		for _, c := range s.result.Candidates {
			if c.Account.TLS == task.TLSNone || c.Account.Validate() != nil || !isName(c.Account.Host) {
				t.Fatalf("%+v", c)
			}
			if again, err := task.ParseAccount(c.URL); err != nil || again.String() != c.URL {
				t.Fatalf("%q: %v", c.URL, err)
			}
		}
	})
}
