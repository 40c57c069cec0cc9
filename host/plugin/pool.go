package plugin

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// pool holds the instances of one binding: at most a fixed number, used by one goroutine at
// a time. Most questions take a few microseconds, and another instance of a plugin in Go takes
// milliseconds and megabytes. So another one is started when waiting for those that there are has cost as much
// time as a start.
type pool struct {
	start func(context.Context) (*instance, error)
	size  int

	mu      sync.Mutex
	places  int           // that nobody uses
	idle    []*instance   // at most as many as places; none while somebody waits
	waiting []chan handed // first come first served; each is answered once
	starts  time.Duration // what it took to start an instance; 0 is not known
	waited  time.Duration // since the last one was started
	closed  bool
	drained chan struct{} // closed when the pool is, and all places are free
}

// handed is a place with its instance, which may be nil, or neither because the pool was closed.
type handed struct {
	inst *instance
	ok   bool
}

// maxPatience bounds what is waited before another instance is started: the first one may
// have been started while the machine was busy.
const maxPatience = 20 * time.Millisecond

var errClosed = errors.New("the plugin has been closed")

func newPool(size int, start func(context.Context) (*instance, error)) *pool {
	return &pool{start: start, size: size, places: size, drained: make(chan struct{})}
}

// add puts in an instance before the first one is taken, and says how long its start took.
func (p *pool) add(inst *instance, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, inst)
	p.starts = min(took, maxPatience)
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

// enter waits for a place, and returns the instance that came with it; nil is none.
func (p *pool) enter(ctx context.Context) (*instance, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if inst := p.pop(); inst != nil {
		p.places--
		p.mu.Unlock()
		return inst, nil
	}
	patience := p.starts - p.waited
	if p.places == p.size || p.places > 0 && patience <= 0 {
		p.places, p.waited = p.places-1, 0
		p.mu.Unlock()
		return nil, nil
	}
	mine := make(chan handed, 1)
	p.waiting = append(p.waiting, mine)
	free := p.places > 0
	p.mu.Unlock()
	return p.wait(ctx, mine, free, patience)
}

// wait waits for an answer; where a place is free, at most for so long.
func (p *pool) wait(ctx context.Context, mine chan handed, free bool, patience time.Duration) (*instance, error) {
	var over <-chan time.Time
	if free {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		over = timer.C
	}
	began := time.Now()
	for {
		select {
		case got := <-mine:
			if !got.ok {
				return nil, errClosed
			}
			p.mu.Lock()
			p.waited += time.Since(began)
			p.mu.Unlock()
			return got.inst, nil
		case <-over:
			p.mu.Lock()
			i := slices.Index(p.waiting, mine)
			if i >= 0 && p.places > 0 {
				p.waiting = slices.Delete(p.waiting, i, i+1)
				p.places, p.waited = p.places-1, 0
				p.mu.Unlock()
				return nil, nil
			}
			p.mu.Unlock() // it has been answered, or others took the places
		case <-ctx.Done():
			p.mu.Lock()
			i := slices.Index(p.waiting, mine)
			if i >= 0 {
				p.waiting = slices.Delete(p.waiting, i, i+1)
			}
			p.mu.Unlock()
			if i < 0 {
				if got := <-mine; got.ok {
					p.put(got.inst) // it was given in the same moment
				}
			}
			return nil, context.Cause(ctx)
		}
	}
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
	if len(p.waiting) > 0 { // nobody waits in a closed pool
		p.waiting[0] <- handed{inst, true}
		p.waiting = slices.Delete(p.waiting, 0, 1)
		return
	}
	if inst != nil {
		p.idle = append(p.idle, inst)
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
		w <- handed{}
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
