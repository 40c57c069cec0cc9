package copier

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A crossing carries one group of messages into one target folder. Three stages
// work at the same time and hand over from one to the next:
//
//	fetch    downloads windows, asks the filters, gathers batches   (the Reader)
//	send     commits intents, appends                              (the Writer)
//	settle   waits for answers, records                            (the Receipts)
//
// What is in memory is bounded by budget; a message leaves it when its last byte
// has left for the target. When something is refused, the stages come to rest, and
// what was refused is taken apart.
type crossing struct {
	*pass
	to       string // Name of the target folder
	w        mail.Writer
	n        int // number of the pair
	next     mail.UID
	asks     bool // FilterMessage is there
	rewrites bool // RewriteMessage is there
	limit    struct {
		messages int
		bytes    int64
	}

	budget  *semaphore.Weighted
	parcels chan *parcel // fetch to send
	flying  chan flight  // send to settle
	slots   chan struct{}

	gather    *parcel // being filled by fetch
	elsewhere groups  // of fetch: filters sent these to another folder
	skips     []skip  // of fetch: filters left these out, which is not recorded yet

	mu       sync.Mutex
	err      error       // the first one
	unnamed  []unnamed   // stored, UID unknown, in the order of sending
	told     mail.UIDSet // UIDs at the target that were told
	aside    []*parcel   // refused
	soon     []Entry     // for the ledger; see recordSoon
	soonTold []Delivery  // to go with soon
	spooled  map[*piece]Spool
	unsent   map[*piece]*made

	keeps map[mail.Flag]bool // of send: KeepsFlag so far
	kept  []mail.Flag        // that the folder names; nil is all, or not known
}

// cross carries a group and returns the groups that filters made of it.
func (p *pass) cross(ctx context.Context, g group) ([]group, error) {
	w, err := p.at(ctx, g.target)
	if err != nil {
		return nil, err
	}
	n, err := p.pairFor(ctx, g.target)
	if err != nil {
		return nil, err
	}
	pair, validity := p.pairs[n], w.Status().UIDValidity
	if pair.TargetValidity != validity {
		if p.holds(n) {
			return nil, targetErr(&againError{fmt.Errorf("%s: %w", g.target, errNewLife)})
		}
		if err := p.save(ctx, pair, func(pair *Pair) { pair.TargetValidity = 0 }); err != nil {
			return nil, err
		}
	}
	items, err := p.adopt(ctx, w, n, g.items)
	if err != nil {
		return nil, err
	}
	p.reached[pair.ID] = max(p.reached[pair.ID], w.Status().UIDNext)
	if pair.TargetValidity == 0 {
		// After the adoption: a crash before this repeats it.
		if err := p.save(ctx, pair, func(pair *Pair) { pair.TargetValidity, pair.TargetNext = validity, 0 }); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	x := newCrossing(p, w, n, g.target)
	items, replacing := apart(items)
	for len(items) > 0 {
		if items, err = x.run(ctx, items); err != nil {
			return nil, err
		}
		if err := x.takeApart(ctx); err != nil {
			return nil, err
		}
	}
	if err := x.name(ctx); err != nil {
		return nil, err
	}
	if err := x.replaceAll(ctx, replacing); err != nil {
		return nil, err
	}
	p.reached[pair.ID] = max(p.reached[pair.ID], x.next)
	return x.elsewhere.inOrder(""), nil
}

// holds reports whether the pair has messages whose target UIDs belong to its
// TargetValidity.
func (p *pass) holds(n int) bool {
	return slices.ContainsFunc(p.index, func(s slot) bool {
		return int(s.pair) == n && s.now != notThere && (s.state == EntryDone || s.state == EntryIntent)
	})
}

func newCrossing(p *pass, w mail.Writer, n int, to string) *crossing {
	x := &crossing{
		pass: p, w: w, n: n, to: to, next: max(w.Status().UIDNext, 1), asks: p.hooks.Asks(HookFilterMessage), rewrites: p.hooks.Asks(HookRewriteMessage),
		budget:    semaphore.NewWeighted(p.opts.laneBytes()),
		slots:     make(chan struct{}, p.opts.BatchesInFlight),
		gather:    &parcel{},
		elsewhere: make(groups),
		keeps:     make(map[mail.Flag]bool),
		spooled:   make(map[*piece]Spool),
		unsent:    make(map[*piece]*made),
		kept:      keptBy(w),
	}
	messages, size := w.Batch()
	x.limit.messages = max(1, min(messages, p.opts.BatchMessages))
	x.limit.bytes = min(size, p.opts.BatchBytes)
	if size <= 0 {
		x.limit.bytes = p.opts.BatchBytes
	}
	return x
}

// run moves the stages and returns, when all are at rest, what was not fetched
// because something was refused, and the first error.
func (x *crossing) run(ctx context.Context, items []item) (left []item, err error) {
	x.parcels, x.flying = make(chan *parcel), make(chan flight, x.opts.BatchesInFlight)
	work, stop := context.WithCancel(ctx)
	defer stop()
	late, end := outlasting(ctx, stopPatience)
	defer end()
	var wg sync.WaitGroup
	stage := func(fn func() error) {
		wg.Go(func() {
			if err := guarded(fn); err != nil {
				x.fail(err)
				stop()
			}
		})
	}
	stage(func() (err error) {
		defer close(x.parcels)
		left, err = x.fetch(work, items)
		return err
	})
	stage(func() error { defer close(x.flying); return x.send(work, late) })
	// Answers to what has left are waited for even when something else broke, and
	// for a while when the run is asked to stop.
	stage(func() error { return x.settleAll(late, stop) })
	wg.Wait()
	if err := x.recordNow(ctx); err != nil {
		x.fail(err)
	}
	for _, made := range x.unsent { // of messages that something broke off
		made.discard()
	}
	for _, spool := range x.spooled {
		x.remove(spool)
	}
	return left, x.err
}

// stopPatience is how long a run that is asked to stop waits for the answers to
// what it has sent. It is long for a server that is well, and short for a person.
const stopPatience = 10 * time.Second

// outlasting returns a context that ends a while after ctx has.
func outlasting(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	disarm := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(while)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-late.Done():
		}
	})
	return late, func() { disarm(); cancel() }
}

func (x *crossing) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err == nil {
		x.err = err
	}
}

// fetch downloads the items in windows and gathers them into parcels. It returns
// what it left because something was refused.
func (x *crossing) fetch(ctx context.Context, items []item) (left []item, err error) {
	for len(items) > 0 && !x.refusing() {
		n := x.window(items)
		window, err := x.askAhead(ctx, items[:n])
		if err != nil {
			return nil, err
		}
		rest, err := x.fetchWindow(ctx, window)
		if unsaid := x.recordSkips(ctx); err == nil {
			err = unsaid
		}
		if err != nil {
			return nil, err
		}
		left = append(left, rest...)
		items = items[n:]
	}
	err = x.flush(ctx)
	if unsaid := x.recordSkips(ctx); err == nil {
		err = unsaid
	}
	return append(left, items...), err
}

// window says how many of the items make the next window.
func (x *crossing) window(items []item) int {
	var size int64
	for i, it := range items {
		size += it.size
		if i > 0 && (i == x.opts.WindowMessages || size > x.opts.WindowBytes || x.alone(it.uid)) {
			return i
		}
		if x.alone(it.uid) {
			return 1
		}
	}
	return len(items)
}

// fetchWindow downloads one window. What arrives after something was refused is
// left.
func (x *crossing) fetchWindow(ctx context.Context, items []item) (left []item, err error) {
	uids := make([]mail.UID, 0, len(items))
	for _, it := range items {
		if !x.isLeft(it.uid) {
			uids = append(uids, it.uid)
		}
	}
	_, err = x.download(ctx, mail.UIDs(uids...), func(m mail.Message, body io.Reader) error {
		i, ok := slices.BinarySearchFunc(items, m.UID, func(it item, uid mail.UID) int { return int(int64(it.uid) - int64(uid)) })
		switch {
		case !ok:
			return nil
		case x.refusing():
			left = append(left, items[i])
			return nil
		}
		return x.receive(ctx, items[i], m, body)
	})
	slices.SortFunc(left, func(a, b item) int { return int(int64(a.uid) - int64(b.uid)) })
	return left, err
}

// download fetches messages and says which ones arrived. Those that can not be
// read, or have vanished, are accounted for.
func (x *crossing) download(ctx context.Context, uids mail.UIDSet, fn func(m mail.Message, body io.Reader) error) (arrived mail.UIDSet, err error) {
	if uids.Empty() {
		return arrived, nil
	}
	var own error // of ours, rather than of the connection
	err = x.reader.Fetch(ctx, uids, func(m mail.Message, body io.Reader) error {
		if !uids.Contains(m.UID) || arrived.Contains(m.UID) {
			return nil // nobody asked for it
		}
		arrived.Add(m.UID)
		if own = x.opts.Pace.message(ctx); own == nil {
			own = fn(m, x.opts.Pace.reader(ctx, body))
		}
		return own
	})
	strange, err := setAsideUnreadable(err)
	switch {
	case own != nil:
		return arrived, own
	case ctx.Err() != nil:
		return arrived, ctx.Err()
	case err != nil:
		for uid := range minusSet(uids, arrived).All() {
			// The one that would have come next.
			if err := x.suspect(ctx, Trouble{UID: uid, Stage: StageFetch}, err); err != nil {
				return arrived, err
			}
			break
		}
		return arrived, sourceErr(&againError{fmt.Errorf("fetch from %s: %w", x.folder.Name, err)})
	}
	gone := minusSet(uids, arrived)
	for uid, why := range strange {
		if gone.Contains(uid) {
			if err := x.abandon(ctx, Trouble{UID: uid, Stage: StageFetch}, fmt.Sprintf("not readable at the source: %v", why), why); err != nil {
				return arrived, err
			}
			gone = minusSet(gone, mail.UIDs(uid))
		}
	}
	return arrived, x.missing(ctx, gone)
}

// missing finds out why messages did not arrive: most likely they were removed
// meanwhile. What is still there but not handed out has failed.
func (x *crossing) missing(ctx context.Context, uids mail.UIDSet) error {
	if uids.Empty() {
		return nil
	}
	var still mail.UIDSet
	err := x.reader.Scan(ctx, uids, mail.ScanOptions{Items: mail.ItemFlags}, func(m mail.Message) error {
		if uids.Contains(m.UID) {
			still.Add(m.UID)
		}
		return nil
	})
	strange, err := setAsideUnreadable(err)
	for uid := range strange {
		if uids.Contains(uid) {
			still.Add(uid)
		}
	}
	if err != nil {
		return sourceErr(fmt.Errorf("look for messages of %s that did not arrive: %w", x.folder.Name, err))
	}
	for uid := range still.All() {
		const why = "the source lists the message but does not hand it out"
		if err := x.abandon(ctx, Trouble{UID: uid, Stage: StageFetch}, why, nil); err != nil {
			return err
		}
	}
	x.vanish(uids.Len() - still.Len())
	return nil
}

// receive takes one message from the source.
func (x *crossing) receive(ctx context.Context, it item, m mail.Message, body io.Reader) error {
	pc := &piece{item: it, size: m.Size, base: mail.CleanFlags(m.Flags), date: m.InternalDate}
	ask := x.asks && (it.verdict == nil || !it.verdict.asked)
	large := m.Size > x.opts.StreamFrom
	if large {
		// The gathered ones may not wait in memory for the budget of this one.
		if err := x.flush(ctx); err != nil {
			return err
		}
		if !ask && !x.rewrites && !it.undecided {
			return x.stream(ctx, pc, body)
		}
	}
	if err := x.load(ctx, pc, body, large); err != nil {
		return err
	}
	alone := x.alone(pc.uid)
	if it.undecided && !ask && !x.rewrites && !large && !alone {
		pc.candidate = x.candidate(pc, m) // it is asked with the others of its parcel
		return x.collect(ctx, pc)
	}
	if it.undecided {
		passes, err := x.askOnArrival(ctx, pc, x.candidate(pc, m))
		if err != nil || !passes {
			x.drop(pc)
			return err
		}
	}
	if ask {
		passes, err := x.askMessage(ctx, pc, m)
		if err != nil || !passes {
			x.drop(pc)
			return err
		}
	}
	if x.rewrites {
		passes, err := x.rewrite(ctx, pc, m)
		if err != nil || !passes {
			x.drop(pc)
			return err
		}
		more := pc.sentSize() - pc.size
		x.tally.change(x.row, func(f *task.FolderReport) { f.SourceBytes += more })
	}
	if passes, err := x.dress(ctx, pc); err != nil || !passes {
		x.drop(pc)
		return err
	}
	if alone || large || pc.sentSize() > x.opts.StreamFrom {
		if err := x.flushBefore(ctx, pc); err != nil {
			return err
		}
		x.gather.alone = alone
		return x.flush(ctx)
	}
	return x.collect(ctx, pc)
}

// collect adds a piece to what is gathered, and hands that on when it is enough.
func (x *crossing) collect(ctx context.Context, pc *piece) error {
	x.add(pc)
	if len(x.gather.pieces) >= x.limit.messages || x.gather.bytes >= x.limit.bytes {
		return x.flush(ctx)
	}
	return nil
}

// dress gives the piece its final flags and date. It reports whether the message goes
// on.
func (x *crossing) dress(ctx context.Context, pc *piece) (bool, error) {
	pc.flags = pc.base
	if v := pc.verdict; v != nil {
		if v.setFlags {
			pc.flags = v.flags
		}
		if !v.date.IsZero() {
			pc.date = v.date
		}
	}
	if pc.passing == nil {
		pc.id = messageID(pc.header())
	}
	return x.reflag(ctx, pc)
}

func (x *crossing) add(pc *piece) {
	x.gather.pieces = append(x.gather.pieces, pc)
	x.gather.bytes += pc.sentSize()
}

// flushBefore hands on what was gathered before pc, which has been loaded already,
// and begins to gather anew with pc.
func (x *crossing) flushBefore(ctx context.Context, pc *piece) error {
	mine := x.gather.crate
	if pc.crate != nil {
		x.mu.Lock()
		mine.holders++ // the next parcel goes on with the crate that pc lies in
		x.mu.Unlock()
	}
	if err := x.flush(ctx); err != nil {
		return err
	}
	if pc.crate != nil {
		x.gather.crate = mine
	}
	x.add(pc)
	return nil
}

// flush hands what is gathered to the send stage, once it is decided, and lets go of an empty crate.
func (x *crossing) flush(ctx context.Context) error {
	full := x.gather
	x.gather = &parcel{}
	defer x.letGo(full.crate)
	if err := x.decide(ctx, full); err != nil {
		return err
	}
	if len(full.pieces) == 0 {
		return nil
	}
	return x.hand(ctx, full)
}

func (x *crossing) hand(ctx context.Context, q *parcel) error {
	select {
	case x.parcels <- q:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
