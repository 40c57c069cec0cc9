package copier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRun_countsTwinsAndEqualMessageIDsAsManyMessages(t *testing.T) {
	s := newScene(t)
	for range 4 {
		s.source.put(mail.Inbox, letter(1), day(1))
	}
	for i := range 3 {
		s.source.put(mail.Inbox, fmt.Sprintf("Message-ID: <same@example.org>\r\n\r\ntext %d\r\n", i), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 7, 0)
	s.whole()
}

func TestRun_adoptsWhatIsThereAlready(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
		s.target.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
	}
	for i := range 5 {
		s.source.put(mail.Inbox, nameless(i), day(i))
		s.target.put(mail.Inbox, nameless(i), day(0)) // another tool lost the date
	}
	for range 5 { // 5 here, 3 there
		s.source.put(mail.Inbox, letter(77), day(7))
	}
	for range 3 {
		s.target.put(mail.Inbox, letter(77), day(7))
	}
	// Equal in everything that a header tells, but not the same.
	s.source.put(mail.Inbox, "Message-ID: <m@example.org>\r\n\r\ntext A\r\n", day(40))
	s.source.put(mail.Inbox, "Message-ID: <m@example.org>\r\n\r\ntext B\r\n", day(40))
	s.target.put(mail.Inbox, "Message-ID: <m@example.org>\r\n\r\ntext B\r\n", day(40))
	s.target.put(mail.Inbox, letter(500), day(9)) // mail of its own
	r := s.run()
	s.wants(r, task.OutcomeDone, 3, 39)
	want := s.source.bodies(mail.Inbox)
	want[letter(500)] = 1
	if diff := difference(want, s.target.bodies(mail.Inbox)); diff != "" {
		t.Error(diff)
	}
	s.wants(s.run(), task.OutcomeDone, 0, 42)
}

func TestRun_flagsOfAdoptedMailAreAddedAndNeverTakenAway(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1), mail.FlagSeen, mail.FlagDeleted)
	s.target.put(mail.Inbox, letter(1), day(1), mail.FlagFlagged)
	s.wants(s.run(), task.OutcomeDone, 0, 1)
	want := fmt.Sprintf("%v", mail.CleanFlags([]mail.Flag{mail.FlagSeen, mail.FlagFlagged}))
	if got := fmt.Sprintf("%v", mail.CleanFlags(s.target.box(mail.Inbox).mails[0].flags)); got != want {
		t.Errorf("flags are %s, want %s", got, want)
	}
}

func TestRun_aMergedTwinIsNotTakenForTheOtherFoldersCopy(t *testing.T) {
	for _, server := range servers {
		s := newScene(t)
		server.set(s)
		s.source.put("A", letter(1), day(1))
		s.source.put("B", letter(1), day(1))
		s.source.put("B", letter(2), day(1))
		s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
			return copier.FolderAnswer{Target: "All", By: "test"}, nil
		}}
		r := s.run()
		s.wants(r, task.OutcomeDone, 3, 0)
		s.same("All", "A", "B")
		if len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "merged") {
			t.Errorf("notes are %q, want one about the merge", r.Notes)
		}
	}
}

func TestRun_carriesTheFlagsThatChangedAtTheSourceAndNoOthers(t *testing.T) {
	tests := []struct{ name, base, now, present, want string }{
		{"added at the source", ``, `\Seen`, ``, `\Seen`},
		{"taken away at the source", `\Seen a`, `a`, `\Seen a`, `a`},
		{"added at the target", ``, `\Seen`, `\Flagged`, `\Seen \Flagged`},
		{"taken away at the target", `\Seen a`, `\Seen a b`, ``, `b`},
		{"changed on both sides", `\Seen old`, `\Seen \Answered`, `\Flagged old`, `\Flagged \Answered`},
		{"the same on both sides", ``, `\Seen`, `\Seen`, `\Seen`},
		{"letter case is no change", `old`, `OLD`, `\Seen`, `\Seen`},
		{"not kept", ``, `Work \Seen`, ``, `\Seen`},
		{"not kept, but there", ``, `Work`, `Work`, `Work`},
	}
	set := func(s string) (out []mail.Flag) {
		for w := range strings.FieldsSeq(s) {
			out = append(out, mail.Flag(w))
		}
		return mail.CleanFlags(out)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.target.keeps = func(f mail.Flag) bool { return f != "Work" }
			uid := s.source.put(mail.Inbox, letter(1), day(1), set(tt.base)...)
			s.wants(s.run(), task.OutcomeDone, 1, 0)
			s.target.flag(mail.Inbox, 1, set(tt.present)...)
			s.source.flag(mail.Inbox, uid, set(tt.now)...)
			for range 2 { // once is enough
				s.wants(s.run(), task.OutcomeDone, 0, 1)
				if got := mail.CleanFlags(s.target.box(mail.Inbox).mails[0].flags); !mail.SameFlags(got, set(tt.want)) {
					t.Errorf("flags are %v, want %s", got, tt.want)
				}
			}
		})
	}
}

func TestRun_keywordsThatTheTargetDoesNotKeepAreLeftOutOnce(t *testing.T) {
	s := newScene(t)
	s.target.keeps = func(f mail.Flag) bool { return strings.HasPrefix(string(f), `\`) }
	uid := s.source.put(mail.Inbox, letter(1), day(1), mail.FlagSeen, "Work")
	s.wants(s.run(), task.OutcomeDone, 1, 0)
	s.source.flag(mail.Inbox, uid, mail.FlagSeen, "Home")
	for range 2 {
		s.world.heal()
		r := s.run()
		s.wants(r, task.OutcomeDone, 0, 1)
		if r.Counts.Flags != 0 || s.world.taken("target store") != 0 {
			t.Errorf("%d flags carried in %d commands", r.Counts.Flags, s.world.taken("target store"))
		}
	}
	if s.world.taken("target select") != 0 {
		t.Error("a flag that is not kept is tried again and again")
	}
}

func TestRun_messagesRemovedAtTheSourceStayAtTheTarget(t *testing.T) {
	s := newScene(t)
	for i := range 5 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 5, 0)
	s.source.remove(mail.Inbox, 2)
	s.wants(s.run(), task.OutcomeDone, 0, 4)
	if n := len(s.target.box(mail.Inbox).mails); n != 5 {
		t.Errorf("%d messages at the target, want 5", n)
	}
	if n := s.ledger.states()[copier.EntryDone]; n != 4 {
		t.Errorf("the ledger knows %d messages, want 4", n)
	}
}

func TestRun_aMessageThatVanishesDuringTheRunIsNoFailure(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.options.WindowMessages = 10
	s.source.afterFetch = func(_ string, uid mail.UID) {
		if uid == 3 {
			s.source.remove(mail.Inbox, 25)
		}
	}
	s.wants(s.run(), task.OutcomeDone, 29, 0)
}

func TestRun_anotherUIDValidityMatchesAgainInsteadOfCopyingAgain(t *testing.T) {
	fill := func(s *scene) {
		for i := range 20 {
			s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
			s.source.put(mail.Inbox, nameless(i%3), day(i))
		}
	}
	t.Run("of the source", func(t *testing.T) {
		s := newScene(t)
		fill(s)
		s.wants(s.run(), task.OutcomeDone, 40, 0)
		s.source.renumber(mail.Inbox)
		s.source.put(mail.Inbox, letter(99), day(1))
		s.wants(s.run(), task.OutcomeDone, 1, 40)
		s.whole()
		s.wants(s.run(), task.OutcomeDone, 0, 41)
	})
	t.Run("of the target", func(t *testing.T) {
		s := newScene(t)
		fill(s)
		s.wants(s.run(), task.OutcomeDone, 40, 0)
		s.target.renumber(mail.Inbox)
		s.wants(s.run(), task.OutcomeDone, 0, 40)
		s.source.flag(mail.Inbox, 1, mail.FlagAnswered)
		if r := s.run(); r.Counts.Flags != 1 {
			t.Errorf("flags of %d messages carried, want 1", r.Counts.Flags)
		}
		s.whole()
	})
	t.Run("of the target, whose folder is empty now", func(t *testing.T) {
		s := newScene(t)
		fill(s)
		s.wants(s.run(), task.OutcomeDone, 40, 0)
		s.target.drop(mail.Inbox)
		s.wants(s.run(), task.OutcomeDone, 40, 0)
		s.whole()
	})
	t.Run("of the source in the middle of a run", func(t *testing.T) {
		s := newScene(t)
		fill(s)
		s.source.afterFetch = func(_ string, uid mail.UID) {
			if uid == 25 {
				s.source.renumber(mail.Inbox)
			}
		}
		if r := s.run(); r.Outcome != task.OutcomeDone {
			t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
		}
		s.whole()
	})
	t.Run("of the source again and again", func(t *testing.T) {
		s := newScene(t)
		fill(s)
		s.source.afterFetch = func(string, mail.UID) { s.source.renumber(mail.Inbox) }
		r := s.run()
		if r.Outcome == task.OutcomeDone || !strings.Contains(r.Folders[0].Error, "UIDVALIDITY") {
			t.Fatalf("outcome %q: %+v", r.Outcome, r.Folders[0])
		}
		s.source.afterFetch = nil
		if r := s.run(); r.Outcome != task.OutcomeDone {
			t.Fatalf("then %q: %s", r.Outcome, r.Cause)
		}
		s.whole()
	})
}

func TestRun_severalSourcesMeetInOneTarget(t *testing.T) {
	s := newScene(t)
	second := newAccount("source2", s.world)
	s.more = []copier.SourceAccount{{Name: "b", Open: second.open}}
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i))
		second.put(mail.Inbox, letter(i+5), day(i+5)) // five are in both
		second.put("Only b", nameless(i), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 30, 0)
	if n := len(s.target.box(mail.Inbox).mails); n != 20 {
		t.Errorf("%d messages in INBOX, want 20", n)
	}
	s.wants(s.run(), task.OutcomeDone, 0, 30)
}

func TestRun_outcomes(t *testing.T) {
	fail := func(kind error) func(*scene) {
		return func(s *scene) { s.target.cannotLogIn = &mail.Error{Op: "connect", Where: "target:993", Kind: kind} }
	}
	tests := []struct {
		name string
		give func(*scene)
		want task.Outcome
	}{
		{"wrong password", fail(mail.ErrAuth), task.OutcomeNeedsUser},
		{"unknown host", fail(mail.ErrHost), task.OutcomeNeedsUser},
		{"certificate", fail(mail.ErrTLS), task.OutcomeNeedsUser},
		{"no connection", fail(mail.ErrConnect), task.OutcomeTemporary},
		{"busy", fail(mail.ErrBusy), task.OutcomeTemporary},
		{"a fault of ours", func(s *scene) {
			s.hooks = hooks{mapFolder: func(copier.FolderQuestion) (copier.FolderAnswer, error) { panic("x") }}
		}, task.OutcomeBug},
		{"ledger", func(s *scene) {
			s.world.at = func(_ int, op string) fault {
				if op == "ledger put" {
					return faultDrop
				}
				return faultNone
			}
		}, task.OutcomeNeedsUser},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.source.put(mail.Inbox, letter(1), day(1))
			tt.give(s)
			if r := s.run(); r.Outcome != tt.want {
				t.Errorf("outcome %q (%s), want %q", r.Outcome, r.Cause, tt.want)
			}
		})
	}
}

func TestRun_stopsWhenAskedAndGoesOnNextTime(t *testing.T) {
	s := newScene(t)
	for i := range 300 {
		s.source.put(mail.Inbox, letter(i), day(i))
		s.source.put("Other", letter(i), day(i))
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s.source.afterFetch = func(_ string, uid mail.UID) {
		if uid == 100 {
			stop()
		}
	}
	r := s.runWith(ctx)
	if r.Outcome != task.OutcomeStopped || r.Counts.Copied == 0 || r.Counts.Copied > 400 {
		t.Fatalf("outcome %q (%s), copied %d", r.Outcome, r.Cause, r.Counts.Copied)
	}
	s.source.afterFetch = nil
	if r := s.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("then %q: %s", r.Outcome, r.Cause)
	}
	s.whole()
}

func TestRun_subscribesOnceToWhatTheSourceIsSubscribedTo(t *testing.T) {
	s := newScene(t)
	s.source.make("Sub").folder.Subscribed = true
	s.source.make("Not")
	s.run()
	if !s.target.box("Sub").folder.Subscribed || s.target.box("Not").folder.Subscribed {
		t.Error("subscriptions are not those of the source")
	}
	s.target.box("Sub").folder.Subscribed = false
	s.run()
	if s.target.box("Sub").folder.Subscribed {
		t.Error("what a person unsubscribed was subscribed again")
	}
}

func TestRun_aDryRunChangesNothing(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put("New", letter(2), day(1))
	s.options.DryRun = true
	r := copier.New(s.config()).Run(t.Context())
	if !r.DryRun || r.Outcome != task.OutcomeDone || r.Counts.Source != 2 || r.Counts.Copied != 0 || s.target.changes() != 0 || len(s.ledger.pairs) != 0 {
		t.Errorf("report %+v, %d changes, %d pairs", r, s.target.changes(), len(s.ledger.pairs))
	}
}

func TestOutcomeOf(t *testing.T) {
	tests := []struct {
		give error
		want task.Outcome
	}{
		{nil, task.OutcomeDone},
		{fmt.Errorf("x: %w", &mail.Error{Kind: mail.ErrAuth}), task.OutcomeNeedsUser},
		{&mail.Error{Kind: mail.ErrQuota}, task.OutcomeFull},
		{&mail.Error{Kind: mail.ErrConnect, Err: context.DeadlineExceeded}, task.OutcomeTemporary},
		{&mail.Error{Kind: mail.ErrConnect, Err: context.Canceled}, task.OutcomeStopped},
		{context.Canceled, task.OutcomeStopped},
		{&mail.Error{Kind: mail.ErrProtocol}, task.OutcomeTemporary},
		{&mail.Error{Kind: mail.ErrTooBig}, task.OutcomeListed},
		{copier.ErrLedger, task.OutcomeNeedsUser},
		{errors.New("who knows"), task.OutcomeBug},
	}
	for _, tt := range tests {
		if got := copier.OutcomeOf(tt.give); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.give, got, tt.want)
		}
	}
}

func TestRun_flagsAreCarriedWithoutUIDPLUS(t *testing.T) {
	s := newScene(t)
	s.target.noUIDPlus = true
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i/2), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 10, 0)
	s.source.flag(mail.Inbox, 4, mail.FlagFlagged)
	if r := s.run(); r.Counts.Flags != 1 {
		t.Errorf("flags of %d messages carried, want 1", r.Counts.Flags)
	}
	if r := s.run(); r.Counts.Flags != 0 || r.Counts.Copied != 0 {
		t.Errorf("then %+v", r.Counts)
	}
}

func TestRun_copiesAgainWhenAFolderThatAFilterSentMailToIsGone(t *testing.T) {
	s := newScene(t)
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		if c.Message.UID%2 == 0 {
			return copier.Verdict{Target: "Even"}, nil
		}
		return copier.Verdict{}, nil
	}}
	s.wants(s.run(), task.OutcomeDone, 6, 0)
	s.wants(s.run(), task.OutcomeDone, 0, 6)
	s.target.drop("Even")
	s.wants(s.run(), task.OutcomeDone, 3, 3)
	if n := len(s.target.box("Even").mails); n != 3 {
		t.Errorf("%d messages in Even, want 3", n)
	}
}

func TestRun_anotherMappingLeavesWhatWasCopiedWhereItIs(t *testing.T) {
	s := newScene(t)
	to := func(name string) copier.Hooks {
		return hooks{digest: name, mapFolder: func(copier.FolderQuestion) (copier.FolderAnswer, error) {
			return copier.FolderAnswer{Target: name}, nil
		}}
	}
	s.source.put(mail.Inbox, letter(1), day(1))
	s.hooks = to("Old")
	s.wants(s.run(), task.OutcomeDone, 1, 0)
	s.hooks = to("New")
	uid := s.source.put(mail.Inbox, letter(2), day(1))
	s.source.flag(mail.Inbox, 1, mail.FlagFlagged)
	s.wants(s.run(), task.OutcomeDone, 1, 1)
	if old := s.target.content("Old"); len(s.target.box("Old").mails) != 1 || len(s.target.box("New").mails) != 1 || !strings.Contains(fmt.Sprint(old), "Flagged") {
		t.Errorf("UID %d: Old holds %v", uid, old)
	}
	s.wants(s.run(), task.OutcomeDone, 0, 2)
}
