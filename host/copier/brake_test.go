package copier_test

import (
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestParseLimit(t *testing.T) {
	for _, text := range []string{"10%", "1%", "100%", "0", "57", "2147483647"} {
		if l, err := copier.ParseLimit(text); err != nil || l.String() != text {
			t.Errorf("%s is %v, %v", text, l, err)
		}
	}
	for _, text := range []string{"", "%", "0%", "101%", "-1", "ten", "10 %", "1.5%", "99999999999"} {
		if l, err := copier.ParseLimit(text); err == nil {
			t.Errorf("%q is the limit %v", text, l)
		}
	}
	if l := (copier.Limit{}); l.String() != "10%" {
		t.Errorf("the zero value is %v", l)
	}
}

func TestBrake(t *testing.T) {
	const mirror, move = false, true
	tests := []struct {
		name  string
		move  bool
		limit string // "" is the default
		mails int
		gone  int // missing at the source, or due there
		stops bool
	}{
		{"few of a small account", mirror, "", 20, 10, false},
		{"more of a small account", mirror, "", 20, 11, true},
		{"a tenth", mirror, "", 300, 30, false},
		{"more than a tenth", mirror, "", 300, 31, true},
		{"allowed by a share", mirror, "11%", 300, 33, false},
		{"not allowed by a share", mirror, "11%", 300, 34, true},
		{"allowed by a number", mirror, "31", 300, 31, false},
		{"not allowed by a number", mirror, "30", 300, 31, true},
		{"none is allowed", mirror, "0", 300, 1, true},
		{"an empty source", mirror, "", 3, 3, true},
		{"an empty source is not allowed by a share", mirror, "100%", 300, 300, true},
		{"an empty source is not allowed by a smaller number", mirror, "299", 300, 300, true},
		{"an empty source is allowed by a number", mirror, "300", 300, 300, false},
		{"nearly all are allowed by a share", mirror, "100%", 300, 299, false},
		{"few of a small source", move, "", 10, 10, false},
		{"all of a source", move, "", 11, 11, true},
		{"all of a source are allowed by a share", move, "100%", 50, 50, false},
		{"all of a source are allowed by a number", move, "50", 50, 50, false},
		{"all of a source are not allowed by a smaller number", move, "49", 50, 50, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			if tt.move {
				moving(s)
			} else {
				mirroring(s)
				s.options.Removal.Grace = 0
			}
			s.options.Removal.Limit = copier.Limit{}
			if tt.limit != "" {
				s.options.Removal.Limit = limit(t, tt.limit)
			}
			for i := range tt.mails {
				name := mail.Inbox
				if i%2 == 1 {
					name = "Other"
				}
				s.source.put(name, letter(i), day(i))
			}
			on := s.options.Removal
			s.options.Removal = copier.Removal{}
			s.wants(s.run(), task.OutcomeDone, int64(tt.mails), 0)
			s.options.Removal = on
			if !tt.move {
				for i := range tt.gone {
					name := mail.Inbox
					if i%2 == 1 {
						name = "Other"
					}
					s.source.remove(name, mail.UID(i/2+1))
				}
			}
			s.source.put("New", letter(5000), day(1))
			if tt.gone == tt.mails || tt.move {
				s.source.drop("New")
			}
			r := s.run()
			deleted := r.Counts.DeletedSource + r.Counts.DeletedTarget
			if tt.stops {
				if r.Outcome != task.OutcomeSafety || deleted != 0 || r.Outcome.ExitStatus() != 7 {
					t.Fatalf("outcome %q (%s), %d deleted", r.Outcome, r.Cause, deleted)
				}
				if !strings.Contains(r.Cause, "nothing was deleted") || !strings.Contains(r.Cause, "--max-delete") {
					t.Errorf("cause %q", r.Cause)
				}
				if n := len(s.target.box(mail.Inbox).mails) + boxed(s.target, "Other"); n != tt.mails {
					t.Errorf("%d copies are left of %d", n, tt.mails)
				}
				if tt.gone != tt.mails && !tt.move {
					s.holds(s.target, "New", 1) // copying has happened
				}
				return
			}
			if r.Outcome != task.OutcomeDone || deleted != int64(tt.gone) {
				t.Fatalf("outcome %q (%s), %d deleted, want %d", r.Outcome, r.Cause, deleted, tt.gone)
			}
		})
	}
}

func boxed(a *account, name string) int {
	if b := a.box(name); b != nil {
		return len(b.mails)
	}
	return 0
}

func TestBrake_countsBothSourcesForTheDestinationAndEachForItself(t *testing.T) {
	s := newScene(t)
	second := newAccount("second", s.world)
	s.more = []copier.SourceAccount{{Name: "b", Open: second.open}}
	for i := range 200 {
		s.source.put(mail.Inbox, letter(i), day(i))
		second.put(mail.Inbox, letter(1000+i), day(i))
	}
	s.run()
	mirroring(s)
	s.options.Removal.Grace, s.options.Removal.Limit = 0, copier.Limit{}
	for uid := range mail.UID(30) { // 15 % of one source, 7.5 % of the copies
		s.source.remove(mail.Inbox, uid+1)
	}
	s.deleted(s.run(), 0, 30)
}

func TestBrake_stopsWhenTheDestinationLooksEmpty(t *testing.T) {
	s := newScene(t)
	for i := range 30 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	for uid := range mail.UID(30) {
		s.target.remove(mail.Inbox, uid+1)
	}
	moving(s)
	r := s.run()
	s.deleted(r, 0, 0)
	if r.Outcome != task.OutcomeSafety || !strings.Contains(r.Cause, "the destination looks empty") {
		t.Errorf("outcome %q: %s", r.Outcome, r.Cause)
	}
}

func TestBrake_missingMessagesAreRememberedWhileItStops(t *testing.T) {
	s := newScene(t)
	later := mirroring(s)
	for i := range 30 {
		s.source.put(mail.Inbox, letter(i), day(i))
	}
	s.run()
	for uid := range mail.UID(30) {
		s.source.remove(mail.Inbox, uid+1)
	}
	if r := s.run(); r.Outcome != task.OutcomeSafety {
		t.Fatalf("outcome %q: %s", r.Outcome, r.Cause)
	}
	later(3 * oneDay)
	s.options.Removal.Limit = copier.LimitOf(30)
	s.deleted(s.run(), 0, 30)
}
