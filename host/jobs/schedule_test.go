package jobs

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// hand is a clock that the test sets.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) set(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = at
}

// office is a service whose clock is set by hand; each of its runs says that it
// has begun and works until it is released.
type office struct {
	t       *testing.T
	clock   *hand
	store   *store.Store
	jobs    *Jobs
	begun   chan task.Run
	release chan struct{}
}

func newOffice(t *testing.T, at time.Time) *office {
	o := &office{t: t, clock: &hand{at: at}, begun: make(chan task.Run, 100), release: make(chan struct{}, 100)}
	o.store = openStore(t, filepath.Join(t.TempDir(), store.FileName))
	o.store.SetClock(o.clock.now)
	o.open()
	return o
}

func (o *office) open(change ...func(*Config)) {
	o.jobs = start(o.t, o.store, func(ctx context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		o.begun <- run
		select {
		case <-o.release:
			return &task.Report{Outcome: task.OutcomeDone}
		case <-ctx.Done():
			return &task.Report{Outcome: task.OutcomeStopped}
		}
	}, append(change, func(c *Config) { c.Now, c.Workers = o.clock.now, 1 })...)
}

// shut ends the service, and leaves the store open.
func (o *office) shut() {
	o.t.Helper()
	if err := o.jobs.Stop(context.Background()); err != nil {
		o.t.Fatal(err)
	}
}

// at sets the clock and lets the service look at it.
func (o *office) at(at time.Time) {
	o.t.Helper()
	o.clock.set(at)
	if err := o.jobs.tick(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) add(name string, s task.Schedule) task.Task {
	o.t.Helper()
	tk := addTask(o.t, o.store, name)
	tk.Schedule = s
	if err := o.store.SaveTask(o.t.Context(), &tk); err != nil {
		o.t.Fatal(err)
	}
	return tk
}

// finish waits for the next run to begin and takes it to its end.
func (o *office) finish() task.Run {
	o.t.Helper()
	run := <-o.begun
	o.release <- struct{}{}
	end(o.t, o.jobs, run.ID)
	return run
}

// runs returns how many runs a task has had.
func (o *office) runs(id string) int {
	o.t.Helper()
	runs, err := o.store.Runs(o.t.Context(), id, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	return len(runs)
}

func (o *office) task(id string) task.Task {
	o.t.Helper()
	tk, err := o.store.Task(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return tk
}

var (
	noon   = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	hourly = task.Schedule{Every: time.Hour}
)

func TestSchedule_startsEachTimeOnce(t *testing.T) {
	o := newOffice(t, noon)
	tk := o.add("a", hourly)
	o.at(noon.Add(time.Hour - time.Second))
	if n := o.runs(tk.ID); n != 0 {
		t.Fatalf("%d runs before the time", n)
	}
	for i := range 3 {
		for s := range 3 {
			o.at(noon.Add(time.Duration(i+1)*time.Hour + time.Duration(s)*5*time.Second))
		}
		if run := o.finish(); run.Trigger != store.TriggerSchedule {
			t.Errorf("the trigger is %q", run.Trigger)
		}
		if n := o.runs(tk.ID); n != i+1 {
			t.Errorf("%d runs at the time number %d", n, i+1)
		}
	}
}

func TestSchedule_makesUpOnceForWhatWasMissedWhileTheServiceWasDown(t *testing.T) {
	o := newOffice(t, noon)
	tk := o.add("a", hourly)
	o.shut()
	o.clock.set(noon.Add(5*time.Hour + 20*time.Minute))
	o.open()
	o.finish()
	o.at(noon.Add(5*time.Hour + 59*time.Minute))
	if n := o.runs(tk.ID); n != 1 {
		t.Errorf("%d runs for five that were missed, want 1", n)
	}
	o.at(noon.Add(6 * time.Hour))
	o.finish()
	if got := o.task(tk.ID).Agenda; got.Skipped != 0 || !got.Next.Equal(noon.Add(7*time.Hour)) {
		t.Errorf("the agenda is %+v", got)
	}
}

func TestSchedule_skipsWhatIsDueWhileTheRunBeforeIsAtWork(t *testing.T) {
	o := newOffice(t, noon)
	tk := o.add("a", hourly)
	o.at(noon.Add(time.Hour))
	o.at(noon.Add(2 * time.Hour))
	o.at(noon.Add(3 * time.Hour))
	o.finish()
	o.at(noon.Add(3*time.Hour + time.Minute))
	if n := o.runs(tk.ID); n != 1 {
		t.Errorf("%d runs, want the one that was at work", n)
	}
	if got := o.task(tk.ID).Agenda; got.Skipped != 2 || !got.LastSkipped.Equal(noon.Add(3*time.Hour)) {
		t.Errorf("the agenda is %+v", got)
	}
	o.at(noon.Add(4 * time.Hour))
	o.finish()
}

func TestSchedule_pausedStartsNothingAndRunsByHand(t *testing.T) {
	o := newOffice(t, noon)
	tk := o.add("a", hourly)
	if err := o.store.PauseTask(t.Context(), tk.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	o.at(noon.Add(26 * time.Hour))
	if n := o.runs(tk.ID); n != 0 {
		t.Fatalf("%d runs of a paused task", n)
	}
	run := runNow(t, o.jobs, tk.ID)
	if got := o.finish(); got.ID != run.ID {
		t.Errorf("ran %+v", got)
	}
	if o.task(tk.ID).Pause.By != "ann" {
		t.Error("a run by hand ends the pause")
	}
	if err := o.store.ResumeTask(t.Context(), tk.ID); err != nil {
		t.Fatal(err)
	}
	o.at(noon.Add(26*time.Hour + 59*time.Minute))
	if n := o.runs(tk.ID); n != 1 {
		t.Errorf("%d runs: what went by is made up for", n)
	}
	o.at(noon.Add(27 * time.Hour))
	o.finish()
}

func TestSchedule_pausedWhileWaitingForAWorkerDoesNotStart(t *testing.T) {
	o := newOffice(t, noon)
	first := runNow(t, o.jobs, o.add("first", task.Schedule{}).ID)
	<-o.begun // the only worker is busy
	tk := o.add("a", hourly)
	o.at(noon.Add(time.Hour))
	runs, err := o.store.Runs(t.Context(), tk.ID, 1)
	if err != nil || len(runs) != 1 || runs[0].State != task.StateQueued {
		t.Fatalf("%+v, %v", runs, err)
	}
	if err := o.store.PauseTask(t.Context(), tk.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	o.release <- struct{}{}
	end(t, o.jobs, first.ID)
	// Whoever watches it hears of its end.
	if got := end(t, o.jobs, runs[0].ID); got.Report.Outcome != task.OutcomeStopped || got.Report.Cause != "the task was paused before its turn came" {
		t.Errorf("the report is %+v", got.Report)
	}
	if len(o.begun) != 0 {
		t.Error("it was executed")
	}
}

func TestSchedule_editedWhileQueuedRunsOnceAndGoesOnAnew(t *testing.T) {
	o := newOffice(t, noon)
	runNow(t, o.jobs, o.add("first", task.Schedule{}).ID)
	<-o.begun // the only worker is busy
	tk := o.add("a", hourly)
	o.at(noon.Add(time.Hour))
	edited := o.task(tk.ID)
	edited.Name = "renamed"
	edited.Schedule = task.Schedule{Cron: "30 2 * * *", Zone: "Europe/Berlin"}
	if err := o.store.SaveTask(t.Context(), &edited); err != nil {
		t.Fatal(err)
	}
	o.release <- struct{}{}
	if run := o.finish(); run.TaskID != tk.ID || run.TaskName != "renamed" {
		t.Errorf("ran %+v", run)
	}
	half := time.Date(2026, 5, 5, 0, 30, 0, 0, time.UTC)
	o.at(half.Add(-time.Second))
	if n := o.runs(tk.ID); n != 1 {
		t.Errorf("%d runs by the old schedule, want 1", n)
	}
	o.at(half)
	o.finish()
}

func TestSchedule_outlivesAClockThatJumps(t *testing.T) {
	o := newOffice(t, noon)
	tasks := []task.Task{o.add("a", hourly), o.add("b", task.Schedule{Cron: "*/10 * * * *"}), o.add("c", task.Schedule{Cron: "0 2 * * *", Zone: "UTC"})}
	count := func(name string, want int) {
		t.Helper()
		for _, tk := range tasks {
			if n := o.runs(tk.ID); n != want {
				t.Errorf("%s: task %s has had %d runs, want %d", name, tk.Name, n, want)
			}
		}
	}
	o.at(noon.Add(24*time.Hour + 5*time.Minute))
	for range tasks {
		o.finish()
	}
	o.at(noon.Add(24*time.Hour + 6*time.Minute))
	count("a day ahead", 1)

	o.at(noon.Add(2 * time.Minute)) // and back
	count("back again", 1)
	for i, next := range []time.Duration{time.Hour, 10 * time.Minute, 14 * time.Hour} {
		if got := o.task(tasks[i].ID).Agenda.Next; !got.Equal(noon.Add(next)) {
			t.Errorf("back again: task %s is due at %s", tasks[i].Name, got.UTC())
		}
	}
	// A second or two are no jump: the time that has come does not come again.
	o.at(noon.Add(10 * time.Minute))
	o.finish()
	o.at(noon.Add(10*time.Minute - 2*time.Second))
	o.at(noon.Add(10 * time.Minute))
	if n := o.runs(tasks[1].ID); n != 2 {
		t.Errorf("after two seconds back: %d runs, want 2", n)
	}
}

func TestSchedule_outlivesAClockThatIsPutBackWhileTheServiceIsDown(t *testing.T) {
	o := newOffice(t, noon)
	tk := o.add("a", hourly)
	o.clock.set(noon.Add(24 * time.Hour))
	busy := runNow(t, o.jobs, o.add("busy", task.Schedule{}).ID)
	<-o.begun
	o.at(noon.Add(24 * time.Hour)) // queued, behind the busy one
	o.shut()
	o.clock.set(noon.Add(time.Minute))
	o.open()
	ran := map[string]bool{o.finish().TaskID: true, o.finish().TaskID: true}
	if !ran[tk.ID] || !ran[busy.TaskID] {
		t.Errorf("ran %v", ran)
	}
	if got := o.task(tk.ID).Agenda.Next; !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("the next run is at %s", got.UTC())
	}
}
