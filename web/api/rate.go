package api

import (
	"cmp"
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/mailweir/mailweir/host/access"
)

const (
	defaultRate = 25   // requests a second over time
	burst       = 100  // at once; a page of a large task list is followed by one each
	tracked     = 4096 // beyond, those longest without a request are forgotten
)

// rates bounds how many requests each token and each login makes. Its memory is
// bounded, too.
type rates struct {
	perSecond rate.Limit

	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of *bucket, latest first
}

type bucket struct {
	key string
	lim *rate.Limiter
}

func newRates(perSecond float64) *rates {
	return &rates{perSecond: rate.Limit(cmp.Or(perSecond, defaultRate)), byKey: map[string]*list.Element{}, recent: list.New()}
}

// take counts a request of the actor, or says how long it has to wait first.
func (r *rates) take(a access.Actor, now time.Time) (wait time.Duration) {
	key := cmp.Or(a.TokenID, a.LoginID, a.Address)
	r.mu.Lock()
	e, ok := r.byKey[key]
	if ok {
		r.recent.MoveToFront(e)
	} else {
		if r.recent.Len() >= tracked {
			last := r.recent.Back()
			r.recent.Remove(last)
			delete(r.byKey, last.Value.(*bucket).key)
		}
		e = r.recent.PushFront(&bucket{key: key, lim: rate.NewLimiter(r.perSecond, burst)})
		r.byKey[key] = e
	}
	lim := e.Value.(*bucket).lim
	r.mu.Unlock()
	reserved := lim.ReserveN(now, 1)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}
