package mailtest

import (
	"slices"

	"github.com/mailweir/mailweir/host/mail"
)

var flagBehaviours = []behaviour{
	{"every system flag is stored with a message", func(s *story) {
		f := s.folder("System")
		var mails []Mail
		for _, flags := range [][]string{
			{},
			{`\Seen`},
			{`\Answered`},
			{`\Flagged`},
			{`\Deleted`},
			{`\Draft`},
			{`\Answered`, `\Deleted`, `\Draft`, `\Flagged`, `\Seen`},
		} {
			m := letter("flagged")
			m.Flags = flags
			mails = append(mails, m)
		}
		s.put(f, mails...)
		s.holds(f, mails...)
	}},
	{"keywords are stored with a message", func(s *story) {
		f := s.folder("Keywords")
		a, b := letter("a"), letter("b")
		a.Flags = []string{"$Forwarded", "Junk", `\Seen`}
		b.Flags = []string{"$MDNSent", "Junk", "custom-keyword_1.0"}
		mails := s.kept(f, []Mail{a, b})
		s.put(f, mails...)
		s.holds(f, mails...)
	}},
	{"ChangeFlags adds and removes flags of the named messages", func(s *story) {
		f := s.folder("Change")
		mails := []Mail{letter("a"), letter("b"), letter("c"), letter("d")}
		mails[0].Flags = []string{`\Answered`, `\Seen`}
		mails[1].Flags = []string{"$Forwarded", `\Draft`}
		mails = s.kept(f, mails)
		uids := s.put(f, mails...)
		w := s.open(f)
		changes := []mail.FlagChange{
			{UIDs: mail.UIDs(uids[0], uids[1]), Add: []mail.Flag{mail.FlagFlagged}, Remove: []mail.Flag{"$Forwarded", mail.FlagSeen}},
			{UIDs: mail.UIDs(uids[2]), Add: s.keeps(w, "Junk", mail.FlagDeleted, mail.FlagSeen)},
		}
		if err := w.ChangeFlags(s.ctx, changes); err != nil {
			s.Fatal(err)
		}
		s.close(w)
		mails[0].Flags = []string{`\Answered`, `\Flagged`}
		mails[1].Flags = []string{`\Draft`, `\Flagged`}
		mails[2].Flags = spelled(changes[1].Add)
		s.holds(f, mails...)
	}},
	{"ChangeFlags takes all flags away", func(s *story) {
		f := s.folder("Bare")
		m := letter("bare")
		m.Flags = []string{`\Seen`, `\Flagged`}
		uid := s.put(f, m)[0]
		w := s.open(f)
		all := []mail.Flag{mail.FlagFlagged, mail.FlagSeen}
		if err := w.ChangeFlags(s.ctx, []mail.FlagChange{{UIDs: mail.UIDs(uid), Remove: all}}); err != nil {
			s.Fatal(err)
		}
		s.close(w)
		m.Flags = nil
		s.holds(f, m)
	}},
	{"ChangeFlags ignores messages that are gone", func(s *story) {
		f := s.folder("Gone")
		m := letter("here")
		uid := s.put(f, m)[0]
		w := s.open(f)
		err := w.ChangeFlags(s.ctx, []mail.FlagChange{
			{UIDs: mail.UIDs(uid + 7), Add: []mail.Flag{mail.FlagSeen}},
			{UIDs: mail.UIDs(uid, uid+8), Add: []mail.Flag{mail.FlagAnswered}},
		})
		if err != nil {
			s.Errorf("ChangeFlags: %v", err)
		}
		s.close(w)
		m.Flags = []string{`\Answered`}
		s.holds(f, m)
	}},
	{"the open folder sees its own changes", func(s *story) {
		f := s.folder("Own")
		w := s.open(f)
		receipt := s.send(w, letter("own"))
		if _, err := receipt.Wait(s.ctx); err != nil {
			s.Fatal(err)
		}
		all := s.scan(w, everything, mail.ScanOptions{})
		if len(all) != 1 {
			s.Fatalf("%d messages after an append through the same Writer", len(all))
		}
		change := mail.FlagChange{UIDs: mail.UIDs(all[0].UID), Add: []mail.Flag{mail.FlagFlagged}}
		if err := w.ChangeFlags(s.ctx, []mail.FlagChange{change}); err != nil {
			s.Fatal(err)
		}
		all = s.scan(w, everything, mail.ScanOptions{Items: mail.ItemFlags})
		if len(all) != 1 || !slices.Equal(spelled(all[0].Flags), []string{`\Flagged`}) {
			s.Errorf("Scan gives %v, want one flagged message", all)
		}
		s.close(w)
	}},
	{"flags that are not kept are left out", func(s *story) {
		f := s.folder("Left out")
		uid := s.put(f, letter("x"))[0]
		w := s.open(f)
		defer s.close(w)
		if w.KeepsFlag(mail.FlagRecent) {
			s.Error(`KeepsFlag(\Recent) is true`)
		}
		if !w.KeepsFlag(mail.FlagSeen) {
			s.Error(`KeepsFlag(\Seen) is false`)
		}
		if lister, ok := w.(mail.FlagLister); ok {
			for _, f := range lister.KeptFlags() {
				if f != `\*` && !w.KeepsFlag(f) {
					s.Errorf("KeptFlags names %s, and KeepsFlag says no", f)
				}
			}
			if list := lister.KeptFlags(); !slices.Contains(list, mail.FlagSeen) || slices.Contains(list, `\*`) != w.KeepsFlag("never-heard-of") {
				s.Errorf("KeptFlags is %s; KeepsFlag knows better", list)
			}
		}
		flags := []mail.Flag{"$Forwarded", mail.FlagSeen}
		if err := w.ChangeFlags(s.ctx, []mail.FlagChange{{UIDs: mail.UIDs(uid), Add: flags}}); err != nil {
			s.Fatal(err)
		}
		r := s.examine(f)
		defer s.close(r)
		got := s.scan(r, everything, mail.ScanOptions{Items: mail.ItemFlags})
		if want := s.keeps(w, flags...); len(got) != 1 || !mail.SameFlags(mail.CleanFlags(got[0].Flags), want) {
			s.Errorf("Scan gives %v, want the flags %v", got, want)
		}
	}},
}

// keeps returns those of flags that w stores.
func (s *story) keeps(w mail.Writer, flags ...mail.Flag) []mail.Flag {
	return slices.DeleteFunc(mail.CleanFlags(flags), func(f mail.Flag) bool { return !w.KeepsFlag(f) })
}
