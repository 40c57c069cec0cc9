package copier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// A messenger tells recipients of copied messages, beside the lanes: what earlier
// runs left in the outbox, and what this one puts there. Each recipient has a
// goroutine of its own, so that a slow one keeps none of the others waiting.
//
// What can not be told now stays in the outbox and keeps nothing else from being
// copied. A recipient that fails several times in a row is left alone until the
// next run: a thousand messages behind a server that is down would take a thousand
// timeouts.
type messenger struct {
	*run
	recipients []Recipient
	wakes      []chan struct{} // by recipient; holds one
	over       chan struct{}   // closed when nothing more will be posted
	workers    sync.WaitGroup
}

const (
	// dueAtOnce is how many deliveries are read from the outbox at a time.
	dueAtOnce = 100
	// askedAtOnce is how many messages a recipient is told of at the same time.
	askedAtOnce = 4
	// failuresInARow is when a recipient is left alone until the next run.
	failuresInARow = 5
	// settleEvery bounds what is told again after a crash, and settleAt how many.
	settleEvery = 500 * time.Millisecond
	settleAt    = 50
	// lookForDue is how often the outbox is looked into for what is due again.
	lookForDue = 30 * time.Second
)

// openOutbox gets what earlier runs left behind ready. It is done before anything
// is copied.
func (r *run) openOutbox(ctx context.Context) error {
	recipients := r.hooks.Recipients()
	if len(recipients) == 0 {
		return nil
	}
	if err := r.cfg.Ledger.OpenOutbox(ctx, recipients, r.opts.RetryOutbox); err != nil {
		return ledgerFault(ctx, err)
	}
	r.messenger = &messenger{run: r, recipients: recipients, over: make(chan struct{})}
	for range recipients {
		r.messenger.wakes = append(r.messenger.wakes, make(chan struct{}, 1))
	}
	return nil
}

// begin starts telling. The caller calls finish.
func (m *messenger) begin(ctx context.Context) {
	if m == nil {
		return
	}
	for i, to := range m.recipients {
		m.workers.Go(func() {
			err := guarded(func() error { return m.serve(ctx, to, m.wakes[i]) })
			if err != nil && ctx.Err() == nil {
				m.log.Error("outbox not finished", "plugin", to.ID, "error", err)
				m.end(fmt.Errorf("outbox: %w", err))
			}
		})
	}
}

// finish waits until everything that is due was told.
func (m *messenger) finish() {
	if m == nil {
		return
	}
	close(m.over)
	m.workers.Wait()
}

// wake says that something was posted.
func (m *messenger) wake() {
	for _, w := range m.wakes {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// serve tells one recipient what is due until nothing more is, or until it has to
// be left alone.
func (m *messenger) serve(ctx context.Context, to Recipient, woken <-chan struct{}) error {
	round := &round{messenger: m, to: to}
	back := m.newBackoff()
	for {
		last := false
		select {
		case <-m.over:
			last = true
		default:
		}
		due, err := m.cfg.Ledger.Due(ctx, to.ID, m.now(), dueAtOnce)
		if err != nil {
			return ledgerFault(ctx, err)
		}
		if len(due) > 0 {
			if err := round.tell(ctx, due); err != nil {
				return err
			}
			switch wait, err := round.reconnect(back); {
			case err != nil:
				return err
			case wait > 0:
				if err := pause(ctx, wait); err != nil {
					return err
				}
			case round.tired():
				return nil
			default:
				back = m.newBackoff()
			}
			continue
		}
		if last {
			return nil
		}
		timer := time.NewTimer(lookForDue)
		select {
		case <-woken:
		case <-m.over:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
	}
}

// A round is the dealings of a run with one recipient.
type round struct {
	*messenger
	to Recipient

	mu       sync.Mutex
	failures int   // in a row
	broken   error // of the target, or of the ledger: nothing more can be told
	why      string
	settled  []Delivery
	since    time.Time // of the oldest of settled
}

// tired reports whether the recipient is to be left alone until the next run, and
// says so in the report.
func (o *round) tired() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.broken != nil:
		o.tally.note("the plugin %s is told of the rest in the next run, because the messages could not be read: %v", o.to.ID, o.broken)
		return true
	case o.failures >= failuresInARow:
		o.tally.note("the plugin %s failed %d times in a row and is told of the rest in the next run; the last time: %s", o.to.ID, o.failures, o.why)
		return true
	}
	return false
}

// reconnect returns how long to wait before messages are read again after a lost
// connection; 0 when that is not the trouble, or has been for too long. The error is
// the ledger's.
func (o *round) reconnect(back *backoff) (time.Duration, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case errors.Is(o.broken, ErrLedger):
		return 0, o.broken
	case o.broken == nil || !worthRetry(o.broken):
		return 0, nil
	}
	wait, err := back.next(o.broken)
	if err != nil {
		o.broken = err
		return 0, nil
	}
	o.broken = nil
	return wait, nil
}

// resting is tired without words.
func (o *round) resting() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.broken != nil || o.failures >= failuresInARow
}

// tell deals with what is due. Whatever comes of it is stored before it returns.
func (o *round) tell(ctx context.Context, due []Delivery) (err error) {
	var asking sync.WaitGroup
	places := make(chan struct{}, askedAtOnce)
	give := func(c *Copied, done func()) {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { done(); <-places }()
			if ctx.Err() != nil || o.resting() {
				return
			}
			if err := guarded(func() error { o.ask(ctx, c); return nil }); err != nil {
				o.fail(&c.Delivery, err.Error())
			}
		})
	}
	defer func() {
		asking.Wait()
		if serr := o.settle(ctx, true); err == nil {
			err = serr
		}
	}()
	if o.to.Needs == NeedsEnvelope {
		for _, d := range due {
			if o.resting() || ctx.Err() != nil {
				break
			}
			give(o.copied(d), func() {})
		}
		return ctx.Err()
	}
	for _, some := range byTargetFolder(due) {
		for _, portion := range portions(some) {
			if o.resting() || ctx.Err() != nil {
				return ctx.Err()
			}
			if err := o.fetch(ctx, portion, give); err != nil && ctx.Err() == nil {
				o.log.Warn("messages for a plugin not read", "plugin", o.to.ID, "error", err)
				o.mu.Lock()
				o.broken = err
				o.mu.Unlock()
				return nil
			}
		}
	}
	return ctx.Err()
}

func byTargetFolder(due []Delivery) [][]Delivery {
	var out [][]Delivery
	at := make(map[string]int)
	for _, d := range due {
		i, ok := at[d.Target]
		if !ok {
			i = len(out)
			at[d.Target] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], d)
	}
	return out
}

// ask tells the recipient of one message and keeps what it said.
func (o *round) ask(ctx context.Context, c *Copied) {
	answer, err := o.hooks.AfterMessage(ctx, o.to.ID, c)
	if err != nil && ctx.Err() != nil {
		return // nobody knows; it is told again
	}
	d := c.Delivery
	switch {
	case err != nil:
		o.fail(&d, err.Error())
		return
	case answer.Action == ActionDefer:
		d.failed(o.now(), answer.After, reason(Verdict{Note: answer.Note}, "deferred"), o.to.Digest)
	case answer.Action == ActionPass || answer.Action == ActionSkip:
		d.State = DeliveryDone
	default:
		o.fail(&d, fmt.Sprintf("it answered with the unknown action %d", answer.Action))
		return
	}
	o.mu.Lock()
	o.failures = 0
	o.mu.Unlock()
	o.keep(ctx, d, answer.Action == ActionPass)
}

// fail keeps that the recipient has failed.
func (o *round) fail(d *Delivery, why string) {
	d.failed(o.now(), 0, why, o.to.Digest)
	o.log.Warn("plugin not told", "plugin", o.to.ID, "folder", d.FolderName, "uid", d.UID, "attempt", d.Attempts, "error", why)
	o.mu.Lock()
	o.failures++
	o.why = why
	o.mu.Unlock()
	o.keep(context.Background(), *d, false)
}

// lose keeps that a message can not be told of any more.
func (o *round) lose(d Delivery, why string) {
	d.giveUp(why, o.to.Digest)
	o.keep(context.Background(), d, false)
}

// keep has the end of an attempt stored, soon.
func (o *round) keep(ctx context.Context, d Delivery, told bool) {
	o.mu.Lock()
	if len(o.settled) == 0 {
		o.since = time.Now()
	}
	o.settled = append(o.settled, d)
	o.mu.Unlock()
	if told {
		o.tally.told()
	}
	if d.State == DeliveryGivenUp {
		o.tally.list(task.Listed{
			Source: d.Source, Folder: d.FolderName, UID: uint32(d.UID), Fate: task.FateUntold,
			Reason: fmt.Sprintf("copied, but the plugin %s was not told of it, and is not told again: %s", d.Plugin, d.Reason),
		})
	}
	if err := o.settle(ctx, false); err != nil {
		o.mu.Lock()
		o.broken = err
		o.mu.Unlock()
	}
}

// settle stores what is kept when there is enough of it, or at once. What was told
// is remembered although the run ends.
func (o *round) settle(ctx context.Context, atOnce bool) error {
	o.mu.Lock()
	defer o.mu.Unlock() // two commits of one round would only wait for each other
	n := len(o.settled)
	if n == 0 || !atOnce && n < settleAt && time.Since(o.since) < settleEvery {
		return nil
	}
	list := slices.Clone(o.settled)
	o.settled = o.settled[:0]
	return ledgerErr(o.cfg.Ledger.Settle(context.WithoutCancel(ctx), list))
}

// copied is what the recipient is told, without header section and body.
func (o *round) copied(d Delivery) *Copied {
	c := &Copied{Delivery: d, Key: onceKey(o.cfg.Ledger.Identity(), &d)}
	c.Message.UID, c.Message.Flags, c.Message.InternalDate, c.Message.Size = d.UID, d.Flags, d.Date, d.Stored
	return c
}

// countOutbox takes the counts into the report, and notes what waits for plugins
// that this run does not ask.
func (r *run) countOutbox(ctx context.Context) {
	counts, err := r.cfg.Ledger.OutboxCounts(ctx)
	if err != nil {
		r.end(ledgerErr(err))
		return
	}
	for plugin, n := range counts {
		r.tally.waits(n)
		asked := r.messenger != nil && slices.ContainsFunc(r.messenger.recipients, func(to Recipient) bool { return to.ID == plugin })
		if !asked && n.Waiting > 0 {
			r.tally.note("%s wait for the plugin %s, which this run did not ask", count(n.Waiting, "copied message"), plugin)
		}
	}
}
