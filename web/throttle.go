package web

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

const (
	freeAttempts     = 5                // wrong passwords before an address has to wait
	firstWait        = 2 * time.Second  // doubled with each further one
	longestWait      = 5 * time.Minute  // an honest person who comes back later is let in
	forgetAfter      = 30 * time.Minute // without any attempt
	trackedAddresses = 4096             // beyond, those longest without an attempt are forgotten
	parallelLogins   = 2                // argon2id takes its time and memory on purpose
)

// limits are how patient a throttle is.
type limits struct {
	free    int           // attempts before the first wait
	longest time.Duration // wait
}

var addressLimits = limits{free: freeAttempts, longest: longestWait}

// throttle slows the guessing of passwords down, for each address by itself, so
// that nobody can lock the administrator out from elsewhere. Its memory is bounded.
type throttle struct {
	limits
	slots chan struct{} // holds a token for each login being checked

	mu      sync.Mutex
	entries map[string]*list.Element
	recent  *list.List // of *attempts, latest first
	now     func() time.Time
}

// attempts are those of one address that have not led in.
type attempts struct {
	address string
	count   int
	last    time.Time
	until   time.Time // no attempt is looked at before
}

func newThrottle(l limits) *throttle {
	return &throttle{
		limits:  l,
		slots:   make(chan struct{}, parallelLogins),
		entries: map[string]*list.Element{},
		recent:  list.New(),
		now:     time.Now,
	}
}

// attempt counts an attempt of the address, or says how long it has to wait
// first. Counting comes before checking, so that many at once gain nothing.
func (t *throttle) attempt(address string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	a := t.entry(network(address), now)
	if now.Before(a.until) {
		return a.until.Sub(now)
	}
	a.count++
	a.last = now
	if over := a.count - t.free; over >= 0 {
		a.until = now.Add(min(firstWait<<min(over, 16), t.longest))
	}
	return 0
}

// succeeded forgets the attempts of the address.
func (t *throttle) succeeded(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[network(address)]; ok {
		t.forget(e)
	}
}

func (t *throttle) entry(key string, now time.Time) *attempts {
	if e, ok := t.entries[key]; ok {
		t.recent.MoveToFront(e)
		a := e.Value.(*attempts)
		if now.Sub(a.last) > forgetAfter {
			*a = attempts{address: key}
		}
		return a
	}
	if t.recent.Len() >= trackedAddresses {
		t.forget(t.recent.Back())
	}
	a := &attempts{address: key}
	t.entries[key] = t.recent.PushFront(a)
	return a
}

func (t *throttle) forget(e *list.Element) {
	t.recent.Remove(e)
	delete(t.entries, e.Value.(*attempts).address)
}

// network is the address itself, or the /64 that an IPv6 address belongs to: one
// customer has a whole one.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
