package copier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A flight is a parcel that has left and waits for its answer.
type flight struct {
	*parcel
	receipt mail.Receipt
}

// send carries flags while the first window is on its way from the source, and then
// appends parcels as they come. A parcel whose first byte has left is sent to
// its end although ctx ends, unless late does too: half a batch would leave open
// what became of it.
func (x *crossing) send(ctx, late context.Context) error {
	if err := x.carryPair(ctx, x.n); err != nil {
		return err
	}
	for q := range x.parcels {
		if err := x.dispatch(ctx, late, q); err != nil {
			return err
		}
	}
	return nil
}

// quiet waits until nothing is on its way.
func (x *crossing) quiet(ctx context.Context) error {
	for i := range cap(x.slots) {
		select {
		case x.slots <- struct{}{}:
		case <-ctx.Done():
			for range i {
				<-x.slots
			}
			return ctx.Err()
		}
	}
	for range cap(x.slots) {
		<-x.slots
	}
	return nil
}

// dispatch sends one parcel off.
func (x *crossing) dispatch(ctx, late context.Context, q *parcel) (err error) {
	if q.handedOn != nil {
		defer func() { q.err = err; close(q.handedOn) }()
	}
	if q.alone {
		if err := x.quiet(ctx); err != nil {
			return err
		}
	}
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := x.intend(ctx, x.intents(q)); err != nil {
		<-x.slots
		return err
	}
	receipt, err := x.w.Append(late, x.uploads(q))
	x.unload(q)
	if err != nil {
		<-x.slots
		return x.refusedAtOnce(ctx, q, err)
	}
	x.flying <- flight{q, receipt} // has room: there are as many slots
	if q.alone {
		return x.quiet(ctx)
	}
	return nil
}

// unload gives back the memory of a parcel that has left. What is refused later is
// downloaded again: that is rare, and holding everything until its answer is here
// would take the memory of a round trip's worth of mail.
func (x *crossing) unload(q *parcel) {
	for _, pc := range q.pieces {
		pc.examine()
		x.release(pc)
		pc.memory, pc.crate, pc.spool = nil, nil, nil
	}
}

// refusedAtOnce deals with a parcel whose append gave an error instead of a receipt.
func (x *crossing) refusedAtOnce(ctx context.Context, q *parcel, err error) error {
	if cut := q.pieces[0].cutShort(err); cut != nil && ctx.Err() == nil {
		pc := q.pieces[0]
		if err := x.suspect(ctx, pc.trouble(StageFetch), cut); err != nil {
			return err
		}
		if !mail.OutcomeUnknown(err) {
			if err := x.forget(ctx, x.pairs[x.n], mail.UIDs(pc.uid)); err != nil {
				return err
			}
		}
		return sourceErr(&againError{fmt.Errorf("fetch %s/%d: %w", x.folder.Name, pc.uid, cut)})
	}
	return x.settle(ctx, q, nil, err)
}

// intents are the entries that say what is about to be appended.
func (x *crossing) intents(q *parcel) []Entry {
	out := make([]Entry, 0, len(q.pieces))
	x.mu.Lock()
	q.next = x.next
	x.mu.Unlock()
	for _, pc := range q.pieces {
		e := pc.entry(EntryIntent)
		e.TargetNext = q.next
		if e.TargetUID != 0 {
			e.TargetValidity = x.w.Status().UIDValidity
		}
		out = append(out, e)
	}
	return out
}

func (x *crossing) uploads(q *parcel) []mail.Upload {
	out := make([]mail.Upload, 0, len(q.pieces))
	for _, pc := range q.pieces {
		out = append(out, mail.Upload{Flags: x.keptOf(pc.flags), InternalDate: pc.date, Size: pc.sentSize(), Body: pc.body()})
	}
	return out
}

// keptOf leaves out the flags that the target folder does not store.
func (x *crossing) keptOf(flags []mail.Flag) []mail.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f mail.Flag) bool {
		keeps, known := x.keeps[f]
		if !known {
			keeps = x.w.KeepsFlag(f)
			x.keeps[f] = keeps
		}
		return !keeps
	})
}

// settleAll waits for the answers in the order in which the parcels left. After
// an error it goes on: what has been stored is recorded.
func (x *crossing) settleAll(ctx context.Context, stop func()) error {
	for f := range x.flying {
		uids, err := f.receipt.Wait(ctx)
		if err := x.settle(ctx, f.parcel, uids, err); err != nil {
			x.fail(err)
			stop()
		}
		<-x.slots
	}
	return nil
}

// settle records what became of a parcel. Messages of it that were refused are set
// aside; an error ends the crossing. Intents without a clear end stay: the next
// attempt looks them up.
func (x *crossing) settle(ctx context.Context, q *parcel, uids []mail.UID, err error) error {
	var each *mail.BatchError
	switch {
	case err == nil:
		return x.stored(ctx, q, uids, nil)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &each) && len(each.Errs) == len(q.pieces):
		return x.stored(ctx, q, uids, each.Errs)
	case mail.OutcomeUnknown(err):
		if err := x.suspectAll(ctx, q, err); err != nil {
			return err
		}
		return targetErr(&againError{fmt.Errorf("append to %s: %w", x.to, err)})
	}
	err = targetErr(fmt.Errorf("append to %s: %w", x.to, err))
	if x.endsAll(err) {
		return err
	}
	if len(q.pieces) == 1 {
		q.pieces[0].refusal = err
	}
	x.setAside(q)
	return nil
}

// endsAll reports whether a refusal concerns more than the messages of one parcel.
func (x *crossing) endsAll(err error) bool {
	return fatal(err) || worthRetry(err) || isAny(err, mail.ErrDenied, mail.ErrNoFolder)
}

// stored records the messages that the target took, and sets aside those that it
// refused.
func (x *crossing) stored(ctx context.Context, q *parcel, uids []mail.UID, errs []error) error {
	entries := make([]Entry, 0, len(q.pieces))
	var taken []*piece
	var nameless []unnamed
	var deliveries []Delivery
	for i, pc := range q.pieces {
		if errs != nil && errs[i] != nil {
			continue
		}
		e := pc.entry(EntryDone)
		if i < len(uids) && uids[i] != 0 {
			e.TargetUID = uids[i]
		} else {
			nameless = append(nameless, namelessOf(pc, e))
		}
		entries, taken = append(entries, e), append(taken, pc)
		deliveries = append(deliveries, x.ofPiece(pc, e)...)
	}
	if err := x.recordSoon(ctx, entries, deliveries); err != nil {
		return err
	}
	x.tell(entries)
	x.mu.Lock()
	x.unnamed = append(x.unnamed, nameless...)
	x.mu.Unlock()
	x.count(taken)
	var refused []*piece
	for i, pc := range q.pieces {
		if errs == nil || errs[i] == nil {
			continue
		}
		if mail.OutcomeUnknown(errs[i]) {
			if err := x.suspect(ctx, pc.trouble(StageAppend), errs[i]); err != nil {
				return err
			}
			return targetErr(&againError{fmt.Errorf("append to %s: %w", x.to, errs[i])})
		}
		pc.refusal = targetErr(fmt.Errorf("append to %s: %w", x.to, errs[i]))
		if x.endsAll(pc.refusal) {
			return pc.refusal
		}
		refused = append(refused, pc)
	}
	if q.pieces = refused; len(refused) > 0 {
		x.setAside(q)
	}
	return nil
}

// count adds messages that were stored.
func (x *crossing) count(taken []*piece) {
	var size int64
	var by []string
	x.pass.mu.Lock()
	for _, pc := range taken {
		size += pc.sentSize()
		x.copied.Add(pc.uid)
		if pc.made != nil {
			x.rewritten.Add(pc.uid)
			by = append(by, pc.made.by)
		}
	}
	rewritten := int64(x.rewritten.Len())
	x.settles += len(taken)
	x.pass.bytes += size
	x.pass.mu.Unlock()
	x.tally.change(x.row, func(f *task.FolderReport) {
		f.Copied += int64(len(taken))
		f.Bytes += size
		f.Rewritten = rewritten
	})
	x.tally.rewritten(1, by...)
	x.log.Debug("appended", "folder", x.to, "messages", len(taken), "bytes", size)
}

func (x *crossing) suspectAll(ctx context.Context, q *parcel, err error) error {
	for _, pc := range q.pieces {
		if err := x.suspect(ctx, pc.trouble(StageAppend), err); err != nil {
			return err
		}
	}
	return nil
}
