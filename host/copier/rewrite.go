package copier

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// What a hook has rewritten is known by what was sent: size and fingerprint in the
// ledger are those of the copy. So an append whose end is unknown is found again, a
// copy can be read back, and whether it is as it was stored can be told without
// asking the hook again. That is why a message that may be rewritten is never
// streamed: its fingerprint has to be in the intent, before the first byte leaves.

// A made message is stored in place of the one that the source has.
type made struct {
	at          io.ReaderAt // nil once it has left
	size        int64
	fingerprint [16]byte
	by          string
	close       func() // may be nil
}

func (m *made) reader() io.Reader { return io.NewSectionReader(m.at, 0, m.size) }

// remake asks what is stored in place of a message. It returns nil where that is the
// message itself, whose fingerprint is given.
func (r *run) remake(ctx context.Context, q *RewriteQuestion, fingerprint [16]byte) (*made, Rewrite, error) {
	q.Spool = r.opts.Spool
	answer, err := r.hooks.RewriteMessage(ctx, q)
	m := &made{at: answer.Message, size: answer.Size, by: answer.By, close: answer.Close}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil || answer.Message == nil || answer.Action != ActionPass {
		m.discard()
		return nil, answer, err
	}
	if m.fingerprint, err = m.print(); err != nil {
		m.discard()
		return nil, answer, err
	}
	if m.size == q.Message.Size && m.fingerprint == fingerprint {
		m.discard()
		return nil, answer, nil
	}
	return m, answer, nil
}

// print reads the message once: that it is here as a whole is found out before it
// is announced to the target.
func (m *made) print() ([16]byte, error) {
	counted := &counter{r: m.reader()}
	fp, err := Fingerprint(counted)
	if err == nil && counted.n != m.size {
		err = io.ErrUnexpectedEOF
	}
	return fp, err
}

// discard gives back what the message holds.
func (m *made) discard() {
	if m.close != nil {
		m.close()
	}
	m.at, m.close = nil, nil
}

// A counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// rewrite asks the hooks what is stored in place of a message that has been loaded. It
// reports whether anything is.
func (x *crossing) rewrite(ctx context.Context, pc *piece, m mail.Message) (bool, error) {
	pc.made = nil // of an earlier attempt
	m.Header = pc.header()
	q := &RewriteQuestion{
		Candidate: Candidate{Source: x.source.name, Folder: x.folder, Target: x.to, Message: m, Body: pc.content()},
		Attempt:   pc.attempt,
	}
	if pc.refused != nil {
		q.Refusal = pc.refused.Error()
	}
	made, answer, err := x.remake(ctx, q, pc.fingerprint)
	v := Verdict{By: answer.By, Note: answer.Note}
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		x.keepBack(pc.uid, task.FateHeld, fmt.Sprintf("the rewriting failed: %v", err))
		return false, nil
	case answer.Action == ActionSkip:
		return false, x.skipAll(ctx, []skip{{pc.uid, pc.size, pc.base, reason(v, "skipped")}})
	case answer.Action == ActionDefer:
		x.keepBack(pc.uid, task.FateHeld, reason(v, "deferred"))
		return false, nil
	case answer.Action != ActionPass:
		x.keepBack(pc.uid, task.FateHeld, fmt.Sprintf("%s answered with the unknown action %d", answer.By, answer.Action))
		return false, nil
	case made == nil:
		return true, nil
	}
	pc.made = made
	x.mu.Lock()
	x.unsent[pc] = made
	x.mu.Unlock()
	x.log.Debug("message rewritten", "folder", x.folder.Name, "uid", pc.uid, "by", made.by, "size", made.size, "note", answer.Note)
	return true, nil
}

// sentSize is the size of what is stored.
func (pc *piece) sentSize() int64 {
	if pc.made != nil {
		return pc.made.size
	}
	return pc.size
}

// sentPrint is the fingerprint of what is stored.
func (pc *piece) sentPrint() [16]byte {
	if pc.made != nil {
		return pc.made.fingerprint
	}
	return pc.fingerprint
}

// entry is what the ledger learns of a piece: of what is stored.
func (pc *piece) entry(state EntryState) Entry {
	e := Entry{UID: pc.uid, State: state, Size: pc.sentSize(), Fingerprint: pc.sentPrint(), Flags: pc.base}
	if state == EntryIntent {
		e.TargetUID = pc.replaces
	}
	return e
}

// discardMade gives back what a rewritten piece holds; what it was stays known.
func (x *crossing) discardMade(pc *piece) {
	if pc.made == nil {
		return
	}
	x.mu.Lock()
	delete(x.unsent, pc)
	x.mu.Unlock()
	pc.made.discard()
}

// The ladder: a message that the target refuses for good is offered to the rewriting
// hooks again, which are told why and how often. What comes of it is sent alone, and if
// that is refused too, the hooks are asked once more; the last step is to give up.

// offers reports whether the hooks are asked again about a message that was refused.
// A full destination would refuse every version.
func (x *crossing) offers(pc *piece) bool {
	return x.rewrites && pc.attempt < MaxAttempt && !errors.Is(pc.refusal, mail.ErrQuota)
}

// offerAgain asks the hooks again and sends what comes of it. A message that they do
// not change any further is refused.
func (x *crossing) offerAgain(ctx context.Context, pc *piece) error {
	again, err := x.nextVersion(ctx, pc)
	if err != nil || !again {
		return err
	}
	return x.append(ctx, &parcel{pieces: []*piece{pc}})
}

// nextVersion is a rung of the ladder for a message that was refused and is known not
// to be there. It reports whether there is another version to send.
func (x *crossing) nextVersion(ctx context.Context, pc *piece) (bool, error) {
	if !x.offers(pc) {
		return false, x.refuse(ctx, pc)
	}
	// If the next version is sent, that is told anew.
	if err := x.forget(ctx, x.pairs[x.n], mail.UIDs(pc.uid)); err != nil {
		return false, err
	}
	refusal, was := pc.refusal, pc.sentPrint()
	pc.attempt++
	pc.refused, pc.refusal = refusal, nil
	q := &parcel{pieces: []*piece{pc}}
	if err := x.reload(ctx, q); err != nil || len(q.pieces) == 0 {
		return false, err
	}
	if pc.sentPrint() == was {
		x.unload(q)
		pc.refusal = refusal
		return false, x.refuse(ctx, pc)
	}
	x.log.Info("refused, and offered again", "folder", x.to, "uid", pc.uid, "attempt", pc.attempt, "error", refusal)
	return true, nil
}
