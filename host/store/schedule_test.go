package store

import (
	"errors"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

// due returns the IDs of the tasks that ClaimDue starts at now.
func due(t *testing.T, s *Store, now time.Time) []string {
	t.Helper()
	var ids []string
	for _, ticket := range must[[]Ticket](t)(s.ClaimDue(t.Context(), now)) {
		run := must[task.Run](t)(s.ClaimRun(t.Context(), ticket))
		if run.Trigger != TriggerSchedule {
			t.Errorf("the trigger is %q", run.Trigger)
		}
		ids = append(ids, run.TaskID)
	}
	return ids
}

func endAll(t *testing.T, s *Store) {
	t.Helper()
	for _, r := range must[[]Active](t)(s.Running(t.Context())) {
		finish(t, s, r.RunID)
	}
}

func TestClaimDue_startsWhatIsDue(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	start := time.UnixMilli(1_000_000_000)
	now := start
	setClock(s, &now)
	hourly, daily := newTask("hourly"), newTask("daily")
	hourly.Schedule.Every, daily.Schedule.Every = time.Hour, 24*time.Hour
	save(t, s, hourly)
	save(t, s, daily)
	save(t, s, newTask("by hand"))
	steps := []struct {
		name string
		at   time.Duration
		want int
	}{
		{"a new task waits for its first slot", 59 * time.Minute, 0},
		{"the first slot", time.Hour + 5*time.Second, 1},
		{"not twice", time.Hour + 10*time.Second, 0},
		{"slots do not drift", 2 * time.Hour, 1},
		{"missed slots count once", 7*time.Hour + 30*time.Minute, 1},
		{"and keep the minute", 8*time.Hour - time.Second, 0},
		{"of the hour", 8 * time.Hour, 1},
		{"both", 24 * time.Hour, 2},
	}
	for _, step := range steps {
		now = start.Add(step.at)
		if got := due(t, s, now); len(got) != step.want {
			t.Errorf("%s: %d tasks start, want %d", step.name, len(got), step.want)
		}
		endAll(t, s)
	}
}

func TestClaimDue_skipsATaskThatRuns(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	start := time.UnixMilli(1_000_000_000)
	now := start
	setClock(s, &now)
	tk := newTask("a")
	tk.Schedule.Every = time.Hour
	save(t, s, tk)
	now = start.Add(time.Hour)
	if got := due(t, s, now); len(got) != 1 {
		t.Fatalf("%d tasks start, want 1", len(got))
	}
	now = start.Add(2 * time.Hour)
	if got := due(t, s, now); len(got) != 0 {
		t.Errorf("started while it was running")
	}
	endAll(t, s)
	if got := due(t, s, now.Add(time.Minute)); len(got) != 0 {
		t.Errorf("made up for a slot that it skipped")
	}
	if got := due(t, s, start.Add(3*time.Hour)); len(got) != 1 {
		t.Errorf("did not go on at the next slot")
	}
}

func TestSchedule_countsFromTheLatestStart(t *testing.T) {
	t.Parallel()
	start := time.UnixMilli(1_000_000_000)
	tests := []struct {
		name   string
		change func(s *Store, now *time.Time, tk *task.Task)
		want   time.Duration // first time due after start; 0 never
	}{
		{"unchanged", func(*Store, *time.Time, *task.Task) {}, time.Hour},
		{"another name", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(30 * time.Minute)
			tk.Name = "b"
			save(t, s, tk)
		}, time.Hour},
		{"a longer interval without a run counts from the change", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(30 * time.Minute)
			tk.Schedule.Every = 2 * time.Hour
			save(t, s, tk)
		}, 150 * time.Minute},
		{"a run by hand moves the slot", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(30 * time.Minute)
			must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
			must[[]Ticket](t)(s.Recover(t.Context(), 0))
			endQueued(t, s, tk.ID)
		}, 90 * time.Minute},
		{"a shorter interval counts from the latest run", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(10 * time.Minute)
			must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
			endQueued(t, s, tk.ID)
			*now = start.Add(20 * time.Minute)
			tk.Schedule.Every = 15 * time.Minute
			save(t, s, tk)
		}, 25 * time.Minute},
		{"no interval", func(s *Store, now *time.Time, tk *task.Task) {
			tk.Schedule.Every = 0
			save(t, s, tk)
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openNew(t)
			now := start
			setClock(s, &now)
			tk := newTask("a")
			tk.Schedule.Every = time.Hour
			save(t, s, tk)
			tt.change(s, &now, tk)
			if tt.want == 0 {
				if got := due(t, s, start.Add(1000*time.Hour)); len(got) != 0 {
					t.Error("is due")
				}
				return
			}
			if got := due(t, s, start.Add(tt.want-time.Millisecond)); len(got) != 0 {
				t.Error("is due too early")
			}
			if got := due(t, s, start.Add(tt.want)); len(got) != 1 {
				t.Error("is not due in time")
			}
		})
	}
}

func endQueued(t *testing.T, s *Store, taskID string) {
	t.Helper()
	if err := s.RequestStop(t.Context(), must[map[string]task.Run](t)(s.LastRuns(t.Context()))[taskID].ID); err != nil {
		t.Fatal(err)
	}
}

func weekdayNights(t *testing.T) (task.Schedule, *time.Location) {
	t.Helper()
	s := task.Schedule{
		Cron: "30 2 * * *", Zone: "Europe/Berlin", Jitter: 10,
		Window: task.Window{From: 22 * 60, To: 6 * 60, Days: 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday},
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s, s.Location()
}

func TestSaveTask_keepsTheWholeSchedule(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	tk := newTask("a")
	tk.Schedule, _ = weekdayNights(t)
	save(t, s, tk)
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if got.Schedule != tk.Schedule {
		t.Errorf("got %+v", got.Schedule)
	}
	if got.Agenda.Next.IsZero() || !got.Agenda.Next.Equal(tk.Agenda.Next) {
		t.Errorf("the next run is at %s, and was said to be at %s", got.Agenda.Next, tk.Agenda.Next)
	}
	got.Schedule = task.Schedule{Every: time.Hour}
	save(t, s, &got)
	if again := must[task.Task](t)(s.Task(t.Context(), tk.ID)); again.Schedule != got.Schedule {
		t.Errorf("after the change: %+v", again.Schedule)
	}
}

func TestClaimDue_startsAtTheTimesThatWereAnnounced(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	schedule, loc := weekdayNights(t)
	now := time.Date(2026, 3, 26, 12, 0, 0, 0, loc) // Thursday; the clocks are put forward on Sunday
	setClock(s, &now)
	tk := newTask("a")
	tk.Schedule = schedule
	save(t, s, tk)
	announced := tk.NextRuns(5, now)
	days := ""
	for i, at := range announced {
		days += at.Weekday().String()[:2] + " "
		now = at.Add(-time.Second)
		if got := due(t, s, now); len(got) != 0 {
			t.Errorf("%d: starts before %s", i, at)
		}
		now = at
		if got := due(t, s, now); len(got) != 1 {
			t.Errorf("%d: does not start at %s", i, at)
		}
		endAll(t, s)
	}
	if days != "Fr Sa Tu We Th " {
		t.Errorf("runs start on %s", days)
	}
}

func TestClaimDue_makesUpForAMissedTimeOnceAndInTheWindow(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	schedule, loc := weekdayNights(t)
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, loc) // Monday
	setClock(s, &now)
	tk := newTask("a")
	tk.Schedule = schedule
	save(t, s, tk)
	// The service is down until Thursday noon.
	steps := []struct {
		name string
		at   time.Time
		want int
	}{
		{"the window is closed", time.Date(2026, 5, 7, 12, 0, 0, 0, loc), 0},
		{"still closed", time.Date(2026, 5, 7, 21, 59, 59, 0, loc), 0},
		{"it opens: two nights were missed, and count once", time.Date(2026, 5, 7, 22, 0, 5, 0, loc), 1},
		{"not twice", time.Date(2026, 5, 7, 22, 1, 0, 0, loc), 0},
		{"the night itself", time.Date(2026, 5, 8, 6, 0, 0, 0, loc).Add(-time.Minute), 1},
		{"not twice", time.Date(2026, 5, 8, 23, 0, 0, 0, loc), 0},
	}
	for _, step := range steps {
		now = step.at
		if got := due(t, s, now); len(got) != step.want {
			t.Errorf("%s: %d tasks start, want %d", step.name, len(got), step.want)
		}
		endAll(t, s)
	}
}

func TestClaimDue_countsWhatItSkips(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	now := time.UnixMilli(1_000_000_000)
	setClock(s, &now)
	tk := newTask("a")
	tk.Schedule.Every = time.Hour
	save(t, s, tk)
	for range 3 {
		now = now.Add(time.Hour)
		due(t, s, now)
	}
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if got.Agenda.Skipped != 2 || !got.Agenda.LastSkipped.Equal(now) {
		t.Errorf("skipped %d, last at %s", got.Agenda.Skipped, got.Agenda.LastSkipped)
	}
	got.Name = "another name"
	save(t, s, &got)
	if got = must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Agenda.Skipped != 2 {
		t.Errorf("after another name: %d", got.Agenda.Skipped)
	}
	got.Schedule.Every = 2 * time.Hour
	save(t, s, &got)
	if got = must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Agenda.Skipped != 0 {
		t.Errorf("after another schedule: %d", got.Agenda.Skipped)
	}
}

func TestPauseTask_startsNothingUntilItIsResumed(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	start := time.UnixMilli(1_000_000_000)
	now := start
	setClock(s, &now)
	tk := newTask("a")
	tk.Schedule.Every = time.Hour
	save(t, s, tk)
	pause := func(by string) {
		t.Helper()
		if err := s.PauseTask(t.Context(), tk.ID, by); err != nil {
			t.Fatal(err)
		}
	}
	now = start.Add(30 * time.Minute)
	pause("ann")
	now = start.Add(40 * time.Minute)
	pause("bob")
	got := must[task.Task](t)(s.Task(t.Context(), tk.ID))
	if want := (task.Pause{By: "ann", At: start.Add(30 * time.Minute)}); got.Pause.By != want.By || !got.Pause.At.Equal(want.At) {
		t.Errorf("paused: %+v, want %+v", got.Pause, want)
	}
	if got.Schedule != tk.Schedule {
		t.Errorf("the schedule is %+v now", got.Schedule)
	}
	got.Name = "b"
	got.Pause = task.Pause{} // a form knows nothing of it
	save(t, s, &got)
	if got.Pause.By != "ann" {
		t.Errorf("saving ended the pause: %+v", got.Pause)
	}
	now = start.Add(50 * time.Minute)
	must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	endQueued(t, s, tk.ID)
	got.Schedule.Every = 2 * time.Hour
	save(t, s, &got)
	now = start.Add(100 * time.Hour)
	if got := due(t, s, now); len(got) != 0 {
		t.Error("starts although it is paused")
	}
	for range 2 { // the second time changes nothing
		if err := s.ResumeTask(t.Context(), tk.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := due(t, s, now); len(got) != 0 {
		t.Error("makes up for what went by")
	}
	if got := must[task.Task](t)(s.Task(t.Context(), tk.ID)); got.Pause != (task.Pause{}) || !got.Agenda.Next.Equal(start.Add(100*time.Hour+50*time.Minute)) {
		t.Errorf("after the pause: %+v, next %s", got.Pause, got.Agenda.Next.Sub(start))
	}
	for _, err := range []error{s.PauseTask(t.Context(), "nobody", "ann"), s.ResumeTask(t.Context(), "nobody")} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("a task that is not there: %v", err)
		}
	}
}

func TestClaimRun_dropsAScheduledRunWhoseTimeHasGone(t *testing.T) {
	t.Parallel()
	loc := time.UTC
	tests := []struct {
		name    string
		trigger string
		begun   bool
		change  func(s *Store, now *time.Time, id string) error
		cause   string // "" is that it runs
	}{
		{"the window closed", TriggerSchedule, false, func(_ *Store, now *time.Time, _ string) error {
			*now = time.Date(2026, 5, 4, 6, 0, 0, 0, loc)
			return nil
		}, "its time window closed before its turn came"},
		{"paused", TriggerSchedule, false, func(s *Store, _ *time.Time, id string) error {
			return s.PauseTask(t.Context(), id, "ann")
		}, "the task was paused before its turn came"},
		{"a run that had begun goes on", TriggerSchedule, true, func(s *Store, now *time.Time, id string) error {
			*now = time.Date(2026, 5, 4, 6, 0, 0, 0, loc)
			return s.PauseTask(t.Context(), id, "ann")
		}, ""},
		{"what somebody wants runs", TriggerHand, false, func(s *Store, now *time.Time, id string) error {
			*now = time.Date(2026, 5, 4, 6, 0, 0, 0, loc)
			return s.PauseTask(t.Context(), id, "ann")
		}, ""},
		{"edited to run by hand only", TriggerSchedule, false, func(s *Store, _ *time.Time, id string) error {
			tk, err := s.Task(t.Context(), id)
			tk.Schedule = task.Schedule{}
			return errors.Join(err, s.SaveTask(t.Context(), &tk))
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openNew(t)
			now := time.Date(2026, 5, 4, 5, 0, 0, 0, loc)
			setClock(s, &now)
			tk := newTask("a")
			tk.Schedule = task.Schedule{Every: 24 * time.Hour, Zone: "UTC", Window: task.Window{From: 22 * 60, To: 6 * 60}}
			save(t, s, tk)
			run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, tt.trigger))
			ticket := Ticket{RunID: run.ID, Epoch: 1}
			if tt.begun {
				must[task.Run](t)(s.ClaimRun(t.Context(), ticket))
				ticket = must[Ticket](t)(s.Requeue(t.Context(), ticket, false))
			}
			if err := tt.change(s, &now, tk.ID); err != nil {
				t.Fatal(err)
			}
			_, err := s.ClaimRun(t.Context(), ticket)
			if tt.cause == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			got := must[task.Run](t)(s.Run(t.Context(), run.ID))
			if !errors.Is(err, ErrNotQueued) || got.Report == nil || got.Report.Outcome != task.OutcomeStopped || got.Report.Cause != tt.cause {
				t.Errorf("got %v, %+v", err, got.Report)
			}
			// What the window shut out is made up for when it opens.
			next := must[task.Task](t)(s.Task(t.Context(), tk.ID)).Agenda.Next
			if opening := time.Date(2026, 5, 4, 22, 0, 0, 0, loc); next.Equal(opening) != (tt.name == "the window closed") {
				t.Errorf("the next run is at %s", next)
			}
		})
	}
}

func TestRewind_plansAgainWhatWasPlannedByAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	now := start
	setClock(s, &now)
	hourly, daily, idle := newTask("hourly"), newTask("daily"), newTask("idle")
	hourly.Schedule = task.Schedule{Every: time.Hour}
	daily.Schedule = task.Schedule{Cron: "30 2 * * *", Zone: "UTC"}
	idle.Schedule = task.Schedule{Every: time.Hour}
	for _, tk := range []*task.Task{hourly, daily, idle} {
		save(t, s, tk)
	}
	if err := s.PauseTask(t.Context(), idle.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	now = start.Add(10 * 24 * time.Hour)
	if got := must[[]Ticket](t)(s.ClaimDue(t.Context(), now)); len(got) != 2 {
		t.Fatalf("%d runs start at once, want one of each task", len(got))
	}
	if got := must[[]Ticket](t)(s.ClaimDue(t.Context(), now.Add(time.Second))); len(got) != 0 {
		t.Fatalf("and %d more", len(got))
	}
	now = start.Add(10 * time.Minute)
	tickets := must[[]Ticket](t)(s.Rewind(t.Context(), now))
	if len(tickets) != 2 || tickets[0].Epoch != 2 {
		t.Fatalf("tickets %+v", tickets)
	}
	for _, ticket := range tickets {
		must[task.Run](t)(s.ClaimRun(t.Context(), ticket))
		finish(t, s, ticket.RunID)
	}
	for id, want := range map[string]time.Time{hourly.ID: start.Add(time.Hour), daily.ID: time.Date(2026, 5, 5, 2, 30, 0, 0, time.UTC), idle.ID: {}} {
		if got := must[task.Task](t)(s.Task(t.Context(), id)); !got.Agenda.Next.Equal(want) {
			t.Errorf("%s is due at %s, want %s", got.Name, got.Agenda.Next.UTC(), want)
		}
	}
}
