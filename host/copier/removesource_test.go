package copier_test

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func TestRemove_eachSourceByItsOwnRule(t *testing.T) {
	s := newScene(t)
	later := clocked(s)
	second, third := newAccount("second", s.world), newAccount("third", s.world)
	s.more = []copier.SourceAccount{{Name: "now", Open: second.open}, {Name: "later", Open: third.open}}
	for i, a := range []*account{s.source, second, third} {
		for n := range 3 {
			a.put(mail.Inbox, letter(10*i+n), day(n))
		}
	}
	s.options.Removal = copier.Removal{Limit: limit(t, "100%"), Sources: map[string]copier.FromSource{
		"now": {Delete: true}, "later": {Delete: true, After: 30 * oneDay}, "a": {}, // as if it was not named
	}}
	s.wants(s.run(), task.OutcomeDone, 9, 0)
	s.holds(s.source, mail.Inbox, 3)
	s.holds(second, mail.Inbox, 0)
	s.holds(third, mail.Inbox, 3)
	later(29*oneDay + 23*time.Hour)
	s.deleted(s.run(), 0, 0)
	later(2 * time.Hour)
	s.deleted(s.run(), 3, 0)
	s.holds(s.source, mail.Inbox, 3)
	s.holds(third, mail.Inbox, 0)
	s.holds(s.target, mail.Inbox, 9)
}

func TestRemove_aRuleForOneSourceExceptsItFromThatForAll(t *testing.T) {
	s := newScene(t)
	second := newAccount("second", s.world)
	s.more = []copier.SourceAccount{{Name: "kept", Open: second.open}}
	s.source.put(mail.Inbox, letter(1), day(1))
	second.put(mail.Inbox, letter(2), day(2))
	moving(s)
	s.options.Removal.Sources = map[string]copier.FromSource{"kept": {}}
	s.deleted(s.run(), 1, 0)
	s.holds(s.source, mail.Inbox, 0)
	s.holds(second, mail.Inbox, 1)
}
