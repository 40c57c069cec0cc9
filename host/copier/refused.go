package copier

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A NO does not prove that nothing was stored: servers fail behind the commit,
// and some answer for a whole batch. So whoever was refused is looked up first and
// sent again, or given up, after that.

// halve takes a refused parcel apart, down to the message that is to blame. It
// runs when nothing else is on its way, and waits for each answer.
func (x *crossing) halve(ctx context.Context, q *parcel) error {
	if err := x.quiet(ctx); err != nil {
		return err
	}
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
		if err := x.refuse(ctx, pc); err != nil {
			return err
		}
	}
	middle := len(again) / 2
	for _, pieces := range [][]*piece{again[:middle], again[middle:]} {
		if len(pieces) == 0 {
			continue
		}
		half := &parcel{pieces: pieces, next: q.next}
		receipt, err := x.w.Append(ctx, x.uploads(half))
		var uids []mail.UID
		if err == nil {
			uids, err = receipt.Wait(ctx)
		}
		again, err := x.settle(ctx, half, uids, err)
		if again {
			err = x.halve(ctx, half)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refuse ends the way of a message that the target does not take. A full
// destination ends the run.
func (x *crossing) refuse(ctx context.Context, pc *piece) error {
	x.release(pc)
	if err := x.forget(ctx, x.pairs[x.n], mail.UIDs(pc.uid)); err != nil {
		return err
	}
	if errors.Is(pc.refusal, mail.ErrQuota) {
		return pc.refusal
	}
	x.keepBack(pc.uid, task.FateFailed, pc.refusal.Error())
	return nil
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
		e := Entry{UID: pc.uid, State: EntryDone, Size: pc.size, Fingerprint: pc.fingerprint, Flags: pc.base}
		sent = append(sent, namelessOf(pc, e))
	}
	if err := x.nameByDigest(ctx, sent, added); err != nil {
		return nil, err
	}
	var there, missing []*piece
	var put []Entry
	for i, pc := range q.pieces {
		if sent[i].entry.TargetUID == 0 {
			missing = append(missing, pc)
			continue
		}
		there, put = append(there, pc), append(put, sent[i].entry)
	}
	if err := x.record(ctx, x.pairs[x.n], put); err != nil {
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
