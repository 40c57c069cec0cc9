package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

func TestQuota_isAskedOfAServerThatHasIt(t *testing.T) {
	plain := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	if got, err := open(t, config(plain.Port())).Quota(t.Context()); got != nil || err != nil {
		t.Errorf("without quotas: %v, %v", got, err)
	}
	d := mailtest.StartDovecot(t, mailtest.DovecotOptions{Extra: `
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=10M:messages=100
}
`})
	d.Dial("ann").Append("INBOX", "", time.Now(), make([]byte, 3000))
	a := open(t, config(d.Port()))
	if size, err := a.FolderSize(t.Context(), mail.Folder{Name: mail.Inbox, Raw: mail.Inbox}); err != nil || size != 3000 {
		t.Errorf("the folder holds %d bytes, %v", size, err)
	}
	got, err := a.Quota(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "[{User quota MESSAGE 1 100} {User quota STORAGE 2 10240}]"
	if s := fmt.Sprint(got); s != want && s != strings.Replace(want, "STORAGE 2", "STORAGE 3", 1) {
		t.Errorf("got %s, want %s", s, want)
	}
}

// TestQuota_isAskedOfCyrus asks a server that says LOGINDISABLED after the login too.
func TestQuota_isAskedOfCyrus(t *testing.T) {
	c := mailtest.StartCyrus(t, mailtest.CyrusOptions{Users: map[string]string{"ann": "secret", "cyrus": "secret"}})
	c.Dial("ann").Append("INBOX", "", time.Now(), []byte("Subject: x\r\n\r\n"+strings.Repeat("x\r\n", 1000)))
	c.Dial("cyrus").Cmd("SETQUOTA user/ann (STORAGE 5000)")
	got, err := open(t, config(c.Port())).Quota(t.Context())
	if want := []Quota{{"INBOX", "STORAGE", 2, 5000}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

// TestQuota_isAskedOfCourier asks a server whose answer has no list when there is no
// limit.
func TestQuota_isAskedOfCourier(t *testing.T) {
	for quota, want := range map[string][]Quota{"": nil, "5000000S,100C": {{"ROOT", "MESSAGE", 1, 100}, {"ROOT", "STORAGE", 2, 4883}}} {
		c := mailtest.StartCourier(t, mailtest.CourierOptions{Quota: quota})
		c.Dial("ann").Append("INBOX", "", time.Now(), []byte("Subject: x\r\n\r\n"+strings.Repeat("x\r\n", 1000)))
		got, err := open(t, config(c.Port())).Quota(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v; want %v", quota, got, err, want)
		}
	}
}

func TestQuota_survivesAHostileServer(t *testing.T) {
	tests := []struct {
		name string
		give string // said in place of an answer
		kind error
		word string
	}{
		{"nesting without end", "* 1 FETCH (BODYSTRUCTURE " + strings.Repeat("(", 8<<20), mail.ErrProtocol, ""},
		{"a literal without end", "* QUOTAROOT {99999999}\n" + strings.Repeat("x", 8<<20), mail.ErrProtocol, ""},
		{"nonsense", "* QUOTA (((\n", mail.ErrProtocol, "quota"},
		{"hangs up", "", mail.ErrConnect, "hung up"},
		{"says goodbye", "* BYE not now\n", mail.ErrConnect, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startFake(t, func(c *fakeConn) {
				c.say("* OK [CAPABILITY IMAP4rev1 QUOTA] hello\n")
				for {
					tag, cmd := c.command()
					if tag == "" || strings.HasPrefix(cmd, "GETQUOTAROOT") {
						c.say(tt.give)
						return
					}
					c.say("* CAPABILITY IMAP4rev1 QUOTA\n" + tag + " OK done\n")
				}
			})
			_, err := open(t, config(s.port)).Quota(t.Context())
			wantError(t, err, tt.kind, tt.word, "ask for the quota")
		})
	}
}

func TestQuota_tellsARefusal(t *testing.T) {
	s := startFake(t, ordinary("QUOTA", map[string]string{"GETQUOTAROOT": "NO [NOPERM] not yours"}))
	_, err := open(t, config(s.port)).Quota(t.Context())
	wantError(t, err, mail.ErrDenied, "not yours")
}

func TestQuota_endsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := startFake(t, func(c *fakeConn) {
		c.say("* OK [CAPABILITY IMAP4rev1 QUOTA] hello\n")
		for {
			tag, cmd := c.command()
			if tag == "" {
				return
			}
			if strings.HasPrefix(cmd, "GETQUOTAROOT") {
				cancel()
				continue
			}
			c.say("* CAPABILITY IMAP4rev1 QUOTA\n" + tag + " OK done\n")
		}
	})
	_, err := open(t, config(s.port)).Quota(ctx)
	wantError(t, err, mail.ErrConnect)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
