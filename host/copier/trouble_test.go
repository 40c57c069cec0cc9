package copier_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func refuseText(text string, kind error) func(string) error {
	return func(body string) error {
		if strings.Contains(body, text) {
			return &mail.Error{Op: "append", Where: "target", Kind: kind, Text: "no thanks"}
		}
		return nil
	}
}

func TestRun_aRefusedMessageIsListedAndTheOthersOfItsBatchAreCopied(t *testing.T) {
	for _, single := range []bool{false, true} {
		t.Run(fmt.Sprintf("one by one %v", single), func(t *testing.T) {
			s := newScene(t)
			s.target.single = single
			s.target.batch = 16
			s.target.refuses = refuseText("letter 13\r", mail.ErrTooBig)
			for i := range 60 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			r := s.run()
			s.wants(r, task.OutcomeListed, 59, 0)
			if len(r.Listed) != 1 || r.Listed[0].UID != 14 || r.Listed[0].Fate != task.FateFailed || !strings.Contains(r.Listed[0].Reason, "no thanks") {
				t.Errorf("listed: %+v", r.Listed)
			}
			if n := s.ledger.states()[copier.EntryIntent]; n != 0 {
				t.Errorf("%d intents are open", n)
			}
			s.target.refuses = nil
			s.wants(s.run(), task.OutcomeDone, 1, 59)
			s.whole()
		})
	}
}

func TestRun_aFullDestinationEndsTheRunAndKeepsWhatIsThere(t *testing.T) {
	s := newScene(t)
	for i := range 100 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.target.quota = 5000
	r := s.run()
	if r.Outcome != task.OutcomeFull || r.Counts.Copied == 0 || r.Counts.Failed == 0 {
		t.Fatalf("outcome %q (%s): %+v", r.Outcome, r.Cause, r.Counts)
	}
	copied := r.Counts.Copied
	s.target.quota = 0
	s.wants(s.run(), task.OutcomeDone, 100-copied, copied)
	s.whole()
}

func TestRun_aMessageThatBreaksEveryConnectionDoesNotKeepTheOthersBack(t *testing.T) {
	for _, side := range []string{"source", "target"} {
		t.Run(side, func(t *testing.T) {
			s := newScene(t)
			for i := range 30 {
				s.source.put(mail.Inbox, letter(i), day(i))
			}
			poison := func(body string) bool { return strings.Contains(body, "letter 12\r") }
			if side == "source" {
				s.source.poison = poison
			} else {
				s.target.poison = poison
			}
			r := s.run()
			s.wants(r, task.OutcomeListed, 29, 0)
			if len(r.Listed) != 1 || r.Listed[0].UID != 13 {
				t.Errorf("listed: %+v", r.Listed)
			}
		})
	}
}

func TestRun_unreadableMessagesAreListed(t *testing.T) {
	s := newScene(t)
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.unreadable = func(body string) bool { return strings.Contains(body, "letter 4\r") }
	r := s.run()
	s.wants(r, task.OutcomeListed, 9, 0)
	if len(r.Listed) != 1 || r.Listed[0].UID != 5 || !strings.Contains(r.Listed[0].Reason, "not readable") {
		t.Errorf("listed: %+v", r.Listed)
	}
}

func TestRun_aFolderThatFailsDoesNotStopTheOthers(t *testing.T) {
	denied := func(folder string) func(string) error {
		return func(name string) error {
			if name == folder {
				return &mail.Error{Op: "open " + name, Where: "x", Kind: mail.ErrDenied}
			}
			return nil
		}
	}
	tests := []struct {
		name string
		give func(*scene)
	}{
		{"source folder can not be opened", func(s *scene) { s.source.cannotOpen = denied("Bad") }},
		{"target folder can not be opened", func(s *scene) { s.target.cannotOpen = denied("Bad") }},
		{"target folder can not be made", func(s *scene) { s.target.cannotMake = denied("Bad") }},
		{"target can not have the name", func(s *scene) { s.target.refusesName = func(n string) bool { return n == "Bad" } }},
		{"source folder can not be named", func(s *scene) { s.source.box("Bad").folder.Fault = "the name is no modified UTF-7" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.source.put(mail.Inbox, letter(1), day(1))
			s.source.put("Bad", letter(2), day(1))
			s.source.put("Good", letter(3), day(1))
			tt.give(s)
			r := s.run()
			if r.Outcome != task.OutcomeListed || r.Counts.Copied != 2 {
				t.Fatalf("outcome %q (%s), copied %d", r.Outcome, r.Cause, r.Counts.Copied)
			}
			for _, f := range r.Folders {
				if bad := f.Folder == "Bad"; bad != (f.Error != "") || bad == f.Done {
					t.Errorf("%s: done %v, error %q", f.Folder, f.Done, f.Error)
				}
			}
		})
	}
}

func TestRun_oneSourceThatFailsDoesNotStopTheOthers(t *testing.T) {
	s := newScene(t)
	s.source.put(mail.Inbox, letter(1), day(1))
	s.more = []copier.SourceAccount{{Name: "b", Open: func(context.Context) (mail.Source, error) {
		return nil, &mail.Error{Op: "log in as bob", Where: "b.example.org:993", Kind: mail.ErrAuth}
	}}}
	r := s.run()
	s.wants(r, task.OutcomeNeedsUser, 1, 0)
	if !strings.Contains(r.Cause, "source b: b.example.org:993: log in as bob") {
		t.Errorf("cause is %q", r.Cause)
	}
}

func TestRun_theLedgerKnowsOfAnAppendBeforeItBegins(t *testing.T) {
	s := newScene(t)
	oddMail(s)
	var mu sync.Mutex // two lanes append at once
	appended := map[string]bool{}
	s.target.onAppend = func(box string) {
		open := 0
		for _, p := range s.ledger.known() {
			if p.Target != box {
				continue
			}
			for _, e := range s.ledger.all(p.ID) {
				if e.State == copier.EntryIntent {
					open++
					if e.TargetNext == 0 || e.TargetNext > s.target.uidNext(box) || e.Size == 0 || p.TargetValidity == 0 {
						t.Errorf("intent %+v of %+v", e, p)
					}
				}
			}
		}
		if open == 0 {
			t.Errorf("an append to %s has no intent", box)
		}
		mu.Lock()
		defer mu.Unlock()
		appended[box] = true
	}
	s.wants(s.run(), task.OutcomeDone, 17, 0)
	if len(appended) != 2 {
		t.Errorf("appends went to %v", appended)
	}
}

func TestRun_aSourceThatHidesMessagesForAWhileDoublesNothing(t *testing.T) {
	s := newScene(t)
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.wants(s.run(), task.OutcomeDone, 10, 0)
	s.source.hides = func(body string) bool { return strings.Contains(body, "letter 4\r") }
	s.source.put(mail.Inbox, letter(20), day(1))
	s.source.noModSeq = true
	s.wants(s.run(), task.OutcomeDone, 1, 9)
	s.source.hides = nil
	s.wants(s.run(), task.OutcomeDone, 0, 11)
	s.whole()
}

func TestRun_aMessageThatIsListedButNotHandedOutHasFailed(t *testing.T) {
	s := newScene(t)
	for i := range 10 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.source.withholds = func(body string) bool { return strings.Contains(body, "letter 4\r") }
	r := s.run()
	s.wants(r, task.OutcomeListed, 9, 0)
	if len(r.Listed) != 1 || r.Listed[0].UID != 5 {
		t.Errorf("listed: %+v", r.Listed)
	}
	s.source.withholds = nil
	s.wants(s.run(), task.OutcomeDone, 1, 9)
}

func TestRun_aServerWithoutUIDNEXTIsLookedAtEachTime(t *testing.T) {
	s := newScene(t)
	s.source.noUIDNext, s.target.noUIDNext = true, true
	s.source.put(mail.Inbox, letter(1), day(1))
	s.source.put(mail.Inbox, letter(2), day(1))
	s.wants(s.run(), task.OutcomeDone, 2, 0)
	s.source.remove(mail.Inbox, 1)
	s.source.put(mail.Inbox, letter(3), day(1))
	s.wants(s.run(), task.OutcomeDone, 1, 1)
}
