package copier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// remove is the last stage: it deletes what Options.Removal says, after
// everything is copied.
//
//  1. survey   what is to be deleted, folder by folder; doubts leave a folder out.
//  2. brake    too much, or a side that looks empty: nothing is deleted at all.
//  3. clear    each message is read back before the other copy of it goes.
//
// Whatever breaks, and whenever: what is gone is certain to be at the other side,
// or to be meant to go. before are the pairs as they stood before the copying.
func (r *run) remove(ctx context.Context, jobs []*job, before map[int64]Pair) error {
	if ctx.Err() != nil {
		return nil // what ended the copying is known
	}
	clearings, err := r.survey(ctx, jobs, before, false)
	if err != nil || ctx.Err() != nil {
		return err
	}
	if err := r.brake(clearings); err != nil {
		r.log.Error("nothing is deleted", "why", err)
		return err
	}
	for _, c := range clearings {
		for _, side := range []struct {
			victims *[]victim
			clear   func(context.Context, *clearing) error
			name    string
		}{{&c.due, r.clearSource, "source " + c.source.name}, {&c.lapsed, r.clearTarget, "the destination"}} {
			if len(*side.victims) == 0 || c.source.lost() != nil {
				continue
			}
			if ctx.Err() != nil {
				return nil // somebody stopped the run; the next one goes on
			}
			err := r.persevere(ctx, func() (progress bool, err error) {
				left := len(*side.victims)
				err = side.clear(ctx, c)
				return len(*side.victims) < left, err
			})
			r.noteMarked(c, side.name)
			var doubt *doubtError
			switch {
			case errors.As(err, &doubt):
				r.tally.note("%s of source %s: not everything was deleted, because %v", c.folder.Name, c.source.name, doubt)
			case err != nil:
				if err := r.broken(ctx, c.job, err); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// persevere repeats attempt after a lost connection, as long as that may help.
func (r *run) persevere(ctx context.Context, attempt func() (progress bool, err error)) error {
	back := r.newBackoff()
	for {
		progress, err := attempt()
		if err == nil || ctx.Err() != nil || !worthRetry(err) {
			return err
		}
		if progress {
			back = r.newBackoff()
		}
		wait, err := back.next(err)
		if err != nil {
			return err
		}
		r.log.Warn("trying again", "try", back.tries, "wait", wait, "error", back.cause)
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// broken takes note of an error of this stage and returns it if the stage ends
// with it.
func (r *run) broken(ctx context.Context, j *job, err error) error {
	if ctx.Err() != nil {
		return nil // somebody stopped the run
	}
	if errors.Is(err, ErrSafety) {
		return err
	}
	err = fmt.Errorf("delete what was copied from %s of source %s: %w", j.folder.Name, j.source.name, err)
	r.log.Error("not deleted", "error", err)
	switch {
	case errors.Is(err, ErrLedger), fatal(err) && !ofSource(err):
		return err
	case fatal(err):
		j.source.giveUp(err)
	}
	r.end(err)
	return nil
}

// keep lists a message that is not deleted.
func (r *run) keep(c *clearing, v *victim, format string, args ...any) {
	reason := fmt.Sprintf("not deleted: "+format, args...)
	r.tally.list(task.Listed{Source: c.source.name, Folder: c.folder.Name, UID: uint32(v.UID), Fate: task.FateKept, Reason: reason})
	r.log.Warn("message not deleted", "source", c.source.name, "folder", c.folder.Name, "uid", v.UID, "reason", reason)
}

// put stores entries of one pair.
func (r *run) put(ctx context.Context, pair *Pair, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return ledgerFault(ctx, r.cfg.Ledger.Put(ctx, pair.ID, entries))
}

// heap is the victims of one pair.
type heap struct {
	pair    *Pair
	victims []victim
}

// byPair groups victims, in the order of the names of the target folders.
func byPair(victims []victim) []heap {
	at := make(map[*Pair]*heap)
	for _, v := range victims {
		if at[v.pair] == nil {
			at[v.pair] = &heap{pair: v.pair}
		}
		at[v.pair].victims = append(at[v.pair].victims, v)
	}
	var out []heap
	for _, pair := range slices.SortedFunc(maps.Keys(at), func(a, b *Pair) int { return int(a.ID - b.ID) }) {
		out = append(out, *at[pair])
	}
	return out
}

// windows cuts victims into parts that one FETCH asks for.
func (r *run) windows(victims []victim) [][]victim {
	var out [][]victim
	for len(victims) > 0 {
		n, size := 0, int64(0)
		for n < len(victims) && n < r.opts.WindowMessages && (n == 0 || size+victims[n].Size <= r.opts.WindowBytes) {
			size += victims[n].Size
			n++
		}
		out, victims = append(out, victims[:n]), victims[n:]
	}
	return out
}

func uidsAt(victims []victim, of func(*victim) mail.UID) mail.UIDSet {
	uids := make([]mail.UID, 0, len(victims))
	for i := range victims {
		uids = append(uids, of(&victims[i]))
	}
	return mail.UIDs(uids...)
}

func sourceUID(v *victim) mail.UID { return v.UID }
func targetUID(v *victim) mail.UID { return v.TargetUID }

// dealtWith returns list without those of done, all of one pair, whose fate is
// known. It changes list.
func dealtWith(list []victim, done []victim) []victim {
	uids := uidsAt(done, sourceUID)
	return slices.DeleteFunc(list, func(v victim) bool { return v.pair == done[0].pair && uids.Contains(v.UID) })
}
