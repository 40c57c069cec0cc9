package plugin

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// pool holds the instances of one binding: at most a fixed number, made when
// they are needed, used by one goroutine at a time.
type pool struct {
	start func(context.Context) (*instance, error)
	size  int

	mu      sync.Mutex
	places  int         // that nobody uses
	idle    []*instance // at most as many as places
	waiting []chan bool // who wants a place, first come first served; each is told once whether it has one
	closed  bool
	drained chan struct{} // closed when the pool is, and all places are free
}

var errClosed = errors.New("the plugin has been closed")

func newPool(size int, start func(context.Context) (*instance, error)) *pool {
	return &pool{start: start, size: size, places: size, drained: make(chan struct{})}
}

// add puts in an instance before the first one is taken.
func (p *pool) add(inst *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, inst)
}

// take waits for a place and returns an idle instance, or a fresh one. With an error
// there is nothing to give back.
func (p *pool) take(ctx context.Context) (*instance, error) {
	inst, err := p.enter(ctx)
	if inst != nil || err != nil {
		return inst, err
	}
	if inst, err = p.start(ctx); err != nil {
		p.put(nil)
	}
	return inst, err
}

// enter waits for a place, and returns the idle instance that there is.
func (p *pool) enter(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, errClosed
	case p.places > 0:
		p.places--
		inst := p.pop()
		p.mu.Unlock()
		return inst, nil
	}
	mine := make(chan bool, 1)
	p.waiting = append(p.waiting, mine)
	p.mu.Unlock()
	select {
	case got := <-mine:
		if !got {
			return nil, errClosed
		}
	case <-ctx.Done():
		p.mu.Lock()
		i := slices.Index(p.waiting, mine)
		if i >= 0 {
			p.waiting = slices.Delete(p.waiting, i, i+1)
		}
		p.mu.Unlock()
		if i < 0 && <-mine {
			p.put(nil) // it was given in the same moment
		}
		return nil, context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pop(), nil
}

// pop takes the instance that was used last, whose memory is the warmest; nil is none.
func (p *pool) pop() *instance {
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	inst := p.idle[n]
	p.idle[n], p.idle = nil, p.idle[:n]
	return inst
}

// put gives a place back, and with it a healthy instance; nil is none.
func (p *pool) put(inst *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if inst != nil {
		p.idle = append(p.idle, inst)
	}
	if len(p.waiting) > 0 { // nobody waits in a closed pool
		p.waiting[0] <- true
		p.waiting = slices.Delete(p.waiting, 0, 1)
		return
	}
	if p.places++; p.closed && p.places == p.size {
		close(p.drained)
	}
}

// close waits for the instances in use, and closes all. It is called once.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	for _, w := range p.waiting {
		w <- false
	}
	p.waiting = nil
	if p.places == p.size {
		close(p.drained)
	}
	p.mu.Unlock()
	<-p.drained
	for _, inst := range p.idle {
		inst.close()
	}
	p.idle = nil
}
