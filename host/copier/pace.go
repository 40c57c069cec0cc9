package copier

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// A Pace bounds how many bytes, and how many messages, a second are downloaded from all
// sources together. It can be changed at any time, also while a run waits because of it.
// The zero value is no limit.
type Pace struct {
	mu       sync.Mutex
	bytes    bucket
	messages bucket
	changed  chan struct{} // closed when a rate changes
}

// A bucket is one of the two limits.
type bucket struct {
	rate float64 // a second; 0 is no limit
	owed float64 // what came sooner than the rate allows
	at   time.Time
}

// ahead is how much of a second may come at once: waiting for every few bytes would
// cost more than it evens out.
const ahead = 0.1

// paceStep is how much is read before it is asked again whether to wait.
const paceStep = 16 << 10

// Set sets the limits.
func (p *Pace) Set(to task.Pace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	bytes, messages := p.bytes.set(float64(max(0, to.Bytes)), now), p.messages.set(float64(max(0, to.Messages)), now)
	if (bytes || messages) && p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// set reports whether the rate has changed.
func (b *bucket) set(rate float64, now time.Time) bool {
	if rate == b.rate {
		return false
	}
	b.settle(now)
	b.rate = rate
	return true
}

// settle lets what is owed shrink with time.
func (b *bucket) settle(now time.Time) {
	if b.rate == 0 {
		b.owed = 0
	} else {
		b.owed = max(0, b.owed-b.rate*now.Sub(b.at).Seconds())
	}
	b.at = now
}

// wait is how long it takes until what is owed may be there.
func (b *bucket) wait() time.Duration {
	if b.rate == 0 {
		return 0
	}
	return time.Duration((b.owed/b.rate - ahead) * float64(time.Second))
}

// take counts n in the bucket, which is one of p, and returns when they may have come.
func (p *Pace) take(ctx context.Context, b *bucket, n int) error {
	p.mu.Lock()
	b.settle(time.Now())
	if b.rate > 0 {
		b.owed += float64(n)
	}
	for {
		wait := b.wait()
		if wait <= 0 {
			p.mu.Unlock()
			return nil
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.mu.Lock()
		b.settle(time.Now())
	}
}

// message counts one that has begun to arrive, and returns when it may have come. A nil
// Pace is no limit.
func (p *Pace) message(ctx context.Context) error {
	if p == nil {
		return nil
	}
	return p.take(ctx, &p.messages, 1)
}

// reader is r at this pace. A nil Pace is no limit.
func (p *Pace) reader(ctx context.Context, r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return &pacedReader{ctx, p, r}
}

type pacedReader struct {
	ctx  context.Context // of the download whose body it is
	pace *Pace
	r    io.Reader
}

func (r *pacedReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b[:min(len(b), paceStep)])
	if n > 0 {
		if waitErr := r.pace.take(r.ctx, &r.pace.bytes, n); waitErr != nil {
			return n, waitErr
		}
	}
	return n, err
}
