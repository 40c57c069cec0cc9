package copier_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// oddMail fills the source with what is easily lost or doubled: twins, equal
// Message-IDs, none at all, more than one folder, messages that are streamed.
func oddMail(s *scene) {
	for i := range 7 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
	}
	for range 3 {
		s.source.put(mail.Inbox, letter(3), day(3), mail.FlagSeen)
		s.source.put(mail.Inbox, nameless(1), day(1))
	}
	s.source.put("Other", letter(3), day(3))
	s.source.put("Other", "Message-ID: <3@example.org>\r\n\r\nanother text\r\n", day(3))
	s.source.put("Other", bigLetter(1), day(9))
	s.source.put("Other", bigLetter(1), day(9))
	s.options.StreamFrom = 1000
}

func bigLetter(serial int) string {
	return letter(serial) + string(slices.Repeat([]byte("0123456789abcdef\r\n"), 100))
}

// servers are kinds of account whose shortcomings cost certainty.
var servers = []struct {
	name string
	set  func(*scene)
}{
	{"good servers", func(*scene) {}},
	{"no UIDPLUS", func(s *scene) { s.target.noUIDPlus = true }},
	{"no MULTIAPPEND", func(s *scene) { s.target.single, s.target.batch = true, 1 }},
	{"no CONDSTORE, sizes estimated", func(s *scene) { s.source.noModSeq, s.source.oddSizes = true, true }},
	{"no UIDPLUS, sizes estimated", func(s *scene) { s.target.noUIDPlus, s.target.oddSizes = true, true }},
}

func TestRun_losesAndDoublesNothingWhateverTheStepAtWhichItBreaks(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name string
		kind fault
	}{
		{"connection ends before", faultDrop},
		{"connection ends after", faultDropAfter},
		{"program dies before", faultKill},
		{"program dies after", faultKillAfter},
	}
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			sound := newScene(t)
			oddMail(sound)
			server.set(sound)
			sound.wants(sound.run(), task.OutcomeDone, 17, 0)
			steps := sound.world.n
			for _, f := range faults {
				t.Run(f.name, func(t *testing.T) {
					t.Parallel()
					for k := 1; k <= steps; k++ {
						breakAt(t, server.set, f.kind, k)
					}
				})
			}
		})
	}
}

// breakAt lets one step go wrong, runs again, and compares.
func breakAt(t *testing.T, set func(*scene), kind fault, k int) {
	t.Helper()
	s := newScene(t)
	oddMail(s)
	set(s)
	var op string
	s.world.at = func(n int, what string) fault {
		if n != k {
			return faultNone
		}
		op = what
		return kind
	}
	first := s.run()
	s.world.heal()
	second := s.run()
	if second.Outcome != task.OutcomeDone {
		t.Fatalf("step %d (%s): then %q: %s", k, op, second.Outcome, second.Cause)
	}
	for _, name := range s.source.names() {
		if diff := difference(s.source.content(name), s.target.content(name)); diff != "" {
			t.Fatalf("step %d (%s): first run %q (%s), copied %d; then %s:\n%s", k, op, first.Outcome, first.Cause, first.Counts.Copied, name, diff)
		}
	}
	if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
		t.Fatalf("step %d (%s): %d intents are still open", k, op, n)
	}
	s.world.heal()
	if third := s.run(); third.Counts.Copied != 0 || third.Counts.Flags != 0 || third.Outcome != task.OutcomeDone {
		t.Fatalf("step %d (%s): a third run copied %d and carried %d", k, op, third.Counts.Copied, third.Counts.Flags)
	}
}

// TestRun_losesAndDoublesNothingInALaterRun breaks a run that comes after a
// complete one, when something has happened in between.
func TestRun_losesAndDoublesNothingInALaterRun(t *testing.T) {
	t.Parallel()
	meanwhile := []struct {
		name string
		do   func(*scene)
	}{
		// Copies that a person removed stay away; only the ledger can tell what
		// came of an append.
		{"new mail here, copies removed there", func(s *scene) {
			for uid := range mail.UID(6) {
				s.target.remove(mail.Inbox, uid+1)
			}
			for i := range 5 {
				s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen) // twins of what was removed
				s.source.put(mail.Inbox, nameless(40+i), day(i))
			}
			s.source.flag(mail.Inbox, 9, mail.FlagFlagged)
		}},
		{"target folder replaced by an empty one", func(s *scene) { s.target.drop(mail.Inbox) }},
		{"target folder numbered anew", func(s *scene) {
			s.target.renumber(mail.Inbox)
			s.source.put(mail.Inbox, letter(50), day(1))
		}},
		{"source folder numbered anew", func(s *scene) {
			s.source.renumber(mail.Inbox)
			s.source.put(mail.Inbox, letter(3), day(3), mail.FlagSeen)
		}},
	}
	for _, server := range servers {
		for _, m := range meanwhile {
			t.Run(server.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				prepare := func() *scene {
					s := newScene(t)
					oddMail(s)
					server.set(s)
					s.wants(s.run(), task.OutcomeDone, 17, 0)
					m.do(s)
					s.world.heal()
					return s
				}
				sound := prepare()
				if r := sound.run(); r.Outcome != task.OutcomeDone {
					t.Fatalf("without a fault: %q: %s", r.Outcome, r.Cause)
				}
				steps, want := sound.world.n, sound.target.content(mail.Inbox)
				for _, kind := range []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter} {
					for k := 1; k <= steps; k++ {
						s := prepare()
						op := "none: answers and commits met in another way"
						s.world.at = func(n int, what string) fault {
							if n == k {
								op = what
								return kind
							}
							return faultNone
						}
						s.run()
						s.world.heal()
						if r := s.run(); r.Outcome != task.OutcomeDone {
							t.Fatalf("fault %d at step %d (%s): then %q: %s", kind, k, op, r.Outcome, r.Cause)
						}
						if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
							t.Fatalf("fault %d at step %d (%s):\n%s", kind, k, op, diff)
						}
					}
				}
			})
		}
	}
}

// TestRun_aCopyWhoseUIDIsUnknownIsNobodyElsesCopy breaks the first of two sources
// behind each step, and lets the second go on alone before the first comes back.
func TestRun_aCopyWhoseUIDIsUnknownIsNobodyElsesCopy(t *testing.T) {
	t.Parallel()
	for k := 1; k < 60; k++ {
		s := newScene(t)
		s.target.noUIDPlus = true
		second := newAccount("second", s.world)
		away := &mail.Error{Op: "connect", Where: "second", Kind: mail.ErrConnect}
		for i := range 3 {
			s.source.put(mail.Inbox, letter(i), day(i))
			s.source.put(mail.Inbox, nameless(i), day(i))
			second.put(mail.Inbox, letter(i), day(i))
			second.put(mail.Inbox, nameless(i), day(i))
		}
		s.more = []copier.SourceAccount{{Name: "b", Open: second.open}}
		second.cannotLogIn = away
		s.world.at = func(n int, _ string) fault {
			if n == k {
				return faultKillAfter
			}
			return faultNone
		}
		s.run()
		s.world.heal()
		second.cannotLogIn, s.source.cannotLogIn = nil, away
		s.run()
		s.world.heal()
		s.source.cannotLogIn = nil
		if r := s.run(); r.Outcome != task.OutcomeDone {
			t.Fatalf("step %d: %q: %s", k, r.Outcome, r.Cause)
		}
		want := s.source.bodies(mail.Inbox)
		for body := range want {
			want[body] = 2
		}
		if diff := difference(want, s.target.bodies(mail.Inbox)); diff != "" {
			t.Fatalf("step %d:\n%s", k, diff)
		}
	}
}

func TestRun_aLostConnectionIsTakenUpInTheSameRun(t *testing.T) {
	for _, op := range []string{"source examine", "source scan", "source fetch", "target select", "target append", "target create", "target scan"} {
		for _, kind := range []fault{faultDrop, faultDropAfter} {
			t.Run(fmt.Sprint(op, kind), func(t *testing.T) {
				s := newScene(t)
				oddMail(s)
				s.target.put(mail.Inbox, letter(900), day(1)) // so that the target is looked at
				hit := false
				s.world.at = func(_ int, what string) fault {
					if hit || what != op {
						return faultNone
					}
					hit = true
					return kind
				}
				r := s.run()
				if !hit {
					t.Fatalf("there was no %s", op)
				}
				if r.Outcome != task.OutcomeDone {
					t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
				}
				s.target.remove(mail.Inbox, 1)
				s.whole()
			})
		}
	}
}

func TestRun_givesUpAnAccountThatStaysAwayAndGoesOnNextTime(t *testing.T) {
	for _, side := range []string{"source", "target"} {
		t.Run(side, func(t *testing.T) {
			s := newScene(t)
			oddMail(s)
			appends := 0
			s.world.at = func(_ int, op string) fault {
				if op == "target append" {
					appends++
				}
				if appends > 1 && op != side+" list" && len(op) > len(side) && op[:len(side)] == side {
					return faultDrop
				}
				return faultNone
			}
			r := s.run()
			if r.Outcome != task.OutcomeTemporary || r.Counts.Failed == 0 || r.Counts.Copied == 0 {
				t.Fatalf("outcome %q (%s), counts %+v", r.Outcome, r.Cause, r.Counts)
			}
			s.world.heal()
			if r := s.run(); r.Outcome != task.OutcomeDone {
				t.Fatalf("then %q: %s", r.Outcome, r.Cause)
			}
			s.whole()
		})
	}
}
