package copier_test

import (
	"context"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
)

// TestRun_betweenDovecots copies awkward mail between two real servers that keep
// and name it differently, and compares with a reader that shares nothing with
// ours.
func TestRun_betweenDovecots(t *testing.T) {
	t.Parallel()
	from := mailtest.StartDovecot(t, mailtest.DovecotOptions{})
	to := mailtest.StartDovecot(t, mailtest.DovecotOptions{Format: "mdbox", Separator: '.'})
	want := mailtest.Corpus(mailtest.CorpusOptions{Seed: 7, Messages: 400, Folders: 20, BigMessages: 2, BigSize: 3 << 20})
	source, target := from.Dial("ann"), to.Dial("ann")
	source.Fill(want)
	c := copier.New(copier.Config{
		Sources: []copier.SourceAccount{{Name: "old", Open: func(ctx context.Context) (mail.Source, error) { return login(ctx, from.Server) }}},
		Target:  func(ctx context.Context) (mail.Target, error) { return login(ctx, to.Server) },
		Ledger:  newLedger(&world{}),
	})
	check := func(copied, flags int64) {
		t.Helper()
		r := c.Run(t.Context())
		checkSums(t, r)
		if r.Outcome != task.OutcomeDone || r.Counts.Copied != copied || r.Counts.Flags != flags {
			t.Fatalf("outcome %q (%s), copied %d, flags %d; want %d and %d\n%+v", r.Outcome, r.Cause, r.Counts.Copied, r.Counts.Flags, copied, flags, r.Listed)
		}
		if diff := mailtest.Diff(source.DumpUTF8(), target.DumpUTF8()); diff != "" {
			t.Fatal(diff)
		}
	}
	if diff := mailtest.Diff(want, source.DumpUTF8()); diff != "" {
		t.Fatalf("the source is not what was put there:\n%s", diff)
	}
	check(int64(want.Messages()), 0)
	check(0, 0)
	source.Fill(mailtest.Account{"INBOX": want["Archiv"]})
	source.Cmd("SELECT INBOX")
	source.Cmd(`STORE 1:5 +FLAGS (\Flagged later)`)
	source.Cmd(`STORE 6:7 -FLAGS.SILENT (\Seen)`)
	r := c.Run(t.Context())
	if r.Counts.Copied != int64(len(want["Archiv"])) || r.Counts.Flags < 5 {
		t.Fatalf("outcome %q (%s): %+v", r.Outcome, r.Cause, r.Counts)
	}
	check(0, 0)
	v, err := c.Verify(t.Context())
	if err != nil || v.Outcome != task.OutcomeDone || v.Matched != r.Counts.Source || v.Extra != 0 {
		t.Fatalf("%+v, %v", v, err)
	}
}
