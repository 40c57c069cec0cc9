package copier

import (
	"context"
	"slices"
	"sync"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// Envelope filters that need the header section are asked about small messages when
// these arrive as a whole: for a message that goes on that costs nothing, whereas
// fetching header sections first takes the servers a sixth more time, and another round
// trip for each folder. One that is left out has been downloaded in vain, so it is done
// only while few are, and never with messages of AskFirstFrom bytes or more.

// HeaderNeeder is an ability of [Hooks] that know whether a filter of envelopes
// looks at header fields. Others are taken to do so.
type HeaderNeeder interface {
	// NeedsHeader reports whether a hook of the kind may read header fields.
	NeedsHeader(kind HookKind) bool
}

// readsHeaders reports whether envelope filters have to be shown the header section.
func (r *run) readsHeaders() bool {
	needer, ok := r.cfg.Hooks.(HeaderNeeder)
	return !ok || needer.NeedsHeader(HookFilterEnvelope)
}

// fewStay is the share of messages, as one in so many, from which on it pays to
// fetch header sections first. On the wire a header section is about a quarter of a
// small message.
const fewStay = 4

// hardlyAny is the share, as one in so many, that may be left out, of the messages and of their
// bytes, where larger messages are downloaded before a filter was asked about them.
const hardlyAny = 50

// recentlyAsked is about how many answers of filters the run remembers: folders are
// unlike each other.
const recentlyAsked = 1000

// someAsked is how many answers say something.
const someAsked = recentlyAsked / 20

// verdicts are what envelope filters have recently said. It is safe for concurrent use.
type verdicts struct {
	mu    sync.Mutex
	asked amount
	stay  amount // of these: left out, held or sent to another folder
}

// amount is of messages.
type amount struct{ messages, bytes int64 }

func (a *amount) add(bytes int64) { a.messages, a.bytes = a.messages+1, a.bytes+bytes }
func (a *amount) halve()          { a.messages, a.bytes = a.messages/2, a.bytes/2 }

func (v *verdicts) note(bytes int64, goesOn bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asked.messages == recentlyAsked {
		v.asked.halve()
		v.stay.halve()
	}
	v.asked.add(bytes)
	if !goesOn {
		v.stay.add(bytes)
	}
}

// mostGoOn reports whether so few messages do not go on that header sections are not
// worth fetching. Before much is known it says yes.
func (v *verdicts) mostGoOn() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked.messages < someAsked || v.stay.messages*fewStay < v.asked.messages
}

// nearlyAllGoOn reports whether even a larger message may be downloaded before a filter was
// asked about it. Before much is known it says no.
func (v *verdicts) nearlyAllGoOn() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked.messages >= someAsked && v.stay.messages*hardlyAny < v.asked.messages && v.stay.bytes*hardlyAny <= v.asked.bytes
}

// waits reports whether filters are asked about a message of that size when it arrives,
// as things stand.
func (p *pass) waits(size int64) bool {
	switch {
	case size >= p.opts.AskAlwaysFrom:
		return false
	case size >= p.opts.AskFirstFrom:
		return p.verdicts.nearlyAllGoOn()
	}
	return p.verdicts.mostGoOn()
}

// mayAskOnArrival reports whether filters may be asked about messages that have
// arrived: not where messages are first looked for at the target, because what a
// filter leaves out is not to be found there.
func (p *pass) mayAskOnArrival(ctx context.Context) bool {
	w, err := p.at(ctx, p.Target)
	if err != nil {
		return false // who needs the folder meets that again, and tells
	}
	if v := p.pairs[0].TargetValidity; v != 0 && v != w.Status().UIDValidity {
		return false
	}
	strangers, err := p.strangers(ctx, w, 0)
	return err == nil && strangers.Empty()
}

// postpone passes the messages on that filters are asked about when they arrive, and
// returns the others.
func (p *pass) postpone(ctx context.Context, pass func(string, item)) (first mail.UIDSet, err error) {
	err = p.measure(ctx, func(target string, it item) {
		if it.size == 0 || it.size >= p.opts.AskFirstFrom && !p.waits(it.size) { // 0 is not known
			first.Add(it.uid)
			return
		}
		it.undecided = true
		pass(target, it)
	})
	return first, err
}

// askAhead asks about messages of a window before they are downloaded, if it has
// turned out that many do not go on, and returns those that do.
func (x *crossing) askAhead(ctx context.Context, items []item) ([]item, error) {
	var ask []mail.UID
	var out []item
	var before, after int64
	for _, it := range items {
		if !it.undecided || x.waits(it.size) {
			out = append(out, it)
		} else if !x.isLeft(it.uid) {
			ask = append(ask, it.uid)
			before += it.size
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	err := x.askEnvelopes(ctx, mail.UIDs(ask...), func(target string, it item) {
		after += it.size
		if target != x.to {
			x.elsewhere.add(target, it)
			return
		}
		out = append(out, it)
	})
	x.tally.change(x.row, func(f *task.FolderReport) { f.SourceBytes += after - before })
	slices.SortFunc(out, func(a, b item) int { return int(int64(a.uid) - int64(b.uid)) })
	return out, err
}

// candidate is what envelope filters are asked about a message that has been loaded.
func (x *crossing) candidate(pc *piece, m mail.Message) *Candidate {
	m.Header = pc.header()
	return &Candidate{Source: x.source.name, Folder: x.folder, Target: x.to, Message: m}
}

// decide asks the envelope filters about the messages of a parcel that wait for that, and
// takes out those that do not go on. One after the other they take half the time that each
// takes alone, between two downloads: code and data of the plugins stay in the caches of
// the processor.
func (x *crossing) decide(ctx context.Context, q *parcel) error {
	var err error
	q.pieces = slices.DeleteFunc(q.pieces, func(pc *piece) bool {
		c := pc.candidate
		if c == nil || err != nil {
			return false
		}
		pc.candidate = nil
		goesOn := false
		if goesOn, err = x.askOnArrival(ctx, pc, c); err == nil && goesOn {
			goesOn, err = x.dress(ctx, pc)
		}
		if !goesOn {
			q.bytes -= pc.size
			x.release(pc)
		}
		return !goesOn
	})
	return err
}

// askOnArrival asks the envelope filters about a message that has been loaded. It
// reports whether the message goes on to this crossing's folder.
func (x *crossing) askOnArrival(ctx context.Context, pc *piece, c *Candidate) (bool, error) {
	pc.undecided = false
	v, err := x.hooks.FilterEnvelope(ctx, c)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	target, fate := x.judgeVerdict(&pc.item, c, v, err)
	goesOn := fate == "" && target == x.to
	x.verdicts.note(pc.size, goesOn)
	switch {
	case fate == task.FateSkipped:
		x.skips = append(x.skips, skip{pc.uid, pc.size, pc.base, reason(v, "skipped")})
	case fate == "" && !goesOn:
		// Another folder, another writer: it is fetched again when this one is done.
		x.elsewhere.add(target, pc.item)
		return false, nil
	}
	if !goesOn {
		x.tally.change(x.row, func(f *task.FolderReport) { f.SourceBytes -= pc.item.size })
	}
	return goesOn, nil
}

// recordSkips tells the ledger what filters left out of a window, in one commit.
func (x *crossing) recordSkips(ctx context.Context) error {
	skips := x.skips
	x.skips = nil
	return x.skipAll(ctx, skips)
}
