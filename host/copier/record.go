package copier

import (
	"context"

	"github.com/mailweir/mailweir/host/mail"
)

// What the ledger is told once something has happened is not cut short by the end
// of the run: an answer that is here would be forgotten. Before something
// happens, ctx counts.

// remember reads what the ledger knows of this life of the folder.
func (p *pass) remember(ctx context.Context) error {
	p.pairs, p.index, p.intents, p.flags = nil, nil, make(map[mail.UID]Entry), newFlagSets()
	p.away = make(map[mail.UID]Entry)
	validity := p.reader.Status().UIDValidity
	p.run.mu.Lock()
	for _, pair := range p.source.pairs {
		if pair.Folder != p.folder.Raw || pair.UIDValidity != validity {
			continue
		}
		p.pairs = append(p.pairs, pair)
		if last := len(p.pairs) - 1; pair.Target == p.Target {
			p.pairs[0], p.pairs[last] = p.pairs[last], p.pairs[0]
		}
	}
	p.run.mu.Unlock()
	if len(p.pairs) == 0 || p.pairs[0].Target != p.Target {
		n, err := p.pairFor(ctx, p.Target)
		if err != nil {
			return err
		}
		p.pairs[0], p.pairs[n] = p.pairs[n], p.pairs[0]
	}
	main := p.pairs[0]
	if _, again := p.before[main.ID]; !again {
		p.before[main.ID] = main.Seen
	}
	for n := range p.pairs {
		if err := p.rememberPair(ctx, n); err != nil {
			return err
		}
	}
	p.index = p.index.settle()
	return nil
}

// rememberPair adds one pair to the index. From here until the end of the pass
// the ledger does not say that the pair is complete.
func (p *pass) rememberPair(ctx context.Context, n int) error {
	pair := p.pairs[n]
	stale := pair.Rules != p.rules
	var skipped mail.UIDSet
	err := p.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
		switch {
		case e.State == EntrySkipped && stale:
			skipped.Add(e.UID)
			return nil
		case e.State == EntryGone:
			return nil
		case e.State == EntryIntent:
			p.intents[e.UID] = e
		case e.Moved, !e.Missing.IsZero():
			p.away[e.UID] = e
		}
		p.index = append(p.index, slot{
			uid: e.UID, target: e.TargetUID, base: p.flags.number(e.Flags), pair: uint16(n), state: e.State,
		})
		return nil
	})
	if err != nil {
		return ledgerFault(ctx, err)
	}
	if stale {
		// Gone first, the new rules after: a crash between the two asks again.
		p.reconsider = p.reconsider || !skipped.Empty()
		if err := p.forget(ctx, pair, skipped); err != nil {
			return err
		}
	}
	if stale || pair.Seen != (mail.Status{}) {
		return p.save(ctx, pair, func(pair *Pair) { pair.Rules, pair.Seen = p.rules, mail.Status{} })
	}
	return nil
}

// save changes a pair in the ledger and in memory.
func (p *pass) save(ctx context.Context, pair *Pair, change func(*Pair)) error {
	p.run.mu.Lock()
	next := *pair
	p.run.mu.Unlock()
	change(&next)
	id, err := p.cfg.Ledger.SavePair(ctx, next)
	if err != nil {
		return ledgerFault(ctx, err)
	}
	next.ID = id
	p.run.mu.Lock()
	*pair = next
	p.run.mu.Unlock()
	return nil
}

// intend commits that the intents' messages are about to be appended, and with
// them what is to be recorded soon.
func (x *crossing) intend(ctx context.Context, intents []Entry) error {
	x.mu.Lock()
	entries, deliveries := append(x.soon, intents...), x.soonTold
	x.soon, x.soonTold = nil, nil
	x.mu.Unlock()
	if len(deliveries) > 0 {
		if err := x.cfg.Ledger.Post(ctx, x.pairs[x.n].ID, entries, deliveries); err != nil {
			return ledgerFault(ctx, err)
		}
		x.messenger.wake()
	} else if err := x.cfg.Ledger.Put(ctx, x.pairs[x.n].ID, entries); err != nil {
		return ledgerFault(ctx, err)
	}
	x.pass.mu.Lock()
	defer x.pass.mu.Unlock()
	for _, e := range intents {
		x.sent.Add(e.UID)
	}
	return nil
}

// recordSoon records what has become of messages with the next intents, which
// saves a commit for each batch; when none can be expected, it does so at once. A
// crash before that leaves intents, which are looked up.
func (x *crossing) recordSoon(ctx context.Context, entries []Entry, deliveries []Delivery) error {
	for i := range entries {
		x.stamp(&entries[i])
	}
	x.mu.Lock()
	x.soon, x.soonTold = append(x.soon, entries...), append(x.soonTold, deliveries...)
	x.mu.Unlock()
	if len(x.slots) > 1 {
		return nil // something else is on its way
	}
	return x.recordNow(ctx)
}

// recordNow records what waits for that.
func (x *crossing) recordNow(ctx context.Context) error {
	x.mu.Lock()
	entries, deliveries := x.soon, x.soonTold
	x.soon, x.soonTold = nil, nil
	x.mu.Unlock()
	return x.post(ctx, x.pairs[x.n], entries, deliveries)
}

// record commits what has become of messages.
func (p *pass) record(ctx context.Context, pair *Pair, entries []Entry) error {
	if len(entries) == 0 {
		return nil
	}
	for i := range entries {
		p.stamp(&entries[i])
	}
	return ledgerErr(p.cfg.Ledger.Put(context.WithoutCancel(ctx), pair.ID, entries))
}

// stamp completes an entry that says that a message is at the target.
func (p *pass) stamp(e *Entry) {
	if e.State != EntryDone {
		return
	}
	if e.Copied.IsZero() {
		e.Copied = p.now()
	}
	if e.TargetUID != 0 && e.TargetValidity == 0 && p.here != nil {
		e.TargetValidity = p.here.Status().UIDValidity
	}
}

// forget removes entries.
func (p *pass) forget(ctx context.Context, pair *Pair, uids mail.UIDSet) error {
	if uids.Empty() {
		return nil
	}
	return ledgerErr(p.cfg.Ledger.Delete(context.WithoutCancel(ctx), pair.ID, uids))
}

// entries returns the whole entries of some messages of a pair.
func (p *pass) entries(ctx context.Context, pair *Pair, uids mail.UIDSet) (map[mail.UID]Entry, error) {
	found := make(map[mail.UID]Entry)
	err := p.cfg.Ledger.Entries(ctx, pair.ID, func(e Entry) error {
		if uids.Contains(e.UID) {
			found[e.UID] = e
		}
		return nil
	})
	return found, ledgerFault(ctx, err)
}

// ledgerFault marks err as the ledger's, unless the run was ended meanwhile.
func ledgerFault(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return ledgerErr(err)
}
