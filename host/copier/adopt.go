package copier

import (
	"context"
	"fmt"
	"io"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// recall makes the ledger's memory and the target agree again, before anything
// is sent: appends whose end is unknown are looked up, and what was copied to a
// folder that has been replaced by another one of the same name is matched anew.
func (p *pass) recall(ctx context.Context) error {
	if err := p.welcomeBack(ctx); err != nil {
		return err
	}
	for n := range p.pairs {
		if err := p.recallPair(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) recallPair(ctx context.Context, n int) error {
	pair := p.pairs[n]
	var intents, ghosts, done mail.UIDSet
	for _, s := range p.index {
		switch {
		case int(s.pair) != n || s.now == notThere:
		case s.state == EntryIntent:
			intents.Add(s.uid)
		case s.state == EntryDone && s.target == 0:
			ghosts.Add(s.uid)
		case s.state == EntryDone:
			done.Add(s.uid)
		}
	}
	if intents.Empty() && ghosts.Empty() && done.Empty() {
		return nil
	}
	there, ok := p.targets.find(pair.Target)
	if !ok {
		// The whole folder is gone, and with it what was copied there.
		return p.unlearn(ctx, n, join(intents, ghosts, done))
	}
	incomplete := p.before[p.pairs[0].ID] == (mail.Status{})
	if sameLife(there, pair.TargetValidity) && !wentBack(*there.Status, pair) && intents.Empty() && (ghosts.Empty() || !incomplete) {
		return nil
	}
	w, err := p.at(ctx, pair.Target)
	if err != nil {
		return err
	}
	validity := w.Status().UIDValidity
	older := wentBack(w.Status(), pair)
	look, candidates := intents, mail.UIDSpan(p.firstIntent(intents), 1<<32-1)
	replaced := validity != pair.TargetValidity
	if replaced || incomplete && !ghosts.Empty() {
		look, candidates = join(look, ghosts), everything
	}
	switch {
	case replaced:
		look = join(look, done)
	case older:
		// Restored from a backup: what was copied since is not there, unless somebody
		// brought it back under another UID.
		look, candidates = join(look, p.beyond(n, w.Status().UIDNext)), everything
	}
	known, err := p.entries(ctx, pair, look)
	if err != nil {
		return err
	}
	found, err := p.search(ctx, w, look, candidates, pair, known)
	for err == nil && !minusSet(minus(intents, found), p.held).Empty() {
		before := len(found)
		if err := pause(ctx, p.opts.LookAgain); err != nil {
			return err
		}
		p.leave() // opened anew, the folder shows what has come
		if w, err = p.at(ctx, pair.Target); err != nil {
			return err
		}
		if w.Status().UIDValidity != validity {
			return targetErr(&againError{fmt.Errorf("%s: %w", pair.Target, errNewLife)})
		}
		if found, err = p.search(ctx, w, look, candidates, pair, known); len(found) == before {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := p.learn(ctx, w, n, look, found); err != nil {
		return err
	}
	lost := minus(look, found)
	for uid := range p.held.All() {
		if intents.Contains(uid) {
			lost = minusSet(lost, mail.UIDs(uid)) // nobody knows what it is the same as; it stays open
		}
	}
	if !replaced {
		lost = minusSet(lost, ghosts) // they are there, only their UIDs stay unknown
	}
	if err := p.unlearn(ctx, n, lost); err != nil {
		return err
	}
	p.log.Info("looked up at the destination", "folder", pair.Target, "unknown", intents.Len(), "replaced", replaced,
		"found", len(found), "lost", lost.Len())
	if !replaced && !older {
		return nil
	}
	next := w.Status().UIDNext
	return p.save(ctx, pair, func(pair *Pair) { pair.TargetValidity, pair.TargetNext = validity, next })
}

// beyond returns the messages of a pair that were copied under a UID from next on.
func (p *pass) beyond(n int, next mail.UID) (uids mail.UIDSet) {
	for _, s := range p.index {
		if int(s.pair) == n && s.now != notThere && s.state == EntryDone && s.target >= next {
			uids.Add(s.uid)
		}
	}
	return uids
}

// firstIntent is the lowest UID that one of the messages can have been given.
func (p *pass) firstIntent(intents mail.UIDSet) mail.UID {
	first := mail.UID(1<<32 - 1)
	for uid := range intents.All() {
		first = min(first, p.intents[uid].TargetNext)
	}
	return max(first, 1)
}

// learn records where messages were found.
func (p *pass) learn(ctx context.Context, w mail.Writer, n int, look mail.UIDSet, found map[mail.UID]match) error {
	if len(found) == 0 {
		return nil
	}
	pair := p.pairs[n]
	entries, err := p.entries(ctx, pair, look)
	if err != nil {
		return err
	}
	var put, ours []Entry // ours are those of which nobody was told that they were copied
	for uid, m := range found {
		e := entries[uid]
		if e.State == EntryIntent && e.TargetUID != 0 { // it broke off before the old message was deleted
			if err := p.supplant(ctx, pair, e, m.target, m.like); err != nil {
				return err
			}
		}
		e.UID, e.State, e.TargetUID, e.TargetValidity, e.TargetNext = uid, EntryDone, m.target, w.Status().UIDValidity, 0
		put = append(put, e)
		if state := p.index.find(uid).state; state == EntryIntent || state == EntryDone && p.sentNow(uid) {
			ours = append(ours, e)
		}
	}
	deliveries, err := p.ofFound(ctx, pair, ours)
	if err != nil {
		return err
	}
	if err := p.post(ctx, pair, put, deliveries); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range put {
		s := p.index.find(e.UID)
		if s.state == EntryIntent && p.sent.Contains(e.UID) && !p.copied.Contains(e.UID) {
			p.copied.Add(e.UID)
			p.bytes += e.Size
			p.settles++
		}
		s.state, s.target = EntryDone, e.TargetUID
	}
	return nil
}

// unlearn forgets that messages were copied.
func (p *pass) unlearn(ctx context.Context, n int, uids mail.UIDSet) error {
	if err := p.forget(ctx, p.pairs[n], uids); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for uid := range uids.All() {
		s := p.index.find(uid)
		s.state, s.target = 0, 0
		if p.copied.Contains(uid) {
			p.copied = minusSet(p.copied, mail.UIDs(uid))
		}
	}
	return nil
}

// A match is where a source message was found at the target.
type match struct {
	target      mail.UID
	size        int64
	sourceFlags flagSet
	targetFlags flagSet
	like        prints // of the source's message, if it was read
	differs     bool   // in size, date or bytes, as far as that is known
}

// search looks for messages of the source among candidates of the target folder
// that the ledger does not know as somebody's copy. pair is the one that the
// messages belong to, and known what the ledger says was sent for them.
func (p *pass) search(ctx context.Context, w mail.Writer, look, candidates mail.UIDSet, pair *Pair, known map[mail.UID]Entry) (map[mail.UID]match, error) {
	if look.Empty() {
		return nil, nil
	}
	taken, ghosts, err := p.claims(ctx, pair, w.Status().UIDValidity, look)
	if err != nil {
		return nil, err
	}
	m, k := &matcher{known: known}, &keyed{asked: p.hooks.Asks(HookMessageKey)}
	if m.target, err = p.targetTraits(ctx, w, candidates, taken, pair.Target, k); err != nil {
		return nil, targetErr(fmt.Errorf("look into %s: %w", pair.Target, err))
	}
	if len(m.target) == 0 {
		return nil, nil
	}
	if m.source, err = p.sourceTraits(ctx, look, pair.Target, k); err != nil {
		return nil, sourceErr(fmt.Errorf("look into %s: %w", p.folder.Name, err))
	}
	m.digest = func(ctx context.Context, source, target mail.UIDSet) (s map[mail.UID]prints, t map[mail.UID][16]byte, err error) {
		if s, err = p.sourcePrints(ctx, source, pair.Target, known); err != nil {
			return nil, nil, sourceErr(fmt.Errorf("read %s: %w", p.folder.Name, err))
		}
		if t, err = digests(ctx, w, target, Fingerprint); err != nil {
			return nil, nil, targetErr(fmt.Errorf("read %s: %w", pair.Target, err))
		}
		return s, t, nil
	}
	found, err := m.match(ctx, ghosts)
	if err != nil {
		return nil, err
	}
	p.holdKeyed(m, k)
	there := make(map[mail.UID]*trait)
	for i := range m.target {
		there[m.target[i].uid] = &m.target[i]
	}
	out := make(map[mail.UID]match, len(found))
	for _, s := range m.source {
		if t, ok := found[s.uid]; ok {
			out[s.uid] = match{
				target: t, size: s.size, sourceFlags: s.flags, targetFlags: there[t].flags,
				like: m.sourceDigest[s.uid], differs: m.differs(&s, there[t]),
			}
		}
	}
	return out, nil
}

// claims returns which messages of a target folder the ledger knows as copies of
// some message, of whatever source: one message there is the copy of one message
// here. What another life of the same source folder claims does not count; it
// is what is looked for. look are messages of pair whose claims are in doubt.
func (p *pass) claims(ctx context.Context, pair *Pair, validity uint32, look mail.UIDSet) (taken mail.UIDSet, ghosts []ghost, err error) {
	var others []Pair
	p.run.mu.Lock()
	for _, s := range p.sources {
		for _, other := range s.pairs {
			sameFolder := s == p.source && other.Folder == pair.Folder
			if other.Target == pair.Target && other.TargetValidity == validity && (!sameFolder || other.UIDValidity == pair.UIDValidity) {
				others = append(others, *other)
			}
		}
	}
	p.run.mu.Unlock()
	var uids []mail.UID
	for _, other := range others {
		err := p.cfg.Ledger.Entries(ctx, other.ID, func(e Entry) error {
			switch {
			case e.State == EntryIntent && e.TargetUID != 0 && e.TargetValidity == validity:
				uids = append(uids, e.TargetUID) // about to be replaced
			case e.State != EntryDone && e.State != EntryGone, other.ID == pair.ID && look.Contains(e.UID):
			case e.TargetValidity != 0 && e.TargetValidity != validity: // of the folder that was there before
			case e.TargetUID != 0:
				uids = append(uids, e.TargetUID)
			case e.Fingerprint != [16]byte{}:
				ghosts = append(ghosts, ghost{e.Size, e.Fingerprint})
			}
			return nil
		})
		if err != nil {
			return taken, nil, ledgerFault(ctx, err)
		}
	}
	return mail.UIDs(uids...), ghosts, nil
}

// traits scans what tells messages apart.
func (p *pass) traits(ctx context.Context, r mail.Reader, uids, except mail.UIDSet) ([]trait, error) {
	return p.traitsWith(ctx, r, uids, except, []string{"Message-ID"}, func(*trait, mail.Message) error { return nil })
}

// traitsWith is traits that adds to each what more of its message tells, which has the
// given header fields, or the whole header section.
func (p *pass) traitsWith(ctx context.Context, r mail.Reader, uids, except mail.UIDSet, fields []string, more func(*trait, mail.Message) error) ([]trait, error) {
	opts := mail.ScanOptions{
		Items:  mail.ItemFlags | mail.ItemDate | mail.ItemSize | mail.ItemHeader,
		Fields: fields,
	}
	var out []trait
	err := r.Scan(ctx, uids, opts, func(m mail.Message) error {
		if except.Contains(m.UID) {
			return nil
		}
		t := trait{uid: m.UID, size: m.Size, id: messageID(m.Header), flags: p.flags.number(m.Flags)}
		if !m.InternalDate.IsZero() {
			t.date = m.InternalDate.Unix()
		}
		if err := more(&t, m); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	})
	_, err = setAsideUnreadable(err) // not to be compared, so not found
	return out, err
}

// digests downloads messages and returns what of makes of each. Messages that are
// gone or can not be read are left out.
func digests[T any](ctx context.Context, r mail.Reader, uids mail.UIDSet, of func(io.Reader) (T, error)) (map[mail.UID]T, error) {
	out := make(map[mail.UID]T)
	if uids.Empty() {
		return out, nil
	}
	err := r.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		fp, err := of(body)
		if err != nil {
			return err
		}
		out[m.UID] = fp
		return nil
	})
	_, err = setAsideUnreadable(err)
	return out, err
}

// adopt finds out which of the group's messages are at the target already,
// records them, and returns the rest.
func (p *pass) adopt(ctx context.Context, w mail.Writer, n int, items []item) ([]item, error) {
	candidates, err := p.strangers(ctx, w, n)
	if err != nil || candidates.Empty() {
		return items, err
	}
	pair := p.pairs[n]
	look := make([]mail.UID, 0, len(items))
	for _, it := range items {
		look = append(look, it.uid)
	}
	found, err := p.search(ctx, w, mail.UIDs(look...), candidates, pair, nil)
	if err != nil || len(found) == 0 && p.held.Len() == 0 {
		return items, err
	}
	rulings, err := p.rule(ctx, w, pair, found)
	if err != nil {
		return nil, err
	}
	earlier, err := p.earlierIntents(ctx)
	if err != nil {
		return nil, err
	}
	var put, ours []Entry // ours were stored later than anybody waited for
	var rest []item
	var skips []skip
	var known index
	var bytes int64
	for _, it := range items {
		m, ok := found[it.uid]
		if !ok {
			if !p.held.Contains(it.uid) { // the search could not tell
				rest = append(rest, it)
			}
			continue
		}
		if present, next := p.settleConflict(it, m, rulings[it.uid], &skips); next != nil {
			rest = append(rest, *next)
			continue
		} else if !present {
			bytes += it.size
			continue
		}
		bytes += it.size
		base := adoptedBase(p.flags.flags(m.sourceFlags), p.flags.flags(m.targetFlags))
		put = append(put, Entry{UID: it.uid, State: EntryDone, TargetUID: m.target, Size: m.size, Flags: base})
		if _, intent := p.intents[it.uid]; intent || p.sentNow(it.uid) || earlier.claim(m) {
			ours = append(ours, put[len(put)-1])
		}
		s := slot{uid: it.uid, target: m.target, base: p.flags.number(base), now: m.sourceFlags, pair: uint16(n), state: EntryDone}
		if s.base != s.now {
			p.changed = append(p.changed, it.uid)
		}
		known = append(known, s)
	}
	if err := p.skipAll(ctx, skips); err != nil {
		return nil, err
	}
	p.index = append(p.index, known...).settle()
	deliveries, err := p.ofFound(ctx, pair, ours)
	if err != nil {
		return nil, err
	}
	if err := p.post(ctx, pair, put, deliveries); err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.settles += len(put)
	p.mu.Unlock()
	p.tally.change(p.row, func(f *task.FolderReport) {
		f.Present += int64(len(put))
		f.SourceBytes -= bytes
	})
	p.log.Info("adopted", "folder", pair.Target, "messages", len(put))
	return rest, nil
}

// strangers returns the UIDs of the target folder under which copies may be that
// the ledger does not know: all of them before the first contact and as long as no
// pass was complete, else those that came since the ledger last looked. Its owner
// may have restored it from a backup.
func (p *pass) strangers(ctx context.Context, w mail.Writer, n int) (mail.UIDSet, error) {
	status := w.Status()
	pair := p.pairs[n]
	switch {
	case status.Messages == 0:
		return mail.UIDSet{}, nil
	case pair.TargetValidity == 0:
		return everything, nil
	case p.before[p.pairs[0].ID] != (mail.Status{}) && !p.reconsider:
		known := p.knownUpTo(pair, status.UIDValidity)
		if known == 0 || status.UIDNext <= known {
			return mail.UIDSet{}, nil
		}
		return mail.UIDSpan(known, 1<<32-1), nil
	}
	taken, ghosts, err := p.claims(ctx, pair, status.UIDValidity, mail.UIDSet{})
	if err != nil || taken.Len()+len(ghosts) >= int(status.Messages) {
		return mail.UIDSet{}, err
	}
	return everything, nil
}

// knownUpTo is the TargetNext of all pairs that share a target folder.
func (p *pass) knownUpTo(pair *Pair, validity uint32) (next mail.UID) {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	for _, s := range p.sources {
		for _, other := range s.pairs {
			if other.Target == pair.Target && other.TargetValidity == validity {
				next = max(next, other.TargetNext)
			}
		}
	}
	return next
}

// adoptedBase is what counts as carried of the flags of a message that was found
// at the target: nobody knows what was changed where, so the flags of the source
// that are missing there are carried and none is taken away. A mark for deletion
// is not put on mail that somebody else copied.
func adoptedBase(source, target []mail.Flag) []mail.Flag {
	var base []mail.Flag
	for _, f := range source {
		if hasFlag(target, f) || f == mail.FlagDeleted {
			base = append(base, f)
		}
	}
	return base
}

// join returns the union of sets.
func join(sets ...mail.UIDSet) mail.UIDSet {
	var out mail.UIDSet
	for _, s := range sets {
		for _, r := range s.Ranges() {
			out.AddRange(r.First, r.Last)
		}
	}
	return out
}

// minus returns the UIDs of a that were not found.
func minus(a mail.UIDSet, found map[mail.UID]match) mail.UIDSet {
	var out mail.UIDSet
	for uid := range a.All() {
		if _, ok := found[uid]; !ok {
			out.Add(uid)
		}
	}
	return out
}

func minusSet(a, b mail.UIDSet) mail.UIDSet {
	var out mail.UIDSet
	for uid := range a.All() {
		if !b.Contains(uid) {
			out.Add(uid)
		}
	}
	return out
}
