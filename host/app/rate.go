package app

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rateStep is the most that one read or write moves while there is a bound, so that a
// slow rate is a trickle and no wait for minutes.
const rateStep = 16 << 10

// rates are the bounds on how fast runs transfer, of those at work in this process.
// The zero value works.
type rates struct {
	mu   sync.Mutex
	runs map[string]*pace // by ID of the run
}

// begin is the pace of a run from now on; the caller calls end.
func (r *rates) begin(runID string, bytesPerSecond int64) (p *pace, end func()) {
	p = &pace{lim: rate.NewLimiter(rate.Inf, rateStep)}
	p.set(bytesPerSecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == nil {
		r.runs = map[string]*pace{}
	}
	r.runs[runID] = p
	return p, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.runs, runID)
	}
}

// set changes the pace of a run at once, if it is at work here.
func (r *rates) set(runID string, bytesPerSecond int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.runs[runID]; p != nil {
		p.set(bytesPerSecond)
	}
}

// pace bounds what all connections of a run transfer together.
type pace struct{ lim *rate.Limiter }

func (p *pace) set(bytesPerSecond int64) {
	limit := rate.Limit(bytesPerSecond)
	if bytesPerSecond <= 0 {
		limit = rate.Inf
	}
	p.lim.SetLimit(limit)
}

func (p *pace) bound() bool { return p.lim.Limit() != rate.Inf }

// wait takes n bytes, n being at most rateStep. It looks again every now and then, so
// that a bound which is lifted meanwhile does not hold up what waits for its turn.
func (p *pace) wait(ctx context.Context, n int) error {
	for p.bound() {
		now := time.Now()
		r := p.lim.ReserveN(now, n)
		d := r.DelayFrom(now)
		if d <= paceLook {
			return sleep(ctx, d)
		}
		r.CancelAt(now)
		if err := sleep(ctx, paceLook); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// paceLook is how long a connection waits at most before it looks at the pace again.
const paceLook = 200 * time.Millisecond

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// paced makes connections that keep the pace.
func paced(dial dialFunc, p *pace) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		closed, end := context.WithCancel(context.WithoutCancel(ctx))
		return &pacedConn{Conn: nc, pace: p, closed: closed, end: end}, nil
	}
}

type pacedConn struct {
	net.Conn
	pace   *pace
	closed context.Context // a connection that is closed must not wait any more
	end    context.CancelFunc
}

// Read waits for what it has read before it hands it over: the next read begins later,
// and the sender is held up by TCP.
func (c *pacedConn) Read(b []byte) (int, error) {
	if c.pace.bound() && len(b) > rateStep {
		b = b[:rateStep]
	}
	n, err := c.Conn.Read(b)
	if waitErr := c.pace.wait(c.closed, min(n, rateStep)); waitErr != nil && err == nil {
		err = net.ErrClosed
	}
	return n, err
}

// Write implements net.Conn.
func (c *pacedConn) Write(b []byte) (written int, err error) {
	for len(b) > 0 && c.pace.bound() {
		step := b[:min(len(b), rateStep)]
		if c.pace.wait(c.closed, len(step)) != nil {
			return written, net.ErrClosed
		}
		n, err := c.Conn.Write(step)
		written += n
		if err != nil {
			return written, err
		}
		b = b[len(step):]
	}
	if len(b) > 0 {
		n, err := c.Conn.Write(b)
		return written + n, err
	}
	return written, nil
}

// Close implements net.Conn.
func (c *pacedConn) Close() error {
	c.end()
	return c.Conn.Close()
}
