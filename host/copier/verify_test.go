package copier_test

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func (s *scene) verify() *copier.VerifyReport {
	s.Helper()
	before := s.target.changes()
	r, err := copier.New(s.config()).Verify(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	if s.target.changes() != before || s.source.changes() != 0 {
		s.Error("the comparison changed an account")
	}
	c := r.VerifyCounts
	if c.Source != c.Matched+c.Missing+c.Elsewhere+c.Skipped {
		s.Errorf("the counts do not add up: %+v", c)
	}
	return r
}

func TestVerify_findsNothingAfterACopy(t *testing.T) {
	s := newScene(t)
	oddMail(s)
	s.run()
	r := s.verify()
	if r.Outcome != task.OutcomeDone || r.Matched != 17 || r.Extra != 0 {
		t.Errorf("outcome %q (%s): %+v\n%+v", r.Outcome, r.Cause, r.VerifyCounts, r.Listed)
	}
}

func TestVerify_findsWhatIsWrong(t *testing.T) {
	s := newScene(t)
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
		s.source.put("Other", nameless(i), day(i))
	}
	s.source.put(mail.Inbox, letter(0), day(0), mail.FlagSeen) // a twin
	s.run()
	inbox := s.target.box(mail.Inbox)
	at := func(serial int) mail.UID {
		for _, l := range inbox.mails {
			if l.text == letter(serial) {
				return l.uid
			}
		}
		t.Fatalf("letter %d is not there", serial)
		return 0
	}
	s.target.remove(mail.Inbox, at(0)) // one of the twins
	s.target.remove(mail.Inbox, at(1))
	s.target.remove(mail.Inbox, at(2))
	s.target.put("Other", letter(2), day(2), mail.FlagSeen)
	s.target.flag(mail.Inbox, at(3))
	for _, l := range inbox.mails {
		if l.text == letter(4) {
			l.date = day(400)
		}
		if l.text == letter(5) { // one byte is another one
			l.text = strings.Replace(l.text, "Hello", "Hallo", 1)
		}
	}
	s.target.put("Other", "Subject: of its own\r\n\r\n", day(1))
	r := s.verify()
	if r.Outcome != task.OutcomeListed || r.Missing != 3 || r.Elsewhere != 1 || r.Differ != 2 || r.Extra != 3 {
		t.Errorf("outcome %q: %+v\n%+v", r.Outcome, r.VerifyCounts, r.Listed)
	}
	var elsewhere bool
	for _, l := range r.Listed {
		elsewhere = elsewhere || l.UID == 3 && strings.Contains(l.Reason, `but in "Other"`)
	}
	if !elsewhere || len(r.Listed) != 6 {
		t.Errorf("listed: %+v", r.Listed)
	}
}

func TestVerify_namesWhatTheTargetAltered(t *testing.T) {
	s := newScene(t)
	const open, eightBit = "A: b\r\n\r\nx", "A: \xfc\r\n\r\nx\r\n"
	for _, text := range []string{open, open + "\r\n", eightBit} {
		s.source.put(mail.Inbox, text, day(1))
	}
	// As Courier keeps the first, and Cyrus the last.
	for _, text := range []string{open + "\r\n", open + "\r\n", strings.Replace(eightBit, "\xfc", "X", 1)} {
		s.target.put(mail.Inbox, text, day(1))
	}
	r := s.verify()
	if r.Outcome != task.OutcomeListed || r.Matched != 3 || r.Differ != 2 || r.Altered != 2 || r.Missing+r.Elsewhere+r.Extra != 0 {
		t.Errorf("outcome %q: %+v\n%+v", r.Outcome, r.VerifyCounts, r.Listed)
	}
	for i, uid := range []uint32{1, 3} {
		if len(r.Listed) != 2 || r.Listed[i].UID != uid && r.Listed[1-i].UID != uid || !strings.Contains(r.Listed[i].Reason, "altered") {
			t.Errorf("listed: %+v, want UIDs 1 and 3 as altered", r.Listed)
		}
	}
}

func TestVerify_namesWhatTheTargetGaveAnotherHeader(t *testing.T) {
	s := newScene(t)
	const nameless, empty = "Subject: x\r\n\r\ntext\r\n", "Message-ID: <e@x>\r\n\r\n"
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.put(mail.Inbox, nameless, day(5))
	s.source.put(mail.Inbox, empty, day(5))
	added := func(text string) string { return "X-Added: by the server\r\n" + text }
	s.target.put(mail.Inbox, letter(0), day(0))
	s.target.put(mail.Inbox, added(letter(1)), day(1))
	s.target.put(mail.Inbox, strings.Replace(added(letter(2)), "Hello", "Hallo", 1), day(2)) // another text
	s.target.put(mail.Inbox, added(nameless), day(5))                                        // no Message-ID, no proof
	s.target.put(mail.Inbox, added(empty), day(5))
	r := s.verify()
	if r.Outcome != task.OutcomeListed || r.Matched != 2 || r.Altered != 1 || r.Missing != 3 || r.Extra != 3 {
		t.Errorf("outcome %q: %+v\n%+v", r.Outcome, r.VerifyCounts, r.Listed)
	}
	said := false
	for _, l := range r.Listed {
		said = said || l.UID == 2 && strings.Contains(l.Reason, "another header")
	}
	if !said {
		t.Errorf("listed: %+v", r.Listed)
	}
}

func TestVerify_knowsWhatFiltersDid(t *testing.T) {
	s := newScene(t)
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.hooks = hooks{envelope: func(c *copier.Candidate) (copier.Verdict, error) {
		switch {
		case c.Message.UID < 4:
			return copier.Verdict{Action: copier.ActionSkip}, nil
		case c.Message.UID < 6:
			return copier.Verdict{Target: "Elsewhere"}, nil
		}
		return copier.Verdict{}, nil
	}}
	s.run()
	r := s.verify()
	if r.Outcome != task.OutcomeDone || r.Skipped != 3 || r.Matched != 7 {
		t.Errorf("outcome %q: %+v\n%+v", r.Outcome, r.VerifyCounts, r.Listed)
	}
}

func TestVerify_goesOnAfterALostConnection(t *testing.T) {
	s := newScene(t)
	oddMail(s)
	s.run()
	s.world.heal()
	hit := 0
	s.world.at = func(n int, op string) fault {
		if strings.HasSuffix(op, "fetch") && n%5 == 0 && hit < 4 {
			hit++
			return faultDrop
		}
		return faultNone
	}
	r := s.verify()
	if r.Outcome != task.OutcomeDone || r.Matched != 17 || hit == 0 {
		t.Errorf("outcome %q (%s): %+v after %d faults", r.Outcome, r.Cause, r.VerifyCounts, hit)
	}
}
