package copier_test

import (
	"context"
	"slices"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/mail/imap"
	"github.com/mailweir/mailweir/host/mail/mailtest"
	"github.com/mailweir/mailweir/host/task"
)

// software is a kind of server, and what it makes of the mail that it is given.
type software struct {
	name   string
	start  func(t *testing.T) *mailtest.Server
	stores func(mailtest.Account) mailtest.Account
}

func exactly(a mailtest.Account) mailtest.Account { return a }

var (
	dovecot = software{"Dovecot", func(t *testing.T) *mailtest.Server {
		return mailtest.StartDovecot(t, mailtest.DovecotOptions{}).Server
	}, exactly}
	cyrus = software{"Cyrus", func(t *testing.T) *mailtest.Server {
		return mailtest.StartCyrus(t, mailtest.CyrusOptions{}).Server
	}, exactly}
	courier = software{"Courier", func(t *testing.T) *mailtest.Server {
		return mailtest.StartCourier(t, mailtest.CourierOptions{}).Server
	}, mailtest.Account.WithLastLineEnds}
)

// copyBetween makes a copy from ann's account of one server to that of another.
func copyBetween(from, to *mailtest.Server) *copier.Copier {
	return copier.New(copier.Config{
		Sources: []copier.SourceAccount{{Name: "old", Open: func(ctx context.Context) (mail.Source, error) { return login(ctx, from) }}},
		Target:  func(ctx context.Context) (mail.Target, error) { return login(ctx, to) },
		Ledger:  newLedger(&world{}),
	})
}

func login(ctx context.Context, s *mailtest.Server) (*imap.Account, error) {
	return imap.Open(ctx, imap.Config{Host: s.Host(), Port: s.Port(), TLS: imap.TLSNone, LoginName: "ann", Password: "secret"})
}

// TestRun_betweenAllServers copies awkward mail between every two kinds of real
// servers, three times, and compares with a reader that shares nothing with ours.
func TestRun_betweenAllServers(t *testing.T) {
	for _, from := range []software{dovecot, cyrus, courier} {
		for _, to := range []software{dovecot, cyrus, courier} {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				t.Parallel()
				betweenServers(t, from, to)
			})
		}
	}
}

func betweenServers(t *testing.T, from, to software) {
	old, fresh := from.start(t), to.start(t)
	source, target := old.Dial("ann"), fresh.Dial("ann")
	messages := 300
	if testing.Short() {
		messages = 100
	}
	// The first nine folders have names that all servers take.
	corpus := mailtest.Corpus(mailtest.CorpusOptions{Seed: 11, Messages: messages, Folders: 9, BigMessages: 1, BigSize: 3 << 20})
	source.Fill(corpus)
	subscribed := []string{"Archiv/2011/März & April", "INBOX", "日本語"}
	for _, name := range subscribed {
		source.Cmd("SUBSCRIBE " + source.Quote(source.Raw(name)))
	}
	if diff := mailtest.Diff(from.stores(corpus), source.DumpUTF8()); diff != "" {
		t.Fatalf("the source is not what was put there:\n%s", diff)
	}
	c := copyBetween(old, fresh)
	check := func(copied, flags int64) {
		t.Helper()
		r := c.Run(t.Context())
		checkSums(t, r)
		if r.Outcome != task.OutcomeDone || r.Counts.Copied != copied || r.Counts.Flags != flags {
			t.Fatalf("outcome %q (%s), copied %d, flags %d; want %d and %d\n%+v\n%+v", r.Outcome, r.Cause,
				r.Counts.Copied, r.Counts.Flags, copied, flags, r.Listed, r.Folders)
		}
		if diff := mailtest.Diff(to.stores(source.DumpUTF8()), target.DumpUTF8()); diff != "" {
			t.Fatal(diff)
		}
	}
	check(int64(corpus.Messages()), 0)
	if got := target.Subscribed(); !slices.Equal(got, subscribed) {
		t.Errorf("subscribed: %q, want %q", got, subscribed)
	}
	check(0, 0)

	more := corpus["Archiv"][:7]
	source.Fill(mailtest.Account{"INBOX": more})
	before := source.DumpUTF8()
	source.Cmd("SELECT " + source.Quote(source.Raw("Archiv/2011")))
	source.Cmd(`STORE 1:5 +FLAGS (\Flagged later)`)
	source.Cmd(`STORE 6:9 -FLAGS.SILENT (\Seen $Forwarded)`)
	changed := flagsDiffer(before["Archiv/2011"], source.DumpUTF8()["Archiv/2011"])
	if changed < 5 {
		t.Fatalf("the flags of %d messages were changed, want 5 at least", changed)
	}
	check(int64(len(more)), changed)
	check(0, 0)
}

// flagsDiffer counts the messages whose flags are not the same any more.
func flagsDiffer(before, after []mailtest.Mail) (n int64) {
	for i, m := range after {
		if !slices.Equal(m.Flags, before[i].Flags) {
			n++
		}
	}
	return n
}

// TestRun_goesOnBesideWhatTheTargetRefuses copies a folder and a message that a
// real server does not take: they are named, and all others arrive.
func TestRun_goesOnBesideWhatTheTargetRefuses(t *testing.T) {
	good := mailtest.Corpus(mailtest.CorpusOptions{Seed: 3, Messages: 12, Folders: 1})["INBOX"]
	tests := []struct {
		to     software
		folder string
		bodies []string
	}{
		{cyrus, `Er sagte "ja"`, []string{"not a header\r\n\r\nx\r\n"}},
		{courier, "😀 Spaß", nil},
	}
	for _, tt := range tests {
		t.Run(tt.to.name, func(t *testing.T) {
			t.Parallel()
			old, fresh := dovecot.start(t), tt.to.start(t)
			source := old.Dial("ann")
			source.Fill(mailtest.Account{tt.folder: good[:1], "INBOX": good[:7], "Rest": good})
			for _, body := range tt.bodies {
				source.Append("INBOX", "", good[0].Date, []byte(body))
			}
			source.Fill(mailtest.Account{"INBOX": good[7:]})
			want := tt.to.stores(mailtest.Account{"INBOX": good, "Rest": good})
			c := copyBetween(old, fresh)
			for run, copied := range []int64{int64(2 * len(good)), 0} {
				r := c.Run(t.Context())
				checkSums(t, r)
				if r.Outcome != task.OutcomeListed || r.Counts.Copied != copied || r.Counts.Failed != int64(len(tt.bodies)+1) {
					t.Errorf("run %d: outcome %q (%s), %+v", run, r.Outcome, r.Cause, r.Counts)
				}
				for _, f := range r.Folders {
					if (f.Error != "") != (f.Folder == tt.folder) {
						t.Errorf("run %d: %q has the error %q", run, f.Folder, f.Error)
					}
				}
				if diff := mailtest.Diff(want, fresh.Dial("ann").DumpUTF8()); diff != "" {
					t.Errorf("run %d:\n%s", run, diff)
				}
			}
		})
	}
}
