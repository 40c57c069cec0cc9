package app

import (
	"bytes"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/mail/mailtest/faulty"
	"github.com/mailweir/mailweir/host/task"
)

// TestRepair_attachesTheOriginalWhereEveryVersionIsRefused: a server that takes nothing
// else gets the message as an attachment, all its bytes, once.
func TestRepair_attachesTheOriginalWhereEveryVersionIsRefused(t *testing.T) {
	// Dovecot holds this as it is; of a bare LF it would make CR LF.
	const text = "From: ann@example.org\r\nDate: Thu, 29 Feb 2024 12:00:00 +0000\r\nSubject: \xfcml\xe4ut\r\nno field\r\n\r\nline \x80\r\n"
	const others = 2 // versions before the attachment: as it is, and with its form repaired
	old, fresh := mailtest.StartDovecot(t, mailtest.DovecotOptions{}), mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	source := old.Dial("ann")
	source.Append("INBOX", "", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), []byte(text))
	var refused atomic.Int64
	proxy := faulty.Start(t, fresh.Addr(), faulty.Options{})
	proxy.Restart(func(s faulty.Step) faulty.Fault {
		if s.Kind == faulty.Command && s.Command == "APPEND" && refused.Load() < others {
			refused.Add(1)
			return faulty.Fault{Do: faulty.Pretend, Text: "NO [CANNOT] this message is not taken"}
		}
		return faulty.Fault{}
	})

	account := func(addr string) task.Account {
		a, err := task.ParseAccount("imap://ann@" + addr + "?tls=none")
		if err != nil {
			t.Fatal(err)
		}
		a.Password = "secret"
		return a
	}
	o := CopyOptions{
		Sources: []task.Source{{Name: SoleSource, Account: account(old.Addr())}}, Destination: account(proxy.Addr()),
		Data: t.TempDir(), Hooks: []task.Hook{{Plugin: "repair"}}, Log: slog.New(slog.DiscardHandler),
	}
	for run, copied := range []int64{1, 0} {
		r, err := Copy(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Report.Counts; r.Report.Outcome != task.OutcomeDone || c.Copied != copied || c.Rewritten != copied {
			t.Fatalf("run %d: %q (%s), %+v %v", run, r.Report.Outcome, r.Report.Cause, c, r.Report.Listed)
		}
	}
	if n := refused.Load(); n != others {
		t.Errorf("%d versions were refused, want %d", n, others)
	}
	stored := fresh.Dial("ann").Dump()["INBOX"]
	if len(stored) != 1 || !bytes.Equal(original(t, stored[0].Body), []byte(text)) {
		t.Errorf("stored are %d messages: %q", len(stored), stored)
	}
}
