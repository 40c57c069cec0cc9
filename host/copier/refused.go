package copier

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
)

// A NO does not prove that nothing was stored: servers fail behind the commit,
// and some answer for a whole batch. So whoever was refused is looked up first and
// sent again, or given up, after that.

// setAside keeps a refused parcel until the stages are at rest. Until then nothing
// more is fetched: a destination that is full would refuse that too.
func (x *crossing) setAside(q *parcel) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.aside = append(x.aside, q)
}

// refusing reports whether something has been refused and is not dealt with yet.
func (x *crossing) refusing() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.aside) > 0
}

// takeApart deals with refused parcels: each is halved, down to the message that is
// to blame. The stages are at rest, and each answer is waited for.
func (x *crossing) takeApart(ctx context.Context) error {
	for x.refusing() {
		last := len(x.aside) - 1
		q := x.aside[last]
		x.aside = x.aside[:last]
		missing, err := x.notThere(ctx, q)
		if err != nil {
			return err
		}
		var again []*piece
		for _, pc := range missing {
			if pc.refusal == nil {
				again = append(again, pc)
				continue
			}
			if err := x.offerAgain(ctx, pc); err != nil {
				return err
			}
		}
		middle := len(again) / 2
		for _, pieces := range [][]*piece{again[:middle], again[middle:]} {
			if err := x.resend(ctx, &parcel{pieces: pieces, next: q.next}); err != nil {
				return err
			}
		}
	}
	return nil
}

// resend downloads the messages of a parcel once more and appends them.
func (x *crossing) resend(ctx context.Context, q *parcel) error {
	if err := x.reload(ctx, q); err != nil {
		return err
	}
	if len(q.pieces) == 0 {
		return nil
	}
	return x.append(ctx, q)
}

// append sends a parcel whose messages are here and waits for the answer.
func (x *crossing) append(ctx context.Context, q *parcel) error {
	if x.rewrites { // what is sent need not be what the intents say
		if err := x.intend(ctx, x.intents(q)); err != nil {
			x.unload(q)
			return err
		}
	}
	receipt, err := x.w.Append(ctx, x.uploads(q))
	x.unload(q)
	var uids []mail.UID
	if err == nil {
		uids, err = receipt.Wait(ctx)
	}
	return x.settle(ctx, q, uids, err)
}

// reload downloads what a parcel needs that was unloaded. Messages that have
// vanished at the source meanwhile leave the parcel.
func (x *crossing) reload(ctx context.Context, q *parcel) error {
	wanted := make(map[mail.UID]*piece)
	uids := make([]mail.UID, 0, len(q.pieces))
	for _, pc := range q.pieces {
		wanted[pc.uid] = pc
		uids = append(uids, pc.uid)
	}
	if len(uids) == 0 {
		return nil
	}
	q.pieces = nil
	arrived, err := x.download(ctx, mail.UIDs(uids...), func(m mail.Message, body io.Reader) error {
		pc := wanted[m.UID]
		before := pc.fingerprint
		if m.Size != pc.size {
			return x.otherBytes(pc)
		}
		if err := x.load(ctx, pc, body, m.Size > x.opts.StreamFrom); err != nil {
			return err
		}
		if pc.fingerprint != before {
			x.drop(pc)
			return x.otherBytes(pc)
		}
		if x.rewrites {
			if passes, err := x.rewrite(ctx, pc, m); err != nil || !passes {
				x.drop(pc)
				return err
			}
			if passes, err := x.dress(ctx, pc); err != nil || !passes {
				x.drop(pc)
				return err
			}
		}
		q.pieces = append(q.pieces, pc)
		return nil
	})
	// They were one parcel before, so they share one crate, which they hold.
	x.letGo(x.gather.crate)
	x.gather = &parcel{}
	if err != nil {
		return err
	}
	return x.forget(ctx, x.pairs[x.n], minusSet(mail.UIDs(uids...), arrived))
}

// otherBytes is the error for a message that is not what it was a moment ago.
func (x *crossing) otherBytes(pc *piece) error {
	return sourceErr(&againError{fmt.Errorf("fetch %s/%d: %w", x.folder.Name, pc.uid, mail.ErrShortBody)})
}

// refuse ends the way of a message that the target does not take. A full
// destination ends the run.
func (x *crossing) refuse(ctx context.Context, pc *piece) error {
	if err := x.forget(ctx, x.pairs[x.n], mail.UIDs(pc.uid)); err != nil {
		return err
	}
	if errors.Is(pc.refusal, mail.ErrQuota) {
		return pc.refusal
	}
	return x.abandon(ctx, pc.trouble(StageAppend), pc.refusal.Error(), pc.refusal)
}

// notThere looks for the messages of a refused parcel at the target, records
// those that were stored all the same, and returns the others. Nothing else is on
// its way.
func (x *crossing) notThere(ctx context.Context, q *parcel) ([]*piece, error) {
	if err := x.name(ctx); err != nil { // equal ones that were taken have the first claim
		return nil, err
	}
	added, err := x.traits(ctx, x.w, mail.UIDSpan(q.next, 1<<32-1), x.told)
	if err != nil {
		return nil, targetErr(fmt.Errorf("look into %s: %w", x.to, err))
	}
	if len(added) == 0 {
		return q.pieces, nil
	}
	sent := make([]unnamed, 0, len(q.pieces))
	for _, pc := range q.pieces {
		sent = append(sent, namelessOf(pc, pc.entry(EntryDone)))
	}
	if err := x.nameByDigest(ctx, sent, added); err != nil {
		return nil, err
	}
	var there, missing []*piece
	var put []Entry
	var deliveries []Delivery
	for i, pc := range q.pieces {
		if sent[i].entry.TargetUID == 0 {
			missing = append(missing, pc)
			continue
		}
		there, put = append(there, pc), append(put, sent[i].entry)
		deliveries = append(deliveries, x.ofPiece(pc, sent[i].entry)...)
	}
	if err := x.post(ctx, x.pairs[x.n], put, deliveries); err != nil {
		return nil, err
	}
	x.tell(put)
	x.count(there)
	if len(there) > 0 {
		x.log.Info("refused, and there all the same", "folder", x.to, "messages", len(there))
	}
	return missing, nil
}

// tell remembers which UIDs at the target are known.
func (x *crossing) tell(entries []Entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range entries {
		if e.TargetUID != 0 {
			x.told.Add(e.TargetUID)
			x.next = max(x.next, e.TargetUID+1)
		}
	}
}
