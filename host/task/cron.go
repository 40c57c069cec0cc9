package task

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cron is a cron line of five fields: minute, hour, day of the month, month and
// day of the week. A day has to match both of its fields, or one of them when
// neither starts with "*", as cron has always had it.
type Cron struct {
	Minutes, Hours, Days, Months, Weekdays CronField // Weekdays count from Sunday, 0

	either bool // Days or Weekdays
}

// CronField is the set of values, from 0 to 59, that a field stands for.
type CronField uint64

// Has reports whether the field stands for n.
func (f CronField) Has(n int) bool { return f&(1<<n) != 0 }

// Values returns what the field stands for, ascending.
func (f CronField) Values() []int {
	var all []int
	for n := range 60 {
		if f.Has(n) {
			all = append(all, n)
		}
	}
	return all
}

// EveryHour and the like are the fields that leave nothing out.
const (
	EveryHour    CronField = 1<<24 - 1
	EveryDay     CronField = 1<<32 - 2
	EveryMonth   CronField = 1<<13 - 2
	EveryWeekday CronField = 1<<7 - 1
)

// cronNames are the short forms of whole lines.
var cronNames = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

var (
	monthNames = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	dayNames   = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// cronYears is how far ahead is looked for a time: 29 February 2096 is followed by
// that of 2104.
const cronYears = 9

// ParseCron reads a cron line of five fields, or @hourly, @daily, @midnight,
// @weekly, @monthly, @yearly or @annually. A field is "*", a number, a range or a
// list of these, each with a step if need be; months and weekdays may be named. A
// line of which no day exists, as 30 February, is an error too.
func ParseCron(line string) (Cron, error) {
	line = strings.ToLower(strings.TrimSpace(line))
	if strings.HasPrefix(line, "@") {
		whole, ok := cronNames[line]
		if !ok {
			return Cron{}, fmt.Errorf("%q is none of @hourly, @daily, @weekly, @monthly and @yearly", line)
		}
		line = whole
	}
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return Cron{}, fmt.Errorf("a cron line has 5 fields (minute, hour, day, month, weekday), not %d", len(fields))
	}
	var c Cron
	for i, part := range []struct {
		name     string
		from, to int
		names    []string
		base     int // value of the first name
		into     *CronField
	}{
		{"minute", 0, 59, nil, 0, &c.Minutes},
		{"hour", 0, 23, nil, 0, &c.Hours},
		{"day", 1, 31, nil, 0, &c.Days},
		{"month", 1, 12, monthNames, 1, &c.Months},
		{"weekday", 0, 7, dayNames, 0, &c.Weekdays},
	} {
		for item := range strings.SplitSeq(fields[i], ",") {
			set, err := parseCronItem(item, part.from, part.to, part.names, part.base)
			if err != nil {
				return Cron{}, fmt.Errorf("%s %q: %w", part.name, item, err)
			}
			*part.into |= set
		}
	}
	if c.Weekdays.Has(7) { // another name of Sunday
		c.Weekdays = c.Weekdays&EveryWeekday | 1
	}
	c.either = !strings.HasPrefix(fields[2], "*") && !strings.HasPrefix(fields[4], "*")
	if c.either && (c.Days == EveryDay || c.Weekdays == EveryWeekday) {
		c.Days, c.Weekdays, c.either = EveryDay, EveryWeekday, false // one of them always matches
	}
	if c.next(time.Unix(0, 0), time.UTC).IsZero() {
		return Cron{}, errors.New("there is no such day")
	}
	return c, nil
}

func parseCronItem(item string, from, to int, names []string, base int) (CronField, error) {
	span, stepText, stepped := strings.Cut(item, "/")
	step := 1
	if stepped {
		n, err := strconv.Atoi(stepText)
		if err != nil || n < 1 {
			return 0, errors.New("the step is not a number from 1")
		}
		step = n
	}
	number := func(s string) (int, error) {
		for i, name := range names {
			if s == name {
				return base + i, nil
			}
		}
		n, err := strconv.ParseUint(s, 10, 8)
		if err != nil || int(n) < from || int(n) > to {
			return 0, fmt.Errorf("not a number from %d to %d", from, to)
		}
		return int(n), nil
	}
	low, high := from, to
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var err error
		if low, err = number(first); err != nil {
			return 0, err
		}
		switch {
		case ranged:
			if high, err = number(last); err != nil {
				return 0, err
			}
		case !stepped:
			high = low
		}
		if high < low {
			return 0, errors.New("the range runs backwards")
		}
	}
	var set CronField
	for n := low; n <= high; n += min(step, 64) {
		set |= 1 << n
	}
	return set, nil
}

// next returns the first time after after, or the zero time.
//
// A line that leaves out hours means times of the clock, and each of them happens
// once: one that the clock leaps over when it is put forward comes at the end of
// the leap, and one that the clock shows twice comes the first time. A line of
// every hour means time that passes, and goes on in both of the hours that look
// alike.
func (c Cron) next(after time.Time, loc *time.Location) time.Time {
	y, m, d := after.In(loc).Date()
	if c.Hours == EveryHour {
		return c.nextPassing(after, loc)
	}
	for range cronYears * 366 {
		if c.matches(y, m, d) {
			if t := c.nextOnDay(y, m, d, after, loc); !t.IsZero() {
				return t
			}
		}
		y, m, d = time.Date(y, m, d+1, 12, 0, 0, 0, time.UTC).Date()
	}
	return time.Time{}
}

func (c Cron) nextOnDay(y int, m time.Month, d int, after time.Time, loc *time.Location) time.Time {
	for _, hour := range c.Hours.Values() {
		if !clock(y, m, d, hour, 59, loc).After(after) {
			continue
		}
		for _, minute := range c.Minutes.Values() {
			if t := clock(y, m, d, hour, minute, loc); t.After(after) {
				return t
			}
		}
	}
	return time.Time{}
}

func (c Cron) nextPassing(after time.Time, loc *time.Location) time.Time {
	end := after.AddDate(cronYears, 0, 0)
	for t := after.Truncate(time.Minute).Add(time.Minute).In(loc); t.Before(end); {
		y, m, d := t.Date()
		switch {
		case !c.matches(y, m, d):
			t = clock(y, m, d+1, 0, 0, loc)
		case c.Minutes.Has(t.Minute()):
			return t
		default:
			t = t.Add(time.Minute)
		}
	}
	return time.Time{}
}

func (c Cron) matches(y int, m time.Month, d int) bool {
	if !c.Months.Has(int(m)) {
		return false
	}
	weekday := time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Weekday()
	onDay, onWeekday := c.Days.Has(d), c.Weekdays.Has(int(weekday))
	if c.either {
		return onDay || onWeekday
	}
	return onDay && onWeekday
}

// clock returns when the clocks of loc show a time, the first time if they do so
// twice. If they leap over it, that is the end of the leap.
func clock(y int, m time.Month, d, hour, minute int, loc *time.Location) time.Time {
	shown := time.Date(y, m, d, hour, minute, 0, 0, time.UTC)
	t := time.Date(y, m, d, hour, minute, 0, 0, loc)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	switch got := t.Add(time.Duration(offset) * time.Second); {
	case got.After(shown):
		return start
	case got.Before(shown):
		return end
	case start.IsZero():
		return t
	}
	_, before := start.Add(-time.Second).Zone()
	if first := shown.Add(-time.Duration(before) * time.Second).In(loc); first.Before(start) {
		return first
	}
	return t
}
