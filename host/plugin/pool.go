package plugin

import (
	"context"
	"errors"
)

// pool holds the instances of one binding: at most a fixed number, made when
// they are needed, used by one goroutine at a time.
type pool struct {
	start  func(context.Context) (*instance, error)
	places chan struct{}  // full when as many instances are in use as may be
	idle   chan *instance // as many places again, so that putting back never waits
	closed chan struct{}
}

var errClosed = errors.New("the plugin has been closed")

func newPool(size int, start func(context.Context) (*instance, error)) *pool {
	return &pool{
		start:  start,
		places: make(chan struct{}, size),
		idle:   make(chan *instance, size),
		closed: make(chan struct{}),
	}
}

// enter waits for a place. The caller leaves it again.
func (p *pool) enter(ctx context.Context) error {
	select {
	case <-p.closed:
		return errClosed
	default:
	}
	select {
	case p.places <- struct{}{}:
		return nil
	case <-p.closed:
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *pool) leave() { <-p.places }

// take returns an idle instance, or a fresh one. The caller holds a place.
func (p *pool) take(ctx context.Context) (*instance, error) {
	select {
	case inst := <-p.idle:
		return inst, nil
	default:
		return p.start(ctx)
	}
}

// put gives a healthy instance back. The caller holds a place.
func (p *pool) put(inst *instance) { p.idle <- inst }

// close waits for the instances in use, and closes all. It is called once.
func (p *pool) close() {
	close(p.closed)
	for range cap(p.places) {
		p.places <- struct{}{}
	}
	close(p.idle)
	for inst := range p.idle {
		inst.close()
	}
}
