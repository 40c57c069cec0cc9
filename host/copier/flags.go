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
	byPair := make(map[int]mail.UIDSet)
	slices.Sort(p.changed)
	for _, uid := range p.changed {
		if s := p.index.find(uid); s.target != 0 {
			set := byPair[int(s.pair)]
			set.Add(uid)
			byPair[int(s.pair)] = set
		}
	}
	for n := range p.pairs {
		uids, ok := byPair[n]
		if !ok {
			continue
		}
		err := p.carryInto(ctx, n, uids)
		var refused *mail.Error
		if errors.As(err, &refused) && !ofSource(err) && !worthRetry(err) && !fatal(err) && ctx.Err() == nil {
			// The messages themselves are there. The next run tries again.
			p.complete = false
			p.tally.note("%s: flags of %s could not be carried: %v", p.pairs[n].Target, count(int64(uids.Len()), "message"), err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	there, err := p.targetFlags(ctx, w, uids)
	if err != nil {
		return targetErr(fmt.Errorf("read the flags of %s: %w", pair.Target, err))
	}
	changes := make(map[flagSet]*mail.FlagChange)
	var order []flagSet
	var carried int64
	for uid := range uids.All() {
		s := p.index.find(uid)
		present, ok := there[s.target]
		if !ok {
			continue // removed at the target; nothing to do, but nothing to ask again either
		}
		merged := mergeFlags(p.flags.flags(s.base), p.flags.flags(s.now), p.flags.flags(present), w.KeepsFlag)
		want := p.flags.number(merged)
		if want == present {
			continue
		}
		c := changes[want]
		if c == nil {
			c = &mail.FlagChange{Flags: p.flags.flags(want)}
			changes[want] = c
			order = append(order, want)
		}
		c.UIDs.Add(s.target)
		carried++
	}
	list := make([]mail.FlagChange, 0, len(order))
	for _, set := range order {
		list = append(list, *changes[set])
	}
	if len(list) > 0 {
		if err := w.SetFlags(ctx, list); err != nil {
			return targetErr(fmt.Errorf("set flags in %s: %w", pair.Target, err))
		}
	}
	if err := p.recordFlags(ctx, pair, uids); err != nil {
		return err
	}
	p.tally.change(p.row, func(f *task.FolderReport) { f.Flags += carried })
	p.log.Info("flags carried", "folder", pair.Target, "messages", carried)
	return nil
}

// targetFlags reads the flags of the copies of some messages.
func (p *pass) targetFlags(ctx context.Context, w mail.Writer, uids mail.UIDSet) (map[mail.UID]flagSet, error) {
	var copies []mail.UID
	for uid := range uids.All() {
		copies = append(copies, p.index.find(uid).target)
	}
	there := make(map[mail.UID]flagSet, len(copies))
	err := w.Scan(ctx, mail.UIDs(copies...), mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		there[m.UID] = p.flags.number(m.Flags)
		return nil
	})
	_, err = setAsideUnreadable(err)
	return there, err
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

// mergeFlags applies to present what changed from base to now, as far as the
// target keeps it.
func mergeFlags(base, now, present []mail.Flag, keeps func(mail.Flag) bool) []mail.Flag {
	merged := without(present, without(base, now))
	for _, f := range without(now, base) {
		if !hasFlag(merged, f) && keeps(f) {
			merged = append(merged, f)
		}
	}
	return mail.CleanFlags(merged)
}
