package mailtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// Run is the conformance suite: it fails where the store does not keep the
// contracts of package mail. Each call of open gives a fresh, empty account of
// its own, which Run closes. Where the contracts leave a choice (UIDs or zeros,
// a name stored or refused, an empty message stored or refused), every choice
// passes that loses and alters nothing.
func Run(t *testing.T, open func(t *testing.T) mail.Target) {
	RunExcept(t, nil, open)
}

// RunExcept is Run for a server that can not do everything: except names the
// behaviours that are left out, with the reason. A name that is no behaviour fails.
func RunExcept(t *testing.T, except map[string]string, open func(t *testing.T) mail.Target) {
	t.Helper()
	left := len(except)
	for _, group := range [][]behaviour{folderBehaviours, appendBehaviours, readBehaviours, flagBehaviours, removeBehaviours} {
		for _, b := range group {
			reason, excepted := except[b.name]
			if excepted {
				left--
			}
			t.Run(b.name, func(t *testing.T) {
				if excepted {
					t.Skip(reason)
				}
				// The bound names the behaviour that hangs.
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				s := &story{T: t, ctx: ctx, store: open(t)}
				defer func() {
					if err := s.store.Close(); err != nil {
						t.Errorf("close the account: %v", err)
					}
				}()
				b.run(s)
			})
		}
	}
	if left > 0 {
		t.Errorf("%d exceptions are no behaviours of the suite", left)
	}
}

// behaviour is one thing that a store does; run tells it on an empty account.
type behaviour struct {
	name string
	run  func(s *story)
}

// story is a behaviour being told. Its methods end the test when the store fails
// at what is only the setting.
type story struct {
	*testing.T
	ctx   context.Context
	store mail.Target
}

// folder makes a folder and returns it as the account lists it.
func (s *story) folder(name string) mail.Folder {
	s.Helper()
	f, err := s.store.Spell(name)
	if err != nil {
		s.Fatalf("Spell(%q): %v", name, err)
	}
	if err := s.store.Create(s.ctx, f); err != nil {
		s.Fatalf("Create(%q): %v", name, err)
	}
	return s.listed(f.Name)
}

// listed returns the only folder with that Name.
func (s *story) listed(name string) mail.Folder {
	s.Helper()
	var found []mail.Folder
	all := s.folders()
	for _, f := range all {
		if f.Name == name {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		s.Fatalf("%q is listed %d times among %q", name, len(found), names(all))
	}
	return found[0]
}

func (s *story) folders() []mail.Folder {
	s.Helper()
	all, err := s.store.Folders(s.ctx)
	if err != nil {
		s.Fatalf("Folders: %v", err)
	}
	return all
}

func names(folders []mail.Folder) []string {
	var out []string
	for _, f := range folders {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}

// open selects f; the end of the test closes it.
func (s *story) open(f mail.Folder) mail.Writer {
	s.Helper()
	w, err := s.store.Select(s.ctx, f)
	if err != nil {
		s.Fatalf("Select(%q): %v", f.Name, err)
	}
	return w
}

// examine opens f for reading.
func (s *story) examine(f mail.Folder) mail.Reader {
	s.Helper()
	r, err := s.store.Examine(s.ctx, f)
	if err != nil {
		s.Fatalf("Examine(%q): %v", f.Name, err)
	}
	return r
}

func (s *story) close(c io.Closer) {
	s.Helper()
	if err := c.Close(); err != nil {
		s.Errorf("Close: %v", err)
	}
}

// upload is a message on its way in: what [mail.Upload] says, with the body kept.
func upload(m Mail) mail.Upload {
	u := mail.Upload{InternalDate: m.Date, Size: int64(len(m.Body)), Body: bytes.NewReader(m.Body)}
	for _, f := range m.Flags {
		u.Flags = append(u.Flags, mail.Flag(f))
	}
	u.Flags = mail.CleanFlags(u.Flags)
	return u
}

// put appends mails to f in one batch through a Writer of its own and returns
// their UIDs: those of the receipt, or those a scan finds when it holds zeros.
func (s *story) put(f mail.Folder, mails ...Mail) []mail.UID {
	s.Helper()
	w := s.open(f)
	defer s.close(w)
	before := map[mail.UID]bool{}
	for _, m := range s.scan(w, everything, mail.ScanOptions{}) {
		before[m.UID] = true
	}
	receipt := s.send(w, mails...)
	uids, err := receipt.Wait(s.ctx)
	if err != nil {
		s.Fatalf("Append: %v", err)
	}
	if len(uids) != len(mails) {
		s.Fatalf("%d UIDs for %d messages", len(uids), len(mails))
	}
	if slices.Contains(uids, 0) {
		r := s.examine(f)
		defer s.close(r)
		uids = uids[:0]
		for _, m := range s.scan(r, everything, mail.ScanOptions{}) {
			if !before[m.UID] {
				uids = append(uids, m.UID)
			}
		}
		if len(uids) != len(mails) {
			s.Fatalf("%d new messages after appending %d", len(uids), len(mails))
		}
	}
	return uids
}

// send hands a batch over without waiting for its receipt.
func (s *story) send(w mail.Writer, mails ...Mail) mail.Receipt {
	s.Helper()
	batch := make([]mail.Upload, len(mails))
	for i, m := range mails {
		batch[i] = upload(m)
	}
	receipt, err := w.Append(s.ctx, batch)
	if err != nil {
		s.Fatalf("Append: %v", err)
	}
	return receipt
}

// everything is the set of all UIDs.
var everything = mail.UIDSpan(1, 1<<32-1)

// scan collects a scan and checks its order.
func (s *story) scan(r mail.Reader, uids mail.UIDSet, opts mail.ScanOptions) []mail.Message {
	s.Helper()
	var out []mail.Message
	err := r.Scan(s.ctx, uids, opts, func(m mail.Message) error {
		if len(out) > 0 && m.UID <= out[len(out)-1].UID {
			s.Errorf("Scan: UID %d after %d", m.UID, out[len(out)-1].UID)
		}
		if !uids.Contains(m.UID) {
			s.Errorf("Scan: UID %d was not asked for", m.UID)
		}
		out = append(out, m)
		return nil
	})
	if err != nil {
		s.Fatalf("Scan: %v", err)
	}
	return out
}

// fetch reads messages whole, in the order of their UIDs.
func (s *story) fetch(r mail.Reader, uids mail.UIDSet) []Mail {
	s.Helper()
	var out []Mail
	err := r.Fetch(s.ctx, uids, func(m mail.Message, body io.Reader) error {
		got, err := io.ReadAll(body)
		if err != nil {
			return fmt.Errorf("body of UID %d: %w", m.UID, err)
		}
		if int64(len(got)) != m.Size {
			s.Errorf("Fetch: UID %d says %d bytes and has %d", m.UID, m.Size, len(got))
		}
		out = append(out, Mail{UID: uint32(m.UID), Flags: spelled(m.Flags), Date: m.InternalDate, Body: got})
		return nil
	})
	if err != nil {
		s.Fatalf("Fetch: %v", err)
	}
	slices.SortFunc(out, func(a, b Mail) int { return int(a.UID) - int(b.UID) })
	return out
}

// spelled returns the flags that count for a copy.
func spelled(flags []mail.Flag) []string {
	out := []string{}
	for _, f := range mail.CleanFlags(flags) {
		out = append(out, string(f))
	}
	return out
}

// holds checks that f holds exactly mails, by an Examine of its own.
func (s *story) holds(f mail.Folder, mails ...Mail) {
	s.Helper()
	r := s.examine(f)
	defer s.close(r)
	if got := r.Status().Messages; int(got) != len(mails) {
		s.Errorf("%q: Status counts %d messages, want %d", f.Name, got, len(mails))
	}
	got := s.fetch(r, everything)
	if diff := Diff(Account{f.Name: mails}, Account{f.Name: got}); diff != "" {
		s.Error(diff)
	}
}

// fails checks that err is of a kind. For a batch one of its messages is enough.
func (s *story) fails(what string, err, kind error) {
	s.Helper()
	var batch *mail.BatchError
	if errors.As(err, &batch) && errors.Is(errors.Join(batch.Errs...), kind) {
		return
	}
	if !errors.Is(err, kind) {
		s.Errorf("%s: got error %v, want one that is %q", what, err, kind)
	}
}

// letter makes a plain message.
func letter(subject string) Mail {
	return Mail{
		Flags: []string{},
		Date:  time.Date(2021, 3, 4, 5, 6, 7, 0, time.FixedZone("", 5400)),
		Body: []byte("From: ann@example.org\r\nTo: bob@example.net\r\nSubject: " + subject +
			"\r\nMessage-ID: <" + subject + "@example.org>\r\nX-Folded: one\r\n two\r\n\r\nHello\r\n" + subject + "\r\n"),
	}
}
