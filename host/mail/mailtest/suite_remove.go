package mailtest

import (
	"context"
	"errors"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
)

// removeBehaviours are those of a store whose Writers are Removers that expunge;
// one that only marks shows its marks instead.
var removeBehaviours = []behaviour{
	{"Remove takes away the named messages and no others", func(s *story) {
		f := s.folder("Remove")
		mails := []Mail{letter("a"), letter("b"), letter("c"), letter("d"), letter("e")}
		uids := s.put(f, mails...)
		s.remove(f, uids[1], uids[2], uids[4])
		s.left(f, mails, 1, 2, 4)
	}},
	{"Remove leaves what others marked for deletion", func(s *story) {
		f := s.folder("Marked")
		mails := []Mail{letter("ours"), letter("marked"), letter("not marked")}
		mails[1].Flags = []string{`\Deleted`, `\Seen`}
		uids := s.put(f, mails...)
		s.remove(f, uids[0])
		s.left(f, mails, 0)
	}},
	{"Remove tells twins apart", func(s *story) {
		f := s.folder("Twins")
		mails := []Mail{letter("twin"), letter("twin"), letter("twin")}
		uids := s.put(f, mails...)
		s.remove(f, uids[1])
		s.left(f, mails, 1)
		r := s.examine(f)
		defer s.close(r)
		for _, m := range s.scan(r, everything, mail.ScanOptions{Items: mail.ItemFlags}) {
			if m.UID == uids[1] && len(m.Flags) == 0 {
				s.Errorf("UID %d is still there", m.UID)
			}
		}
	}},
	{"Remove ignores messages that are gone", func(s *story) {
		f := s.folder("Gone already")
		mails := []Mail{letter("a"), letter("b")}
		uids := s.put(f, mails...)
		s.remove(f, uids[0])
		s.remove(f, uids[0], uids[1]+7)
		s.left(f, mails, 0)
	}},
	{"the open folder no longer has what it removed", func(s *story) {
		f := s.folder("Own removal")
		uids := s.put(f, letter("a"), letter("b"))
		w := s.remover(f)
		defer s.close(w)
		if err := w.Remove(s.ctx, mail.UIDs(uids[0])); err != nil {
			s.Fatal(err)
		}
		if !w.Expunges() {
			return
		}
		if got := s.scan(w, everything, mail.ScanOptions{}); len(got) != 1 || got[0].UID != uids[1] {
			s.Errorf("Scan gives %v, want UID %d alone", got, uids[1])
		}
		if got := s.fetch(w, mail.UIDs(uids...)); len(got) != 1 {
			s.Errorf("Fetch gives %d messages, want 1", len(got))
		}
	}},
	{"a UID that was removed is not given again", func(s *story) {
		f := s.folder("Once")
		old := s.put(f, letter("a"), letter("b"))
		s.remove(f, old[1])
		again := s.put(f, letter("c"))
		if slices.Contains(old, again[0]) || again[0] < old[1] {
			s.Errorf("UID %d after %v", again[0], old)
		}
	}},
	{"Remove with a cancelled context removes nothing", func(s *story) {
		f := s.folder("Cancelled")
		m := letter("a")
		uids := s.put(f, m)
		w := s.remover(f)
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		if err := w.Remove(ctx, mail.UIDs(uids...)); !errors.Is(err, context.Canceled) {
			s.Errorf("Remove: %v, want the end of the context", err)
		}
		s.close(w)
		s.holds(f, m)
	}},
}

// remover opens f. A store whose Writers remove nothing leaves the behaviour out.
func (s *story) remover(f mail.Folder) mail.Remover {
	s.Helper()
	w := s.open(f)
	r, ok := w.(mail.Remover)
	if !ok {
		s.close(w)
		s.Skip("the Writer is no Remover")
	}
	return r
}

// remove removes messages through a Writer of its own.
func (s *story) remove(f mail.Folder, uids ...mail.UID) {
	s.Helper()
	w := s.remover(f)
	defer s.close(w)
	if err := w.Remove(s.ctx, mail.UIDs(uids...)); err != nil {
		s.Fatalf("Remove: %v", err)
	}
}

// left checks that f holds mails without those of the given numbers, or with a
// mark on them where the store can do no more.
func (s *story) left(f mail.Folder, mails []Mail, removed ...int) {
	s.Helper()
	w := s.remover(f)
	expunges := w.Expunges()
	s.close(w)
	var want []Mail
	for i, m := range mails {
		if slices.Contains(removed, i) {
			if expunges {
				continue
			}
			m.Flags = append(slices.Clone(m.Flags), `\Deleted`)
		}
		want = append(want, m)
	}
	s.holds(f, want...)
}
