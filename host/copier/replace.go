package copier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A message of the target is replaced in this order, and alone:
//
//  1. An intent is committed that names it, as the UID at the target.
//  2. The message of the source is appended.
//  3. The copy is read back.
//  4. The old message is deleted.
//  5. The intent becomes done, with the UID of the copy.
//
// Until the last step the intent stays open. Whatever breaks before, the next attempt
// looks for the copy. If it is there, the work goes on at 3; if not, the message is new
// again, and the old one is still there to be in conflict with.

// replaceAll carries messages that take the place of others.
func (x *crossing) replaceAll(ctx context.Context, items []item) error {
	done := x.replaced
	for _, it := range items {
		pc, err := x.fetchOne(ctx, it)
		if err != nil {
			return err
		}
		if pc == nil {
			continue
		}
		if err := x.replace(ctx, pc); err != nil {
			return err
		}
	}
	if n := x.replaced - done; n > 0 {
		x.tally.note("%s: %s replaced", x.to, count(int64(n), "message"))
	}
	return nil
}

// apart takes the items that replace something away from the others.
func apart(items []item) (others, replacing []item) {
	for _, it := range items {
		if it.replaces != 0 {
			replacing = append(replacing, it)
		} else {
			others = append(others, it)
		}
	}
	return others, replacing
}

// fetchOne downloads a message and asks about it all that is asked. It returns nil when
// the message goes no further.
func (x *crossing) fetchOne(ctx context.Context, it item) (*piece, error) {
	var out *piece
	_, err := x.download(ctx, mail.UIDs(it.uid), func(m mail.Message, body io.Reader) error {
		pc := &piece{item: it, size: m.Size, base: mail.CleanFlags(m.Flags), date: m.InternalDate}
		if err := x.load(ctx, pc, body, m.Size > x.opts.StreamFrom); err != nil {
			return err
		}
		for _, ask := range []func() (bool, error){
			func() (bool, error) {
				if !x.asks || it.verdict != nil && it.verdict.asked {
					return true, nil
				}
				return x.askMessage(ctx, pc, m)
			},
			func() (bool, error) {
				if !x.rewrites {
					return true, nil
				}
				return x.rewrite(ctx, pc, m)
			},
			func() (bool, error) { return x.dress(ctx, pc) },
		} {
			if passes, err := ask(); err != nil || !passes {
				x.drop(pc)
				return err
			}
		}
		out = pc
		return nil
	})
	x.letGo(x.gather.crate)
	x.gather = &parcel{}
	if err != nil && out != nil {
		x.release(out)
		out = nil
	}
	return out, err
}

// replace sends a message that has been loaded, and deletes the one that it replaces.
func (x *crossing) replace(ctx context.Context, pc *piece) error {
	for {
		like, err := readPrints(pc.body(), false)
		if err != nil {
			x.release(pc)
			return err
		}
		q := &parcel{pieces: []*piece{pc}}
		intents := x.intents(q)
		if err := x.intend(ctx, intents); err != nil {
			x.release(pc)
			return err
		}
		copied, err := x.sendOne(ctx, q)
		if err != nil {
			return err
		}
		if copied != 0 {
			return x.settleReplacement(ctx, pc, intents[0], copied, like)
		}
		again, err := x.nextVersion(ctx, pc)
		if err != nil || !again {
			return err
		}
	}
}

// sendOne appends a parcel of one message and returns the UID that it was given; 0 when
// the target has refused it, which its refusal tells.
func (x *crossing) sendOne(ctx context.Context, q *parcel) (mail.UID, error) {
	pc := q.pieces[0]
	receipt, err := x.w.Append(ctx, x.uploads(q))
	x.unload(q)
	var uids []mail.UID
	if err == nil {
		uids, err = receipt.Wait(ctx)
	}
	var each *mail.BatchError
	if errors.As(err, &each) && len(each.Errs) == 1 {
		err = each.Errs[0]
	}
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err == nil && len(uids) == 1 && uids[0] != 0:
		return uids[0], nil
	case mail.OutcomeUnknown(err):
		if given := x.suspect(ctx, pc.trouble(StageAppend), err); given != nil {
			return 0, given
		}
		return 0, targetErr(&againError{fmt.Errorf("append to %s: %w", x.to, err)})
	case err != nil && x.endsAll(targetErr(err)):
		return 0, targetErr(fmt.Errorf("append to %s: %w", x.to, err))
	}
	// Not told (no UIDPLUS), or refused and stored all the same.
	added, ferr := x.traits(ctx, x.w, mail.UIDSpan(q.next, 1<<32-1), x.told)
	if ferr != nil {
		return 0, targetErr(fmt.Errorf("look into %s: %w", x.to, ferr))
	}
	sent := []unnamed{namelessOf(pc, pc.entry(EntryDone))}
	if ferr := x.nameByDigest(ctx, sent, added); ferr != nil {
		return 0, ferr
	}
	switch copied := sent[0].entry.TargetUID; {
	case copied != 0:
		return copied, nil
	case err != nil:
		pc.refusal = targetErr(fmt.Errorf("append to %s: %w", x.to, err))
		return 0, nil
	case len(added) == 1: // changed by the server; reading it back tells
		return added[0].uid, nil
	}
	why := errors.New("the server said OK, but the message is not there")
	if given := x.suspect(ctx, pc.trouble(StageAppend), why); given != nil {
		return 0, given
	}
	return 0, targetErr(&againError{fmt.Errorf("append to %s: %w", x.to, why)})
}

// settleReplacement deletes what was replaced and records the copy.
func (x *crossing) settleReplacement(ctx context.Context, pc *piece, intent Entry, copied mail.UID, like prints) error {
	if err := x.supplant(ctx, x.pairs[x.n], intent, copied, like); err != nil {
		return err
	}
	e := pc.entry(EntryDone)
	e.TargetUID = copied
	put := []Entry{e}
	if err := x.post(ctx, x.pairs[x.n], put, x.ofPiece(pc, e)); err != nil {
		return err
	}
	x.tell(put)
	x.count([]*piece{pc})
	return nil
}

// supplant deletes the message that an intent names, once the copy that replaces it is
// read back. A copy that is not as it was sent leaves the old one where it is. The
// pass is at the target folder.
func (p *pass) supplant(ctx context.Context, pair *Pair, intent Entry, copied mail.UID, like prints) error {
	old := intent.TargetUID
	keep := func(format string, args ...any) error {
		p.tally.list(task.Listed{
			Source: p.source.name, Folder: p.folder.Name, UID: uint32(intent.UID), Fate: task.FateKept,
			Reason: fmt.Sprintf("UID %d of %s was not replaced: ", old, pair.Target) + fmt.Sprintf(format, args...),
		})
		return nil
	}
	if old == 0 || old == copied || intent.TargetValidity != p.here.Status().UIDValidity {
		return nil // it is a message of another life of the folder, and nothing is known of it
	}
	found, unreadable, err := readBack(ctx, p.here, mail.UIDs(copied))
	if err != nil {
		return targetErr(fmt.Errorf("read back from %s: %w", pair.Target, err))
	}
	g, there := found[copied]
	accepted := slices.Concat([][16]byte{intent.Fingerprint}, like.altered, like.sentAltered)
	remover, can := p.here.Writer.(mail.Remover)
	switch {
	case unreadable[copied] != nil:
		return keep("the copy, UID %d, can not be read back: %v", copied, unreadable[copied])
	case !there:
		why := errors.New("the server said OK, but the message is not there")
		if given := p.suspect(ctx, Trouble{UID: intent.UID, Stage: StageAppend}, why); given != nil {
			return given
		}
		return targetErr(&againError{fmt.Errorf("append to %s: %w", pair.Target, why)})
	case !slices.Contains(accepted, g.fingerprint):
		return keep("the copy, UID %d, has other bytes", copied)
	case !p.opts.AllowReplace:
		return keep("it is no longer allowed")
	case !can:
		return keep("this kind of account can not delete")
	}
	if err := remover.Remove(ctx, mail.UIDs(old)); err != nil {
		return targetErr(fmt.Errorf("delete from %s: %w", pair.Target, err))
	}
	p.log.Info("replaced at the destination", "folder", pair.Target, "uid", intent.UID, "old", old, "copy", copied, "expunged", remover.Expunges())
	if !remover.Expunges() {
		p.tally.note("%s: UID %d, which was replaced, is only marked \\Deleted, because the server can not expunge single messages (no UIDPLUS)", pair.Target, old)
	}
	p.replaced++
	return nil
}
