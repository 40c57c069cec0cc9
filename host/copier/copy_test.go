package copier_test

import (
	"fmt"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRun_copiesEverythingOnce(t *testing.T) {
	s := newScene(t)
	for i := range 57 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen, "$Forwarded")
		s.source.put("Archive/2015", nameless(i), day(i))
	}
	s.source.make("Empty")
	s.wants(s.run(), task.OutcomeDone, 114, 0)
	s.whole()
	if s.target.box("Empty") == nil {
		t.Error("the empty folder was not made")
	}
	s.world.heal()
	before := s.target.changes()
	s.wants(s.run(), task.OutcomeDone, 0, 114)
	if n := s.world.taken("source examine") + s.world.taken("target select"); n != 0 {
		t.Errorf("a pass without changes opened %d folders", n)
	}
	if s.target.changes() != before {
		t.Error("a pass without changes changed the target")
	}
}

func TestRun_carriesWhatIsNewAndWhatChangedAndNothingElse(t *testing.T) {
	for _, noModSeq := range []bool{false, true} {
		t.Run(fmt.Sprintf("without mod-sequences %v", noModSeq), func(t *testing.T) {
			s := newScene(t)
			s.source.noModSeq = noModSeq
			for i := range 50 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			s.wants(s.run(), task.OutcomeDone, 50, 0)
			for i := range 20 {
				s.source.put(mail.Inbox, letter(100+i), day(i))
				s.source.flag(mail.Inbox, mail.UID(i+1), mail.FlagSeen, "Work")
			}
			before := s.target.changes()
			r := s.run()
			s.wants(r, task.OutcomeDone, 20, 50)
			if r.Counts.Flags != 20 {
				t.Errorf("flags of %d messages were carried, want 20", r.Counts.Flags)
			}
			if n := s.target.changes() - before; n != 40 {
				t.Errorf("the target was changed %d times, want 40", n)
			}
			s.whole()
		})
	}
}
