package web

import (
	"time"

	"github.com/mailweir/mailweir/host/access"
)

// userLimits are generous, because whoever guesses makes the user wait, too.
var userLimits = limits{free: 20, longest: time.Minute}

// guesses slows the guessing of one user's password down that comes from many
// addresses. From an address where the user has logged in before nothing is slowed
// down by what others guess.
type guesses struct {
	users *throttle
	home  *throttle // of users at addresses; used for what it remembers
}

func newGuesses() *guesses {
	return &guesses{users: newThrottle(userLimits), home: newThrottle(addressLimits)}
}

// attempt counts an attempt, or says how long it has to wait first.
func (g *guesses) attempt(name, address string) (wait time.Duration) {
	if g.home.remembers(place(name, address)) {
		return 0
	}
	return g.users.attempt(access.UserName(name))
}

// succeeded remembers where the user is at home. The attempts of others stay counted.
func (g *guesses) succeeded(name, address string) { g.home.remember(place(name, address)) }

func place(name, address string) string { return access.UserName(name) + " " + network(address) }

// remembers reports whether remember was called for the key, not too long ago.
func (t *throttle) remembers(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.entries[key]
	return ok
}

// remember keeps the key until newer ones have taken its place.
func (t *throttle) remember(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entry(key, t.now())
}
