package copier_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// moving makes a scene delete at the source, whatever the number.
func moving(s *scene) {
	s.options.Removal = copier.Removal{AtSource: true, Limit: limit(s, "100%")}
}

// mirroring makes a scene mirror deletions after three days, by a clock that is
// set by the returned function.
func mirroring(s *scene) (later func(time.Duration)) {
	s.options.Removal = copier.Removal{AtTarget: true, Grace: 3 * 24 * time.Hour, Limit: limit(s, "100%")}
	return clocked(s)
}

// clocked gives a scene a clock of its own.
func clocked(s *scene) (later func(time.Duration)) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.options.Now = func() time.Time { return now }
	return func(d time.Duration) { now = now.Add(d) }
}

const oneDay = 24 * time.Hour

func limit(t testing.TB, text string) copier.Limit {
	t.Helper()
	l, err := copier.ParseLimit(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// holds checks how many messages the folders of an account have.
func (s *scene) holds(a *account, name string, want int) {
	s.Helper()
	b := a.box(name)
	if b == nil || len(b.mails) != want {
		s.Fatalf("%s of the %s does not hold %d messages: %+v", name, a.name, want, b)
	}
}

// deleted checks what a report counts as deleted.
func (s *scene) deleted(r *task.Report, source, target int64) {
	s.Helper()
	if r.Counts.DeletedSource != source || r.Counts.DeletedTarget != target {
		s.Fatalf("outcome %q (%s): %d deleted at the source, %d at the target, want %d and %d\n%v\n%q", r.Outcome, r.Cause,
			r.Counts.DeletedSource, r.Counts.DeletedTarget, source, target, r.Listed, r.Notes)
	}
}

func TestRemove_movesMessagesOnceTheirCopiesAreReadBack(t *testing.T) {
	for _, before := range []bool{false, true} { // there already, so never compared byte by byte
		t.Run(fmt.Sprintf("adopted %v", before), func(t *testing.T) {
			s := newScene(t)
			oddMail(s)
			want := map[string]map[string]int{}
			for _, name := range s.source.names() {
				want[name] = s.source.content(name)
			}
			if before {
				s.wants(s.run(), task.OutcomeDone, 17, 0)
				s.ledger = newLedger(s.world)
			}
			moving(s)
			r := s.run()
			s.wants(r, task.OutcomeDone, r.Counts.Source-r.Counts.Present, r.Counts.Present)
			s.deleted(r, 17, 0)
			for _, name := range s.source.names() {
				s.holds(s.source, name, 0)
				if diff := difference(want[name], s.target.content(name)); diff != "" {
					t.Error(diff)
				}
			}
			s.deleted(s.run(), 0, 0)
			// What comes after is mail of its own, also when it looks the same.
			s.source.put(mail.Inbox, letter(3), day(3), mail.FlagSeen)
			r = s.run()
			s.wants(r, task.OutcomeDone, 1, 0)
			s.deleted(r, 1, 0)
			s.holds(s.target, mail.Inbox, 14)
		})
	}
}

func TestRemove_aTwinOfAMovedMessageIsCopiedThoughOthersFail(t *testing.T) {
	s := newScene(t)
	moving(s)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put(mail.Inbox, letter(2), day(1))
	s.target.refuses = func(body string) error {
		if body == letter(2) {
			return &mail.Error{Op: "append", Kind: mail.ErrTooBig}
		}
		return nil
	}
	s.deleted(s.run(), 1, 0)
	// The folder was never complete, so the target is searched for strangers.
	s.source.put(mail.Inbox, letter(1), day(1))
	r := s.run()
	s.deleted(r, 1, 0)
	if r.Counts.Copied != 1 || s.target.bodies(mail.Inbox)[letter(1)] != 2 {
		t.Errorf("copied %d, the target holds %v", r.Counts.Copied, s.target.bodies(mail.Inbox))
	}
	s.holds(s.source, mail.Inbox, 1)
}

func TestRemove_waitsUntilTheRecordOfTheCopyIsOldEnough(t *testing.T) {
	s := newScene(t)
	moving(s)
	later := clocked(s)
	s.options.Removal.After = 30 * oneDay
	s.source.put(mail.Inbox, letter(1), day(1)) // the date of the message does not count
	s.deleted(s.run(), 0, 0)
	later(29 * oneDay)
	s.source.put(mail.Inbox, letter(2), day(1))
	s.source.flag(mail.Inbox, 1, mail.FlagSeen) // what is carried later does not count either
	s.deleted(s.run(), 0, 0)
	later(oneDay)
	s.deleted(s.run(), 1, 0)
	s.holds(s.source, mail.Inbox, 1)
	later(28 * oneDay)
	s.deleted(s.run(), 0, 0)
	later(oneDay)
	s.deleted(s.run(), 1, 0)
	s.holds(s.target, mail.Inbox, 2)
}

func TestRemove_keepsWhatHasNoSoundCopy(t *testing.T) {
	tests := []struct {
		name string
		do   func(*scene)
		why  string
	}{
		{"altered", func(s *scene) { s.target.box(mail.Inbox).mails[1].text = strings.ToUpper(letter(1)) }, "has other bytes"},
		{"shortened", func(s *scene) {
			l := s.target.box(mail.Inbox).mails[1]
			l.text, l.size = l.text[:l.size-3], l.size-3
		}, "has other bytes"},
		{"removed", func(s *scene) { s.target.remove(mail.Inbox, 2) }, "is not there any more"},
		{"unreadable", func(s *scene) { s.target.unreadable = func(body string) bool { return body == letter(1) } }, "can not be read back"},
		{"withheld", func(s *scene) { s.target.withholds = func(body string) bool { return body == letter(1) } }, "can not be read back"},
		{"marked for deletion", func(s *scene) { s.target.flag(mail.Inbox, 2, mail.FlagDeleted) }, `is marked \Deleted`},
		{"another one with its UID", func(s *scene) { s.target.box(mail.Inbox).mails[1].text = letter(2) }, "has other bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			for i := range 3 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			s.wants(s.run(), task.OutcomeDone, 3, 0)
			tt.do(s)
			moving(s)
			r := s.run()
			s.wants(r, task.OutcomeListed, 0, 3)
			s.deleted(r, 2, 0)
			if len(r.Listed) != 1 || r.Listed[0].Fate != task.FateKept || r.Listed[0].UID != 2 || !strings.Contains(r.Listed[0].Reason, tt.why) {
				t.Errorf("listed are %+v, want UID 2: %s", r.Listed, tt.why)
			}
			if got := s.source.bodies(mail.Inbox); len(got) != 1 || got[letter(1)] != 1 {
				t.Errorf("the source holds %v", got)
			}
		})
	}
}

func TestRemove_aCopyOfUnknownAgeIsNotOldEnough(t *testing.T) {
	s := newScene(t)
	moving(s)
	clocked(s)
	s.options.Removal.After = oneDay
	s.source.put(mail.Inbox, letter(1), day(1))
	s.run()
	e := s.ledger.entries[0][1]
	e.Copied = time.Time{}
	s.ledger.entries[0][1] = e
	s.deleted(s.run(), 0, 0)
}

func TestRemove_neverTouchesWhatWasNotCopied(t *testing.T) {
	s := newScene(t)
	moving(s)
	for i := range 8 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.put("Bin", letter(9), day(9))
	s.source.put("Held", letter(10), day(9))
	s.hooks = hooks{
		envelope: func(c *copier.Candidate) (copier.Verdict, error) {
			switch c.Message.UID {
			case 1:
				return copier.Verdict{Action: copier.ActionSkip}, nil
			case 2:
				return copier.Verdict{Action: copier.ActionDefer}, nil
			case 3:
				return copier.Verdict{}, errors.New("it trapped")
			}
			return copier.Verdict{}, nil
		},
		mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
			if q.Folder.Name == "Held" {
				return copier.FolderAnswer{}, errors.New("it trapped")
			}
			return copier.FolderAnswer{Exclude: q.Folder.Name == "Bin"}, nil
		},
	}
	s.target.refuses = func(body string) error {
		if body == letter(4) {
			return &mail.Error{Op: "append", Kind: mail.ErrTooBig}
		}
		return nil
	}
	for range 2 {
		r := s.run()
		if r.Outcome != task.OutcomeListed {
			t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
		}
		var left []mail.UID
		for _, l := range s.source.box(mail.Inbox).mails {
			left = append(left, l.uid)
		}
		if !slices.Equal(left, []mail.UID{1, 2, 3, 5}) {
			t.Errorf("left are %v", left)
		}
		s.holds(s.source, "Bin", 1)
		s.holds(s.source, "Held", 1)
	}
}

func TestRemove_withoutUIDPLUSMarksAndSaysSo(t *testing.T) {
	s := newScene(t)
	moving(s)
	s.source.noUIDPlus = true
	for i := range 4 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
	}
	want := s.source.content(mail.Inbox)
	for i := range 3 {
		s.world.heal()
		r := s.run()
		s.wants(r, task.OutcomeDone, 4-r.Counts.Present, r.Counts.Present)
		s.deleted(r, 0, 0)
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, `4 messages only marked \Deleted at source a`) }) {
			t.Errorf("notes are %q", r.Notes)
		}
		if n := s.world.taken("source mark"); i > 0 && n != 0 {
			t.Error("what is marked is marked again")
		}
		// The mark is ours: it must not get to the copies.
		if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
			t.Fatal(diff)
		}
	}
	s.holds(s.source, mail.Inbox, 4)
	for _, l := range s.source.box(mail.Inbox).mails {
		if !slices.Contains(l.flags, mail.FlagDeleted) {
			t.Errorf("UID %d is not marked", l.uid)
		}
	}
}

func TestRemove_anotherUIDValidityDeletesNothing(t *testing.T) {
	changes := map[string]func(*scene){
		"source": func(s *scene) { s.source.renumber(mail.Inbox) },
		"target": func(s *scene) { s.target.renumber(mail.Inbox) },
		// Another folder, in which the UIDs of the old one are given to its twins.
		"target with the same UIDs": func(s *scene) {
			s.target.renumber(mail.Inbox)
			for i, l := range s.target.box(mail.Inbox).mails {
				l.uid = mail.UID(i + 1)
			}
		},
	}
	for side, change := range changes {
		for _, mode := range []string{"moving", "mirroring"} {
			t.Run(side+"/"+mode, func(t *testing.T) {
				s := newScene(t)
				for i := range 6 {
					s.source.put(mail.Inbox, letter(i/6), day(i))
				}
				later := mirroring(s)
				if mode == "moving" {
					moving(s)
					s.options.Removal.After = oneDay
				}
				s.run()
				if mode == "mirroring" {
					s.source.remove(mail.Inbox, 1)
					s.run() // it is known as missing
				}
				later(10 * oneDay)
				change(s)
				before := s.target.bodies(mail.Inbox)
				here := s.source.bodies(mail.Inbox)
				r := s.run()
				s.deleted(r, 0, 0)
				if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "UIDVALIDITY") }) {
					t.Errorf("notes are %q", r.Notes)
				}
				if mode == "mirroring" {
					later(10 * oneDay) // and nothing later: nobody knows which copy it was
					s.deleted(s.run(), 0, 0)
				}
				if diff := difference(before, s.target.bodies(mail.Inbox)) + difference(here, s.source.bodies(mail.Inbox)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestRemove_oneCopyDoesNotStandForTwoMessages(t *testing.T) {
	s := newScene(t)
	moving(s)
	s.target.merges = true
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put(mail.Inbox, letter(2), day(1))
	s.source.put(mail.Inbox, letter(1), day(2))
	r := s.run()
	s.wants(r, task.OutcomeListed, 3, 0)
	s.deleted(r, 1, 0)
	if len(r.Listed) != 2 || !strings.Contains(r.Listed[0].Reason, "the copy of another message too") {
		t.Errorf("listed are %+v", r.Listed)
	}
	if got := s.source.bodies(mail.Inbox); got[letter(1)] != 2 {
		t.Errorf("the source holds %v", got)
	}
}

func TestRemove_anAccountThatIsItsOwnDestinationLosesNothing(t *testing.T) {
	s := newScene(t)
	for i := range 5 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen)
	}
	want := s.source.content(mail.Inbox)
	s.target = s.source // two names of one server
	moving(s)
	for range 2 {
		r := s.run()
		s.deleted(r, 0, 0)
		if r.Outcome != task.OutcomeSafety || !strings.Contains(r.Cause, "one and the same folder") {
			t.Errorf("outcome %q: %s", r.Outcome, r.Cause)
		}
		if diff := difference(want, s.source.content(mail.Inbox)); diff != "" {
			t.Fatal(diff)
		}
	}
}
