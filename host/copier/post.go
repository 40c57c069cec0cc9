package copier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// deliveries are what is to be posted for a message of the pass that is at the
// target: one for each recipient. A message whose UID the target has not told is
// unsure until it was found there.
// rewritten says that a hook made what was stored.
func (p *pass) deliveries(pair *Pair, e Entry, stored int64, date time.Time, flags []mail.Flag, rewritten bool) []Delivery {
	if p.messenger == nil {
		return nil
	}
	out := make([]Delivery, 0, len(p.messenger.recipients))
	for _, r := range p.messenger.recipients {
		d := Delivery{
			Plugin: r.ID, Source: pair.Source, Folder: pair.Folder, UIDValidity: pair.UIDValidity, UID: e.UID,
			FolderName: p.folder.Name, FolderUse: p.folder.Use, Size: e.Size,
			Target: pair.Target, TargetValidity: e.TargetValidity, TargetUID: e.TargetUID,
			Stored: stored, Date: date, Flags: flags, Rewritten: rewritten,
			State: DeliveryWaiting, Next: p.now(),
		}
		if e.TargetUID == 0 {
			d.State = DeliveryUnsure
		}
		out = append(out, d)
	}
	return out
}

// post is record with deliveries.
func (p *pass) post(ctx context.Context, pair *Pair, entries []Entry, deliveries []Delivery) error {
	if len(deliveries) == 0 {
		return p.record(ctx, pair, entries)
	}
	for i := range entries {
		p.stamp(&entries[i])
	}
	if err := p.cfg.Ledger.Post(context.WithoutCancel(ctx), pair.ID, entries, deliveries); err != nil {
		return ledgerErr(err)
	}
	p.messenger.wake()
	return nil
}

// ofPiece are the deliveries for a message that was just stored.
func (x *crossing) ofPiece(pc *piece, e Entry) []Delivery {
	x.stamp(&e)
	return x.deliveries(x.pairs[x.n], e, pc.sentSize(), pc.date, pc.flags, pc.made != nil)
}

// ofUnnamed are the deliveries for messages whose UIDs were found, or, with state
// [DeliveryVoid], which are not at the target after all.
func (x *crossing) ofUnnamed(list []unnamed, state DeliveryState) []Delivery {
	var out []Delivery
	for _, u := range list {
		e := u.entry
		x.stamp(&e)
		for _, d := range x.deliveries(x.pairs[x.n], e, u.stored, u.when, u.flags, u.by != "") {
			d.State = state
			out = append(out, d)
		}
	}
	return out
}

// ofFound are the deliveries for intents that turned out to be at the target: they
// were copied, by this run or an earlier one that could not say so.
func (p *pass) ofFound(ctx context.Context, pair *Pair, found []Entry) ([]Delivery, error) {
	if p.messenger == nil || len(found) == 0 {
		return nil, nil
	}
	uids := make([]mail.UID, 0, len(found))
	for _, e := range found {
		uids = append(uids, e.UID)
	}
	known := make(map[mail.UID]mail.Message)
	err := p.reader.Scan(ctx, mail.UIDs(uids...), mail.ScanOptions{Items: mail.ItemFlags | mail.ItemDate}, func(m mail.Message) error {
		known[m.UID] = m
		return nil
	})
	if _, err = setAsideUnreadable(err); err != nil {
		return nil, sourceErr(fmt.Errorf("read the dates of %s: %w", p.folder.Name, err))
	}
	// Which of them were rewritten is not known any more.
	rewritten := p.hooks.Asks(HookRewriteMessage)
	var out []Delivery
	for _, e := range found {
		p.stamp(&e)
		m := known[e.UID]
		out = append(out, p.deliveries(pair, e, e.Size, m.InternalDate, mail.CleanFlags(m.Flags), rewritten)...)
	}
	return out, nil
}

// sentNow reports whether this run was about to append the message.
func (p *pass) sentNow(uid mail.UID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent.Contains(uid)
}

// openIntents are intents of another life of the source folder: what became of
// their appends was never looked up, and can not be by their UIDs.
type openIntents []Entry

// earlierIntents reads those of the folder. Only who posts deliveries needs them.
func (p *pass) earlierIntents(ctx context.Context) (openIntents, error) {
	if p.messenger == nil {
		return nil, nil
	}
	var old []int64
	p.run.mu.Lock()
	for _, pair := range p.source.pairs {
		if pair.Folder == p.folder.Raw && pair.UIDValidity != p.pairs[0].UIDValidity {
			old = append(old, pair.ID)
		}
	}
	p.run.mu.Unlock()
	var out openIntents
	for _, id := range old {
		err := p.cfg.Ledger.Entries(ctx, id, func(e Entry) error {
			if e.State == EntryIntent {
				out = append(out, e)
			}
			return nil
		})
		if err != nil {
			return nil, ledgerFault(ctx, err)
		}
	}
	return out, nil
}

// claim reports whether a message that was found at the target may be what one of
// the intents announced, and takes that one away.
func (o *openIntents) claim(m match) bool {
	i := slices.IndexFunc(*o, func(e Entry) bool { return e.Size == m.size && m.target >= e.TargetNext })
	if i >= 0 {
		*o = slices.Delete(*o, i, i+1)
	}
	return i >= 0
}
