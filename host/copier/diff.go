package copier

import (
	"context"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
)

// compare asks the source for its messages and their flags and fills in
// slot.now and p.todo. What is new is what the ledger does not know; there is no
// cursor that could move past a message.
func (p *pass) compare(ctx context.Context) error {
	status := p.reader.Status()
	before := p.before[p.pairs[0].ID]
	if before.UIDValidity == status.UIDValidity && before.HighestModSeq != 0 && status.HighestModSeq != 0 && !p.reconsider {
		done, err := p.compareChanged(ctx, before.HighestModSeq)
		if done || err != nil {
			return err
		}
	}
	return p.compareAll(ctx)
}

// compareChanged asks only for what changed since the last complete pass
// (RFC 7162 section 3.1.4.1); new messages have changed by that measure. It
// reports false, and leaves nothing behind, when the number of messages shows
// that this is not the whole truth: because some were expunged, for example.
func (p *pass) compareChanged(ctx context.Context, since uint64) (bool, error) {
	p.todo, p.sizes, p.seenFlags = mail.UIDSet{}, nil, [16]byte{}
	if err := p.scanFlags(ctx, since, func(mail.Message) {}); err != nil {
		return false, err
	}
	if len(p.index)+p.todo.Len() != int(p.reader.Status().Messages) {
		for i := range p.index {
			p.index[i].now = notThere
		}
		return false, nil
	}
	for i := range p.index {
		if s := &p.index[i]; s.now == notThere {
			s.now = s.base
		}
	}
	return true, nil
}

// compareAll asks for all messages.
func (p *pass) compareAll(ctx context.Context) error {
	p.todo, p.sizes = mail.UIDSet{}, nil
	n := 0
	digest := newFlagDigest()
	if err := p.scanFlags(ctx, 0, func(m mail.Message) {
		n++
		if p.status.HighestModSeq == 0 {
			digest.add(&m)
		}
	}); err != nil {
		return err
	}
	p.seenFlags = digest.sum()
	// Fewer than the server announced: some vanished, or it does not list what it
	// has. An entry of a message that is gone does no harm; one that is dropped
	// too early doubles the message. So nothing is dropped in this pass.
	p.complete = n >= int(p.reader.Status().Messages)
	return nil
}

func (p *pass) scanFlags(ctx context.Context, since uint64, each func(m mail.Message)) error {
	next := 0 // messages come in ascending order, so the next slot is usually the right one
	opts := mail.ScanOptions{Items: mail.ItemFlags, ChangedSince: since}
	if since > 0 || len(p.index) == 0 {
		// Most of the answers are about new messages, whose sizes are needed next.
		opts.Items |= mail.ItemSize
	}
	err := p.reader.Scan(ctx, everything, opts, func(m mail.Message) error {
		each(m)
		var s *slot
		if next < len(p.index) && p.index[next].uid == m.UID {
			s = &p.index[next]
			next++
		} else if s = p.index.find(m.UID); s == nil {
			p.todo.Add(m.UID)
			if opts.Items&mail.ItemSize != 0 {
				p.sizes = append(p.sizes, item{uid: m.UID, size: m.Size})
			}
			return nil
		}
		s.now = p.flags.number(m.Flags)
		return nil
	})
	strange, err := setAsideUnreadable(err)
	if err != nil {
		return sourceErr(fmt.Errorf("compare %s: %w", p.folder.Name, err))
	}
	for uid := range strange {
		// It is there, whatever its flags are.
		each(mail.Message{UID: uid})
		if s := p.index.find(uid); s == nil {
			p.todo.Add(uid)
		} else {
			s.now = s.base
		}
	}
	return nil
}
