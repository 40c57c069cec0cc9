package wire

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/mail"
)

func TestExpunge_namesItsUIDsAndNothingElse(t *testing.T) {
	for _, caps := range []string{"UIDPLUS", "IMAP4rev2"} {
		c := play(t, caps, Limits{}, func(s *server) {
			s.say("* 3 FETCH (UID 9 FLAGS (\\Deleted))\n%s OK\n", s.expect(`UID STORE 7:8,12 +FLAGS.SILENT (\Deleted)`))
			s.say("* 3 EXPUNGE\n* 3 EXPUNGE\n%s OK\n", s.expect(`UID EXPUNGE 7:8,12`))
			s.say("%s OK\n", s.expect("NOOP"))
		})
		uids := mail.UIDs(7, 8, 12)
		if err := c.MarkDeleted(t.Context(), uids); err != nil {
			t.Error(err)
		}
		if err := c.Expunge(t.Context(), uids); err != nil {
			t.Error(err)
		}
		if err := c.Noop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestExpunge_isRefusedWithoutUIDPLUS(t *testing.T) {
	c := play(t, "IMAP4rev1", Limits{}, func(s *server) { s.say("%s OK\n", s.expect("NOOP")) })
	wantKind(t, c.Expunge(t.Context(), mail.UIDs(1)), mail.ErrRefused)
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err) // nothing was sent before it
	}
}

func TestMarkDeleted_endsAtTheFirstRefusal(t *testing.T) {
	c := play(t, "UIDPLUS", Limits{}, func(s *server) {
		line := s.line()
		tag, _, _ := strings.Cut(line, " ")
		s.say("%s NO [NOPERM] no\n", tag)
		s.say("%s OK\n", s.expect("NOOP"))
	})
	var scattered mail.UIDSet // more than fits into one line
	for u := mail.UID(1); u < 1000; u += 2 {
		scattered.Add(u)
	}
	wantKind(t, c.MarkDeleted(t.Context(), scattered), mail.ErrDenied)
	if err := c.Noop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestExpunge_goesOnWhenMessagesAreGone(t *testing.T) {
	c := play(t, "UIDPLUS", Limits{}, func(s *server) {
		s.say("%s NO [EXPUNGEISSUED] some are gone\n", s.expect(`UID STORE 1 +FLAGS.SILENT (\Deleted)`))
		s.say("%s OK\n", s.expect(`UID EXPUNGE 1`))
	})
	if err := c.MarkDeleted(t.Context(), mail.UIDs(1)); err != nil {
		t.Error(err)
	}
	if err := c.Expunge(t.Context(), mail.UIDs(1)); err != nil {
		t.Error(err)
	}
}
