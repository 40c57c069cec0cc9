package mailtest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/mailweir/mailweir/host/mail"
)

var readBehaviours = []behaviour{
	{"Scan tells what was asked for", func(s *story) {
		f := s.folder("Scanned")
		m := letter("scanned")
		m.Flags = []string{`\Answered`, `\Seen`}
		uid := s.put(f, m)[0]
		r := s.examine(f)
		defer s.close(r)
		header, _, _ := bytes.Cut(m.Body, []byte("\r\n\r\n"))
		header = append(slices.Clone(header), "\r\n\r\n"...)
		for _, items := range []mail.Items{
			0, mail.ItemFlags, mail.ItemDate, mail.ItemSize, mail.ItemHeader,
			mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemHeader,
		} {
			all := s.scan(r, everything, mail.ScanOptions{Items: items})
			if len(all) != 1 || all[0].UID != uid {
				s.Fatalf("Scan(%b) = %v, want UID %d", items, all, uid)
			}
			got := all[0]
			if items&mail.ItemFlags != 0 && !slices.Equal(spelled(got.Flags), m.Flags) {
				s.Errorf("Scan(%b): flags %v, want %v", items, got.Flags, m.Flags)
			}
			if items&mail.ItemDate != 0 && !got.InternalDate.Equal(m.Date) {
				s.Errorf("Scan(%b): date %v, want %v", items, got.InternalDate, m.Date)
			}
			if items&mail.ItemSize != 0 && got.Size != int64(len(m.Body)) {
				s.Errorf("Scan(%b): size %d, want %d", items, got.Size, len(m.Body))
			}
			if items&mail.ItemHeader != 0 && !bytes.Equal(got.Header, header) {
				s.Errorf("Scan(%b): header %q, want %q", items, got.Header, header)
			}
		}
	}},
	{"Scan gives the header fields that are named", func(s *story) {
		f := s.folder("Fields")
		s.put(f, letter("fields"), Mail{Body: []byte("Subject: no id\r\n\r\nMessage-ID: <in@the.body>\r\n")})
		r := s.examine(f)
		defer s.close(r)
		got := s.scan(r, everything, mail.ScanOptions{Items: mail.ItemHeader, Fields: []string{"message-id", "X-Folded"}})
		if len(got) != 2 {
			s.Fatalf("%d messages, want 2", len(got))
		}
		header := string(got[0].Header)
		for _, want := range []string{"Message-ID: <fields@example.org>\r\n", "X-Folded: one\r\n two\r\n"} {
			if !strings.Contains(header, want) {
				s.Errorf("header %q lacks %q", header, want)
			}
		}
		if strings.Contains(header, "Subject") || !strings.HasSuffix(header, "\r\n\r\n") {
			s.Errorf("header %q: want only the fields and an empty line", header)
		}
		if string(got[1].Header) != "\r\n" {
			s.Errorf("header without the fields is %q, want an empty line", got[1].Header)
		}
	}},
	{"UIDs that are not there are passed over", func(s *story) {
		f := s.folder("Gaps")
		uids := s.put(f, letter("a"), letter("b"), letter("c"))
		r := s.examine(f)
		defer s.close(r)
		want := mail.UIDs(uids[0], uids[2])
		asked := mail.UIDs(uids[0], uids[2], uids[2]+1000, uids[2]+1001)
		var scanned []mail.UID
		for _, m := range s.scan(r, asked, mail.ScanOptions{Items: mail.ItemFlags}) {
			scanned = append(scanned, m.UID)
		}
		if !slices.Equal(scanned, slices.Collect(want.All())) {
			s.Errorf("Scan gives %v, want %v", scanned, want)
		}
		if got := s.fetch(r, asked); len(got) != 2 {
			s.Errorf("Fetch gives %d messages, want 2", len(got))
		}
		missing := mail.UIDs(uids[2] + 1000)
		if got := s.scan(r, missing, mail.ScanOptions{}); len(got) != 0 {
			s.Errorf("Scan of a UID that is not there gives %v", got)
		}
		if got := s.fetch(r, missing); len(got) != 0 {
			s.Errorf("Fetch of a UID that is not there gives %v", got)
		}
		if got := s.scan(r, mail.UIDSet{}, mail.ScanOptions{}); len(got) != 0 {
			s.Errorf("Scan of no UIDs gives %v", got)
		}
		if got := s.fetch(r, mail.UIDSet{}); len(got) != 0 {
			s.Errorf("Fetch of no UIDs gives %v", got)
		}
	}},
	{"UIDs that are far beyond all others are passed over", func(s *story) {
		f := s.folder("Far")
		uid := s.put(f, letter("a"))[0]
		r := s.examine(f)
		defer s.close(r)
		asked := mail.UIDs(uid, 4_000_000_000)
		if got := s.scan(r, asked, mail.ScanOptions{Items: mail.ItemFlags}); len(got) != 1 {
			s.Errorf("Scan gives %v, want UID %d", got, uid)
		}
		if got := s.fetch(r, asked); len(got) != 1 {
			s.Errorf("Fetch gives %d messages, want 1", len(got))
		}
	}},
	{"a body need not be read", func(s *story) {
		f := s.folder("Lazy")
		big := Mail{Body: (&generator{rnd: seeded(1)}).big(3 << 20)}
		want := letter("wanted")
		s.put(f, big, big, want)
		r := s.examine(f)
		defer s.close(r)
		found := 0
		err := r.Fetch(s.ctx, everything, func(m mail.Message, body io.Reader) error {
			if m.Size > 1<<20 {
				_, err := io.CopyN(io.Discard, body, 100) // leave the rest
				return err
			}
			got, err := io.ReadAll(body)
			if !bytes.Equal(got, want.Body) {
				s.Errorf("got %.100q", got)
			}
			found++
			return err
		})
		if err != nil || found != 1 {
			s.Errorf("Fetch: %v, %d small messages, want 1", err, found)
		}
		if got := s.scan(r, everything, mail.ScanOptions{}); len(got) != 3 {
			s.Errorf("the folder gives %d messages afterwards, want 3", len(got))
		}
	}},
	{"an error of the caller ends the reading and comes back as it is", func(s *story) {
		f := s.folder("Enough")
		s.put(f, letter("a"), letter("b"), letter("c"))
		enough := errors.New("enough")
		r := s.examine(f)
		calls := 0
		err := r.Scan(s.ctx, everything, mail.ScanOptions{Items: mail.ItemFlags}, func(mail.Message) error { calls++; return enough })
		if err != enough || calls != 1 { //nolint:errorlint // "as it is" is the contract
			s.Errorf("Scan: %v after %d calls, want %v after 1", err, calls, enough)
		}
		_ = r.Close()
		r = s.examine(f)
		calls = 0
		err = r.Fetch(s.ctx, everything, func(mail.Message, io.Reader) error { calls++; return enough })
		if err != enough || calls != 1 { //nolint:errorlint // "as it is" is the contract
			s.Errorf("Fetch: %v after %d calls, want %v after 1", err, calls, enough)
		}
		_ = r.Close()
		s.holds(f, letter("a"), letter("b"), letter("c"))
	}},
	{"reading leaves the flags alone", func(s *story) {
		f := s.folder("Untouched")
		unread, read := letter("unread"), letter("read")
		read.Flags = []string{`\Seen`}
		s.put(f, unread, read)
		for range 2 { // the second time sees what the first did
			r := s.examine(f)
			s.scan(r, everything, mail.ScanOptions{Items: mail.ItemHeader})
			s.fetch(r, everything)
			s.close(r)
			w := s.open(f)
			s.fetch(w, everything)
			s.close(w)
		}
		s.holds(f, unread, read)
	}},
	{"UIDs and UIDVALIDITY stay when the folder is opened again", func(s *story) {
		f := s.folder("Stable")
		s.put(f, letter("a"), letter("b"))
		look := func() (uint32, []mail.UID) {
			r := s.examine(f)
			defer s.close(r)
			var uids []mail.UID
			for _, m := range s.scan(r, everything, mail.ScanOptions{}) {
				uids = append(uids, m.UID)
			}
			return r.Status().UIDValidity, uids
		}
		validity, uids := look()
		s.put(f, letter("c"))
		validity2, uids2 := look()
		if validity != validity2 || len(uids2) != 3 || !slices.Equal(uids, uids2[:2]) {
			s.Errorf("UIDVALIDITY %d, UIDs %v became %d, %v", validity, uids, validity2, uids2)
		}
	}},
	{"the status follows what is appended", func(s *story) {
		f := s.folder("Growing")
		for i := range 3 {
			r := s.examine(f)
			st := r.Status()
			s.close(r)
			if int(st.Messages) != i {
				s.Errorf("%d messages after %d appends", st.Messages, i)
			}
			uid := s.put(f, letter("one more"))[0]
			if st.UIDNext != 0 && uid < st.UIDNext {
				s.Errorf("UID %d was given although UIDNEXT was %d", uid, st.UIDNext)
			}
		}
	}},
	{"ChangedSince leaves out what did not change", func(s *story) {
		f := s.folder("Changes")
		uids := s.put(f, letter("a"), letter("b"), letter("c"))
		w := s.open(f)
		defer s.close(w)
		since := w.Status().HighestModSeq
		if since == 0 {
			return // the store keeps no mod-sequences
		}
		if err := w.ChangeFlags(s.ctx, []mail.FlagChange{{UIDs: mail.UIDs(uids[1]), Add: []mail.Flag{mail.FlagFlagged}}}); err != nil {
			s.Fatal(err)
		}
		r := s.examine(f)
		defer s.close(r)
		got := s.scan(r, everything, mail.ScanOptions{Items: mail.ItemFlags | mail.ItemModSeq, ChangedSince: since})
		if len(got) != 1 || got[0].UID != uids[1] || got[0].ModSeq <= since {
			s.Errorf("changed since %d: %+v, want UID %d only", since, got, uids[1])
		}
		if now := r.Status().HighestModSeq; now <= since {
			s.Errorf("HIGHESTMODSEQ stayed %d", now)
		}
	}},
	{"folders are read side by side", func(s *story) {
		var readers []mail.Reader
		var want []Mail
		for _, name := range []string{"north", "south"} {
			f := s.folder(name)
			m := letter(name)
			s.put(f, m)
			want = append(want, m)
			r := s.examine(f)
			defer s.close(r)
			readers = append(readers, r)
		}
		for i, r := range readers { // both are open
			if diff := Diff(Account{"x": want[i : i+1]}, Account{"x": s.fetch(r, everything)}); diff != "" {
				s.Error(diff)
			}
		}
	}},
}
