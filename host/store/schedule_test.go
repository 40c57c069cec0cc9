package store

import (
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
	s := openNew(t)
	start := time.UnixMilli(1_000_000_000)
	now := start
	setClock(s, &now)
	hourly, daily := newTask("hourly"), newTask("daily")
	hourly.Every, daily.Every = time.Hour, 24*time.Hour
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
	s := openNew(t)
	start := time.UnixMilli(1_000_000_000)
	now := start
	setClock(s, &now)
	tk := newTask("a")
	tk.Every = time.Hour
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
			tk.Every = 2 * time.Hour
			save(t, s, tk)
		}, 150 * time.Minute},
		{"a run by hand moves the slot", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(30 * time.Minute)
			must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
			must[[]Ticket](t)(s.Recover(t.Context()))
			endQueued(t, s, tk.ID)
		}, 90 * time.Minute},
		{"a shorter interval counts from the latest run", func(s *Store, now *time.Time, tk *task.Task) {
			*now = start.Add(10 * time.Minute)
			must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
			endQueued(t, s, tk.ID)
			*now = start.Add(20 * time.Minute)
			tk.Every = 15 * time.Minute
			save(t, s, tk)
		}, 25 * time.Minute},
		{"no interval", func(s *Store, now *time.Time, tk *task.Task) {
			tk.Every = 0
			save(t, s, tk)
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openNew(t)
			now := start
			setClock(s, &now)
			tk := newTask("a")
			tk.Every = time.Hour
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
