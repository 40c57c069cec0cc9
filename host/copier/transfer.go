package copier

import (
	"bytes"
	"context"
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

// A parcel is a batch on its way.
type parcel struct {
	pieces []*piece
	bytes  int64
	alone  bool     // nothing else is on its way at the same time
	next   mail.UID // UIDNEXT of the target folder before the append, or less
	// handedOn is closed when the only piece's body, which is still being
	// downloaded, is no longer read; err is what reading or appending it gave.
	handedOn chan struct{}
	err      error
}

// A piece is one message on its way.
type piece struct {
	item
	size        int64 // exact
	flags       []mail.Flag
	base        []mail.Flag // flags at the source
	date        time.Time
	body        func() io.Reader // can be called again, unless the body is streamed
	fingerprint [16]byte
	id          [16]byte
	refusal     error // of this message alone
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
	if m.Size > x.opts.StreamFrom {
		// The gathered ones may not wait in memory for the budget of this one.
		if err := x.flush(ctx); err != nil {
			return err
		}
		if !ask {
			return x.stream(ctx, pc, body)
		}
	}
	content, err := x.load(ctx, pc, body)
	if err != nil {
		return err
	}
	if ask {
		passes, err := x.askMessage(ctx, pc, m, content)
		if err != nil || !passes {
			x.release(pc)
			return err
		}
	}
	x.dress(pc)
	if x.alone(pc.uid) {
		if err := x.flush(ctx); err != nil {
			return err
		}
		x.add(pc)
		x.gather.alone = true
		return x.flush(ctx)
	}
	if x.gather.bytes+pc.size > x.limit.bytes {
		if err := x.flush(ctx); err != nil {
			return err
		}
	}
	x.add(pc)
	if len(x.gather.pieces) >= x.limit.messages || x.gather.bytes >= x.limit.bytes {
		return x.flush(ctx)
	}
	return nil
}

// weight is what a message takes of the budget.
func (x *crossing) weight(size int64) int64 {
	if size > x.opts.SpoolFrom && x.opts.Spool != nil {
		size = 0
	}
	return min(max(size, 1), x.opts.laneBytes())
}

// load takes a whole message into memory or, when it is large, into a spool.
func (x *crossing) load(ctx context.Context, pc *piece, body io.Reader) (io.ReaderAt, error) {
	if err := x.budget.Acquire(ctx, x.weight(pc.size)); err != nil {
		return nil, err
	}
	var content io.ReaderAt
	if pc.size > x.opts.SpoolFrom && x.opts.Spool != nil {
		spool, err := x.opts.Spool()
		if err != nil {
			return nil, fmt.Errorf("spool a message of %d bytes: %w", pc.size, err)
		}
		x.mu.Lock()
		x.spooled[pc] = spool
		x.mu.Unlock()
		n, err := io.Copy(spool, io.LimitReader(body, pc.size))
		if err != nil || n != pc.size {
			x.release(pc)
			return nil, x.shortBody(ctx, pc, err)
		}
		content = spool
	} else {
		buf := make([]byte, pc.size)
		if _, err := io.ReadFull(body, buf); err != nil {
			x.release(pc)
			return nil, x.shortBody(ctx, pc, err)
		}
		content = bytes.NewReader(buf)
	}
	pc.body = func() io.Reader { return io.NewSectionReader(content, 0, pc.size) }
	fp, err := Fingerprint(pc.body())
	if err != nil {
		x.release(pc)
		return nil, fmt.Errorf("read back a spooled message: %w", err)
	}
	pc.fingerprint = fp
	return content, nil
}

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
	x.mu.Lock()
	spool := x.spooled[pc]
	delete(x.spooled, pc)
	x.mu.Unlock()
	if spool != nil {
		x.remove(spool)
	}
	x.budget.Release(x.weight(pc.size))
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
	if pc.body != nil && pc.id == [16]byte{} {
		pc.id = messageID(headerOf(pc.body()))
	}
}

func (x *crossing) add(pc *piece) {
	x.gather.pieces = append(x.gather.pieces, pc)
	x.gather.bytes += pc.size
}

// flush hands what is gathered to the send stage.
func (x *crossing) flush(ctx context.Context) error {
	if len(x.gather.pieces) == 0 {
		return nil
	}
	full := x.gather
	x.gather = &parcel{}
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
