package task

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"
)

// Schedule says when runs start by themselves: every so often, or at the times of
// a cron line. The zero value is never: such a task runs by hand only.
type Schedule struct {
	Every  time.Duration // from one start to the next; 0 is no interval
	Cron   string        // as ParseCron takes it; "" is no cron line
	Zone   string        // IANA name of the time zone of Cron and Window; "" is the service's
	Window Window        // outside of it nothing starts
	Jitter int           // start later, by up to this many hundredths of the time to the next run
}

// The limits of a Schedule.
const (
	MinInterval = time.Minute
	MaxInterval = 31 * 24 * time.Hour
	MaxJitter   = 50 // so that no run starts after the time of the next one
	// LongestJitter is the limit where hundredths are much: of a year, say.
	LongestJitter = time.Hour
)

// ByHand reports whether nothing starts by itself.
func (s Schedule) ByHand() bool { return s.Every == 0 && s.Cron == "" }

// Validate reports all that is wrong with the schedule. It may read the system's
// time zones.
func (s Schedule) Validate() error {
	var errs []error
	if s.Every != 0 && s.Cron != "" {
		errs = append(errs, errors.New("a schedule has an interval or a cron line, not both"))
	}
	if s.Every != 0 && s.Every < MinInterval {
		errs = append(errs, fmt.Errorf("the interval %s is shorter than %s", s.Every, MinInterval))
	}
	if s.Every > MaxInterval {
		errs = append(errs, fmt.Errorf("the interval %s is longer than %d days", s.Every, MaxInterval/(24*time.Hour)))
	}
	if s.Jitter < 0 || s.Jitter > MaxJitter {
		errs = append(errs, fmt.Errorf("the jitter %d is not from 0 to %d", s.Jitter, MaxJitter))
	}
	if s.Cron != "" {
		if _, err := ParseCron(s.Cron); err != nil {
			errs = append(errs, fmt.Errorf("cron line: %w", err))
		}
	}
	if _, err := LoadZone(s.Zone); err != nil {
		errs = append(errs, err)
	}
	if err := s.Window.validate(); err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 0 && s.NeverOpen() {
		errs = append(errs, errors.New("no time of the cron line lies within the time window"))
	}
	return errors.Join(errs...)
}

// NeverOpen reports whether the window leaves nothing of a schedule that is valid
// otherwise.
func (s Schedule) NeverOpen() bool {
	return !s.ByHand() && s.slot(time.Unix(0, 0), time.Unix(0, 0)).IsZero()
}

// LoadZone finds the time zone of an IANA name; "" is the service's own.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("there is no time zone %q", name)
	}
	return loc, nil
}

// Location is the time zone of the schedule. Where the system has lost a zone it
// is UTC: a run at another hour is better than none.
func (s Schedule) Location() *time.Location {
	loc, err := LoadZone(s.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Open reports whether the window lets a run start at t.
func (s Schedule) Open(t time.Time) bool { return s.Window.Open(t.In(s.Location())) }

// Opening returns the first time from t on at which the window is open, the zero
// time if there is none.
func (s Schedule) Opening(t time.Time) time.Time { return s.Window.opening(t.In(s.Location())) }

// Next returns the next n starts after after, in the zone of the schedule; fewer
// if there are not as many.
//
// An interval counts from anchor, so that it does not drift however late a run
// begins. A time of an interval that lies outside of the window waits for its
// opening; one of a cron line is left out. seed tells tasks apart, so that their
// jitter differs; the same seed always gets the same times.
func (s Schedule) Next(n int, after, anchor time.Time, seed string) []time.Time {
	var starts []time.Time
	at := s.slot(after, anchor)
	for range n {
		if at.IsZero() {
			break
		}
		following := s.slot(at, anchor)
		starts = append(starts, s.later(at, following, seed))
		at = following
	}
	return starts
}

// slot returns the first time after after, without jitter, or the zero time.
func (s Schedule) slot(after, anchor time.Time) time.Time {
	loc := s.Location()
	switch {
	case s.Cron != "":
		return s.cronSlot(after, loc)
	case s.Every > 0:
		passed := after.Sub(anchor).Truncate(s.Every)
		if passed > after.Sub(anchor) { // Truncate rounds towards zero
			passed -= s.Every
		}
		latest := anchor.Add(passed).In(loc)
		if latest.After(anchor) && !s.Window.Open(latest) {
			if at := s.Window.opening(latest); at.After(after) {
				return at // it is still waiting
			}
		}
		return s.Window.opening(latest.Add(s.Every))
	}
	return time.Time{}
}

func (s Schedule) cronSlot(after time.Time, loc *time.Location) time.Time {
	c, err := ParseCron(s.Cron)
	if err != nil {
		return time.Time{} // Validate has let nothing of the kind through
	}
	end := after.AddDate(cronYears, 0, 0)
	for at := c.next(after, loc); !at.IsZero() && at.Before(end); {
		if s.Window.Open(at) {
			return at
		}
		opening := s.Window.opening(at)
		if opening.IsZero() {
			break
		}
		at = c.next(opening.Add(-time.Nanosecond), loc)
	}
	return time.Time{}
}

// later adds the jitter of a task to one of its times, as far as the window allows.
func (s Schedule) later(at, following time.Time, seed string) time.Time {
	if s.Jitter == 0 || following.IsZero() {
		return at
	}
	most := min(following.Sub(at)*time.Duration(s.Jitter)/100, LongestJitter)
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(seed + " " + strconv.FormatInt(at.Unix(), 10)))
	// The low bits of FNV differ little between times that follow each other.
	share := float64((hash.Sum64()*0x9e3779b97f4a7c15)>>11) / (1 << 53)
	by := time.Duration(share * float64(most)).Truncate(time.Second)
	for by > 0 && !s.Window.Open(at.Add(by)) {
		by /= 2
	}
	return at.Add(by)
}

// Pause keeps a schedule from starting runs; the zero value does not.
type Pause struct {
	By string // who
	At time.Time
}

// Agenda is what has become of a task's schedule.
type Agenda struct {
	Anchor      time.Time // an interval counts from here
	Next        time.Time // when the next run starts by itself; zero is never
	Skipped     int64     // runs that did not start because the one before was not over
	LastSkipped time.Time
}

// NextRuns returns when the task's next n runs start, none of a paused one.
func (t Task) NextRuns(n int, now time.Time) []time.Time {
	if t.Agenda.Next.IsZero() || n < 1 {
		return nil
	}
	after := t.Agenda.Next
	if now.After(after) {
		after = now
	}
	starts := []time.Time{t.Agenda.Next.In(t.Schedule.Location())}
	return append(starts, t.Schedule.Next(n-1, after, t.Agenda.Anchor, t.ID)...)
}
