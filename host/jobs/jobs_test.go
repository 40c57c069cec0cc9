package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		workForEver(path)
		return
	}
	goleak.VerifyTestMain(storetest.M{M: m})
}

type executeFunc = func(ctx context.Context, run task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report

// syncBuffer is a log that the test reads while others write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func openStore(t testing.TB, path string) *store.Store {
	t.Helper()
	if os.Getenv(postgresEnv) != "" {
		return openPostgres(t, storetest.Postgres(t))
	}
	s, err := store.Open(context.Background(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// output is what a test prints, until it has ended: a Stop that ran out of time has
// failed the test already, and what is left of the jobs must not end the other tests.
type output struct {
	mu   sync.Mutex
	to   io.Writer
	over bool
}

func outputOf(t testing.TB) *output {
	o := &output{to: t.Output()}
	t.Cleanup(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.over = true
	})
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return len(p), nil
	}
	return o.to.Write(p)
}

// start starts jobs on s and stops them at the end of the test.
func start(t testing.TB, s *store.Store, execute executeFunc, change ...func(*Config)) *Jobs {
	t.Helper()
	cfg := Config{Store: s, Execute: execute, Tick: time.Second, Log: slog.New(slog.NewTextHandler(outputOf(t), nil))}
	for _, c := range change {
		c(&cfg)
	}
	j, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return j
}

func startNew(t testing.TB, execute executeFunc, change ...func(*Config)) *Jobs {
	t.Helper()
	return start(t, openStore(t, filepath.Join(t.TempDir(), store.FileName)), execute, change...)
}

func addTask(t testing.TB, s *store.Store, name string) task.Task {
	t.Helper()
	tk := task.Task{
		Name: name, Schedule: task.Schedule{Every: time.Hour},
		Sources:     []task.Source{{Name: "a", Account: task.Account{Kind: task.KindMaildir, Dir: "/from/" + name}}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: "/to/" + name},
	}
	if err := s.SaveTask(context.Background(), &tk); err != nil {
		t.Fatal(err)
	}
	return tk
}

func runNow(t testing.TB, j *Jobs, taskID string) task.Run {
	t.Helper()
	run, err := j.RunNow(t.Context(), taskID, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// end waits for the end of a run.
func end(t testing.TB, j *Jobs, runID string) task.Run {
	t.Helper()
	var last task.Run
	for run := range j.Watch(t.Context(), runID) {
		last = run
	}
	if last.State != task.StateEnded || last.Report == nil {
		t.Fatalf("watching ended with %+v", last)
	}
	return last
}

// makeDue lets the next slot of a task be now.
func makeDue(t testing.TB, s *store.Store, taskID string) {
	t.Helper()
	if _, err := s.DB().Exec("UPDATE task SET next_at = $1 WHERE id = $2", time.Now().UnixMilli(), taskID); err != nil {
		t.Fatal(err)
	}
}

func done(context.Context, task.Run, func(task.Progress), func(task.LogLine)) *task.Report {
	return &task.Report{Outcome: task.OutcomeDone}
}

// untilStopped works until its context ends; begun says that it has begun.
func untilStopped(begun chan<- task.Run) executeFunc {
	return func(ctx context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		begun <- run
		<-ctx.Done()
		return &task.Report{Outcome: task.OutcomeStopped, Cause: "stopped"}
	}
}

func TestRunNow_executesAndKeepsTheReport(t *testing.T) {
	report := task.Report{Outcome: task.OutcomeListed, Counts: task.Counts{Copied: 3}, Folders: []task.FolderReport{{Folder: "INBOX"}}}
	j := startNew(t, func(_ context.Context, run task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report {
		if run.State != task.StateRunning || run.TaskName != "a" || run.Started.IsZero() {
			t.Errorf("the run is %+v", run)
		}
		for i := range 1000 {
			progress(task.Progress{Phase: task.PhaseTransfer, Counts: task.Counts{Copied: int64(i)}})
			log(task.LogLine{Level: "info", Text: fmt.Sprint("line ", i)})
		}
		r := report
		return &r
	})
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	if run.State != task.StateQueued || run.Trigger != store.TriggerHand {
		t.Errorf("the queued run is %+v", run)
	}
	got := end(t, j, run.ID)
	if got.Report.Outcome != task.OutcomeListed || got.Report.Counts != report.Counts || len(got.Report.Folders) != 1 || got.Report.Started.IsZero() || got.Report.Ended.IsZero() {
		t.Errorf("the report is %+v", got.Report)
	}
	lines, err := j.store.LogLines(t.Context(), run.ID, 0, 2000)
	if err != nil || len(lines) != 1000 || lines[999].Text != "line 999" || lines[999].At.IsZero() {
		t.Errorf("%d lines are kept, %v", len(lines), err)
	}
}

func TestTick_startsATaskThatIsDue(t *testing.T) {
	ran := make(chan task.Run, 10)
	j := startNew(t, func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		ran <- run
		return &task.Report{Outcome: task.OutcomeDone}
	})
	addTask(t, j.store, "not yet")
	tk := addTask(t, j.store, "a")
	for range 2 {
		makeDue(t, j.store, tk.ID)
		if run := <-ran; run.TaskID != tk.ID || run.Trigger != store.TriggerSchedule {
			t.Errorf("ran %+v", run)
		}
	}
}

func TestRuns_ofATaskNeverOverlap(t *testing.T) {
	begun, release := make(chan task.Run, 10), make(chan struct{})
	j := startNew(t, func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		begun <- run
		<-release
		return &task.Report{Outcome: task.OutcomeDone}
	})
	tk := addTask(t, j.store, "a")
	run := runNow(t, j, tk.ID)
	<-begun
	if _, err := j.RunNow(t.Context(), tk.ID, store.TriggerHand); !errors.Is(err, store.ErrActive) {
		t.Errorf("a second run: %v, want ErrActive", err)
	}
	makeDue(t, j.store, tk.ID)
	// The tick takes the slot, and a ticket that comes twice is void.
	for {
		var next int64
		if err := j.store.DB().QueryRow("SELECT next_at FROM task WHERE id = $1", tk.ID).Scan(&next); err != nil {
			t.Fatal(err)
		}
		if next > time.Now().UnixMilli() {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := j.work(t.Context()); !errors.Is(err, store.ErrNotQueued) {
		t.Errorf("a ticket too many: %v, want ErrNotQueued", err)
	}
	close(release)
	end(t, j, run.ID)
	if runs, err := j.store.Runs(t.Context(), tk.ID, 10); err != nil || len(runs) != 1 || len(begun) != 0 {
		t.Errorf("%d runs, %v; %d more executed", len(runs), err, len(begun))
	}
}

func TestWorkers_boundHowManyRunAtOnce(t *testing.T) {
	var now, most atomic.Int64
	j := startNew(t, func(ctx context.Context, _ task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		n := now.Add(1)
		for {
			if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		for most.Load() < 2 && ctx.Err() == nil { // a busy machine takes its time to begin the second one
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
		return &task.Report{Outcome: task.OutcomeDone}
	}, func(c *Config) { c.Workers = 2 })
	var ids []string
	for i := range 8 {
		ids = append(ids, runNow(t, j, addTask(t, j.store, fmt.Sprint(i)).ID).ID)
	}
	for _, id := range ids {
		end(t, j, id)
	}
	if most.Load() != 2 {
		t.Errorf("%d runs at once, want 2", most.Load())
	}
}

func TestStopRun_endsARunWithItsReport(t *testing.T) {
	begun := make(chan task.Run, 10)
	j := startNew(t, untilStopped(begun), func(c *Config) { c.Workers = 1 })
	active := runNow(t, j, addTask(t, j.store, "a").ID)
	<-begun
	queued := runNow(t, j, addTask(t, j.store, "b").ID)
	for _, run := range []task.Run{queued, active} {
		if err := j.StopRun(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
		if got := end(t, j, run.ID); got.Report.Outcome != task.OutcomeStopped {
			t.Errorf("the report is %+v", got.Report)
		}
		if err := j.StopRun(t.Context(), run.ID); err != nil {
			t.Errorf("again: %v", err)
		}
	}
	if err := j.StopRun(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a run that is not there: %v", err)
	}
	if len(begun) != 0 {
		t.Error("the queued run was executed")
	}
}

func TestStopRun_throughTheStoreIsNoticed(t *testing.T) {
	begun := make(chan task.Run, 10)
	j := startNew(t, untilStopped(begun))
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	<-begun
	if err := j.store.RequestStop(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	if got := end(t, j, run.ID); got.Report.Outcome != task.OutcomeStopped {
		t.Errorf("the report is %+v", got.Report)
	}
}

func TestStop_letsTheNextStartGoOn(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), store.FileName))
	begun := make(chan task.Run, 10)
	first := start(t, s, untilStopped(begun), func(c *Config) { c.Workers = 1 })
	interrupted := runNow(t, first, addTask(t, s, "a").ID)
	<-begun
	waiting := runNow(t, first, addTask(t, s, "b").ID)
	watch := first.Watch(t.Context(), interrupted.ID)
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for run := range watch { // ends, although the run does not
		if run.State == task.StateEnded {
			t.Error("the run ended")
		}
	}
	for _, id := range []string{interrupted.ID, waiting.ID} {
		if run, err := s.Run(t.Context(), id); err != nil || run.State != task.StateQueued {
			t.Errorf("after the stop: %+v, %v", run, err)
		}
	}
	second := start(t, s, done)
	for _, id := range []string{interrupted.ID, waiting.ID} {
		if got := end(t, second, id); got.Report.Outcome != task.OutcomeDone {
			t.Errorf("the report is %+v", got.Report)
		}
	}
}

func TestStop_saysThatARunDoesNotEnd(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	j := startNew(t, func(context.Context, task.Run, func(task.Progress), func(task.LogLine)) *task.Report {
		close(begun)
		<-release
		return &task.Report{Outcome: task.OutcomeDone}
	})
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := j.Stop(ctx); err == nil || !strings.Contains(err.Error(), "1 runs did not end in time") {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := j.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	// It finished its work although it was asked to stop: that counts.
	if got, err := j.store.Run(t.Context(), run.ID); err != nil || got.State != task.StateEnded || got.Report.Outcome != task.OutcomeDone {
		t.Errorf("the run is %+v, %v", got, err)
	}
}

func TestSlice_letsOthersInAndGoesOn(t *testing.T) {
	var turns atomic.Int64
	j := startNew(t, func(ctx context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		if run.TaskName == "short" || turns.Add(1) == 3 {
			return &task.Report{Outcome: task.OutcomeDone}
		}
		<-ctx.Done()
		return &task.Report{Outcome: task.OutcomeStopped}
	}, func(c *Config) { c.Workers, c.Slice = 1, 100*time.Millisecond })
	long := runNow(t, j, addTask(t, j.store, "long").ID)
	short := runNow(t, j, addTask(t, j.store, "short").ID)
	for _, run := range []task.Run{long, short} {
		if got := end(t, j, run.ID); got.Report.Outcome != task.OutcomeDone {
			t.Errorf("the report is %+v", got.Report)
		}
	}
	if turns.Load() != 3 {
		t.Errorf("%d turns, want 3", turns.Load())
	}
}

func TestExecute_thatPanicsIsABugOfOursAndNotTheEnd(t *testing.T) {
	var log syncBuffer
	j := startNew(t, func(_ context.Context, run task.Run, progress func(task.Progress), _ func(task.LogLine)) *task.Report {
		progress(task.Progress{Counts: task.Counts{Copied: 7}})
		switch run.TaskName {
		case "panic":
			_ = []int{}[len(run.ID)]
		case "nothing":
			return nil
		}
		return &task.Report{Outcome: task.OutcomeDone}
	}, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for name, want := range map[string]string{"panic": "index out of range", "nothing": "without a report"} {
		run := runNow(t, j, addTask(t, j.store, name).ID)
		got := end(t, j, run.ID)
		if got.Report.Outcome != task.OutcomeBug || !strings.Contains(got.Report.Cause, want) || got.Report.Counts.Copied != 7 {
			t.Errorf("%s: the report is %+v", name, got.Report)
		}
		lines, err := j.store.LogLines(t.Context(), run.ID, 0, 10)
		if err != nil || len(lines) != 1 || lines[0].Level != "error" {
			t.Errorf("%s: the log is %+v, %v", name, lines, err)
		}
	}
	if !strings.Contains(log.String(), "jobs_test.go") {
		t.Error("the log does not tell where the panic was")
	}
	if got := end(t, j, runNow(t, j, addTask(t, j.store, "after").ID).ID); got.Report.Outcome != task.OutcomeDone {
		t.Errorf("the run after that: %+v", got.Report)
	}
}

func TestTick_executesARunThatIsNotInTheQueue(t *testing.T) {
	j := startNew(t, done)
	// As if the process had ended between the two inserts, a minute ago.
	run, err := j.store.CreateRun(t.Context(), addTask(t, j.store, "a").ID, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.store.DB().Exec("UPDATE run SET queued_at = queued_at - 60000 WHERE id = $1", run.ID); err != nil {
		t.Fatal(err)
	}
	end(t, j, run.ID)
}

func TestTick_executesARunWhoseEndCouldNotBeStored(t *testing.T) {
	j := startNew(t, done)
	run, err := j.store.CreateRun(t.Context(), addTask(t, j.store, "a").ID, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.store.ClaimRun(t.Context(), store.Ticket{RunID: run.ID, Epoch: 1}); err != nil {
		t.Fatal(err)
	}
	end(t, j, run.ID)
}

func TestNew_needsAStoreAndSomethingToDo(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("got no error")
	}
}
