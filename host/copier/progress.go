package copier

import (
	"reflect"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// rateOver is the time over which rates are taken: long enough that a batch more
// or less does not make them jump, short enough to show a stall.
const rateOver = 5 * time.Second

// A meter turns the tally into progress reports.
type meter struct {
	tally   *tally
	send    func(task.Progress)
	samples []sample // of the last rateOver, oldest first
	trail   trail
	last    task.Progress
}

type sample struct {
	at              time.Time
	messages, bytes int64
}

// run sends a report each time that something changed, at most one per interval,
// until done is closed. The last report is always sent.
func (m *meter) run(interval time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	m.report(false)
	for {
		select {
		case <-tick.C:
			m.report(false)
		case <-done:
			m.report(true)
			return
		}
	}
}

func (m *meter) report(always bool) {
	p := m.tally.snapshot()
	m.rate(&p)
	if !always && sameProgress(p, m.last) {
		return
	}
	m.last = p
	p.Trail = m.trail.add(p)
	m.send(p)
}

// rate fills in rates and the time left.
func (m *meter) rate(p *task.Progress) {
	now := sample{p.At, p.Counts.Copied, p.Counts.Bytes}
	m.samples = append(m.samples, now)
	for len(m.samples) > 2 && now.at.Sub(m.samples[1].at) >= rateOver {
		m.samples = m.samples[1:]
	}
	first := m.samples[0]
	span := now.at.Sub(first.at).Seconds()
	if span <= 0 || p.Phase != task.PhaseTransfer {
		return
	}
	p.MessagesPerSecond = max(0, float64(now.messages-first.messages)/span)
	p.BytesPerSecond = max(0, float64(now.bytes-first.bytes)/span)
	// Many small messages are bound by their number, few large ones by their
	// bytes: the slower of the two estimates is the honest one.
	left := estimate(p.Counts.Source-p.Counts.Handled(), p.MessagesPerSecond)
	left = max(left, estimate(p.Counts.SourceBytes-p.Counts.Bytes, p.BytesPerSecond))
	p.Left = left.Round(time.Second)
}

func estimate(left int64, rate float64) time.Duration {
	if left <= 0 || rate <= 0 {
		return 0
	}
	// A rate near zero would overflow, and says no more than "long".
	return time.Duration(min(float64(left)/rate, 1e6) * float64(time.Second))
}

// sameProgress reports whether b tells a viewer nothing that a did not.
func sameProgress(a, b task.Progress) bool {
	a.At, b.At = time.Time{}, time.Time{}
	a.Trail, b.Trail = nil, nil
	return reflect.DeepEqual(a, b)
}
