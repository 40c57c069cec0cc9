package imap

import (
	"context"
	"sync"
	"time"
)

// squeeze has a connection compressed (RFC 4978) once the way to the server has
// turned out to be slow. Where it is fast, compressing costs more time than it
// saves.
func (a *Account) squeeze(ctx context.Context, s *session) error {
	slow := a.RoundTrip() >= nearby && a.gauge.slow(a.traffic.Received()+a.traffic.Sent())
	if !slow || !s.CanCompress() {
		return nil
	}
	a.log.Debug("compressing the connection")
	return s.Compress(ctx)
}

// nearby is the round trip below which a server is so near that the way to it is not
// what is slow.
const nearby = 5 * time.Millisecond

// A gauge measures how much crosses the network in a span of time, whatever keeps it
// from being more.
type gauge struct {
	over  time.Duration // the least time to measure
	least int64         // the least number of bytes to measure
	rate  float64       // bytes a second below which the way counts as slow

	mu     sync.Mutex
	since  time.Time
	before int64
	found  bool // slow; it stays so, because compressed bytes tell nothing
}

func newGauge() gauge {
	return gauge{over: 3 * time.Second, least: 1 << 20, rate: 1.5 * (1 << 20)}
}

// slow looks at how many bytes have been moved so far and reports whether the way
// is slow. Whoever calls it is about to move more.
func (g *gauge) slow(total int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since.IsZero() {
		g.since, g.before = time.Now(), total
	}
	took, moved := time.Since(g.since), total-g.before
	if g.found || took < g.over || moved < g.least {
		return g.found
	}
	g.found = float64(moved) < g.rate*took.Seconds()
	g.since, g.before = time.Now(), total
	return g.found
}
