package task

import (
	"fmt"
	"time"
)

// Link lets a person who has no account give the passwords of a task, once, and see
// how its copy goes. A task has one at most.
type Link struct {
	TaskID  string
	By      string // name of who made it
	Created time.Time
	Expires time.Time
	Used    time.Time // when the passwords were given; zero is not yet
}

// How long a link may be good for.
const (
	LinkTime    = 14 * 24 * time.Hour // unless somebody says otherwise
	MaxLinkTime = 90 * 24 * time.Hour
)

// ValidLinkTime reports why a link can not be good for d, or nil.
func ValidLinkTime(d time.Duration) error {
	if d < time.Hour || d > MaxLinkTime {
		return fmt.Errorf("a link is good for one hour to %d days", MaxLinkTime/(24*time.Hour))
	}
	return nil
}

// Asked are the accounts whose passwords a link of the task asks for: those that
// nobody has given yet, or else those of all sources that a person logs in to. Names
// of sources; "" is the destination. None is a task that needs nobody's password.
func (t Task) Asked() []string {
	if t.Waits() {
		return t.Missing
	}
	var names []string
	for _, s := range t.Sources {
		if s.Account.Personal() {
			names = append(names, s.Name)
		}
	}
	return names
}

// Waits reports whether the task waits for a password.
func (t Task) Waits() bool { return len(t.Missing) > 0 }

// AccountOf is the account of the source of that name; "" is the destination.
func (t Task) AccountOf(source string) (Account, bool) {
	if source == "" {
		return t.Destination, true
	}
	for _, s := range t.Sources {
		if s.Name == source {
			return s.Account, true
		}
	}
	return Account{}, false
}

// Personal reports whether its password is that of the one person whose mail it is,
// who therefore can be asked for it.
func (a Account) Personal() bool {
	return a.Kind == KindIMAP && !a.Referred() && a.Master == "" && a.Authzid == ""
}
