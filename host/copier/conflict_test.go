package copier_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

var subjectLine = regexp.MustCompile(`(?m)^Subject: (.*?)\r?$`)

// bySubjectLine is a key that does not look at the Message-ID; messages whose subject
// says so have none.
func bySubjectLine(q *copier.KeyQuestion) (string, error) {
	m := subjectLine.FindSubmatch(q.Message.Header)
	switch {
	case m == nil || strings.HasPrefix(string(m[1]), "nameless"):
		return "", nil
	case strings.HasPrefix(string(m[1]), "trap"):
		return "", errors.New("trap")
	}
	return string(m[1]), nil
}

// other is the letter of a serial as another program copied it: another Message-ID,
// another text.
func other(serial int) string {
	return fmt.Sprintf("Message-ID: <other-%d@example.org>\r\nSubject: letter %d\r\n\r\nThe same, shorter.\r\n", serial, serial)
}

func TestRun_keysSayWhatIsThereAlready(t *testing.T) {
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			s := newScene(t)
			server.set(s)
			s.hooks = hooks{storing: storing{key: bySubjectLine}}
			for i := range 4 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			for range 3 { // three twins here, two copies there
				s.source.put(mail.Inbox, letter(9), day(9))
			}
			for range 2 {
				s.target.put(mail.Inbox, other(9), day(9))
			}
			s.source.put(mail.Inbox, nameless(1), day(1))
			s.target.put(mail.Inbox, nameless(1), day(1))
			s.target.put(mail.Inbox, other(2), day(30))
			// The same bytes, but the key of another message.
			s.target.put(mail.Inbox, strings.Replace(letter(3), "Subject: letter 3", "Subject: letter X", 1), day(3))
			s.wants(s.run(), task.OutcomeDone, 4, 4)
			bodies := s.target.bodies(mail.Inbox)
			for body, n := range map[string]int{letter(9): 1, other(9): 2, letter(2): 0, other(2): 1, letter(3): 1, nameless(1): 1} {
				if bodies[body] != n {
					t.Errorf("%d times instead of %d: %.60q", bodies[body], n, body)
				}
			}
			s.wants(s.run(), task.OutcomeDone, 0, 8)
			// The keys find them again.
			s.target.renumber(mail.Inbox)
			s.wants(s.run(), task.OutcomeDone, 0, 8)
			v := s.verify()
			if v.Missing != 0 || v.Matched != 8 || v.Altered != 3 || v.Extra != 1 {
				t.Errorf("verify: %+v %v", v.VerifyCounts, v.Listed)
			}
		})
	}
}

func TestRun_aKeyThatIsNotKnownHolds(t *testing.T) {
	s := newScene(t)
	s.hooks = hooks{storing: storing{key: bySubjectLine}}
	trap := strings.Replace(letter(1), "Subject: letter 1", "Subject: trap", 1)
	s.source.put(mail.Inbox, trap, day(1))
	s.source.put(mail.Inbox, letter(2), day(2))
	s.source.put(mail.Inbox, nameless(3), day(3))
	s.target.put(mail.Inbox, letter(2), day(2))
	r := s.run()
	if r.Counts.Held != 1 || r.Counts.Copied != 1 || r.Counts.Present != 1 || !strings.Contains(r.Listed[0].Reason, "the key of the message is not known: trap") {
		t.Fatalf("%+v %v", r.Counts, r.Listed)
	}
	// In INBOX nothing is left that nobody knows, so there is nothing to compare with. One
	// at the destination whose key is not known may be any that has a key.
	s.target.put("Other", trap, day(1))
	s.source.put("Other", letter(4), day(4))
	s.source.put("Other", nameless(4), day(4))
	r = s.run()
	if r.Counts.Held != 1 || s.target.bodies("Other")[nameless(4)] != 1 || s.target.bodies("Other")[letter(4)] != 0 {
		t.Fatalf("%+v %v", r.Counts, r.Listed)
	}
	if l := r.Listed[0]; !strings.Contains(l.Reason, "it may be at the destination: the key of a message there is not known: UID 1 of Other: trap") {
		t.Errorf("%q", l.Reason)
	}
	s.hooks = nil
	s.wants(s.run(), task.OutcomeDone, 1, 4)
}

// rulings rules by serial.
func rulings(q *copier.Conflict) (copier.Ruling, error) {
	switch strings.TrimSpace(string(subjectLine.FindSubmatch(q.Message.Header)[1])) {
	case "letter 1":
		return copier.Ruling{Resolution: copier.ResolveSkip, By: "test", Note: "old"}, nil
	case "letter 2":
		return copier.Ruling{Resolution: copier.ResolveDefer, By: "test"}, nil
	case "letter 3":
		return copier.Ruling{Resolution: copier.ResolveCopy, By: "test"}, nil
	case "letter 4", "letter 7":
		return copier.Ruling{Resolution: copier.ResolveReplace, By: "test"}, nil
	case "letter 5":
		return copier.Ruling{}, errors.New("trap")
	}
	return copier.Ruling{}, nil
}

// conflicts is a scene in which the target has something of every message.
func conflicts(t testing.TB) *scene {
	s := newScene(t)
	for i := range 8 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
		s.target.put(mail.Inbox, other(i), day(i), mail.FlagSeen)
	}
	s.source.put(mail.Inbox, letter(8), day(8)) // not in conflict
	s.target.put(mail.Inbox, letter(8), day(8))
	s.source.put(mail.Inbox, letter(10), day(8)) // only the flags differ
	s.target.put(mail.Inbox, letter(10), day(8), mail.FlagFlagged)
	s.source.put(mail.Inbox, letter(11), day(11)) // not there
	s.options.AllowReplace = true
	s.hooks = hooks{storing: storing{key: bySubjectLine, conflict: rulings}}
	return s
}

func TestRun_conflictsEndAsAHookSays(t *testing.T) {
	s := conflicts(t)
	asked := map[mail.UID]string{}
	s.hooks = hooks{storing: storing{key: bySubjectLine, conflict: func(q *copier.Conflict) (copier.Ruling, error) {
		asked[q.Message.UID] = fmt.Sprint(q.There.UID, q.There.Size, q.There.Flags, q.There.InternalDate.Unix() == q.Message.InternalDate.Unix(), q.TargetValidity == s.target.box(mail.Inbox).validity)
		return rulings(q)
	}}}
	r := s.run()
	c := r.Counts
	if r.Outcome != task.OutcomeListed || c.Copied != 4 || c.Present != 4 || c.Skipped != 1 || c.Held != 2 {
		t.Fatalf("%q (%s) %+v %v", r.Outcome, r.Cause, c, r.Listed)
	}
	if len(asked) != 9 || asked[1] != fmt.Sprint(1, len(other(0)), []mail.Flag{mail.FlagSeen}, true, true) {
		t.Errorf("asked %v", asked)
	}
	bodies := s.target.bodies(mail.Inbox)
	want := map[string]int{
		other(0): 1, other(1): 1, other(2): 1, other(3): 1, letter(3): 1, letter(4): 1, other(5): 1, other(6): 1, letter(7): 1,
		letter(8): 1, letter(10): 1, letter(11): 1,
	}
	if diff := difference(want, bodies); diff != "" {
		t.Error(diff)
	}
	if fmt.Sprint(r.Notes) != "[INBOX: 2 messages replaced]" {
		t.Errorf("notes %q", r.Notes)
	}
	for _, l := range r.Listed {
		want := map[uint32]string{2: "skipped by test: old", 3: "deferred by test", 6: "the ruling on its conflict failed: trap"}[l.UID]
		if l.Reason != want {
			t.Errorf("UID %d: %q, want %q", l.UID, l.Reason, want)
		}
	}
	// What is held is in conflict again; nothing else is.
	clear(asked)
	if r := s.run(); r.Counts.Held != 2 || r.Counts.Copied != 0 || len(asked) != 2 {
		t.Errorf("then %+v, asked %v", r.Counts, asked)
	}
}

func TestRun_replacesOnlyWhereThatIsAllowed(t *testing.T) {
	s := conflicts(t)
	s.options.AllowReplace = false
	r := s.run()
	if r.Counts.Held != 4 || s.target.bodies(mail.Inbox)[other(4)] != 1 || s.target.bodies(mail.Inbox)[letter(4)] != 0 {
		t.Fatalf("%+v %v", r.Counts, r.Listed)
	}
	if s.world.taken("target expunge")+s.world.taken("target mark") != 0 {
		t.Error("something was deleted")
	}
	found := false
	for _, l := range r.Listed {
		found = found || strings.Contains(l.Reason, "which is not allowed (--allow-replace)")
	}
	if !found {
		t.Errorf("listed %v", r.Listed)
	}
}

func TestRun_leavesTheOldMessageWhenTheNewOneIsNotAsItWasSent(t *testing.T) {
	s := conflicts(t)
	// The server adds something to what it stores.
	s.target.alters = func(body string) string { return "X-Scanned: yes\r\n" + body }
	r := s.run()
	kept := 0
	for _, l := range r.Listed {
		if l.Fate == task.FateKept && strings.Contains(l.Reason, "was not replaced: the copy, UID ") && strings.HasSuffix(l.Reason, "has other bytes") {
			kept++
		}
	}
	if bodies := s.target.bodies(mail.Inbox); kept != 2 || bodies[other(4)] != 1 || bodies["X-Scanned: yes\r\n"+letter(4)] != 1 {
		t.Errorf("%d kept, listed %v", kept, r.Listed)
	}
}

// TestRun_replacingLosesAndDoublesNothing breaks a copy that replaces messages at every
// step, on servers of all kinds, and lets what is sent be rewritten or refused.
func TestRun_replacingLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	kinds := []struct {
		name string
		set  func(*scene)
	}{
		{"as it is", func(*scene) {}},
		{"rewritten", func(s *scene) {
			s.hooks = hooks{storing: storing{key: bySubjectLine, conflict: rulings, rewrite: rewriteBy(stamp)}}
		}},
		{"refused at first", func(s *scene) {
			s.target.refuses = func(body string) error {
				if strings.Contains(body, "Subject: letter 4\r\n") && !strings.Contains(body, "X-Version: 2\r\n") {
					return &mail.Error{Op: "append", Where: "target", Kind: mail.ErrRefused, Text: "not this one"}
				}
				return nil
			}
			s.hooks = hooks{storing: storing{key: bySubjectLine, conflict: rulings, rewrite: rewriteBy(version)}}
		}},
	}
	for _, server := range servers {
		for _, tt := range kinds {
			t.Run(server.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				prepare := func() *scene {
					s := conflicts(t)
					server.set(s)
					tt.set(s)
					return s
				}
				sound := prepare()
				sound.run()
				steps, want := sound.world.n, sound.target.content(mail.Inbox)
				if len(want) < 12 {
					t.Fatalf("the target holds %v", want)
				}
				for i, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
					for k := 1 + i%2; k <= steps; k += 2 {
						s := prepare()
						op := ""
						s.world.at = func(n int, what string) fault {
							if n == k {
								op = what
								return kind
							}
							return faultNone
						}
						s.run()
						s.world.heal()
						r := s.run()
						if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
							t.Fatalf("fault %d at step %d (%s): then %q (%s):\n%s", kind, k, op, r.Outcome, r.Cause, diff)
						}
						if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
							t.Fatalf("fault %d at step %d (%s): %d intents are still open", kind, k, op, n)
						}
					}
				}
			})
		}
	}
}

// TestRun_anIntentStaysOpenWhileItsKeyIsNotKnown: a hook that fails after a crash neither
// loses nor doubles what was on its way.
func TestRun_anIntentStaysOpenWhileItsKeyIsNotKnown(t *testing.T) {
	s := newScene(t)
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	fails := errors.New("trap")
	s.hooks = hooks{storing: storing{key: func(q *copier.KeyQuestion) (string, error) {
		if fails != nil && strings.Contains(string(q.Message.Header), "letter 1") {
			return "", fails
		}
		return bySubjectLine(q)
	}}}
	s.world.at = func(_ int, op string) fault {
		if op == "target append" {
			return faultKillAfter
		}
		return faultNone
	}
	s.run()
	s.world.heal()
	if r := s.run(); r.Counts.Held != 1 || r.Counts.Present != 2 || s.ledger.states()[copier.EntryIntent] != 1 {
		t.Fatalf("%+v %v, ledger %v", r.Counts, r.Listed, s.ledger.states())
	}
	fails = nil
	s.wants(s.run(), task.OutcomeDone, 0, 3)
	s.whole()
}
