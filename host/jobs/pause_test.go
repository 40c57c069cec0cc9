package jobs

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// until watches a run until it has the status.
func until(t testing.TB, j *Jobs, runID string, want task.Status) task.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var last task.Run
	for run := range j.Watch(ctx, runID) {
		if last = run; run.Status() == want {
			return run
		}
	}
	t.Fatalf("the run is %s, not %s", last.Status(), want)
	return last
}

// steps copies a message each few milliseconds until it is stopped, or has copied
// all; it goes on where it ended.
func steps(copied *atomic.Int64, all int64) executeFunc {
	return func(ctx context.Context, _ task.Run, progress func(task.Progress), _ func(task.LogLine)) *task.Report {
		before := copied.Load()
		counts := func() task.Counts {
			n := copied.Load()
			return task.Counts{Source: all, Copied: n - before, Present: before}
		}
		for copied.Load() < all {
			select {
			case <-ctx.Done():
				return &task.Report{Outcome: task.OutcomeStopped, Counts: counts()}
			case <-time.After(2 * time.Millisecond):
			}
			copied.Add(1)
			progress(task.Progress{Phase: task.PhaseTransfer, Counts: counts(), BytesPerSecond: 1000})
		}
		return &task.Report{Outcome: task.OutcomeDone, Counts: counts()}
	}
}

func TestPauseRun_restsFreesItsWorkerOutlivesTheServiceAndGoesOn(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), store.FileName))
	var copied atomic.Int64
	one := func(c *Config) { c.Workers = 1 }
	j := start(t, s, steps(&copied, 300), one)
	run := runNow(t, j, addTask(t, s, "a").ID)
	for copied.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	asked := time.Now()
	if err := j.PauseRun(t.Context(), run.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	paused := until(t, j, run.ID, task.StatusPaused)
	if took := time.Since(asked); took > time.Second {
		t.Errorf("it took %v to come to rest", took)
	}
	rest := copied.Load()
	if paused.Progress.Counts.Copied == 0 || paused.Progress.Counts.Source != 300 || paused.Progress.BytesPerSecond != 0 || paused.Pause.By != "ann" {
		t.Errorf("paused by %q at %+v", paused.Pause.By, paused.Progress)
	}
	// The one worker is free for another run, and Stop waits for nothing.
	other := addTask(t, s, "b")
	copied.Store(300)
	end(t, j, runNow(t, j, other.ID).ID)
	copied.Store(rest)
	if err := j.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := start(t, s, steps(&copied, 300), one)
	if err := again.tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Run(t.Context(), run.ID); err != nil || got.Status() != task.StatusPaused || copied.Load() != rest {
		t.Errorf("after the restart it is %s with %d messages, %v", got.Status(), copied.Load(), err)
	}
	if err := again.ResumeRun(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	last := end(t, again, run.ID)
	if c := last.Report.Counts; last.Report.Outcome != task.OutcomeDone || c.Copied != 300-rest || c.Present != rest {
		t.Errorf("%s with %+v; %d were there", last.Report.Outcome, c, rest)
	}
}

func TestPauseRun_thatIsStoppedEndsWithItsReport(t *testing.T) {
	begun := make(chan task.Run, 1)
	j := startNew(t, func(ctx context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		begun <- run
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond) // time to be stopped while it comes to rest
		return &task.Report{Outcome: task.OutcomeStopped, Counts: task.Counts{Copied: 4}}
	})
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	<-begun
	if err := j.PauseRun(t.Context(), run.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := j.StopRun(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	if got := end(t, j, run.ID); got.Status() != task.StatusCancelled || got.Report.Counts.Copied != 4 {
		t.Errorf("%s with %+v", got.Status(), got.Report)
	}
}

func TestNodes_aRunIsPausedFromAnotherNode(t *testing.T) {
	url := storetest.Postgres(t)
	var copied atomic.Int64
	here := start(t, openPostgres(t, url), steps(&copied, 100_000), short)
	there := idle(t, url)
	run := runNow(t, here, addTask(t, here.store, "a").ID)
	for copied.Load() < 5 {
		time.Sleep(time.Millisecond)
	}
	asked := time.Now()
	if err := there.PauseRun(t.Context(), run.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	until(t, there, run.ID, task.StatusPaused)
	if took := time.Since(asked); took > 3*time.Second {
		t.Errorf("it took %v to come to rest", took)
	}
	if rest := copied.Load(); rest == 100_000 {
		t.Error("it went on to its end")
	}
}

func TestSchedule_doesNotRunAgainAndAgainWhatNeedsSomebody(t *testing.T) {
	begin := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := &hand{at: begin}
	s := openStore(t, filepath.Join(t.TempDir(), store.FileName))
	s.SetClock(clock.now)
	var runs, mended atomic.Int64
	j := start(t, s, func(context.Context, task.Run, func(task.Progress), func(task.LogLine)) *task.Report {
		if runs.Add(1); mended.Load() == 0 {
			return &task.Report{Outcome: task.OutcomeNeedsUser, Cause: "source a: login refused: no such password"}
		}
		return &task.Report{Outcome: task.OutcomeDone}
	}, func(c *Config) { c.Now = clock.now })
	tk := addTask(t, s, "a")
	latest := func() task.Run {
		t.Helper()
		all, err := s.Runs(t.Context(), tk.ID, 5)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d runs, %v", len(all), err)
		}
		return all[0]
	}
	for hour := 1; hour <= 3; hour++ {
		clock.set(begin.Add(time.Duration(hour)*time.Hour + time.Minute))
		if err := j.tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, j, latest().ID, task.StatusWaiting)
	}
	waiting := latest()
	if runs.Load() != 1 || waiting.Await.Code != task.AwaitLogin || waiting.Await.Remedy == "" {
		t.Errorf("%d runs; it waits for %+v", runs.Load(), waiting.Await)
	}
	// By hand it goes on, and ends, because somebody looks at it.
	run := runNow(t, j, tk.ID)
	if got := end(t, j, run.ID); run.ID != waiting.ID || got.Status() != task.StatusNeedsYou {
		t.Errorf("the run %s, before %s, is %s", run.ID, waiting.ID, got.Status())
	}
	mended.Store(1)
	clock.set(begin.Add(5 * time.Hour))
	if err := j.tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := s.Runs(t.Context(), tk.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := end(t, j, all[0].ID); got.Status() != task.StatusDone {
		t.Errorf("mended, it is %s", got.Status())
	}
}
