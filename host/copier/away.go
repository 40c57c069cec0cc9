package copier

import (
	"context"
	"time"

	"github.com/mailweir/mailweir/host/mail"
)

// now is the time as the ledger keeps it.
func (r *run) now() time.Time { return r.opts.Now().Truncate(time.Millisecond) }

// welcomeBack takes back that messages are missing which the source lists: they
// have to be missing from every listing to count as deleted. And it overlooks our
// own mark on a message whose move was broken off, so that it is not carried to
// the copy.
func (p *pass) welcomeBack(ctx context.Context) error {
	back := make(map[int][]Entry)
	for uid, e := range p.away {
		s := p.index.find(uid)
		if s == nil || s.now == notThere {
			continue
		}
		if now := p.flags.flags(s.now); e.Moved && hasFlag(now, mail.FlagDeleted) && !hasFlag(e.Flags, mail.FlagDeleted) {
			s.now = p.flags.number(without(now, []mail.Flag{mail.FlagDeleted}))
		}
		if e.Missing.IsZero() {
			continue
		}
		e.Missing = time.Time{}
		p.away[uid] = e
		back[int(s.pair)] = append(back[int(s.pair)], e)
	}
	for n, entries := range back {
		if err := p.record(ctx, p.pairs[n], entries); err != nil {
			return err
		}
	}
	return nil
}

// partWith settles what the ledger says of messages that a complete listing of
// the source lacks. It forgets them, but for two kinds: what was deleted there by
// us goes on claiming its copy, so that the copy is not taken for a twin's; and
// where deletions are mirrored, the last stage of the run decides.
func (p *pass) partWith(ctx context.Context, pair *Pair, gone mail.UIDSet) error {
	var moved []Entry
	var drop mail.UIDSet
	for uid := range gone.All() {
		e, known := p.away[uid]
		switch {
		case known && e.Moved:
			e.State = EntryGone
			moved = append(moved, e)
		case p.opts.Removal.AtTarget && p.index.find(uid).state == EntryDone:
		default:
			drop.Add(uid)
		}
	}
	if err := p.record(ctx, pair, moved); err != nil {
		return err
	}
	return p.forget(ctx, pair, drop)
}
