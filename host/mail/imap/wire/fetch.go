package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
)

// Fetch downloads the messages of uids from the selected folder, as mail.Reader
// says. Bodies go from the connection to fn without being gathered. The flags of a
// message must not be changed in place.
//
// A command that the server refuses is cut in halves down to the guilty message.
// A message whose answer can not be used as it came - the body before its UID, an
// attribute missing - is asked for again by itself.
func (c *Conn) Fetch(ctx context.Context, uids mail.UIDSet, fn func(m mail.Message, body io.Reader) error) error {
	op := fmt.Sprintf("fetch from folder %q", c.selected)
	if err := c.catchUp(ctx); err != nil {
		return describe(op, err)
	}
	f := fetch{c: c, uids: uids, fn: fn, failed: make(map[mail.UID]error)}
	f.body.f = &f
	for _, set := range c.windows(uids, fetchWindow) {
		f.queue = append(f.queue, window{set: set})
	}
	err := c.run(ctx, exchange{depth: windowDepth, next: f.next, untagged: f.untagged, done: f.done})
	if f.stopped != nil {
		return f.stopped
	}
	if err == nil && len(f.failed) > 0 {
		return &mail.MessageErrors{Errs: f.failed}
	}
	return describe(op, err)
}

// window is one command of a fetch.
type window struct {
	id  int
	set mail.UIDSet
	uid mail.UID // not 0: asks for this message only, because asking for several failed
	// Of such a message, flags and date are asked for first: then the body can be
	// handed out as it arrives even if the server sends it before all else.
	meta bool
}

type fetch struct {
	c    *Conn
	uids mail.UIDSet
	fn   func(m mail.Message, body io.Reader) error

	queue  []window
	open   []window // sent, without an answer
	sent   int
	given  mail.UIDSet  // what fn has seen
	hinted mail.UIDSet  // what had an answer of any kind, and therefore exists
	alone  mail.Message // of a message that is asked for by itself: what came before its body
	failed map[mail.UID]error

	hints    int   // in hinted
	garbled  error // an answer since the last tagged one could not be understood
	refusals int
	stopped  error        // of fn
	m        mail.Message // of the response that is being read
	body     body
	early    []byte
}

// maxRefusals is how many single messages a server may refuse before the first
// that it sends: then it is the folder, not the messages.
const maxRefusals = 20

func (f *fetch) next(b []byte) ([]byte, int, bool) {
	if len(f.queue) == 0 {
		return b, 0, false
	}
	w := f.queue[0]
	f.queue = f.queue[1:]
	f.sent++
	w.id = f.sent
	f.open = append(f.open, w)
	b = append(append(b, "UID FETCH "...), w.set.String()...)
	switch {
	case w.meta:
		b = append(b, " (UID FLAGS INTERNALDATE)"...)
	case w.uid != 0:
		b = append(b, " (UID BODY.PEEK[])"...)
	default:
		// Servers answer in this order, so that all is known when the body comes.
		b = append(b, " (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"...)
	}
	return b, f.sent, true
}

// again puts a message by itself at the end of the queue.
func (f *fetch) again(uid mail.UID) {
	set := mail.UIDs(uid)
	f.queue = append(f.queue, window{set: set, uid: uid, meta: true}, window{set: set, uid: uid})
}

// missing is what a window asked for and nobody has seen.
func (f *fetch) missing(w window) mail.UIDSet {
	var out mail.UIDSet
	for u := range w.set.All() {
		if !f.given.Contains(u) && f.failed[u] == nil {
			out.Add(u)
		}
	}
	return out
}

// done judges the end of one command.
func (f *fetch) done(id int, answer StatusError) error {
	var w window
	if i := slices.IndexFunc(f.open, func(w window) bool { return w.id == id }); i >= 0 {
		w = f.open[i]
		f.open = slices.Delete(f.open, i, i+1)
	}
	garbled := f.garbled
	f.garbled = nil
	refused := refusal(answer)
	switch {
	case refused != nil && !errors.Is(refused, mail.ErrRefused):
		return refused
	case w.meta:
		return nil
	case w.uid != 0:
		return f.doneAlone(w.uid, refused, garbled)
	case refused != nil && w.set.Len() > manyUIDs, garbled != nil && w.set.Len() > manyUIDs:
		// A span that is not worth taking apart.
		if refused == nil {
			refused = garbled
		}
		return refused
	case refused != nil:
		f.halve(f.missing(w))
	case garbled != nil:
		for u := range f.missing(w).All() {
			f.again(u)
		}
	default:
		for u := range f.hinted.All() {
			if w.set.Contains(u) && !f.given.Contains(u) && f.failed[u] == nil {
				f.again(u)
			}
		}
	}
	return nil
}

// manyUIDs is more than any window that was cut by number.
const manyUIDs = 10 * fetchWindow

// doneAlone judges the answer for one message. Without a trace of it, it is gone.
func (f *fetch) doneAlone(uid mail.UID, refused, garbled error) error {
	if f.given.Contains(uid) || f.failed[uid] != nil {
		return nil
	}
	op := fmt.Sprintf("fetch UID %d", uid)
	switch {
	case refused != nil:
		f.failed[uid] = describe(op, refused)
		if f.refusals++; f.refusals >= maxRefusals && f.given.Empty() {
			return refused
		}
	case garbled != nil:
		f.failed[uid] = describe(op, garbled)
	case f.hinted.Contains(uid):
		f.failed[uid] = describe(op, &SyntaxError{What: "an answer without the message"})
	}
	return nil
}

// halve asks again for what a refused command did not give.
func (f *fetch) halve(set mail.UIDSet) {
	n := set.Len()
	if n == 1 {
		for u := range set.All() {
			f.again(u)
		}
		return
	}
	for _, half := range set.Split((n + 1) / 2) {
		f.queue = append(f.queue, window{set: half})
	}
}

func (f *fetch) untagged(r response) (bool, error) {
	if r.num < 0 || !equalFold(r.name, "FETCH") {
		return false, nil
	}
	err := f.message()
	var malformed *SyntaxError
	if err == nil && len(f.failed) > maxFaults {
		err = &SyntaxError{What: "too many messages that can not be read"}
		f.c.p.in.err = err
	}
	if err != nil && f.c.p.in.err == nil && errors.As(err, &malformed) {
		f.garbled = err
		return true, f.c.p.rest()
	}
	return true, err
}

// message reads one FETCH response and hands out its body.
func (f *fetch) message() error {
	p := &f.c.p
	p.spaces()
	if err := p.expect('('); err != nil {
		return err
	}
	f.m = mail.Message{}
	m := &f.m
	var got have
	held := false // the body is in f.early
	for {
		at, err := f.c.attribute(m, &got)
		if err == nil && at == sectionHeader {
			err = p.skip()
		}
		if err != nil {
			return err
		}
		if at == sectionEnd {
			break
		}
		if at != sectionBody {
			continue
		}
		if got&haveBody != 0 {
			if err := p.skip(); err != nil {
				return err
			}
			continue
		}
		streamed, err := f.section(m, &got, &held)
		if err != nil || streamed {
			return err
		}
	}
	return f.finishHeld(m, got, held)
}

// section reads the value of BODY[]: it hands it out if all else is known, holds
// it if it is small, and skips it otherwise. streamed means that the response has
// been read to its end.
func (f *fetch) section(m *mail.Message, got *have, held *bool) (streamed bool, err error) {
	p := &f.c.p
	n, isLiteral := p.literal()
	if !isLiteral {
		if p.peek() != '"' {
			return false, p.skip() // NIL: the server has no body
		}
		s, err := p.quoted()
		if err != nil {
			return false, err
		}
		*got |= haveBody
		*held = true
		f.early = append(f.early[:0], s...)
		return false, nil
	}
	f.complete(m, *got)
	known := f.known(m, *got)
	switch {
	case known && (!f.uids.Contains(m.UID) || f.given.Contains(m.UID)):
		// Nobody asked, or it came twice.
	case known && n > f.c.lim.Literal:
		f.failed[m.UID] = &mail.Error{
			Op: fmt.Sprintf("fetch UID %d", m.UID), Kind: mail.ErrTooBig,
			Err: fmt.Errorf("%d bytes, and the limit is %d", n, f.c.lim.Literal),
		}
	case known:
		return true, f.stream(m, n)
	case n <= f.c.lim.Early:
		if f.early, err = p.in.appendLiteral(f.early[:0], n); err != nil {
			return false, err
		}
		*got |= haveBody
		*held = true
		return false, p.advance()
	}
	*got |= haveBody
	if err := p.skipLiteral(n); err != nil {
		return false, err
	}
	return false, p.advance()
}

// current is the message that the oldest open command asks for by itself, or 0.
func (f *fetch) current() mail.UID {
	if len(f.open) == 0 {
		return 0
	}
	return f.open[0].uid
}

// complete fills in what is known of a message that was asked for by itself. Its
// body may come before its UID: it is the only one that was asked for.
func (f *fetch) complete(m *mail.Message, got have) {
	alone := f.current()
	if alone == 0 || f.open[0].meta || (got&haveUID != 0 && m.UID != alone) {
		return
	}
	m.UID = alone
	if got&haveFlags == 0 && f.alone.UID == alone {
		m.Flags = f.alone.Flags
	}
	if got&haveDate == 0 && f.alone.UID == alone {
		m.InternalDate = f.alone.InternalDate
	}
}

// known reports whether all is known that fn is told of a message. A message that
// was asked for by itself may lack a date: some servers have none.
func (f *fetch) known(m *mail.Message, got have) bool {
	if alone := f.current(); alone != 0 && m.UID == alone && f.alone.UID == alone && !f.open[0].meta {
		return true
	}
	const need = haveUID | haveFlags | haveDate
	return got&need == need
}

// finishHeld ends a response whose body did not go out as it came.
func (f *fetch) finishHeld(m *mail.Message, got have, held bool) error {
	if held {
		f.complete(m, got)
	}
	if m.UID == 0 {
		if got&(haveBody|haveDate|haveSize) != 0 {
			return &SyntaxError{What: "an answer without a UID"}
		}
		return nil // flags that nobody asked for: without CONDSTORE they need no UID
	}
	if !f.uids.Contains(m.UID) || f.given.Contains(m.UID) || f.failed[m.UID] != nil {
		return nil
	}
	if !held {
		if m.UID == f.current() && got&haveFlags != 0 {
			f.alone = *m // flags, at least
		}
		return f.hint(m.UID)
	}
	if !f.known(m, got) {
		return f.hint(m.UID)
	}
	m.Size = int64(len(f.early))
	err := f.give(m, bytes.NewReader(f.early))
	if cap(f.early) > bufferSize {
		f.early = nil
	}
	return err
}

// maxFaults is how many messages of one call may have no answer that can be used:
// beyond it, it is the server that can not be used.
const maxFaults = 10000

// hint notes that a message exists although its answer can not be used; done asks
// for it again.
func (f *fetch) hint(uid mail.UID) error {
	if f.hinted.Contains(uid) {
		return nil
	}
	if f.hints++; f.hints > maxFaults {
		f.c.p.in.err = &SyntaxError{What: "too many answers without a message"}
		return f.c.p.in.err
	}
	f.hinted.Add(uid)
	return nil
}

// give calls fn.
func (f *fetch) give(m *mail.Message, r io.Reader) error {
	f.given.Add(m.UID)
	f.c.took = true
	if err := f.fn(*m, r); err != nil {
		f.stopped = err
		return errStop
	}
	return nil
}

// stream hands out a body of n bytes and reads the response to its end.
func (f *fetch) stream(m *mail.Message, n int64) error {
	m.Size = n
	f.body = body{f: f, uid: m.UID, left: n}
	b := &f.body
	if n == 0 {
		if err := b.finish(); err != nil {
			return err
		}
	}
	stop := f.give(m, b)
	if b.err != nil {
		return b.err // the connection is lost; what fn made of that comes second to its own error
	}
	if stop != nil && b.left > maxDrop {
		f.c.kill(errClosed)
		return stop
	}
	if !b.finished {
		if err := f.c.p.in.discard(b.left); err != nil {
			return err
		}
		if err := b.finish(); err != nil {
			return err
		}
	}
	return stop
}
