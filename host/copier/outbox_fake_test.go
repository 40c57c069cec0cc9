package copier_test

import (
	"context"
	"slices"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

// later are the hooks that are asked around the copying; nil ones are not asked.
type later struct {
	recipients []copier.Recipient
	message    func(recipient string, m *copier.Copied) (copier.DeliveryAnswer, error)
	before     func(*copier.Plan) (copier.RunVerdict, error)
	folder     func(task.FolderReport) error
	end        func(*task.Report) error
	trouble    func(*copier.Trouble) (copier.RunVerdict, error)
}

func (l later) asks(kind copier.HookKind) bool {
	switch kind {
	case copier.HookAfterMessage:
		return l.message != nil
	case copier.HookBeforeTask:
		return l.before != nil
	case copier.HookAfterFolder:
		return l.folder != nil
	case copier.HookAfterTask:
		return l.end != nil
	case copier.HookOnError:
		return l.trouble != nil
	}
	return false
}

func (l later) Recipients() []copier.Recipient { return l.recipients }

func (l later) AfterMessage(_ context.Context, to string, m *copier.Copied) (copier.DeliveryAnswer, error) {
	return l.message(to, m)
}

func (l later) BeforeTask(_ context.Context, p *copier.Plan) (copier.RunVerdict, error) {
	return l.before(p)
}

func (l later) AfterFolder(_ context.Context, f task.FolderReport) error { return l.folder(f) }

func (l later) AfterTask(_ context.Context, r *task.Report) error { return l.end(r) }

func (l later) OnError(_ context.Context, t *copier.Trouble) (copier.RunVerdict, error) {
	return l.trouble(t)
}

// outbox is that of the ledger in memory, guarded by ledger.mu.
type outbox struct {
	rows []copier.Delivery // in the order in which they were posted
	last int64
}

func (o *outbox) find(d copier.Delivery) int {
	return slices.IndexFunc(o.rows, func(r copier.Delivery) bool {
		return r.Plugin == d.Plugin && r.Source == d.Source && r.Folder == d.Folder && r.UIDValidity == d.UIDValidity && r.UID == d.UID
	})
}

func (o *outbox) put(d copier.Delivery) {
	i := o.find(d)
	switch {
	case d.State == copier.DeliveryVoid:
		if i >= 0 {
			o.rows = slices.Delete(o.rows, i, i+1)
		}
	case i < 0:
		o.last++
		d.ID = o.last
		o.rows = append(o.rows, d)
	default:
		r := &o.rows[i]
		r.Target, r.TargetValidity, r.TargetUID, r.Stored, r.Date, r.Flags = d.Target, d.TargetValidity, d.TargetUID, d.Stored, d.Date, d.Flags
		if r.State == copier.DeliveryUnsure {
			r.State = d.State
		}
	}
}

func (l *ledger) Identity() string { return "the ledger of the tests" }

func (l *ledger) Post(_ context.Context, pair int64, entries []copier.Entry, deliveries []copier.Delivery) error {
	f := l.world.step("ledger post")
	if f == faultKill || f == faultDrop {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entries {
		e.Flags = slices.Clone(e.Flags)
		l.entries[pair-1][e.UID] = e
	}
	for _, d := range deliveries {
		l.outbox.put(d)
	}
	if f != faultNone {
		return errDead
	}
	return nil
}

func (l *ledger) OpenOutbox(_ context.Context, recipients []copier.Recipient, again bool) error {
	f := l.world.step("ledger open outbox")
	if f == faultKill || f == faultDrop {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.outbox.rows {
		d := &l.outbox.rows[i]
		if d.State == copier.DeliveryUnsure {
			d.State = copier.DeliveryWaiting
		}
		for _, r := range recipients {
			if d.Plugin == r.ID && (d.State == copier.DeliveryGivenUp || d.Attempts > 0) && (again || d.Digest != r.Digest) {
				d.State, d.Attempts, d.Next = copier.DeliveryWaiting, 0, time.Time{}
			}
		}
	}
	if f != faultNone {
		return errDead
	}
	return nil
}

func (l *ledger) Due(_ context.Context, plugin string, now time.Time, limit int) ([]copier.Delivery, error) {
	if l.world.step("ledger due") != faultNone {
		return nil, errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []copier.Delivery
	for _, d := range l.outbox.rows {
		if d.Plugin == plugin && d.State == copier.DeliveryWaiting && !d.Next.After(now) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b copier.Delivery) int { return a.Attempts - b.Attempts })
	return out[:min(limit, len(out))], nil
}

func (l *ledger) Settle(_ context.Context, deliveries []copier.Delivery) error {
	f := l.world.step("ledger settle")
	if f == faultKill || f == faultDrop {
		return errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range deliveries {
		i := slices.IndexFunc(l.outbox.rows, func(r copier.Delivery) bool { return r.ID == d.ID })
		switch {
		case i < 0:
		case d.State == copier.DeliveryDone:
			l.outbox.rows = slices.Delete(l.outbox.rows, i, i+1)
		default:
			r := &l.outbox.rows[i]
			r.State, r.Attempts, r.Next, r.Reason, r.Digest = d.State, d.Attempts, d.Next, d.Reason, d.Digest
		}
	}
	if f != faultNone {
		return errDead
	}
	return nil
}

func (l *ledger) OutboxCounts(context.Context) (map[string]copier.OutboxCount, error) {
	if l.world.step("ledger count outbox") != faultNone {
		return nil, errDead
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]copier.OutboxCount)
	for _, d := range l.outbox.rows {
		n := out[d.Plugin]
		if d.State == copier.DeliveryGivenUp {
			n.GivenUp++
		} else {
			n.Waiting++
		}
		out[d.Plugin] = n
	}
	return out, nil
}
