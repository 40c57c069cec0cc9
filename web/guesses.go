package web

import (
	"time"

	"github.com/mailweir/mailweir/host/access"
)

// userLimits are generous, because whoever guesses makes the user wait, too.
var userLimits = limits{free: 20, longest: time.Minute}

// guesses slows the guessing of one user's password down that comes from many
// addresses, or from one where somebody else logs in now and then. Where the user
// has logged in before, only what is guessed there counts.
type guesses struct {
	users *throttle
	home  *throttle // of users at addresses where they have logged in
}

func newGuesses() *guesses {
	return &guesses{users: newThrottle(userLimits), home: newThrottle(addressLimits)}
}

// attempt counts an attempt, or says how long it has to wait first.
func (g *guesses) attempt(name, address string) (wait time.Duration) {
	if at := place(name, address); g.home.remembers(at) {
		return g.home.attempt(at)
	}
	return g.users.attempt(access.UserName(name))
}

// succeeded remembers where the user is at home, and forgets what was guessed there.
func (g *guesses) succeeded(name, address string) {
	at := place(name, address)
	g.home.succeeded(at)
	g.home.remember(at)
}

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
