package task

import (
	"errors"
	"fmt"
	"time"
)

// Window is the part of a week in which runs may start. The zero value is the
// whole week.
type Window struct {
	// From and To are minutes after midnight. To belongs to the next day if it is
	// not later than From; when both are the same the window is open for a day.
	From, To int
	Days     CronField // the weekdays on which it opens, from Sunday, 0; none is every day
}

const dayMinutes = 24 * 60

func (w Window) validate() error {
	if w.From < 0 || w.From >= dayMinutes || w.To < 0 || w.To >= dayMinutes || w.Days > EveryWeekday {
		return errors.New("the time window is not one of a day")
	}
	return nil
}

// Open reports whether a run may start at t, by the clock of t's location.
func (w Window) Open(t time.Time) bool {
	if w == (Window{}) {
		return true
	}
	minute, today := t.Hour()*60+t.Minute(), t.Weekday()
	if w.From < w.To {
		return w.opens(today) && w.From <= minute && minute < w.To
	}
	return w.opens(today) && w.From <= minute || w.opens((today+6)%7) && minute < w.To
}

func (w Window) opens(day time.Weekday) bool { return w.Days == 0 || w.Days.Has(int(day)) }

// opening returns when the window is open, from t on: t itself if it is open then.
func (w Window) opening(t time.Time) time.Time {
	if w.Open(t) {
		return t
	}
	y, m, d := t.Date()
	// A window can lie in an hour that the clock leaps over: it is not open that
	// day, and may not be for another week.
	for i := range 16 {
		if at := clock(y, m, d+i, w.From/60, w.From%60, t.Location()); at.After(t) && w.Open(at) {
			return at
		}
	}
	return time.Time{}
}

// ParseClock reads a time of day, as 22:00, as minutes after midnight.
func ParseClock(s string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day like 22:00", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// ClockText is the inverse of ParseClock.
func ClockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
