package mailtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

var appendBehaviours = []behaviour{
	{"a batch is stored byte for byte with flags and dates", func(s *story) {
		f := s.folder("Batch")
		var mails []Mail
		for _, folder := range Corpus(CorpusOptions{Seed: 42, Messages: 120, Folders: 1}) {
			mails = append(mails, folder...)
		}
		mails = s.kept(f, mails)
		s.put(f, mails...)
		s.holds(f, mails...)
	}},
	{"UIDs are given in the order of the batch and ascend", func(s *story) {
		f := s.folder("Order")
		var mails []Mail
		for i := range 12 {
			mails = append(mails, letter(fmt.Sprintf("number-%d", i)))
		}
		uids := append(s.put(f, mails[:5]...), s.put(f, mails[5:]...)...)
		if !slices.IsSorted(uids) || len(slices.Compact(slices.Clone(uids))) != len(uids) {
			s.Errorf("UIDs %v do not ascend", uids)
		}
		r := s.examine(f)
		defer s.close(r)
		if next := r.Status().UIDNext; next != 0 && next <= uids[len(uids)-1] {
			s.Errorf("UIDNEXT is %d, the last UID %d", next, uids[len(uids)-1])
		}
		for i, m := range s.fetch(r, everything) {
			if m.UID != uint32(uids[i]) || !bytes.Equal(m.Body, mails[i].Body) {
				s.Errorf("message %d of the batch was given UID %d; UID %d holds %.80q", i, uids[i], m.UID, m.Body)
			}
		}
	}},
	{"the same bytes twice are two messages", func(s *story) {
		f := s.folder("Twins")
		m := letter("twin")
		s.put(f, m, m)
		s.put(f, m)
		s.holds(f, m, m, m)
	}},
	{"dates keep their instant to the second", func(s *story) {
		f := s.folder("Dates")
		var mails []Mail
		for i, at := range []time.Time{
			time.Date(1992, 2, 29, 23, 59, 59, 0, time.UTC),
			time.Date(2004, 10, 31, 2, 30, 0, 0, time.FixedZone("", 2*3600)),
			time.Date(2015, 6, 30, 12, 0, 1, 0, time.FixedZone("", -9*3600-30*60)),
			time.Date(2024, 1, 1, 0, 0, 0, 0, time.FixedZone("", 14*3600)),
			// Not in the future: Dovecot makes that the present.
			time.Date(2025, 12, 31, 23, 59, 58, 0, time.FixedZone("", 12*3600+45*60)),
		} {
			m := letter(fmt.Sprintf("date-%d", i))
			m.Date = at
			mails = append(mails, m)
		}
		s.put(f, mails...)
		s.holds(f, mails...)
	}},
	{"a message without date gets one", func(s *story) {
		f := s.folder("Undated")
		m := letter("undated")
		m.Date = time.Time{}
		s.put(f, m)
		r := s.examine(f)
		defer s.close(r)
		got := s.fetch(r, everything)
		if len(got) != 1 || got[0].Date.IsZero() || !bytes.Equal(got[0].Body, m.Body) {
			s.Errorf("got %v, want one message with a date", got)
		}
	}},
	{"an empty message is stored or refused", func(s *story) {
		f := s.folder("Nothing")
		w := s.open(f)
		defer w.Close() // a refusal may have cost the connection
		empty := Mail{Flags: []string{}, Date: letter("").Date, Body: []byte{}}
		receipt, err := w.Append(s.ctx, []mail.Upload{upload(empty)})
		if err == nil {
			_, err = receipt.Wait(s.ctx)
		}
		if err != nil {
			s.holds(f)
			return
		}
		s.holds(f, empty)
	}},
	{"messages without header, body or last line end stay as they are", func(s *story) {
		f := s.folder("Odd")
		var mails []Mail
		for _, body := range []string{
			"\r\n", "x", "x\r\n", "\r\n\r\n\r\n", "Subject: only a header\r\n", "Subject: no line end",
			"Subject: empty body\r\n\r\n", "Subject: last line open\r\n\r\nend", "not a header\r\n\r\nbody\r\n",
			"Subject: \xfc\xe4\xf6\xff\x80\r\n\r\n\xde\xad\xbe\xef\r\n", "Subject: dots\r\n\r\n.\r\n..\r\n",
			"Subject: tabs\r\n\tfolded\t\r\n\r\n\t \r\n \t\r\n", "Subject: " + strings.Repeat("long ", 20_000) + "\r\n\r\nx\r\n",
			"Subject: line\r\n\r\n" + strings.Repeat("x", 70_000) + "\r\n",
			"Subject: literal\r\n\r\n{5}\r\n{5+}\r\nhello)\r\na1 LOGOUT\r\n",
		} {
			mails = append(mails, Mail{Flags: []string{}, Date: letter("").Date, Body: []byte(body)})
		}
		s.put(f, mails...)
		s.holds(f, mails...)
	}},
	{"a message of 20 MB is streamed in and out", func(s *story) {
		f := s.folder("Huge")
		want := Mail{Flags: []string{`\Seen`}, Date: letter("").Date, Body: (&generator{rnd: seeded(7)}).big(20 << 20)}
		s.put(f, letter("before"), want, letter("after"))
		s.holds(f, letter("before"), want, letter("after"))
	}},
	{"two batches may be on their way at once", func(s *story) {
		f := s.folder("Flight")
		w := s.open(f)
		defer s.close(w)
		receipts := []mail.Receipt{
			s.send(w, letter("first-1"), letter("first-2")),
			s.send(w, letter("second-1")),
		}
		uids := make([][]mail.UID, len(receipts))
		errs := make([]error, len(receipts))
		var wg sync.WaitGroup
		for i, receipt := range receipts {
			wg.Go(func() { uids[i], errs[i] = receipt.Wait(s.ctx) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			s.Fatal(err)
		}
		if len(uids[0]) != 2 || len(uids[1]) != 1 {
			s.Fatalf("UIDs %v, want 2 and 1", uids)
		}
		r := s.examine(f)
		defer s.close(r)
		for i, m := range s.fetch(r, everything) {
			want := []Mail{letter("first-1"), letter("first-2"), letter("second-1")}[i]
			if !bytes.Equal(m.Body, want.Body) {
				s.Errorf("message %d is %.200q, want %.200q", i, m.Body, want.Body)
			}
		}
		s.holds(f, letter("first-1"), letter("first-2"), letter("second-1"))
	}},
	{"a body that ends early stores nothing of the message", func(s *story) {
		f := s.folder("Short")
		for _, broken := range []struct {
			what string
			body io.Reader
			kind error
		}{
			{"short body", strings.NewReader("Subject: ends here\r\n"), mail.ErrShortBody},
			{"failing body", io.MultiReader(strings.NewReader("Subject: a"), failing{}), errBroken},
		} {
			w := s.open(f)
			receipt, err := w.Append(s.ctx, []mail.Upload{{Size: 5000, Body: broken.body}})
			if err == nil {
				_, err = receipt.Wait(s.ctx)
			}
			s.fails(broken.what, err, broken.kind)
			_ = w.Close() // its connection may be gone
			s.holds(f)
		}
		m := letter("after the accident")
		s.put(f, m)
		s.holds(f, m)
	}},
	{"a short body in the middle of a batch leaves no half message", func(s *story) {
		f := s.folder("Middle")
		w := s.open(f)
		first, last := letter("first"), letter("last")
		receipt, err := w.Append(s.ctx, []mail.Upload{
			upload(first), {Size: 5000, Body: strings.NewReader("Subject: half\r\n")}, upload(last),
		})
		stored := 0
		if err == nil {
			var uids []mail.UID
			uids, err = receipt.Wait(s.ctx)
			for _, uid := range uids {
				if uid != 0 {
					stored++
				}
			}
		}
		s.fails("Append", err, mail.ErrShortBody)
		_ = w.Close()
		r := s.examine(f)
		defer s.close(r)
		got := s.fetch(r, everything)
		for _, m := range got {
			if !bytes.Equal(m.Body, first.Body) && !bytes.Equal(m.Body, last.Body) {
				s.Errorf("half a message was stored: %.100q", m.Body)
			}
		}
		if stored > len(got) {
			s.Errorf("%d messages have UIDs, %d are there", stored, len(got))
		}
		var batch *mail.BatchError
		if !errors.As(err, &batch) && !mail.OutcomeUnknown(err) && len(got) > 0 {
			s.Errorf("%d messages are stored although the error (%v) says that none is", len(got), err)
		}
	}},
	{"a batch has a best size", func(s *story) {
		w := s.open(s.folder("Size"))
		defer s.close(w)
		if messages, size := w.Batch(); messages < 1 || size < 1 {
			s.Errorf("Batch() = %d, %d", messages, size)
		}
	}},
	{"folders are written to side by side", func(s *story) {
		want := map[string][]Mail{}
		writers := map[string]mail.Writer{}
		folders := map[string]mail.Folder{}
		for _, name := range []string{"left", "right"} {
			folders[name] = s.folder(name)
			writers[name] = s.open(folders[name])
			for i := range 40 {
				want[name] = append(want[name], letter(fmt.Sprintf("%s-%d", name, i)))
			}
		}
		errs := make(chan error, len(writers))
		for name, w := range writers {
			go func() {
				for _, m := range want[name] {
					receipt, err := w.Append(s.ctx, []mail.Upload{upload(m)})
					if err == nil {
						_, err = receipt.Wait(s.ctx)
					}
					if err != nil {
						errs <- fmt.Errorf("%s: %w", name, err)
						return
					}
				}
				errs <- nil
			}()
		}
		for range writers {
			if err := <-errs; err != nil {
				s.Error(err)
			}
		}
		for name, w := range writers {
			s.close(w)
			s.holds(folders[name], want[name]...)
		}
	}},
}

// kept returns the mails with only those flags that f stores.
func (s *story) kept(f mail.Folder, mails []Mail) []Mail {
	w := s.open(f)
	defer s.close(w)
	out := slices.Clone(mails)
	for i := range out {
		out[i].Flags = slices.DeleteFunc(slices.Clone(out[i].Flags), func(flag string) bool { return !w.KeepsFlag(mail.Flag(flag)) })
	}
	return out
}

var errBroken = errors.New("the disk is on fire")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }
