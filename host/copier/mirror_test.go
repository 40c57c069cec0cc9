package copier_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRemove_mirrorsADeletionAfterTheGracePeriod(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 5 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.target.put(mail.Inbox, letter(2), day(2)) // will be taken for the copy of UID 3
	s.wants(s.run(), task.OutcomeDone, 4, 1)
	s.target.put(mail.Inbox, letter(1), day(1)) // a stranger that looks like the copy of UID 2
	s.target.put(mail.Inbox, letter(77), day(2))
	s.source.remove(mail.Inbox, 2)
	before := s.target.bodies(mail.Inbox)
	for range 3 { // the first of them is the first that sees it missing
		s.deleted(s.run(), 0, 0)
		later(oneDay)
	}
	if diff := difference(before, s.target.bodies(mail.Inbox)); diff != "" {
		t.Fatal(diff)
	}
	r := s.run()
	s.wants(r, task.OutcomeDone, 0, 4)
	s.deleted(r, 0, 1)
	before[letter(1)]--
	if diff := difference(before, s.target.bodies(mail.Inbox)); diff != "" {
		t.Error(diff)
	}
	later(30 * oneDay)
	s.deleted(s.run(), 0, 0)
}

func TestRemove_aMessageThatComesBackStartsTheGracePeriodAnew(t *testing.T) {
	for _, mirrored := range []bool{true, false} {
		s := newScene(t)
		later := mirroring(s)
		on := s.options.Removal
		for i := range 5 {
			s.source.put(mail.Inbox, letter(i), day(i))
		}
		s.run()
		b := s.source.box(mail.Inbox)
		lost := b.mails[1]
		away := func() { s.source.remove(mail.Inbox, lost.uid) }
		back := func() {
			lost.modseq = b.modseq + 1
			b.modseq++
			b.mails = slices.Insert(b.mails, 1, lost)
		}
		away()
		s.deleted(s.run(), 0, 0)
		later(2 * oneDay)
		back()
		if !mirrored { // a run that has nothing to do with deleting sees it
			s.options.Removal = copier.Removal{}
		}
		s.wants(s.run(), task.OutcomeDone, 0, 5)
		s.options.Removal = on
		away()
		s.deleted(s.run(), 0, 0)
		later(2 * oneDay)
		s.deleted(s.run(), 0, 0)
		later(oneDay)
		s.deleted(s.run(), 0, 1)
	}
}

func TestRemove_leavesACopyThatIsNotWhatWasCopied(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 4 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	s.target.box(mail.Inbox).mails[0].text = "Subject: edited\r\n\r\n"
	s.target.box(mail.Inbox).mails[0].size = 19
	s.target.remove(mail.Inbox, 2) // somebody was faster
	for uid := range mail.UID(3) {
		s.source.remove(mail.Inbox, uid+1)
	}
	s.run()
	later(3 * oneDay)
	r := s.run()
	s.wants(r, task.OutcomeListed, 0, 1)
	s.deleted(r, 0, 1)
	if len(r.Listed) != 1 || r.Listed[0].Fate != task.FateKept || !strings.Contains(r.Listed[0].Reason, "has other bytes") {
		t.Errorf("listed are %+v", r.Listed)
	}
	s.holds(s.target, mail.Inbox, 2)
	s.wants(s.run(), task.OutcomeDone, 0, 1) // listed once
}

// TestRemove_neverMirrorsItsOwnDeletions is what keeps the only copy of moved mail.
func TestRemove_neverMirrorsItsOwnDeletions(t *testing.T) {
	t.Run("complete", func(t *testing.T) { neverMirrors(t, func(*scene) {}) })
	t.Run("while others fail", func(t *testing.T) { // so that the folder is never complete
		neverMirrors(t, func(s *scene) {
			s.source.put(mail.Inbox, "Subject: refused\r\n\r\n", day(1))
			s.target.refuses = func(body string) error {
				if strings.Contains(body, "refused") {
					return &mail.Error{Op: "append", Kind: mail.ErrTooBig}
				}
				return nil
			}
		})
	})
}

func neverMirrors(t *testing.T, set func(*scene)) {
	for k := 1; ; k++ { // the move is broken at every step
		s := newScene(t)
		moving(s)
		set(s)
		for i := range 4 {
			s.source.put(mail.Inbox, letter(i), day(i))
		}
		s.world.at = func(n int, _ string) fault {
			if n == k {
				return faultKillAfter
			}
			return faultNone
		}
		s.run()
		steps := s.world.n
		s.world.heal()
		want := map[string]int{}
		for i := range 4 {
			want[letter(i)] = 1
		}
		later := mirroring(s)
		s.source.changed = 0
		s.options.Removal.Limit = copier.LimitOf(100) // the brake is not what this is about
		for range 3 {
			s.run()
			later(4 * oneDay)
		}
		if diff := difference(want, s.target.bodies(mail.Inbox)); diff != "" {
			t.Fatalf("step %d:\n%s", k, diff)
		}
		if steps < k {
			break
		}
	}
}

func TestRemove_aListingThatIsNotWholeDeletesNothing(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	s.source.hides = func(body string) bool { return body == letter(3) }
	s.source.flag(mail.Inbox, 1, mail.FlagSeen)
	for range 3 {
		r := s.run()
		s.deleted(r, 0, 0)
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "lists 5 of 6 messages") }) {
			t.Errorf("notes are %q", r.Notes)
		}
		later(5 * oneDay)
		s.source.flag(mail.Inbox, 1, mail.FlagSeen, mail.FlagFlagged)
	}
	s.holds(s.target, mail.Inbox, 6)
}

func TestRemove_aFolderFromAnOlderBackupDeletesNothing(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 6 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	b := s.source.box(mail.Inbox)
	b.mails, b.next, b.modseq = b.mails[:3], 4, 2 // the UIDVALIDITY is the old one
	for range 3 {
		r := s.run()
		s.deleted(r, 0, 0)
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "only given UIDs below 4") }) {
			t.Errorf("notes are %q", r.Notes)
		}
		later(5 * oneDay)
	}
	s.holds(s.target, mail.Inbox, 6)
}

func TestRemove_aVanishedFolderKeepsItsCopies(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	s.source.put(mail.Inbox, letter(1), day(1))
	for i := range 5 {
		s.source.put("Projects", letter(i), day(i))
	}
	s.run()
	s.source.drop("Projects")
	for range 3 {
		r := s.run()
		s.wants(r, task.OutcomeDone, 0, 1)
		s.deleted(r, 0, 0)
		if !slices.ContainsFunc(r.Notes, func(n string) bool {
			return strings.Contains(n, "went to Projects is not there any more; what was copied from it stays (5 messages)")
		}) {
			t.Errorf("notes are %q", r.Notes)
		}
		later(5 * oneDay)
	}
	s.holds(s.target, "Projects", 5)
}

func TestRemove_twoSourcesDoNotTakeEachOthersCopies(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	second := newAccount("second", s.world)
	s.more = []copier.SourceAccount{{Name: "b", Open: second.open}}
	for i := range 4 {
		s.source.put(mail.Inbox, letter(i), day(i))
		second.put(mail.Inbox, letter(i), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 8, 0)
	s.source.remove(mail.Inbox, 2)
	second.cannotLogIn = &mail.Error{Op: "connect", Where: "second", Kind: mail.ErrConnect}
	s.run()
	later(3 * oneDay)
	s.deleted(s.run(), 0, 1)
	second.cannotLogIn = nil
	r := s.run()
	s.wants(r, task.OutcomeDone, 0, 7)
	want := second.bodies(mail.Inbox)
	for body, n := range s.source.bodies(mail.Inbox) {
		want[body] += n
	}
	if diff := difference(want, s.target.bodies(mail.Inbox)); diff != "" {
		t.Error(diff)
	}
}

func TestRemove_anAccountThatIsAwayDeletesNothing(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 5 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	s.source.remove(mail.Inbox, 1)
	s.run()
	later(5 * oneDay)
	s.source.cannotLogIn = &mail.Error{Op: "connect", Where: "source", Kind: mail.ErrConnect}
	r := s.run()
	s.deleted(r, 0, 0)
	if r.Outcome != task.OutcomeTemporary {
		t.Errorf("outcome %q", r.Outcome)
	}
	s.holds(s.target, mail.Inbox, 5)
}

func TestRemove_aCopyThatIsNamedTwiceStays(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for range 3 {
		s.source.put(mail.Inbox, letter(1), day(1))
	}
	s.run()
	e := s.ledger.entries[0][3] // by a mistake that should not be possible
	e.TargetUID = s.ledger.entries[0][1].TargetUID
	s.ledger.entries[0][3] = e
	s.source.remove(mail.Inbox, 1)
	s.run()
	later(3 * oneDay)
	r := s.run()
	s.deleted(r, 0, 0)
	if len(r.Listed) != 1 || !strings.Contains(r.Listed[0].Reason, "the copy of another message too") {
		t.Errorf("listed are %+v", r.Listed)
	}
	s.holds(s.target, mail.Inbox, 3)
}

func TestRemove_countsWhatWentBehindALostAnswer(t *testing.T) {
	for _, side := range []string{"source", "target"} {
		s := newScene(t)
		for i := range 4 {
			s.source.put(mail.Inbox, letter(i), day(i))
		}
		s.run()
		var want [2]int64
		if side == "source" {
			moving(s)
			want[0] = 4
		} else {
			mirroring(s)
			s.options.Removal.Grace = 0
			s.source.remove(mail.Inbox, 2)
			want[1] = 1
		}
		hit := false
		s.world.at = func(_ int, op string) fault {
			if hit || op != side+" expunge" {
				return faultNone
			}
			hit = true
			return faultDropAfter
		}
		r := s.run()
		if !hit || r.Outcome != task.OutcomeDone {
			t.Errorf("outcome %q: %s", r.Outcome, r.Cause)
		}
		s.deleted(r, want[0], want[1])
	}
}
