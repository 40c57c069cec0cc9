package copier_test

import (
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

var allFaults = []fault{faultDrop, faultDropAfter, faultKill, faultKillAfter}

// sweepRemoval breaks the run that prepare leads up to at every step, and then
// runs undisturbed. safe is asked after either, settled after the second.
func sweepRemoval(t *testing.T, prepare func() *scene, safe, settled func(*scene) string) {
	t.Helper()
	sound := prepare()
	if r := sound.run(); r.Outcome != task.OutcomeDone || r.Counts.DeletedSource+r.Counts.DeletedTarget == 0 {
		t.Fatalf("without a fault: %q (%s), %+v", r.Outcome, r.Cause, r.Counts)
	}
	if diff := safe(sound) + settled(sound); diff != "" {
		t.Fatalf("without a fault:\n%s", diff)
	}
	steps := sound.world.n
	for _, kind := range allFaults {
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
			first := s.run()
			if diff := safe(s); diff != "" {
				t.Fatalf("fault %d at step %d (%s), that run ended %q (%s):\n%s", kind, k, op, first.Outcome, first.Cause, diff)
			}
			s.world.heal()
			second := s.run()
			if second.Outcome != task.OutcomeDone {
				t.Fatalf("fault %d at step %d (%s): then %q (%s), %v", kind, k, op, second.Outcome, second.Cause, second.Listed)
			}
			if diff := safe(s) + settled(s); diff != "" {
				t.Fatalf("fault %d at step %d (%s), the runs ended %q (%s) and %q:\n%s", kind, k, op, first.Outcome, first.Cause, second.Outcome, diff)
			}
			s.world.heal()
			third := s.run()
			if third.Outcome != task.OutcomeDone || third.Counts.Copied+third.Counts.DeletedSource+third.Counts.DeletedTarget != 0 {
				t.Fatalf("fault %d at step %d (%s): a third run ended %q (%s), %+v", kind, k, op, third.Outcome, third.Cause, third.Counts)
			}
		}
	}
}

func TestRemove_losesNothingWhateverTheStepAtWhichAMoveBreaks(t *testing.T) {
	t.Parallel()
	servers := []struct {
		name string
		set  func(*scene)
	}{
		{"good servers", func(*scene) {}},
		{"no UIDPLUS at the target", func(s *scene) { s.target.noUIDPlus = true }},
		{"no UIDPLUS at the source", func(s *scene) { s.source.noUIDPlus = true }},
	}
	for _, server := range servers {
		for _, earlier := range []bool{false, true} { // everything was copied by a run before
			t.Run(server.name, func(t *testing.T) {
				t.Parallel()
				want := map[string]map[string]int{}
				prepare := func() *scene {
					s := newScene(t)
					server.set(s)
					oddMail(s)
					for _, name := range s.source.names() {
						want[name] = s.source.content(name)
					}
					s.options.WindowMessages = 4
					if earlier {
						s.wants(s.run(), task.OutcomeDone, 17, 0)
						s.world.heal()
					}
					moving(s)
					return s
				}
				safe := func(s *scene) (diff string) {
					for _, name := range s.source.names() {
						here, there := s.source.bodies(name), s.target.bodies(name)
						for body, n := range bare(want[name]) {
							if there[body] < n-here[body] {
								diff += "lost in " + name + ": " + body[:40] + "\n"
							}
						}
					}
					return diff
				}
				settled := func(s *scene) (diff string) {
					for _, name := range s.source.names() {
						diff += difference(want[name], s.target.content(name)) // flags too: no mark is carried
						if n := len(s.source.box(name).mails); n != 0 && !s.source.noUIDPlus {
							diff += "left at the source in " + name + "\n"
						}
					}
					return diff
				}
				if server.name != "no UIDPLUS at the source" {
					sweepRemoval(t, prepare, safe, settled)
					return
				}
				// It is never done there, so the sound run is not told by its count.
				for _, kind := range allFaults {
					for k := 1; ; k++ {
						s := prepare()
						s.world.at = func(n int, _ string) fault {
							if n == k {
								return kind
							}
							return faultNone
						}
						s.run()
						over := s.world.n < k
						s.world.heal()
						s.run()
						if diff := safe(s) + settled(s); diff != "" {
							t.Fatalf("fault %d at step %d:\n%s", kind, k, diff)
						}
						if over {
							break
						}
					}
				}
			})
		}
	}
}

// bare turns content into bodies.
func bare(content map[string]int) map[string]int {
	out := map[string]int{}
	for line, n := range content {
		// "2015-06-01 12:00:00 [flags] body"
		for i := range line {
			if line[i] == ']' {
				out[line[i+2:]] += n
				break
			}
		}
	}
	return out
}

func TestRemove_losesNothingWhateverTheStepAtWhichAMirrorBreaks(t *testing.T) {
	t.Parallel()
	for _, noUIDPlus := range []bool{false, true} {
		prepare := func() *scene {
			s := newScene(t)
			oddMail(s)
			s.source.put(mail.Inbox, letter(3), day(3), mail.FlagSeen)
			s.options.WindowMessages = 4
			later := mirroring(s)
			s.wants(s.run(), task.OutcomeDone, 18, 0)
			s.target.put(mail.Inbox, letter(3), day(3), mail.FlagSeen) // a stranger
			s.target.put("Other", letter(3), day(3))
			for _, uid := range []mail.UID{1, 4, 8} { // two of four twins
				s.source.remove(mail.Inbox, uid)
			}
			s.source.remove("Other", 1)
			s.run()
			later(3 * oneDay)
			s.world.heal()
			if noUIDPlus { // that it had when the mail was copied
				s.target.noUIDPlus = true
			}
			return s
		}
		want := func(s *scene, name string) map[string]int {
			all := bare(s.source.content(name))
			all[letter(3)]++ // the stranger
			return all
		}
		safe := func(s *scene) (diff string) {
			for _, name := range s.source.names() {
				there := s.target.bodies(name)
				for body, n := range want(s, name) {
					if there[body] < n {
						diff += "lost in " + name + ": " + body[:40] + "\n"
					}
				}
			}
			return diff
		}
		settled := func(s *scene) (diff string) {
			for _, name := range s.source.names() {
				if !noUIDPlus {
					diff += difference(want(s, name), s.target.bodies(name))
				}
			}
			return diff
		}
		if noUIDPlus {
			s := prepare()
			s.deleted(s.run(), 0, 0)
			if diff := safe(s); diff != "" {
				t.Fatal(diff)
			}
			if n := countMarked(s.target); n != 4 {
				t.Errorf("%d copies are marked, want 4", n)
			}
			continue
		}
		sweepRemoval(t, prepare, safe, settled)
	}
}

func countMarked(a *account) (n int) {
	for _, name := range a.names() {
		for _, l := range a.box(name).mails {
			for _, f := range l.flags {
				if f == mail.FlagDeleted {
					n++
				}
			}
		}
	}
	return n
}
