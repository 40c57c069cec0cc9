package mailtest

import (
	"context"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

var folderBehaviours = []behaviour{
	{"INBOX is always there and empty", func(s *story) {
		f := s.listed(mail.Inbox)
		if !f.Selectable || f.Fault != "" {
			s.Errorf("INBOX is %+v, want it selectable and without fault", f)
		}
		spelled, err := s.store.Spell("Inbox")
		if err != nil || spelled.Name != mail.Inbox {
			s.Errorf("Spell(Inbox) = %q, %v; want INBOX", spelled.Name, err)
		}
		if err := s.store.Create(s.ctx, spelled); err != nil {
			s.Errorf("Create(INBOX), which exists: %v", err)
		}
		s.holds(f)
	}},
	{"a new folder is empty and has a UIDVALIDITY", func(s *story) {
		f := s.folder("Fresh")
		r := s.examine(f)
		defer s.close(r)
		st := r.Status()
		if st.Messages != 0 || st.UIDValidity == 0 {
			s.Errorf("Status = %+v, want no messages and a UIDVALIDITY", st)
		}
		if got := s.scan(r, everything, mail.ScanOptions{Items: mail.ItemFlags | mail.ItemSize}); len(got) != 0 {
			s.Errorf("Scan of an empty folder gives %v", got)
		}
		if got := s.fetch(r, everything); len(got) != 0 {
			s.Errorf("Fetch from an empty folder gives %v", got)
		}
	}},
	{"names of any script and punctuation come back as Spell said", func(s *story) {
		for _, name := range []string{
			"Entwürfe", "日本語", "😀 Spaß", "R&D", "&", "a&-b", "with space", " leading and trailing ",
			`quote " here`, `back\slash`, "(paren) {brace} [bracket]", "per%cent", "st*r", "tilde~", "comma,semi;colon",
			"Ω/ε/ж", "cafe\u0301", "&AOQ-",
		} {
			f, err := s.store.Spell(name)
			if err != nil {
				s.fails("Spell("+name+")", err, mail.ErrBadName)
				continue
			}
			if err := s.store.Create(s.ctx, f); err != nil {
				s.fails("Create("+name+")", err, mail.ErrBadName)
				continue
			}
			listed := s.listed(f.Name)
			if listed.Raw != f.Raw || !listed.Selectable || listed.Fault != "" {
				s.Errorf("%q is listed as %+v, want Raw %q, selectable, no fault", name, listed, f.Raw)
			}
			m := letter("in a strange place")
			s.put(listed, m)
			s.holds(listed, m)
		}
	}},
	{"umlauts, Japanese and emoji are not refused", func(s *story) {
		for _, name := range []string{"Entwürfe", "日本語/受信箱", "😀 Spaß"} {
			if got := s.folder(name).Name; got != name {
				s.Errorf("%q is listed as %q", name, got)
			}
		}
	}},
	{"a dot or a slash inside a level stays inside it", func(s *story) {
		for _, name := range []string{"v1.2", "a" + mail.NestedSlash + "b", ".hidden", "end.", "x/v1.2/y"} {
			f, err := s.store.Spell(name)
			if err != nil {
				s.fails("Spell("+name+")", err, mail.ErrBadName)
				continue
			}
			if got, want := len(mail.Levels(f.Name)), len(mail.Levels(name)); got != want {
				s.Errorf("Spell(%q) = %q has %d levels, want %d", name, f.Name, got, want)
			}
			if err := s.store.Create(s.ctx, f); err != nil {
				s.fails("Create("+name+")", err, mail.ErrBadName)
				continue
			}
			m := letter("dotted")
			s.put(s.listed(f.Name), m)
			s.holds(s.listed(f.Name), m)
		}
	}},
	{"Create makes the folders above", func(s *story) {
		s.folder("one/two/three")
		for _, name := range []string{"one", "one/two", "one/two/three"} {
			m := letter("in " + name)
			f := s.listed(name)
			s.put(f, m)
			s.holds(f, m)
		}
	}},
	{"Create of a folder that exists changes nothing", func(s *story) {
		m := letter("kept")
		f := s.folder("There")
		s.put(f, m)
		before := s.examine(f)
		validity := before.Status().UIDValidity
		s.close(before)
		if err := s.store.Create(s.ctx, f); err != nil {
			s.Fatalf("Create of an existing folder: %v", err)
		}
		after := s.examine(f)
		defer s.close(after)
		if got := after.Status().UIDValidity; got != validity {
			s.Errorf("UIDVALIDITY %d became %d", validity, got)
		}
		s.holds(f, m)
	}},
	{"a folder named after INBOX is another folder", func(s *story) {
		m := letter("below")
		f, err := s.store.Spell("INBOX/below")
		if err == nil {
			err = s.store.Create(s.ctx, f)
		}
		if err != nil { // NIL delimiter or \Noinferiors
			s.fails("INBOX/below", err, mail.ErrBadName)
			return
		}
		s.put(s.listed(f.Name), m)
		s.holds(s.listed(f.Name), m)
		s.holds(s.listed(mail.Inbox))
	}},
	{"Subscribe puts a folder on the list of subscriptions", func(s *story) {
		wanted, other := s.folder("Lists/größte"), s.folder("Other")
		if err := s.store.Subscribe(s.ctx, wanted); err != nil {
			s.Fatal(err)
		}
		if err := s.store.Subscribe(s.ctx, wanted); err != nil {
			s.Errorf("subscribe again: %v", err)
		}
		if !s.listed(wanted.Name).Subscribed {
			s.Errorf("%q is not listed as subscribed", wanted.Name)
		}
		if s.listed(other.Name).Subscribed {
			s.Errorf("%q is listed as subscribed", other.Name)
		}
	}},
	{"names that can not exist are refused", func(s *story) {
		for _, name := range []string{
			"", "/", "a//b", "/a", "a/", "a\x00b", "a\nb", "a\x7fb", "bad\xffutf8", strings.Repeat("x", 100_000),
		} {
			_, err := s.store.Spell(name)
			if len(name) > 40 {
				name = name[:40]
			}
			s.fails("Spell("+name+")", err, mail.ErrBadName)
		}
	}},
	{"a folder that is not there can not be opened", func(s *story) {
		f, err := s.store.Spell("Nowhere/at all")
		if err != nil {
			s.Fatal(err)
		}
		_, err = s.store.Examine(s.ctx, f)
		s.fails("Examine", err, mail.ErrNoFolder)
		_, err = s.store.Select(s.ctx, f)
		s.fails("Select", err, mail.ErrNoFolder)
		s.holds(s.listed(mail.Inbox)) // the account still works
	}},
	{"the listing's status agrees with the open folder", func(s *story) {
		f := s.folder("Counted")
		s.put(f, letter("1"), letter("2"))
		r := s.examine(f)
		defer s.close(r)
		listed := s.listed(f.Name)
		if listed.Status == nil {
			return // the listing need not say
		}
		got, want := *listed.Status, r.Status()
		if got.Messages != 2 || got.UIDValidity != want.UIDValidity || (got.UIDNext != 0 && want.UIDNext != 0 && got.UIDNext != want.UIDNext) {
			s.Errorf("listed with %+v, opened with %+v", got, want)
		}
	}},
	{"a cancelled context ends every call", func(s *story) {
		f := s.folder("Patience")
		m := letter("before")
		s.put(f, m)
		r := s.examine(f)
		w := s.open(f)
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		_, err := s.store.Folders(ctx)
		s.fails("Folders", err, context.Canceled)
		_, err = s.store.Examine(ctx, f)
		s.fails("Examine", err, context.Canceled)
		_, err = s.store.Select(ctx, f)
		s.fails("Select", err, context.Canceled)
		s.fails("Create", s.store.Create(ctx, mail.Folder{Name: "Never", Raw: "Never"}), context.Canceled)
		s.fails("Subscribe", s.store.Subscribe(ctx, f), context.Canceled)
		s.fails("Scan", r.Scan(ctx, everything, mail.ScanOptions{}, func(mail.Message) error { return nil }), context.Canceled)
		receipt, err := w.Append(ctx, []mail.Upload{upload(letter("never"))})
		if err == nil {
			_, err = receipt.Wait(ctx)
		}
		s.fails("Append", err, context.Canceled)
		_ = r.Close() // their connections may be gone
		_ = w.Close()
		s.holds(f, m) // and the account lives on
	}},
}
