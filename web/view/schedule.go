package view

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// ShownRuns is how many of the next runs a page tells.
const ShownRuns = 5

// maxClockTimes is how many times of a day, or days of a month, are told in words;
// beyond that the cron line itself is easier to read.
const maxClockTimes = 4

// workdays are Monday to Friday.
const workdays task.CronField = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday

// schedule says in words when a task runs.
func schedule(ctx context.Context, s task.Schedule) string {
	x := t(ctx)
	if s.ByHand() {
		return x.ByHand
	}
	parts := []string{cronWords(ctx, s.Cron)}
	if s.Every > 0 {
		n, unit := everyOf(s.Every)
		parts[0] = x.Every(n, unit)
	}
	if zone := zoneName(ctx, s); zone != "" {
		parts = append(parts, zone)
	}
	if s.Window != (task.Window{}) {
		parts = append(parts, windowWords(ctx, s.Window))
	}
	if s.Jitter > 0 {
		parts = append(parts, x.Later(s.Jitter))
	}
	return strings.Join(parts, ", ")
}

// rhythm is schedule without what only those ask who look closely.
func rhythm(ctx context.Context, s task.Schedule) string {
	s.Zone, s.Window, s.Jitter = "", task.Window{}, 0
	if s.Cron != "" {
		return cronWords(ctx, s.Cron)
	}
	return schedule(ctx, s)
}

// zoneName is the zone of a schedule where it matters.
func zoneName(ctx context.Context, s task.Schedule) string {
	switch {
	case s.Cron == "" && s.Window == (task.Window{}):
		return ""
	case s.Zone == "":
		return t(ctx).ServiceZone
	}
	return Plain(s.Zone)
}

func windowWords(ctx context.Context, w task.Window) string {
	x := t(ctx)
	days := daysWords(ctx, w.Days)
	if w.From == w.To {
		return x.OnDays(days)
	}
	hours := x.Between(task.ClockText(w.From), task.ClockText(w.To))
	if w.Days == 0 || w.Days == task.EveryWeekday {
		return hours
	}
	return hours + " " + x.OnDays(days)
}

// cronWords says what a cron line means, or quotes it where that would be longer
// than the line.
func cronWords(ctx context.Context, line string) string {
	x := t(ctx)
	c, err := task.ParseCron(line)
	allDays, allWeekdays := c.Days == task.EveryDay, c.Weekdays == task.EveryWeekday
	if err != nil || c.Months != task.EveryMonth || !allDays && (!allWeekdays || len(c.Days.Values()) > maxClockTimes) {
		return x.CronLine(Plain(line))
	}
	on := x.EveryDay
	switch {
	case !allDays:
		on = x.EveryMonthOn(c.Days.Values())
	case !allWeekdays:
		on = x.Each(daysWords(ctx, c.Weekdays))
	}
	minutes, hours := c.Minutes.Values(), c.Hours.Values()
	switch {
	case c.Hours == task.EveryHour && len(minutes) <= maxClockTimes && allDays && allWeekdays:
		return x.Hourly(minutes)
	case c.Hours == task.EveryHour && evenStep(minutes) > 0 && allDays && allWeekdays:
		return x.Every(int64(evenStep(minutes)), "minutes")
	case len(minutes)*len(hours) <= maxClockTimes:
		var at []string
		for _, h := range hours {
			for _, m := range minutes {
				at = append(at, task.ClockText(h*60+m))
			}
		}
		return x.At(on, at)
	}
	return x.CronLine(Plain(line))
}

// evenStep is the time between minutes of an hour that follow each other evenly
// from 0 on, into the next hour, or 0.
func evenStep(minutes []int) int {
	step := 60 / len(minutes)
	for i, m := range minutes {
		if m != i*step {
			return 0
		}
	}
	if step*len(minutes) != 60 {
		return 0
	}
	return step
}

// daysWords lists weekdays from Monday on.
func daysWords(ctx context.Context, days task.CronField) string {
	x := t(ctx)
	switch days {
	case 0, task.EveryWeekday:
		return x.AnyDay
	case workdays:
		return x.Workday
	}
	var names []string
	for _, d := range weekOrder {
		if days.Has(int(d)) {
			names = append(names, x.Weekday[d])
		}
	}
	return x.And(names)
}

var weekOrder = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// ScheduleForm is a schedule as it was typed.
type ScheduleForm struct {
	Kind     string // "hand", "every" or "cron"
	Every    string // a number of units
	Unit     string // "seconds", "minutes", "hours" or "days"
	Cron     string
	Zone     string
	From, To string   // times of day
	Days     []string // numbers of weekdays, Sunday is "0"
	Jitter   string   // hundredths
}

func newSchedule() ScheduleForm {
	return ScheduleForm{Kind: "hand", Every: "15", Unit: "minutes", Cron: "30 2 * * *", Jitter: "0"}
}

func scheduleForm(s task.Schedule) ScheduleForm {
	f := newSchedule()
	f.Zone, f.Jitter = s.Zone, strconv.Itoa(s.Jitter)
	switch {
	case s.Every > 0:
		n, unit := everyOf(s.Every)
		f.Kind, f.Every, f.Unit = "every", strconv.FormatInt(n, 10), unit
	case s.Cron != "":
		f.Kind, f.Cron = "cron", s.Cron
	}
	if s.Window.From != s.Window.To {
		f.From, f.To = task.ClockText(s.Window.From), task.ClockText(s.Window.To)
	}
	for _, d := range s.Window.Days.Values() {
		f.Days = append(f.Days, strconv.Itoa(d))
	}
	return f
}

func (f ScheduleForm) has(day time.Weekday) bool {
	return slices.Contains(f.Days, strconv.Itoa(int(day)))
}

// more reports whether a field is in use, or wrong, that is folded away.
func (f ScheduleForm) more(faults map[string]string) bool {
	for _, field := range []string{"zone", "from", "to", "jitter"} {
		if faults[field] != "" {
			return true
		}
	}
	return f.Zone+f.From+f.To != "" || len(f.Days) > 0 || f.Jitter != "" && f.Jitter != "0"
}

// pausable reports whether there is something to pause, or to resume.
func pausable(tk task.Task) bool { return !tk.Schedule.ByHand() || paused(tk) }

func paused(tk task.Task) bool { return !tk.Pause.At.IsZero() }

// pauseStatus is the pause as a state.
func pauseStatus(ctx context.Context) Status {
	return Status{Icon: "pause", Word: t(ctx).Paused, Tone: ToneWarn}
}

// someZones are suggestions; every name of the IANA database is taken.
var someZones = []string{
	"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Bogota", "America/Chicago",
	"America/Denver", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Sao_Paulo",
	"America/Toronto", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kolkata", "Asia/Manila",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Europe/Amsterdam",
	"Europe/Athens", "Europe/Berlin", "Europe/Istanbul", "Europe/Kyiv", "Europe/London", "Europe/Madrid",
	"Europe/Paris", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich",
	"Pacific/Auckland", "UTC",
}
