package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// readSchedule takes what was typed as it is.
func readSchedule(v url.Values) view.ScheduleForm {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	return view.ScheduleForm{
		Kind: get("schedule"), Every: get("every"), Unit: get("unit"), Cron: get("cron"),
		Zone: get("zone"), From: get("from"), To: get("to"), Days: first(v["day"], 7), Jitter: get("jitter"),
	}
}

// scheduleOf is what was typed as a schedule, and what is wrong with it: pairs of
// field and text. What is not used is not looked at.
func scheduleOf(f view.ScheduleForm, x view.Catalogue) (s task.Schedule, faults [][2]string) {
	fault := func(field, text string) { faults = append(faults, [2]string{field, text}) }
	switch f.Kind {
	case "every":
		n, err := strconv.ParseInt(f.Every, 10, 32)
		s.Every = view.Interval(n, f.Unit)
		if err != nil || s.Every < task.MinInterval || s.Every > task.MaxInterval {
			fault("every", x.FaultEvery)
		}
	case "cron":
		s.Cron = strings.Join(strings.Fields(f.Cron), " ")
		if _, err := task.ParseCron(f.Cron); err != nil {
			fault("cron", x.FaultCron+err.Error())
		}
	default:
		return task.Schedule{}, nil
	}
	if s.Window.From, s.Window.To = 0, 0; f.From != "" || f.To != "" {
		s.Window.From, s.Window.To = windowOf(f, x, fault)
	}
	for _, day := range f.Days {
		if n, err := strconv.ParseUint(day, 10, 3); err == nil && n < 7 {
			s.Window.Days |= 1 << n
		}
	}
	if s.Window.Days == task.EveryWeekday {
		s.Window.Days = 0
	}
	s.Zone = f.Zone
	if _, err := task.LoadZone(f.Zone); err != nil {
		fault("zone", x.FaultZone)
	}
	var err error
	if s.Jitter, err = strconv.Atoi(f.Jitter); f.Jitter != "" && err != nil || s.Jitter < 0 || s.Jitter > task.MaxJitter {
		fault("jitter", x.FaultJitter)
	}
	if len(faults) == 0 && s.NeverOpen() {
		fault("from", x.FaultNeverOpen)
	}
	return s, faults
}

func windowOf(f view.ScheduleForm, x view.Catalogue, fault func(field, text string)) (from, to int) {
	clock := func(field, text string) int {
		minutes, err := task.ParseClock(text)
		switch {
		case text == "":
			fault(field, x.FaultWindowEnd)
		case err != nil:
			fault(field, x.FaultClock)
		}
		return minutes
	}
	from, to = clock("from", f.From), clock("to", f.To)
	if f.From == f.To {
		fault("to", x.FaultWindowSame)
	}
	return from, to
}

// checkSchedule finds what is wrong with the fields of the schedule.
func (typed *typedTask) checkSchedule(x view.Catalogue) {
	_, faults := scheduleOf(typed.form.Schedule, x)
	for _, f := range faults {
		typed.fault(f[0], f[1])
	}
}

// preview fills in the next runs that what was typed would give.
func (s *Server) preview(ctx context.Context, f *view.TaskForm, stored task.Task) error {
	schedule, faults := scheduleOf(f.Schedule, view.Texts(ctx))
	if len(faults) > 0 || schedule.ByHand() {
		return nil
	}
	now := time.Now()
	f.Paused = !stored.Pause.At.IsZero()
	if schedule == stored.Schedule && !f.Paused {
		f.Preview = stored.NextRuns(view.ShownRuns, now)
		return nil
	}
	anchor := now
	if schedule.Every == stored.Schedule.Every {
		anchor = stored.Agenda.Anchor
	} else if stored.ID != "" {
		runs, err := s.svc.Runs(ctx, stored.ID, 1)
		if err != nil {
			return err
		}
		if len(runs) > 0 {
			anchor = runs[0].Queued
		}
	}
	if stored.ID == "" {
		// Which jitter a task gets depends on its ID.
		f.Later, schedule.Jitter = schedule.Jitter > 0, 0
	}
	f.Preview = schedule.Next(view.ShownRuns, now, anchor, stored.ID)
	return nil
}
