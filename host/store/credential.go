package store

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/mailweir/mailweir/host/task"
)

// place is where a credential is stored and what it opens. Both are
// authenticated by the seal: a sealed password opens neither in another row nor
// for an account whose server, protection or login was changed, be it by a form
// or by somebody who can write to the database but does not have the key.
type place struct {
	row     string // "table.column:row"
	account task.Account
}

func sourcePlace(taskID string, s task.Source) place {
	return place{row: "source.password:" + taskID + "/" + s.Name, account: s.Account}
}

func destinationPlace(t task.Task) place {
	return place{row: "task.destination_password:" + t.ID, account: t.Destination}
}

func (p place) where() string { return p.row + " " + reach(p.account) }

// reach spells all that decides which server a password is sent to, how that
// server is recognised, and whose password it is. Two accounts with the same
// reach may use the same stored password.
func reach(a task.Account) string {
	return fmt.Sprintf("%s %q %d %s user=%q master=%q sep=%q authzid=%q ca=%q pin=%q",
		a.Kind, strings.ToLower(a.Host), a.Port, a.TLS, a.User, a.Master, cmp.Or(a.Sep, "*"), a.Authzid, a.CAFile, strings.ToLower(a.Pin))
}

// seal returns what to store for the account at p. A new password is sealed.
// Without one, what was stored before (kept) stays if it belongs to the same
// reach (before); otherwise the password is needed.
func (s *Store) seal(p place, kept, before string) (string, error) {
	if p.account.Password != "" {
		if s.box == nil {
			return "", ErrNoKey
		}
		return s.box.Seal(p.where(), []byte(p.account.Password.Reveal()))
	}
	if p.account.Kind != task.KindIMAP {
		return "", nil
	}
	if kept == "" {
		return "", ErrPasswordNeeded
	}
	if reach(p.account) != before {
		return "", fmt.Errorf("%w again, because the stored one belongs to another server or login", ErrPasswordNeeded)
	}
	return kept, nil
}

func (s *Store) unseal(p place, sealed string) (task.Password, error) {
	if sealed == "" {
		return "", nil
	}
	if s.box == nil {
		return "", ErrNoKey
	}
	plain, err := s.box.Unseal(p.where(), sealed)
	return task.Password(plain), err
}
