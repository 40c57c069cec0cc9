package plugin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestPool_losesNoPlace: many want the two places, some of them give up while they wait,
// and afterwards both places are there.
func TestPool_losesNoPlace(t *testing.T) {
	for _, starts := range []time.Duration{0, 50 * time.Microsecond} {
		t.Run(starts.String(), func(t *testing.T) { losesNoPlace(t, starts) })
	}
}

func losesNoPlace(t *testing.T, starts time.Duration) {
	var made atomic.Int64
	p := newPool(2, func(context.Context) (*instance, error) {
		if n := made.Add(1); n%3 == 0 {
			return nil, errors.New("no luck")
		}
		return &instance{}, nil
	})
	p.starts = starts
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

// TestPool_startsAnotherInstanceWhenWaitingHasCostAsMuch: not for questions that are quick, at once
// for one that takes longer, and for quick ones when there are many.
func TestPool_startsAnotherInstanceWhenWaitingHasCostAsMuch(t *testing.T) {
	const start = 3 * time.Millisecond
	for _, tt := range []struct {
		name      string
		question  time.Duration
		questions int // of each of two who ask at the same time
		made      int // besides the first
		takes     time.Duration
	}{
		{"a few quick ones", time.Microsecond, 100, 0, 200 * time.Microsecond},
		{"many quick ones", 10 * time.Microsecond, 2000, 1, 20*time.Millisecond + 2*start},
		{"a slow one", time.Second, 1, 1, time.Second + 2*start},
		{"slow ones", time.Second, 5, 1, 5*time.Second + 2*start},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				made := 0
				p := newPool(4, func(context.Context) (*instance, error) {
					made++
					time.Sleep(start)
					return &instance{}, nil
				})
				p.add(&instance{}, start)
				began := time.Now()
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						for range tt.questions {
							inst, err := p.take(t.Context())
							if err != nil {
								t.Error(err)
								return
							}
							time.Sleep(tt.question)
							p.put(inst)
						}
					})
				}
				wg.Wait()
				if took := time.Since(began); made != tt.made || took > tt.takes {
					t.Errorf("%d were started, want %d; it took %s, want at most %s", made, tt.made, took, tt.takes)
				}
				p.close()
			})
		})
	}
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
