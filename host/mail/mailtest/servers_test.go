package mailtest

import (
	"net"
	"strings"
	"testing"
	"time"
)

// others are the servers beside Dovecot, with what each makes of the mail it gets.
var others = []struct {
	name  string
	start func(t *testing.T) *Server
	keeps func(Account) Account
}{
	{"Cyrus", startCyrus(CyrusOptions{}), exactly},
	{"Cyrus with dots and a prefix", startCyrus(CyrusOptions{Separator: '.', Prefix: true}), exactly},
	{"Cyrus that munges", startCyrus(CyrusOptions{Munge8bit: true}), Account.WithMungedHeaders},
	{"Courier", func(t *testing.T) *Server { return StartCourier(t, CourierOptions{}).Server }, Account.WithLastLineEnds},
}

func startCyrus(opts CyrusOptions) func(t *testing.T) *Server {
	return func(t *testing.T) *Server { return StartCyrus(t, opts).Server }
}

func exactly(a Account) Account { return a }

func TestServer_givesBackWhatTheClientFilledIn(t *testing.T) {
	// Courier's folder names know no character beyond U+FFFF.
	given := Corpus(CorpusOptions{Seed: 1, Messages: 300, Folders: 9, BigMessages: 1})
	for _, tt := range others {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.start(t)
			c := s.Dial("ann")
			c.Fill(given)
			want := tt.keeps(given)
			for _, when := range []string{"first", "again"} {
				if diff := Diff(want, c.DumpUTF8()); diff != "" {
					t.Errorf("%s:\n%s", when, diff)
				}
			}
			if diff := Diff(Account{"INBOX": nil}, s.Dial("bob").Dump()); diff != "" {
				t.Errorf("bob sees:\n%s", diff)
			}
			stranger := greeted(t, s.Addr())
			defer stranger.Close()
			if _, status := stranger.Try(`LOGIN ann wrong`); !strings.HasPrefix(status, "NO") {
				t.Errorf("with a wrong password: %s", status)
			}
		})
	}
}

func TestServer_comesBackOnTheSamePortWithItsMail(t *testing.T) {
	want := Account{"INBOX": {{Flags: []string{"Junk"}, Date: time.Unix(1e9, 0), Body: []byte("a: b\r\n\r\n")}}}
	for _, tt := range others {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.start(t)
			s.Dial("ann").Fill(want)
			for name, end := range map[string]func(){"Stop": s.Stop, "Kill": s.Kill} {
				addr := s.Addr()
				end()
				if conn, err := net.Dial("tcp", addr); err == nil {
					_ = conn.Close()
					t.Errorf("%s: somebody still listens on %s", name, addr)
				}
				s.Start()
				if s.Addr() != addr {
					t.Errorf("%s: the address became %s", name, s.Addr())
				}
				if diff := Diff(want, s.Dial("ann").Dump()); diff != "" {
					t.Errorf("%s:\n%s", name, diff)
				}
			}
		})
	}
}
