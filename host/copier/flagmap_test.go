package copier_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// labels maps the keyword $Label1 to Important and marks what has no flag at all.
func labels(q copier.FlagQuestion) (copier.FlagAnswer, error) {
	switch {
	case slices.Contains(q.Flags, "Trap"):
		return copier.FlagAnswer{}, errors.New("trap")
	case len(q.Flags) == 0:
		return copier.FlagAnswer{Flags: []mail.Flag{"Plain"}, By: "test"}, nil
	case slices.Contains(q.Flags, "$Label1"):
		flags := slices.DeleteFunc(slices.Clone(q.Flags), func(f mail.Flag) bool { return f == "$Label1" })
		return copier.FlagAnswer{Flags: append(flags, "Important"), By: "test"}, nil
	}
	return copier.FlagAnswer{}, nil
}

func TestRun_mapsFlagsOfNewMessagesAndOfChanges(t *testing.T) {
	s := newScene(t)
	s.options.StreamFrom = 1000
	asked := map[string]int{}
	s.hooks = hooks{storing: storing{flags: func(q copier.FlagQuestion) (copier.FlagAnswer, error) {
		asked[fmt.Sprint(q.Target, q.Flags)]++
		return labels(q)
	}}}
	for i := range 3 {
		s.source.put(mail.Inbox, letter(i), day(i), mail.FlagSeen, "$Label1")
		s.source.put(mail.Inbox, letter(10+i), day(i))
		s.source.put("Other", bigLetter(i), day(i), "$Label1")
	}
	trap := s.source.put(mail.Inbox, letter(20), day(1), "Trap")
	r := s.run()
	if r.Counts.Copied != 9 || r.Counts.Held != 1 || r.Listed[0].Reason != "the flag mapping failed: trap" {
		t.Fatalf("%+v %v", r.Counts, r.Listed)
	}
	flags := func(name string, uid mail.UID) string {
		for _, l := range s.target.box(name).mails {
			if l.uid == uid {
				return fmt.Sprint(mail.CleanFlags(l.flags))
			}
		}
		return "gone"
	}
	if a, b, c := flags(mail.Inbox, 1), flags(mail.Inbox, 2), flags("Other", 1); a != `[\Seen Important]` || b != "[Plain]" || c != "[Important]" {
		t.Fatalf("the target has %s, %s, %s", a, b, c)
	}
	for q, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked about %d times", q, n)
		}
	}
	// What is carried later is what the answers differ in; a flag that somebody set at
	// the target stays.
	s.target.flag(mail.Inbox, 1, mail.FlagSeen, "Important", "Mine")
	s.source.flag(mail.Inbox, 1, mail.FlagSeen)
	s.source.flag(mail.Inbox, 2, "$Label1")
	s.source.flag(mail.Inbox, trap)
	r = s.run()
	s.wants(r, task.OutcomeDone, 1, 9)
	if a, b := flags(mail.Inbox, 1), flags(mail.Inbox, 2); a != `[\Seen Mine]` || b != "[Important]" || r.Counts.Flags != 2 {
		t.Errorf("then %s, %s, %d carried", a, b, r.Counts.Flags)
	}
	s.target.flag(mail.Inbox, 1, mail.FlagSeen)
	if v := s.verify(); v.Outcome != task.OutcomeDone || v.Matched != 10 {
		t.Errorf("verify: %q (%s) %v", v.Outcome, v.Cause, v.Listed)
	}
	// A change that can not be mapped waits, and is carried when it can.
	s.source.flag(mail.Inbox, 2, "Trap")
	if r = s.run(); r.Outcome != task.OutcomeDone || r.Counts.Flags != 0 || len(r.Notes) != 1 || flags(mail.Inbox, 2) != "[Important]" {
		t.Errorf("%q, %d carried, notes %q", r.Outcome, r.Counts.Flags, r.Notes)
	}
	s.hooks = hooks{storing: storing{flags: func(copier.FlagQuestion) (copier.FlagAnswer, error) { return copier.FlagAnswer{}, nil }}}
	if r = s.run(); r.Counts.Flags != 1 || flags(mail.Inbox, 2) != "[Important Trap]" {
		t.Errorf("%d carried, flags %s", r.Counts.Flags, flags(mail.Inbox, 2))
	}
}

// TestRun_mapsFlagsWhateverBreaks: flags are those of the answers, whatever the step at
// which a copy is broken off.
func TestRun_mapsFlagsWhateverBreaks(t *testing.T) {
	t.Parallel()
	prepare := func() *scene {
		s := newScene(t)
		oddMail(s)
		s.source.put(mail.Inbox, letter(30), day(1), "$Label1")
		s.hooks = hooks{storing: storing{flags: labels}}
		return s
	}
	sound := prepare()
	sound.wants(sound.run(), task.OutcomeDone, 18, 0)
	steps, want := sound.world.n, sound.target.content(mail.Inbox)
	for _, kind := range []fault{faultDropAfter, faultKill, faultKillAfter} {
		for k := 1; k <= steps; k++ {
			s := prepare()
			s.world.at = func(n int, _ string) fault {
				if n == k {
					return kind
				}
				return faultNone
			}
			s.run()
			s.world.heal()
			if r := s.run(); r.Outcome != task.OutcomeDone {
				t.Fatalf("fault %d at step %d: then %q: %s", kind, k, r.Outcome, r.Cause)
			}
			if diff := difference(want, s.target.content(mail.Inbox)); diff != "" {
				t.Fatalf("fault %d at step %d:\n%s", kind, k, diff)
			}
		}
	}
}
