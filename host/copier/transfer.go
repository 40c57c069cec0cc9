package copier

import (
	"context"
	"crypto/sha256"
	"errors"
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
// What is in memory is bounded by budget; a message leaves it when its fate is
// known.
type crossing struct {
	*pass
	to    string // Name of the target folder
	w     mail.Writer
	n     int // number of the pair
	next  mail.UID
	asks  bool // FilterMessage is there
	limit struct {
		messages int
		bytes    int64
	}

	budget  *semaphore.Weighted
	parcels chan *parcel // fetch to send
	flying  chan flight  // send to settle
	refused chan *parcel // settle back to send
	slots   chan struct{}

	gather    *parcel // being filled by fetch
	elsewhere groups  // of fetch: filters sent these to another folder

	mu      sync.Mutex
	err     error       // the first one
	unnamed []unnamed   // stored, UID unknown, in the order of sending
	told    mail.UIDSet // UIDs at the target that were told
	spooled map[*piece]Spool

	keeps map[mail.Flag]bool // of send: KeepsFlag so far
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
	if pair.TargetValidity == 0 {
		// After the adoption: a crash before this repeats it.
		if err := p.save(ctx, pair, func(pair *Pair) { pair.TargetValidity = validity }); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		return nil, nil
	}
	x := newCrossing(p, w, n, g.target)
	if err := x.run(ctx, items); err != nil {
		return nil, err
	}
	if err := x.name(ctx); err != nil {
		return nil, err
	}
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
		pass: p, w: w, n: n, to: to, next: max(w.Status().UIDNext, 1), asks: p.hooks.Asks(HookFilterMessage),
		budget:    semaphore.NewWeighted(p.opts.laneBytes()),
		parcels:   make(chan *parcel),
		flying:    make(chan flight, p.opts.BatchesInFlight),
		refused:   make(chan *parcel, p.opts.BatchesInFlight+1),
		slots:     make(chan struct{}, p.opts.BatchesInFlight),
		gather:    &parcel{},
		elsewhere: make(groups),
		keeps:     make(map[mail.Flag]bool),
		spooled:   make(map[*piece]Spool),
	}
	messages, size := w.Batch()
	x.limit.messages = max(1, min(messages, p.opts.BatchMessages))
	x.limit.bytes = min(size, p.opts.BatchBytes)
	if size <= 0 {
		x.limit.bytes = p.opts.BatchBytes
	}
	return x
}

// run moves the stages and returns the first error when all are at rest.
func (x *crossing) run(ctx context.Context, items []item) error {
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
	stage(func() error { defer close(x.parcels); return x.fetch(work, items) })
	stage(func() error { defer close(x.flying); return x.send(work, late) })
	// Answers to what has left are waited for even when something else broke, and
	// for a while when the run is asked to stop.
	stage(func() error { return x.settleAll(late, stop) })
	wg.Wait()
	for _, spool := range x.spooled { // of messages that something broke off
		x.remove(spool)
	}
	return x.err
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

// fetch downloads the items in windows and gathers them into parcels.
func (x *crossing) fetch(ctx context.Context, items []item) error {
	for len(items) > 0 {
		n := x.window(items)
		if err := x.fetchWindow(ctx, items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	return x.flush(ctx)
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

func (x *crossing) fetchWindow(ctx context.Context, items []item) error {
	uids := make([]mail.UID, 0, len(items))
	for _, it := range items {
		if !x.isLeft(it.uid) {
			uids = append(uids, it.uid)
		}
	}
	window := mail.UIDs(uids...)
	if window.Empty() {
		return nil
	}
	var arrived mail.UIDSet
	var own error // of ours, rather than of the connection
	err := x.reader.Fetch(ctx, window, func(m mail.Message, body io.Reader) error {
		i, ok := slices.BinarySearchFunc(items, m.UID, func(it item, uid mail.UID) int { return int(int64(it.uid) - int64(uid)) })
		if !ok || !window.Contains(m.UID) || arrived.Contains(m.UID) {
			return nil // nobody asked for it
		}
		arrived.Add(m.UID)
		own = x.receive(ctx, items[i], m, body)
		return own
	})
	strange, err := setAsideUnreadable(err)
	switch {
	case own != nil:
		return own
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		for uid := range minusSet(window, arrived).All() {
			x.suspect(uid, err) // the one that would have come next
			break
		}
		return sourceErr(&againError{fmt.Errorf("fetch from %s: %w", x.folder.Name, err)})
	}
	for uid, why := range strange {
		if window.Contains(uid) && !arrived.Contains(uid) {
			arrived.Add(uid)
			x.keepBack(uid, task.FateFailed, fmt.Sprintf("not readable at the source: %v", why))
		}
	}
	return x.missing(ctx, minusSet(window, arrived))
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
		x.keepBack(uid, task.FateFailed, "the source lists the message but does not hand it out")
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
		if !ask {
			return x.stream(ctx, pc, body)
		}
	}
	if err := x.load(ctx, pc, body, large); err != nil {
		return err
	}
	if ask {
		passes, err := x.askMessage(ctx, pc, m)
		if err != nil || !passes {
			x.drop(pc)
			return err
		}
	}
	x.dress(pc)
	if alone := x.alone(pc.uid); alone || large {
		if err := x.flushBefore(ctx, pc); err != nil {
			return err
		}
		x.gather.alone = alone
		return x.flush(ctx)
	}
	x.add(pc)
	if len(x.gather.pieces) >= x.limit.messages || x.gather.bytes >= x.limit.bytes {
		return x.flush(ctx)
	}
	return nil
}

// load takes a whole message into memory: into the crate of its parcel or, when it
// is large, into memory of its own or a spool.
func (x *crossing) load(ctx context.Context, pc *piece, body io.Reader, large bool) error {
	var err error
	switch {
	case !large:
		err = x.pack(ctx, pc, body)
	case x.spools(pc.size):
		err = x.spoolOut(ctx, pc, body)
	default:
		err = x.hold(ctx, pc, body)
	}
	if err != nil || pc.spool != nil {
		return err
	}
	sum := sha256.Sum256(pc.memory)
	copy(pc.fingerprint[:], sum[:])
	return nil
}

// hold takes a large message into memory of its own.
func (x *crossing) hold(ctx context.Context, pc *piece, body io.Reader) error {
	if err := x.budget.Acquire(ctx, x.weight(pc.size)); err != nil {
		return err
	}
	pc.memory = make([]byte, pc.size)
	if _, err := io.ReadFull(body, pc.memory); err != nil {
		x.release(pc)
		return x.shortBody(ctx, pc, err)
	}
	return nil
}

// spools reports whether a message of that size goes to a spool.
func (x *crossing) spools(size int64) bool { return size > x.opts.SpoolFrom && x.opts.Spool != nil }

// spoolOut takes a large message into a temporary file.
func (x *crossing) spoolOut(ctx context.Context, pc *piece, body io.Reader) error {
	spool, err := x.opts.Spool()
	if err != nil {
		return fmt.Errorf("spool a message of %d bytes: %w", pc.size, err)
	}
	pc.spool = spool
	x.mu.Lock()
	x.spooled[pc] = spool
	x.mu.Unlock()
	n, err := io.Copy(spool, io.LimitReader(body, pc.size))
	if err != nil || n != pc.size {
		x.release(pc)
		return x.shortBody(ctx, pc, err)
	}
	if pc.fingerprint, err = Fingerprint(pc.body()); err != nil {
		x.release(pc)
		return fmt.Errorf("read back a spooled message: %w", err)
	}
	return nil
}

// weight is what a message in memory of its own takes of the budget.
func (x *crossing) weight(size int64) int64 { return min(max(size, 1), x.opts.laneBytes()) }

// shortBody is the error for a message that did not arrive as a whole.
func (x *crossing) shortBody(ctx context.Context, pc *piece, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = mail.ErrShortBody
	}
	x.suspect(pc.uid, err)
	return sourceErr(&againError{fmt.Errorf("fetch %s/%d: %w", x.folder.Name, pc.uid, err)})
}

// release gives back what a piece holds.
func (x *crossing) release(pc *piece) {
	switch {
	case pc.passing != nil:
	case pc.crate != nil:
		x.letGo(pc.crate)
	case pc.spool != nil:
		x.mu.Lock()
		delete(x.spooled, pc)
		x.mu.Unlock()
		x.remove(pc.spool)
	default:
		x.budget.Release(x.weight(pc.size))
	}
}

// drop releases the piece that was loaded last and goes nowhere.
func (x *crossing) drop(pc *piece) {
	if pc.crate != nil {
		x.unpack(pc)
		return
	}
	x.release(pc)
}

func (x *crossing) remove(spool Spool) {
	if err := spool.Close(); err != nil {
		x.log.Warn("remove spool", "error", err)
	}
}

// dress gives the piece its final flags and date.
func (x *crossing) dress(pc *piece) {
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
}

func (x *crossing) add(pc *piece) {
	x.gather.pieces = append(x.gather.pieces, pc)
	x.gather.bytes += pc.size
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

// flush hands what is gathered to the send stage, and lets go of an empty crate.
func (x *crossing) flush(ctx context.Context) error {
	full := x.gather
	x.gather = &parcel{}
	defer x.letGo(full.crate)
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
