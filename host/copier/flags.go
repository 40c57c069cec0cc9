package copier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// carryFlags carries what changed at the source since it was last carried, and
// nothing else: a flag that somebody changed at the target stays as it is there,
// unless it was changed at the source too.
func (p *pass) carryFlags(ctx context.Context) error {
	for n := range p.pairs {
		if err := p.carryPair(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// carryPair carries the flags of the messages of one pair.
func (p *pass) carryPair(ctx context.Context, n int) error {
	var uids mail.UIDSet
	slices.Sort(p.changed)
	p.changed = slices.DeleteFunc(p.changed, func(uid mail.UID) bool {
		s := p.index.find(uid)
		if int(s.pair) != n || s.target == 0 {
			return false
		}
		uids.Add(uid)
		return true
	})
	if uids.Empty() {
		return nil
	}
	err := p.carryInto(ctx, n, uids)
	var refused *mail.Error
	if errors.As(err, &refused) && !ofSource(err) && !worthRetry(err) && !fatal(err) && ctx.Err() == nil {
		// The messages themselves are there. The next run tries again.
		p.complete = false
		p.tally.note("%s: flags of %s could not be carried: %v", p.pairs[n].Target, count(int64(uids.Len()), "message"), err)
		return nil
	}
	return err
}

func (p *pass) carryInto(ctx context.Context, n int, uids mail.UIDSet) error {
	pair := p.pairs[n]
	w, err := p.at(ctx, pair.Target)
	if err != nil {
		return err
	}
	if w.Status().UIDValidity != pair.TargetValidity {
		return targetErr(&againError{fmt.Errorf("%s: %w", pair.Target, errNewLife)})
	}
	type change struct{ base, now flagSet }
	changes := make(map[change]*mail.FlagChange)
	var order []change
	var carried int64
	var done, waiting mail.UIDSet
	var why error
	for uid := range uids.All() {
		s := p.index.find(uid)
		key := change{s.base, s.now}
		c := changes[key]
		if c == nil {
			next, err := p.flagChange(ctx, pair.Target, w, s.base, s.now)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				waiting.Add(uid)
				why = err
				continue
			}
			c = &next
			changes[key] = c
			order = append(order, key)
		}
		done.Add(uid)
		c.UIDs.Add(s.target)
		if len(c.Add)+len(c.Remove) > 0 {
			carried++
		}
	}
	list := make([]mail.FlagChange, 0, len(order))
	for _, key := range order {
		list = append(list, *changes[key])
	}
	if carried > 0 {
		if err := w.ChangeFlags(ctx, list); err != nil {
			return targetErr(fmt.Errorf("set flags in %s: %w", pair.Target, err))
		}
	}
	if !waiting.Empty() {
		// The messages are there, with the flags of before. The next run asks again.
		p.complete = false
		p.tally.note("%s: flags of %s wait: the flag mapping failed: %v", pair.Target, count(int64(waiting.Len()), "message"), why)
	}
	if err := p.recordFlags(ctx, pair, done); err != nil {
		return err
	}
	p.tally.change(p.row, func(f *task.FolderReport) { f.Flags += carried })
	p.log.Info("flags carried", "folder", pair.Target, "messages", carried)
	return nil
}

// keptFlags leaves out what the target does not store.
func keptFlags(flags []mail.Flag, w mail.Writer) []mail.Flag {
	return slices.DeleteFunc(flags, func(f mail.Flag) bool { return !w.KeepsFlag(f) })
}

// recordFlags stores the source's flags as carried, also those that the target
// does not keep: they are not tried again until they change.
func (p *pass) recordFlags(ctx context.Context, pair *Pair, uids mail.UIDSet) error {
	entries, err := p.entries(ctx, pair, uids)
	if err != nil {
		return err
	}
	put := make([]Entry, 0, len(entries))
	for uid, e := range entries {
		s := p.index.find(uid)
		e.Flags = p.flags.flags(s.now)
		put = append(put, e)
	}
	if err := p.record(ctx, pair, put); err != nil {
		return err
	}
	for _, e := range put {
		s := p.index.find(e.UID)
		s.base = s.now
	}
	return nil
}
