package imap

import (
	"fmt"
	"maps"
	"sync/atomic"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
)

// memoryAlters are behaviours that go-imap's in-memory server (2.0.0-beta.8) can
// not keep, whoever asks: it gives a header section an end that had none.
var memoryAlters = map[string]string{
	"a batch is stored byte for byte with flags and dates":            "the corpus has messages without an end of the header",
	"an empty message is stored or refused":                           "the server makes two bytes of it",
	"messages without header, body or last line end stay as they are": "the server gives them an end of the header",
}

func TestAccount_keepsTheContractsOnAServerWithTheUsualExtensions(t *testing.T) {
	mailtest.RunExcept(t, memoryAlters, func(t *testing.T) mail.Target {
		return open(t, config(startMemory(t, memoryOptions{caps: usual}).port))
	})
}

func TestAccount_keepsTheContractsOnAServerWithoutExtensions(t *testing.T) {
	except := maps.Clone(memoryAlters)
	except["a body that ends early stores nothing of the message"] = "the server stores what it got of a synchronizing literal"
	except["a short body in the middle of a batch leaves no half message"] = "the same"
	mailtest.RunExcept(t, except, func(t *testing.T) mail.Target {
		return open(t, config(startMemory(t, memoryOptions{}).port))
	})
}

func TestAccount_keepsTheContractsOnDovecot(t *testing.T) {
	tests := []struct {
		name string
		give mailtest.DovecotOptions
	}{
		{"maildir", mailtest.DovecotOptions{}},
		{"maildir with dots and a prefix", mailtest.DovecotOptions{Separator: '.', Prefix: "INBOX."}},
		{"mdbox", mailtest.DovecotOptions{Format: "mdbox"}},
		{"mdbox with dots", mailtest.DovecotOptions{Format: "mdbox", Separator: '.'}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.give.Users = manyUsers()
			mailtest.Run(t, accountsOf(mailtest.StartDovecot(t, tt.give).Server))
		})
	}
}

// cyrusRefuses are behaviours that Cyrus 3.6.1 does not have, whoever asks.
var cyrusRefuses = map[string]string{
	"messages without header, body or last line end stay as they are": "the server takes no message that begins with something else than a header",
	"UIDs that are far beyond all others are passed over":             "the server finds nothing by a set that spans 2^31 UIDs, which its own never do",
}

// courierAlters are behaviours that Courier 5.0.13 can not keep, whoever asks: the
// last line of a message gets an end.
var courierAlters = map[string]string{
	"a batch is stored byte for byte with flags and dates":            "the corpus has messages whose last line has no end",
	"an empty message is stored or refused":                           "the server makes an empty line of it",
	"messages without header, body or last line end stay as they are": "the server gives the last line an end",
	"umlauts, Japanese and emoji are not refused":                     "the server knows no character beyond U+FFFF in folder names",
}

func TestAccount_keepsTheContractsOnCyrus(t *testing.T) {
	tests := []struct {
		name string
		give mailtest.CyrusOptions
	}{
		{"slashes", mailtest.CyrusOptions{}},
		{"dots and a prefix", mailtest.CyrusOptions{Separator: '.', Prefix: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.give.Users = manyUsers()
			mailtest.RunExcept(t, cyrusRefuses, accountsOf(mailtest.StartCyrus(t, tt.give).Server))
		})
	}
}

func TestAccount_keepsTheContractsOnCourier(t *testing.T) {
	c := mailtest.StartCourier(t, mailtest.CourierOptions{Users: manyUsers()})
	mailtest.RunExcept(t, courierAlters, accountsOf(c.Server))
}

func manyUsers() map[string]string {
	users := map[string]string{}
	for i := range 200 {
		users[fmt.Sprintf("user%d", i+1)] = "secret"
	}
	return users
}

// accountsOf gives each call the next of many users.
func accountsOf(s *mailtest.Server) func(t *testing.T) mail.Target {
	var next atomic.Int32
	return func(t *testing.T) mail.Target {
		cfg := config(s.Port())
		cfg.LoginName = fmt.Sprintf("user%d", next.Add(1))
		return open(t, cfg)
	}
}
