package imap

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

func TestOpen_aRefusedTokenEndsTheExchangeAndIsARefusedLogin(t *testing.T) {
	for _, tt := range []struct{ mech, dummy string }{{"xoauth2", ""}, {"oauthbearer", "AQ=="}} {
		var answer string
		said := make(chan struct{})
		s := startFake(t, func(c *fakeConn) {
			c.say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2 AUTH=OAUTHBEARER] hello\n")
			tag, _ := c.command()
			c.say("+ eyJzdGF0dXMiOiI0MDEifQ==\n") // {"status":"401"}
			answer = c.line()
			close(said)
			c.say(tag + " NO [AUTHENTICATIONFAILED] the token has expired\n")
			c.answers("", nil)
		})
		cfg := config(s.port)
		cfg.Mechanism = tt.mech
		_, err := Open(t.Context(), cfg)
		wantError(t, err, mail.ErrAuth, "the token has expired")
		select {
		case <-said:
		case <-t.Context().Done():
		case <-time.After(5 * time.Second):
			t.Fatal("nothing was answered")
		}
		if answer != tt.dummy {
			t.Errorf("%s: answered %q, want %q", tt.mech, answer, tt.dummy)
		}
	}
}

func TestNewBearer_spellsTheUserSoThatNothingElseIsMeant(t *testing.T) {
	client, err := newBearer("oauthbearer", "a=b,c", "tok", "mail.example", 993)
	if err != nil {
		t.Fatal(err)
	}
	mech, first, err := client.Start()
	want := "n,a=a=3Db=2Cc,\x01host=mail.example\x01port=993\x01auth=Bearer tok\x01\x01"
	if err != nil || mech != "OAUTHBEARER" || string(first) != want {
		t.Errorf("%s %q, %v; want %q", mech, first, err, want)
	}
}
