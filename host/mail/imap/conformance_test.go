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
			mailtest.Run(t, dovecotAccounts(t, tt.give))
		})
	}
}

// dovecotAccounts starts one server whose next user each call gets.
func dovecotAccounts(t *testing.T, o mailtest.DovecotOptions) func(t *testing.T) mail.Target {
	t.Helper()
	o.Users = map[string]string{}
	for i := range 200 {
		o.Users[fmt.Sprintf("user%d", i+1)] = "secret"
	}
	d := mailtest.StartDovecot(t, o)
	var next atomic.Int32
	return func(t *testing.T) mail.Target {
		cfg := config(d.Port())
		cfg.LoginName = fmt.Sprintf("user%d", next.Add(1))
		return open(t, cfg)
	}
}
