package copier_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
)

// TestRun_offersAgainWhatARealServerRefuses: Cyrus does not take a message whose header
// section is none. A hook that makes a field of the line gets it there, and leaves all
// other messages as they are.
func TestRun_offersAgainWhatARealServerRefuses(t *testing.T) {
	good := mailtest.Corpus(mailtest.CorpusOptions{Seed: 3, Messages: 12, Folders: 1})["INBOX"]
	old, fresh := dovecot.start(t), cyrus.start(t)
	source := old.Dial("ann")
	source.Fill(mailtest.Account{"INBOX": good[:7]})
	source.Append("INBOX", "", good[0].Date, []byte("not a header\r\n\r\nx\r\n"))
	source.Fill(mailtest.Account{"INBOX": good[7:]})
	repair := func(q *copier.RewriteQuestion, text string) (string, error) {
		if q.Attempt == 0 {
			return text, nil
		}
		return "X-Line: " + text, nil
	}
	c := copier.New(copier.Config{
		Sources: []copier.SourceAccount{{Name: "old", Open: func(ctx context.Context) (mail.Source, error) { return login(ctx, old) }}},
		Target:  func(ctx context.Context) (mail.Target, error) { return login(ctx, fresh) },
		Ledger:  newLedger(&world{}),
		Hooks:   hooks{storing: storing{rewrite: rewriteBy(repair)}},
	})
	for run, copied := range []int64{int64(len(good) + 1), 0} {
		r := c.Run(t.Context())
		checkSums(t, r)
		if r.Outcome != task.OutcomeDone || r.Counts.Copied != copied || r.Counts.Rewritten != min(copied, 1) {
			t.Fatalf("run %d: outcome %q (%s), %+v %v", run, r.Outcome, r.Cause, r.Counts, r.Listed)
		}
	}
	repaired := mailtest.Mail{Date: good[0].Date, Body: []byte("X-Line: not a header\r\n\r\nx\r\n")}
	want := mailtest.Account{"INBOX": append(good[:len(good):len(good)], repaired)}
	if diff := mailtest.Diff(want, fresh.Dial("ann").DumpUTF8()); diff != "" {
		t.Error(diff)
	}
	v, err := c.Verify(t.Context())
	if err != nil || v.Missing+v.Extra+v.Altered != 0 || v.Matched != int64(len(good)+1) {
		t.Errorf("%v, %+v", err, v)
	}
	if err == nil && len(v.Listed) > 0 && strings.Contains(v.Listed[0].Reason, "content") {
		t.Errorf("%v", v.Listed)
	}
}
