package copier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// maxHeader is how much of a message is looked at for its header section.
const maxHeader = 1 << 20

// stream sends a large message on while it is still being downloaded: the length
// that the source announced is the length that the target is told. When the
// source ends early, the target's connection ends too and stores nothing of the
// message.
func (x *crossing) stream(ctx context.Context, pc *piece, body io.Reader) error {
	pc.passing = &witness{r: io.LimitReader(body, pc.size), sum: sha256.New()}
	if passes, err := x.dress(ctx, pc); err != nil || !passes {
		return err
	}
	q := &parcel{pieces: []*piece{pc}, bytes: pc.size, handedOn: make(chan struct{}), alone: x.alone(pc.uid)}
	if err := x.hand(ctx, q); err != nil {
		return err
	}
	// The sender lets go of the body whatever happens; until then it must not be
	// taken away.
	<-q.handedOn
	return q.err
}

// A witness sees a body pass by.
type witness struct {
	r    io.Reader
	sum  hash.Hash
	head []byte
	err  error // why the source ended early
}

func (t *witness) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	t.sum.Write(b[:n])
	if room := 64<<10 - len(t.head); room > 0 {
		t.head = append(t.head, b[:min(n, room)]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// examine takes over what the witness saw of a body that has been sent.
func (pc *piece) examine() {
	if t := pc.passing; t != nil {
		pc.fingerprint, pc.id = sumOf(t.sum), messageID(t.head)
	}
}

// cutShort returns why the source did not deliver the whole of a streamed body,
// which was why its append failed with err; nil when that was not the reason.
func (pc *piece) cutShort(err error) error {
	t := pc.passing
	switch {
	case t == nil:
		return nil
	case t.err != nil:
		return t.err
	case errors.Is(err, mail.ErrShortBody):
		return mail.ErrShortBody
	}
	return nil
}

// askMessage asks the filters that want to see the whole message. It reports
// whether the message goes on to this crossing's folder.
func (x *crossing) askMessage(ctx context.Context, pc *piece, m mail.Message) (bool, error) {
	m.Header = pc.header()
	c := &Candidate{Source: x.source.name, Folder: x.folder, Target: x.to, Message: m, Body: pc.content()}
	v, err := x.hooks.FilterMessage(ctx, c)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	target, fate := x.judgeVerdict(&pc.item, c, v, err)
	switch {
	case fate == task.FateSkipped:
		return false, x.skipAll(ctx, []skip{{pc.uid, pc.size, pc.base, reason(v, "skipped")}})
	case fate != "":
		return false, nil
	case target != x.to:
		// Another folder, another writer: it is fetched again when this one is done.
		if pc.verdict == nil {
			pc.verdict = &effects{}
		}
		pc.verdict.asked = true
		pc.replaces = 0 // what it would have replaced is in this folder
		x.elsewhere.add(target, pc.item)
		return false, nil
	}
	return true, nil
}

// headerOf returns the header section at the beginning of a message, with the
// empty line at its end.
func headerOf(body io.Reader) []byte {
	var head []byte
	chunk := make([]byte, 16<<10)
	for len(head) < maxHeader {
		n, err := body.Read(chunk)
		from := max(0, len(head)-3)
		head = append(head, chunk[:n]...)
		if end := headerEnd(head, from); end >= 0 {
			return head[:end]
		}
		if err != nil {
			break
		}
	}
	return head
}

// headerIn is headerOf a message that is in memory.
func headerIn(message []byte) []byte {
	head := message[:min(len(message), maxHeader)]
	if end := headerEnd(head, 0); end >= 0 {
		return head[:end]
	}
	return head
}

// headerEnd returns the offset behind the first empty line, or -1. b[:from] is
// known to hold none.
func headerEnd(b []byte, from int) int {
	if bytes.HasPrefix(b, []byte("\r\n")) {
		return 2
	}
	if bytes.HasPrefix(b, []byte("\n")) {
		return 1
	}
	end := -1
	for _, empty := range []string{"\n\r\n", "\n\n"} {
		if i := bytes.Index(b[from:], []byte(empty)); i >= 0 {
			end = from + i + len(empty)
			b = b[:end-1] // the other kind counts only before this one
		}
	}
	return end
}
