package copier

import (
	"context"
	"io"
	"sync"
	"time"
)

// A Pace bounds how many bytes a second are downloaded from all sources together.
// It can be changed at any time, also while a run waits because of it. The zero
// value is no limit.
type Pace struct {
	mu      sync.Mutex
	rate    float64 // bytes a second
	owed    float64 // bytes that came sooner than the pace allows
	at      time.Time
	changed chan struct{} // closed when the rate changes
}

// ahead is how much of a second may come at once: waiting for every few bytes would
// cost more than it evens out.
const ahead = 0.1

// paceStep is how much is read before it is asked again whether to wait.
const paceStep = 16 << 10

// Set sets the bytes a second; 0 or less is no limit.
func (p *Pace) Set(bytesPerSecond int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rate := float64(max(0, bytesPerSecond))
	if rate == p.rate {
		return
	}
	p.settle(time.Now())
	p.rate = rate
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// settle lets what is owed shrink with time.
func (p *Pace) settle(now time.Time) {
	if p.rate == 0 {
		p.owed = 0
	} else {
		p.owed = max(0, p.owed-p.rate*now.Sub(p.at).Seconds())
	}
	p.at = now
}

// take counts n bytes and returns when they may have come.
func (p *Pace) take(ctx context.Context, n int) error {
	p.mu.Lock()
	p.settle(time.Now())
	if p.rate > 0 {
		p.owed += float64(n)
	}
	for {
		wait := time.Duration(0)
		if p.rate > 0 {
			wait = time.Duration((p.owed/p.rate - ahead) * float64(time.Second))
		}
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
		p.settle(time.Now())
	}
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
		if waitErr := r.pace.take(r.ctx, n); waitErr != nil {
			return n, waitErr
		}
	}
	return n, err
}
