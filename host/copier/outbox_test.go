package copier_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestOutbox_eachRecipientIsToldOfEachCopiedMessageOnce(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			s := newScene(t)
			oddMail(s)
			server.set(s)
			g := newRegister()
			s.listen(g, copier.Recipient{ID: "a"}, copier.Recipient{ID: "b", Needs: copier.NeedsHeader}, copier.Recipient{ID: "c", Needs: copier.NeedsBody})
			r := s.run()
			s.wants(r, task.OutcomeDone, 17, 0)
			s.wantsOutbox(r, 3*17, 0, 0)
			r = s.run()
			s.wants(r, task.OutcomeDone, 0, 17)
			s.wantsOutbox(r, 0, 0, 0)
			for _, who := range []string{"a", "b", "c"} {
				if messages, times := g.count(who); messages != 17 || times != 17 {
					t.Errorf("%s was told of %d messages, %d times", who, messages, times)
				}
			}
			if len(g.wrong) > 0 {
				t.Error(g.wrong)
			}
		})
	}
}

// TestOutbox_noDeliveryIsLostWhateverTheStepAtWhichItBreaks breaks a run at every
// step and lets two more runs go on: by then each recipient was told of each
// message at least once, of no other, and always under the same key.
func TestOutbox_noDeliveryIsLostWhateverTheStepAtWhichItBreaks(t *testing.T) {
	t.Parallel()
	small := func(s *scene) {
		for i := range 5 {
			s.source.put(mail.Inbox, letter(i%4), day(i), mail.FlagSeen) // with a twin
		}
		s.source.put("Other", nameless(1), day(1))
		s.source.put("Other", bigLetter(2), day(2))
		s.options.StreamFrom = 1000
		s.target.batch = 2
	}
	recipients := []copier.Recipient{{ID: "a"}, {ID: "b", Needs: copier.NeedsBody}}
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			sound := newScene(t)
			small(sound)
			server.set(sound)
			sound.listen(newRegister(), recipients...)
			sound.wants(sound.run(), task.OutcomeDone, 7, 0)
			steps := sound.world.n
			for _, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
				for k := 1; k <= steps+4; k++ { // what goes on at the same time comes in any order
					s := newScene(t)
					small(s)
					server.set(s)
					g := newRegister()
					s.listen(g, recipients...)
					op := "none"
					s.world.at = func(n int, what string) fault {
						if n == k {
							op = what
							return kind
						}
						return faultNone
					}
					s.run()
					// A message that was told of before it was stored would be worse than one
					// that was not told of.
					if stored := len(s.target.bodies(mail.Inbox)) + len(s.target.bodies("Other")); stored == 0 && len(g.told) > 0 {
						t.Fatalf("fault %d at step %d (%s): told of %v, and nothing is stored", kind, k, op, g.told)
					}
					for range 2 {
						s.world.heal()
						if r := s.run(); r.Outcome != task.OutcomeDone || r.Outbox.Waiting+r.Outbox.GivenUp != 0 {
							t.Fatalf("fault %d at step %d (%s): then %q: %s, %+v", kind, k, op, r.Outcome, r.Cause, r.Outbox)
						}
					}
					s.whole()
					for _, who := range recipients {
						if messages, _ := g.count(who.ID); messages != 7 {
							t.Fatalf("fault %d at step %d (%s): %s was told of %d messages, want 7: %v", kind, k, op, who.ID, messages, g.told)
						}
					}
					if len(g.wrong) > 0 {
						t.Fatalf("fault %d at step %d (%s): %v", kind, k, op, g.wrong)
					}
				}
			}
		})
	}
}

func TestOutbox_handsOverWhatWasStored(t *testing.T) {
	s := newScene(t)
	uid := s.source.put("Sent", bigLetter(1), day(3), mail.FlagSeen, "Work")
	s.source.box("Sent").folder.Use = mail.UseSent
	s.options.StreamFrom = 1000
	var spools []*spool
	s.options.Spool = func() (copier.Spool, error) {
		spools = append(spools, &spool{})
		return spools[len(spools)-1], nil
	}
	var got *copier.Copied
	var body []byte
	s.hooks = hooks{later: later{recipients: []copier.Recipient{{ID: "p", Needs: copier.NeedsBody}}, message: func(_ string, m *copier.Copied) (copier.DeliveryAnswer, error) {
		got = m
		var err error
		body, err = io.ReadAll(io.NewSectionReader(m.Body, 0, m.Message.Size))
		return copier.DeliveryAnswer{}, err
	}}}
	s.wants(s.run(), task.OutcomeDone, 1, 0)
	size := int64(len(bigLetter(1)))
	switch {
	case got == nil:
		t.Fatal("nobody was told")
	case string(body) != bigLetter(1) || got.Message.Size != size || got.Stored != size || got.Size != size:
		t.Errorf("%d bytes, of %d, %d, %d", len(body), got.Message.Size, got.Stored, got.Size)
	case got.Source != "a" || got.FolderName != "Sent" || got.FolderUse != mail.UseSent || got.UID != uid || got.Message.UID != uid ||
		got.UIDValidity != s.source.box("Sent").validity || got.Target != "Sent" || got.TargetUID != 1 || got.TargetValidity != s.target.box("Sent").validity:
		t.Errorf("told of %+v", got.Delivery)
	case !got.Message.InternalDate.Equal(day(3)) || fmt.Sprint(got.Message.Flags) != `[\Seen Work]`:
		t.Errorf("date %v, flags %v", got.Message.InternalDate, got.Message.Flags)
	case !strings.HasSuffix(string(got.Message.Header), "\r\n\r\n"):
		t.Errorf("header section %q", got.Message.Header)
	}
	if len(spools) != 1 || !spools[0].closed {
		t.Errorf("%d spools", len(spools))
	}
}

func TestOutbox_aRecipientThatFailsIsToldAgainAndKeepsNobodyElseWaiting(t *testing.T) {
	s := newScene(t)
	now := epoch
	s.options.Now = func() time.Time { return now }
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	g := newRegister()
	down := true
	var attempts []int
	g.fails = func(to string, m *copier.Copied) (copier.DeliveryAnswer, error) {
		if to == "bad" && m.UID == 2 {
			attempts = append(attempts, m.Attempts)
			if down {
				return copier.DeliveryAnswer{}, errors.New("503")
			}
		}
		if to == "bad" && m.UID == 3 && down {
			return copier.DeliveryAnswer{Action: copier.ActionDefer, After: time.Hour, Note: "later"}, nil
		}
		if m.UID == 1 && to == "bad" {
			return copier.DeliveryAnswer{Action: copier.ActionSkip}, nil
		}
		return copier.DeliveryAnswer{}, nil
	}
	s.listen(g, copier.Recipient{ID: "bad"}, copier.Recipient{ID: "good"})
	r := s.run()
	s.wants(r, task.OutcomeDone, 3, 0)
	s.wantsOutbox(r, 3, 2, 0)
	s.wantsOutbox(s.run(), 0, 2, 0) // it is too early
	now = now.Add(2 * time.Minute)
	s.wantsOutbox(s.run(), 0, 2, 0) // only the one that failed is due
	now, down = now.Add(time.Hour), false
	s.wantsOutbox(s.run(), 2, 0, 0)
	if !slices.Equal(attempts, []int{0, 1, 2}) {
		t.Errorf("the attempts were %v", attempts)
	}
	if messages, times := g.count("good"); messages != 3 || times != 3 {
		t.Errorf("the other one was told of %d messages, %d times", messages, times)
	}
}

func TestOutbox_givesUpInTheEndAndBeginsAnewForAnotherPlugin(t *testing.T) {
	s := newScene(t)
	now := epoch
	s.options.Now = func() time.Time { return now }
	s.source.put(mail.Inbox, letter(1), day(1))
	g := newRegister()
	down, asked := true, 0
	g.fails = func(string, *copier.Copied) (copier.DeliveryAnswer, error) {
		asked++
		if down {
			return copier.DeliveryAnswer{}, errors.New("no route")
		}
		return copier.DeliveryAnswer{}, nil
	}
	s.listen(g, copier.Recipient{ID: "p", Digest: "1"})
	giveUp := func() {
		for asked = 0; ; now = now.Add(25 * time.Hour) {
			r := s.run()
			if asked < copier.MaxDeliveryAttempts {
				s.wantsOutbox(r, 0, 1, 0)
				continue
			}
			s.wantsOutbox(r, 0, 0, 1)
			if r.Outcome != task.OutcomeListed || len(r.Listed) != 1 || r.Listed[0].Fate != task.FateUntold || r.Counts.Failed != 0 ||
				!strings.Contains(r.Listed[0].Reason, "p was not told of it, and is not told again: no route") {
				t.Fatalf("%q: %s, %+v", r.Outcome, r.Cause, r.Listed)
			}
			return
		}
	}
	giveUp()
	now = now.Add(1000 * time.Hour)
	r := s.run()
	s.wants(r, task.OutcomeDone, 0, 1)
	s.wantsOutbox(r, 0, 0, 1)
	// Asked for.
	s.options.RetryOutbox = true
	s.wantsOutbox(s.run(), 0, 1, 0)
	s.options.RetryOutbox = false
	now = now.Add(time.Hour)
	asked = 1
	for asked < copier.MaxDeliveryAttempts {
		s.run()
		now = now.Add(25 * time.Hour)
	}
	s.wantsOutbox(s.run(), 0, 0, 1)
	// Another version, or configuration, of the plugin.
	down = false
	s.listen(g, copier.Recipient{ID: "p", Digest: "2"})
	s.wantsOutbox(s.run(), 1, 0, 0)
}

func TestOutbox_aRecipientThatIsDownIsLeftAloneUntilTheNextRun(t *testing.T) {
	s := newScene(t)
	for i := range 100 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	g := newRegister()
	var mu sync.Mutex
	down, asked := true, 0
	g.fails = func(string, *copier.Copied) (copier.DeliveryAnswer, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if down {
			return copier.DeliveryAnswer{}, errors.New("no route")
		}
		return copier.DeliveryAnswer{}, nil
	}
	s.listen(g, copier.Recipient{ID: "p"})
	r := s.run()
	s.wants(r, task.OutcomeDone, 100, 0)
	s.wantsOutbox(r, 0, 100, 0)
	if asked < 5 || asked > 10 {
		t.Errorf("it was asked %d times", asked)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "p failed") || !strings.Contains(notes, "no route") {
		t.Errorf("the notes are %q", r.Notes)
	}
	down = false
	// Nothing new is to be copied, and what has not failed yet is not kept waiting.
	r = s.run()
	s.wants(r, task.OutcomeDone, 0, 100)
	if r.Outbox.Delivered < 90 {
		t.Errorf("then %+v", r.Outbox)
	}
}

func TestOutbox_takesTheMessageAtTheSourceWhenTheCopyIsGone(t *testing.T) {
	s := newScene(t)
	now := epoch
	s.options.Now = func() time.Time { return now }
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	g := newRegister()
	down := true
	var bodies []string
	g.fails = func(_ string, m *copier.Copied) (copier.DeliveryAnswer, error) {
		if down {
			return copier.DeliveryAnswer{Action: copier.ActionDefer}, nil
		}
		b, err := io.ReadAll(io.NewSectionReader(m.Body, 0, m.Message.Size))
		bodies = append(bodies, string(b))
		return copier.DeliveryAnswer{}, err
	}
	s.listen(g, copier.Recipient{ID: "p", Needs: copier.NeedsBody})
	s.wantsOutbox(s.run(), 0, 3, 0)
	down, now = false, now.Add(time.Hour)
	s.target.remove(mail.Inbox, 1) // the copy is gone
	s.target.remove(mail.Inbox, 2) // both are
	s.source.remove(mail.Inbox, 2)
	r := s.run()
	s.wantsOutbox(r, 2, 0, 1)
	slices.Sort(bodies)
	if want := []string{letter(0), letter(2)}; !slices.Equal(bodies, want) {
		t.Errorf("told of %q", bodies)
	}
	if len(r.Listed) != 1 || !strings.Contains(r.Listed[0].Reason, "neither at the destination nor at the source") {
		t.Errorf("listed %+v", r.Listed)
	}
}

func TestOutbox_isNotTouchedByADryRunAndTellsNobodyOfWhatWasThere(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.target.put(mail.Inbox, letter(1), day(1))
	g := newRegister()
	s.listen(g, copier.Recipient{ID: "p"})
	r := s.run()
	s.wants(r, task.OutcomeDone, 0, 1)
	s.wantsOutbox(r, 0, 0, 0)
	// A delivery that waits goes on waiting.
	s.source.put(mail.Inbox, letter(2), day(2))
	g.fails = func(string, *copier.Copied) (copier.DeliveryAnswer, error) {
		return copier.DeliveryAnswer{}, errors.New("x")
	}
	s.wantsOutbox(s.run(), 0, 1, 0)
	asked := false
	g.fails = func(string, *copier.Copied) (copier.DeliveryAnswer, error) {
		asked = true
		return copier.DeliveryAnswer{}, nil
	}
	s.options.DryRun = true
	s.options.Now = func() time.Time { return time.Now().Add(time.Hour) }
	s.world.heal()
	s.run()
	if asked || s.world.taken("ledger settle")+s.world.taken("ledger open outbox") > 0 {
		t.Error("a dry run touched the outbox")
	}
	s.options.DryRun = false
	// A plugin that is not there any more is missed.
	s.hooks = nil
	r = s.run()
	s.wantsOutbox(r, 0, 1, 0)
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "1 copied message wait for the plugin p") {
		t.Errorf("the notes are %q", r.Notes)
	}
}

// TestOutbox_nobodyIsToldOfWhatTheTargetOnlySaysItHas: a server without UIDPLUS
// that says OK and stores nothing.
func TestOutbox_nobodyIsToldOfWhatTheTargetOnlySaysItHas(t *testing.T) {
	s := newScene(t)
	s.target.noUIDPlus = true
	lies := true
	s.target.drops = func(body string) bool { return lies && strings.Contains(body, "letter 2\r") }
	for i := range 4 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	g := newRegister()
	s.listen(g, copier.Recipient{ID: "p"})
	if r := s.run(); r.Counts.Copied != 3 || r.Counts.Failed != 1 {
		t.Fatalf("%q: %s, %+v", r.Outcome, r.Cause, r.Counts)
	}
	if messages, _ := g.count("p"); messages != 3 || g.told["p INBOX/3"] != 0 {
		t.Errorf("told of %v", g.told)
	}
	lies = false
	r := s.run()
	s.wants(r, task.OutcomeDone, 1, 3)
	s.wantsOutbox(r, 1, 0, 0)
}

// TestOutbox_anAppendOfAnotherLifeOfTheFolderIsToldOf: the program dies when the
// message is stored, and before it comes back the source has other UIDs.
func TestOutbox_anAppendOfAnotherLifeOfTheFolderIsToldOf(t *testing.T) {
	s := newScene(t)
	s.target.batch = 2
	s.target.put(mail.Inbox, letter(9), day(9)) // was there, and is nobody's business
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.put(mail.Inbox, letter(9), day(9))
	bodies := map[string]int{}
	var mu sync.Mutex
	s.hooks = hooks{digest: "x", later: later{recipients: []copier.Recipient{{ID: "p", Needs: copier.NeedsBody}}, message: func(_ string, m *copier.Copied) (copier.DeliveryAnswer, error) {
		b, err := io.ReadAll(io.NewSectionReader(m.Body, 0, m.Message.Size))
		mu.Lock()
		defer mu.Unlock()
		bodies[string(b)]++
		return copier.DeliveryAnswer{}, err
	}}}
	appends := 0
	s.world.at = func(_ int, op string) fault {
		if op == "target append" {
			if appends++; appends == 2 {
				return faultKillAfter
			}
		}
		return faultNone
	}
	s.run()
	s.world.heal()
	s.source.renumber(mail.Inbox)
	if r := s.run(); r.Outcome != task.OutcomeDone {
		t.Fatalf("%q: %s", r.Outcome, r.Cause)
	}
	s.same(mail.Inbox, mail.Inbox)
	for i := range 6 {
		if bodies[letter(i)] == 0 {
			t.Errorf("nobody was told of letter %d", i)
		}
	}
	if len(bodies) != 6 {
		t.Errorf("told of %d different messages", len(bodies))
	}
}

// TestOutbox_aMovedMessageIsToldOfFromItsCopy: the source has it no more.
func TestOutbox_aMovedMessageIsToldOfFromItsCopy(t *testing.T) {
	s := newScene(t)
	now := epoch
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	moving(s)
	s.options.Now = func() time.Time { return now }
	g := newRegister()
	down := true
	var bodies []string
	g.fails = func(_ string, m *copier.Copied) (copier.DeliveryAnswer, error) {
		if down {
			return copier.DeliveryAnswer{Action: copier.ActionDefer}, nil
		}
		b, err := io.ReadAll(io.NewSectionReader(m.Body, 0, m.Message.Size))
		g.mu.Lock()
		defer g.mu.Unlock()
		bodies = append(bodies, string(b))
		return copier.DeliveryAnswer{}, err
	}
	s.listen(g, copier.Recipient{ID: "p", Needs: copier.NeedsBody})
	r := s.run()
	if r.Counts.DeletedSource != 3 {
		t.Fatalf("%q: %s, %+v", r.Outcome, r.Cause, r.Counts)
	}
	s.wantsOutbox(r, 0, 3, 0)
	down, now = false, now.Add(time.Hour)
	s.wantsOutbox(s.run(), 3, 0, 0)
	slices.Sort(bodies)
	if want := []string{letter(0), letter(1), letter(2)}; !slices.Equal(bodies, want) {
		t.Errorf("told of %q", bodies)
	}
}

func TestOutbox_aHookThatPanicsHasFailed(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.hooks = hooks{later: later{recipients: []copier.Recipient{{ID: "p"}}, message: func(string, *copier.Copied) (copier.DeliveryAnswer, error) { panic("oh") }}}
	r := s.run()
	s.wants(r, task.OutcomeDone, 1, 0)
	s.wantsOutbox(r, 0, 1, 0)
}

// TestOutbox_aRunThatIsStoppedTellsTheRestLater: what was told until then is not
// told again.
func TestOutbox_aRunThatIsStoppedTellsTheRestLater(t *testing.T) {
	s := newScene(t)
	for i := range 40 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	g := newRegister()
	ctx, stop := context.WithCancel(context.Background())
	var mu sync.Mutex
	n := 0
	g.fails = func(string, *copier.Copied) (copier.DeliveryAnswer, error) {
		mu.Lock()
		defer mu.Unlock()
		if n++; n == 10 {
			stop()
		}
		return copier.DeliveryAnswer{}, nil
	}
	s.listen(g, copier.Recipient{ID: "p"})
	if r := s.runWith(ctx); r.Outcome != task.OutcomeStopped || r.Outbox.Delivered < 10 || r.Outbox.Delivered > 14 {
		t.Fatalf("%q: %s, %+v", r.Outcome, r.Cause, r.Outbox)
	}
	if r := s.run(); r.Outcome != task.OutcomeDone || r.Outbox.Waiting != 0 {
		t.Fatalf("then %q: %s, %+v", r.Outcome, r.Cause, r.Outbox)
	}
	if messages, times := g.count("p"); messages != 40 || times != 40 {
		t.Errorf("told of %d messages, %d times", messages, times)
	}
}
