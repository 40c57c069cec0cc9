package copier_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mailweir/mailweir/host/mail"
)

// A session is an open folder of an account.
type session struct {
	a      *account
	box    *box
	status mail.Status
	life   uint32
	writes bool
	dead   atomic.Bool
	busy   atomic.Int32
	closed bool
}

// alone notes when two goroutines use the session at once.
func (s *session) alone(op string) func() {
	if s.busy.Add(1) > 1 {
		s.a.broken("%s while something else is under way", op)
	}
	return func() { s.busy.Add(-1) }
}

// begin takes one step of the world. Without error the step has its effect; the
// fault says whether the answer arrives.
func (s *session) begin(ctx context.Context, op string) (fault, error) {
	if s.closed {
		s.a.broken("%s on a closed folder", op)
	}
	if err := ctx.Err(); err != nil {
		s.dead.Store(true) // an adapter closes the connection
		return 0, &mail.Error{Op: op, Where: s.a.name, Kind: mail.ErrConnect, Err: err}
	}
	if s.dead.Load() || s.life != s.validity() {
		s.dead.Store(true)
		return 0, s.a.lost(op, false)
	}
	f := s.a.world.step(s.a.name + " " + op)
	if f != faultNone {
		s.dead.Store(true)
	}
	if f == faultDrop || f == faultKill {
		return f, s.a.lost(op, false)
	}
	return f, nil
}

func (s *session) validity() uint32 {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	return s.box.validity
}

// Status implements [mail.Reader].
func (s *session) Status() mail.Status { return s.status }

// Close implements [mail.Reader].
func (s *session) Close() error {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	if s.closed {
		s.a.faults = append(s.a.faults, "closed twice")
	}
	s.closed = true
	s.a.opened--
	if s.writes {
		s.box.writers--
	}
	return nil
}

// listed returns copies of the messages of uids.
func (s *session) listed(uids mail.UIDSet) []letterbox {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	var out []letterbox
	for _, l := range s.box.mails {
		if uids.Contains(l.uid) {
			out = append(out, *l)
		}
	}
	return out
}

// Scan implements [mail.Reader].
func (s *session) Scan(ctx context.Context, uids mail.UIDSet, opts mail.ScanOptions, fn func(mail.Message) error) error {
	defer s.alone("scan")()
	f, err := s.begin(ctx, "scan")
	if err != nil {
		return err
	}
	for i, l := range s.listed(uids) {
		if s.a.hides != nil && s.a.hides(l.text) {
			continue
		}
		if f != faultNone && i > 0 {
			return s.a.lost("scan", false)
		}
		if opts.ChangedSince > 0 && l.modseq <= opts.ChangedSince && !s.a.noModSeq {
			continue
		}
		m := mail.Message{UID: l.uid}
		if opts.Items&mail.ItemFlags != 0 {
			m.Flags = l.flags
		}
		if opts.Items&mail.ItemDate != 0 {
			m.InternalDate = l.date
		}
		if opts.Items&mail.ItemSize != 0 {
			if m.Size = l.size; s.a.oddSizes {
				m.Size = l.size/10*10 + 7
			}
		}
		if opts.Items&mail.ItemHeader != 0 {
			m.Header = header(l.text, opts.Fields)
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	if f != faultNone {
		return s.a.lost("scan", false)
	}
	return nil
}

func header(text string, fields []string) []byte {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	if fields == nil {
		return []byte(head + "\r\n\r\n")
	}
	var out strings.Builder
	for line := range strings.SplitSeq(head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		if slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }) {
			out.WriteString(line + "\r\n")
		}
	}
	return []byte(out.String() + "\r\n")
}

// Fetch implements [mail.Reader]. Each message is a step.
func (s *session) Fetch(ctx context.Context, uids mail.UIDSet, fn func(mail.Message, io.Reader) error) error {
	defer s.alone("fetch")()
	if s.dead.Load() {
		return s.a.lost("fetch", false)
	}
	strange := make(map[mail.UID]error)
	for _, l := range s.listed(uids) {
		f, err := s.begin(ctx, "fetch")
		if err != nil {
			return err
		}
		if s.a.withholds != nil && s.a.withholds(l.text) || s.a.hides != nil && s.a.hides(l.text) {
			continue
		}
		if s.a.unreadable != nil && s.a.unreadable(l.text) {
			strange[l.uid] = &mail.Error{Op: "fetch", Where: s.a.name, Kind: mail.ErrProtocol}
			continue
		}
		body := io.LimitReader(l.body(), l.size)
		if cut := s.a.poison != nil && s.a.poison(l.text); f != faultNone || cut {
			s.dead.Store(true)
			body = io.MultiReader(io.LimitReader(body, l.size/2), failing{s.a.lost("fetch", false)})
		}
		m := mail.Message{UID: l.uid, Flags: l.flags, InternalDate: l.date, Size: l.size}
		if err := fn(m, body); err != nil {
			return err
		}
		if s.dead.Load() {
			return s.a.lost("fetch", false)
		}
		if s.a.afterFetch != nil {
			s.a.afterFetch(s.box.folder.Name, l.uid)
		}
	}
	if len(strange) > 0 {
		return &mail.MessageErrors{Errs: strange}
	}
	return nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Batch implements [mail.Writer].
func (s *session) Batch() (int, int64) {
	if s.a.batch > 0 {
		return s.a.batch, 1 << 20
	}
	return 10, 1 << 20
}

// KeepsFlag implements [mail.Writer].
func (s *session) KeepsFlag(f mail.Flag) bool { return s.a.keeps == nil || s.a.keeps(f) }

// Append implements [mail.Writer].
func (s *session) Append(ctx context.Context, batch []mail.Upload) (mail.Receipt, error) {
	defer s.alone("append")()
	f, err := s.begin(ctx, "append")
	if err != nil {
		return nil, err
	}
	if s.a.onAppend != nil {
		s.a.onAppend(s.box.folder.Name)
	}
	letters := make([]*letterbox, 0, len(batch))
	for _, u := range batch {
		l, err := s.take(u)
		if err != nil {
			s.dead.Store(true)
			return nil, &mail.Error{Op: "append", Where: s.a.name, Kind: mail.ErrShortBody, Err: err}
		}
		if s.a.poison != nil && s.a.poison(l.text) {
			s.dead.Store(true)
			return receipt{err: s.a.lost("append", true)}, nil
		}
		letters = append(letters, l)
	}
	if err := ctx.Err(); err != nil {
		s.dead.Store(true)
		return nil, &mail.Error{Op: "append", Where: s.a.name, Kind: mail.ErrConnect, Err: err, Unknown: true}
	}
	r := s.store(letters)
	if f != faultNone {
		return receipt{err: s.a.lost("append", true)}, nil
	}
	return r, nil
}

// take reads one message of a batch.
func (s *session) take(u mail.Upload) (*letterbox, error) {
	l := &letterbox{flags: u.Flags, date: u.InternalDate, size: u.Size}
	for _, f := range u.Flags {
		if !s.KeepsFlag(f) {
			s.a.broken("append with the flag %s, which is not kept", f)
		}
	}
	if s.a.discard {
		sum := sha256.New()
		n, err := io.Copy(sum, u.Body)
		if err == nil && n != u.Size {
			err = io.ErrUnexpectedEOF
		}
		l.text = fmt.Sprintf("%x", sum.Sum(nil))
		return l, err
	}
	var buf bytes.Buffer
	n, err := io.Copy(&buf, u.Body)
	if err == nil && n != u.Size {
		err = io.ErrUnexpectedEOF
	}
	if l.text = buf.String(); err == nil && s.a.alters != nil {
		l.text = s.a.alters(l.text)
		l.size = int64(len(l.text))
	}
	return l, err
}

// store puts a batch into the box, as a whole or one by one.
func (s *session) store(letters []*letterbox) receipt {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	errs := make([]error, len(letters))
	refused := error(nil)
	used := int64(0)
	for _, b := range s.a.boxes {
		for _, l := range b.mails {
			used += l.size
		}
	}
	for i, l := range letters {
		used += l.size
		if s.a.quota > 0 && used > s.a.quota {
			errs[i] = &mail.Error{Op: "append", Where: s.a.name, Kind: mail.ErrQuota, Code: "OVERQUOTA"}
			used -= l.size
		} else if s.a.refuses != nil {
			errs[i] = s.a.refuses(l.text)
		}
		if refused == nil {
			refused = errs[i]
		}
	}
	if refused != nil && !s.a.single {
		return receipt{err: refused}
	}
	r := receipt{uids: make([]mail.UID, len(letters))}
	for i, l := range letters {
		if errs[i] == nil {
			s.a.changed++
			twin := slices.IndexFunc(s.box.mails, func(o *letterbox) bool { return s.a.merges && o.text == l.text })
			if twin >= 0 {
				r.uids[i] = s.box.mails[twin].uid
			} else if s.a.drops == nil || !s.a.drops(l.text) {
				r.uids[i] = s.box.add(l)
			}
		}
		if s.a.noUIDPlus {
			r.uids[i] = 0
		}
	}
	if refused != nil {
		r.err = &mail.BatchError{Errs: errs}
	}
	return r
}

type receipt struct {
	uids []mail.UID
	err  error
}

func (r receipt) Wait(context.Context) ([]mail.UID, error) { return r.uids, r.err }

// ChangeFlags implements [mail.Writer].
func (s *session) ChangeFlags(ctx context.Context, changes []mail.FlagChange) error {
	defer s.alone("set flags")()
	f, err := s.begin(ctx, "store")
	if err != nil {
		return err
	}
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	for _, c := range changes {
		for _, l := range s.box.mails {
			if !c.UIDs.Contains(l.uid) {
				continue
			}
			s.a.changed++
			s.box.modseq++
			l.modseq = s.box.modseq
			added := slices.DeleteFunc(slices.Clone(c.Add), func(f mail.Flag) bool { return s.a.keeps != nil && !s.a.keeps(f) })
			l.flags = mail.CleanFlags(append(slices.DeleteFunc(slices.Clone(l.flags), c.Removes), added...))
		}
	}
	if f != faultNone {
		return s.a.lost("store", true)
	}
	return nil
}

var _ mail.Remover = (*session)(nil)

// Expunges implements [mail.Remover].
func (s *session) Expunges() bool { return !s.a.noUIDPlus }

// Remove implements [mail.Remover] in the two steps of IMAP.
func (s *session) Remove(ctx context.Context, uids mail.UIDSet) error {
	defer s.alone("remove")()
	if !s.writes {
		s.a.broken("remove from a folder that is open for reading")
	}
	if err := s.removing(ctx, "mark", func() {
		for _, l := range s.box.mails {
			if uids.Contains(l.uid) {
				s.a.changed++
				s.box.modseq++
				l.flags, l.modseq = mail.CleanFlags(append(slices.Clone(l.flags), mail.FlagDeleted)), s.box.modseq
			}
		}
	}); err != nil || !s.Expunges() {
		return err
	}
	return s.removing(ctx, "expunge", func() {
		s.box.modseq++
		s.box.mails = slices.DeleteFunc(s.box.mails, func(l *letterbox) bool {
			return uids.Contains(l.uid) && slices.Contains(l.flags, mail.FlagDeleted)
		})
	})
}

// removing takes one of the steps.
func (s *session) removing(ctx context.Context, op string, do func()) error {
	f, err := s.begin(ctx, op)
	if err != nil {
		return err
	}
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	do()
	if f != faultNone {
		return s.a.lost(op, true)
	}
	return nil
}
