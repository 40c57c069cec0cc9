package plugin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestPool_losesNoPlace: many want the two places, some of them give up while they wait,
// and afterwards both places are there.
func TestPool_losesNoPlace(t *testing.T) {
	var made atomic.Int64
	p := newPool(2, func(context.Context) (*instance, error) {
		if n := made.Add(1); n%3 == 0 {
			return nil, errors.New("no luck")
		}
		return &instance{}, nil
	})
	var using atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				ctx, cancel := context.WithCancel(t.Context())
				if (g+i)%3 == 0 {
					go cancel()
				}
				inst, err := p.take(ctx)
				if err == nil {
					if n := using.Add(1); n > 2 {
						t.Errorf("%d instances are in use", n)
					}
					using.Add(-1)
					if i%5 == 0 {
						inst = nil // it has trapped
					}
					p.put(inst)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if p.places != 2 || len(p.waiting) > 0 || len(p.idle) > 2 {
		t.Errorf("%d places, %d waiting, %d idle", p.places, len(p.waiting), len(p.idle))
	}
	p.close()
}

// TestPool_closesUnderThoseWhoWait: who waits is told, and who has an instance is waited
// for.
func TestPool_closesUnderThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(1, func(context.Context) (*instance, error) { return &instance{}, nil })
		inst, err := p.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var refused error
		go func() { _, refused = p.take(context.Background()) }()
		synctest.Wait()
		closed := false
		go func() { p.close(); closed = true }()
		synctest.Wait()
		if closed || !errors.Is(refused, errClosed) {
			t.Errorf("closed %v, the one who waited got %v", closed, refused)
		}
		p.put(inst)
		synctest.Wait()
		if _, err := p.take(t.Context()); !closed || !errors.Is(err, errClosed) {
			t.Errorf("closed %v, got %v", closed, err)
		}
	})
}
