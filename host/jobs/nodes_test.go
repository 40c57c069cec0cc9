package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// short are leases for tests.
func short(c *Config) { c.Lease, c.Beat, c.Workers = 3*time.Second, 400*time.Millisecond, 2 }

// twoNodes are two nodes on one database, each of which executes in its own way.
func twoNodes(t *testing.T, a, b executeFunc) (*Jobs, *Jobs) {
	t.Helper()
	url := storetest.Postgres(t)
	return start(t, openPostgres(t, url), a, short), start(t, openPostgres(t, url), b, short)
}

// never is what a node does to which nothing may be given.
func never(t *testing.T) executeFunc {
	return func(context.Context, task.Run, func(task.Progress), func(task.LogLine)) *task.Report {
		t.Error("a node that should not execute anything does")
		return nil
	}
}

// idle is a node that executes nothing, but watches and stops runs.
func idle(t *testing.T, url string) *Jobs {
	t.Helper()
	j, err := New(Config{Store: openPostgres(t, url), Execute: never(t)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	j.beside.Go(func() { j.follow(done) })
	t.Cleanup(func() {
		close(done)
		j.beside.Wait()
		j.hub.closeAll()
	})
	return j
}

func TestNodes_eachWatchesAndStopsTheRunsOfTheOther(t *testing.T) {
	url := storetest.Postgres(t)
	work := func(ctx context.Context, _ task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report {
		for n := int64(1); ; n++ {
			progress(task.Progress{Counts: task.Counts{Copied: n}, At: time.Now()})
			log(task.LogLine{Text: fmt.Sprint(n)})
			select {
			case <-ctx.Done():
				return &task.Report{Outcome: task.OutcomeStopped, Counts: task.Counts{Copied: n}}
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	here := start(t, openPostgres(t, url), work, short)
	there := idle(t, url)
	run := runNow(t, here, addTask(t, here.store, "a").ID)
	seen, asked := make(map[int64]bool), time.Time{}
	for now := range there.Watch(t.Context(), run.ID) {
		seen[now.Progress.Counts.Copied] = true
		if len(seen) == 4 && asked.IsZero() {
			asked = time.Now()
			if err := there.StopRun(t.Context(), run.ID); err != nil {
				t.Fatal(err)
			}
		}
		run = now
	}
	if run.State != task.StateEnded || run.Report.Outcome != task.OutcomeStopped {
		t.Errorf("watching ended with %+v", run)
	}
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

func TestNodes_aRunOfOneThatStopsGoesOnOnTheOther(t *testing.T) {
	began := make(chan task.Run, 10)
	url := storetest.Postgres(t)
	a := start(t, openPostgres(t, url), untilStopped(began), short)
	run := runNow(t, a, addTask(t, a.store, "a").ID)
	<-began
	again := make(chan task.Run, 10)
	b := start(t, openPostgres(t, url), func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		again <- run
		return &task.Report{Outcome: task.OutcomeDone}
	}, short)
	if nodes, err := b.store.Nodes(t.Context(), time.Minute); err != nil || len(nodes) != 2 {
		t.Errorf("the nodes are %+v, %v", nodes, err)
	}
	stopped := time.Now()
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-again; got.ID != run.ID || got.Epoch != 2 {
		t.Errorf("goes on as %+v", got)
	}
	if took := time.Since(stopped); took > 8*time.Second {
		t.Errorf("it took %v", took)
	}
	end(t, b, run.ID)
	if nodes, err := b.store.Nodes(t.Context(), time.Minute); err != nil || len(nodes) != 1 {
		t.Errorf("the nodes are %+v, %v", nodes, err)
	}
}

// A node that is cut off from the database gives up its runs before the other one
// takes them, and what it writes later counts for nothing.
func TestNodes_oneThatIsCutOffGivesUpItsRuns(t *testing.T) {
	url := storetest.Postgres(t)
	gaveUp := make(chan error, 1)
	began := make(chan task.Run, 1)
	a := start(t, openPostgres(t, url), func(ctx context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		began <- run
		<-ctx.Done()
		gaveUp <- context.Cause(ctx)
		return &task.Report{Outcome: task.OutcomeTemporary, Cause: "cut off"}
	}, short, func(c *Config) { c.Workers = 1 })
	run := runNow(t, a, addTask(t, a.store, "a").ID)
	<-began
	if err := a.Holds(run.ID); err != nil {
		t.Errorf("a run that is at work: %v", err)
	}
	again := make(chan task.Run, 10)
	b := start(t, openPostgres(t, url), func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		again <- run
		return &task.Report{Outcome: task.OutcomeDone}
	}, short)
	storetest.Admin(t, url, `CREATE FUNCTION mute() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.id = '`+a.store.NodeID()+`' THEN RAISE 'cut off'; END IF; RETURN NEW; END $$`)
	storetest.Admin(t, url, "CREATE TRIGGER mute BEFORE INSERT OR UPDATE ON node FOR EACH ROW EXECUTE FUNCTION mute()")
	if err := <-gaveUp; !errors.Is(err, errLeaseLost) {
		t.Errorf("the run of the node that is cut off ended because %v", err)
	}
	if err := a.Holds(run.ID); !errors.Is(err, errLeaseLost) {
		t.Errorf("it may still speak for the run: %v", err)
	}
	// Only now others have it; a node that is cut off claims nothing.
	if got := <-again; got.ID != run.ID || got.Epoch != 2 {
		t.Errorf("goes on as %+v", got)
	}
	if got := end(t, b, run.ID); got.Report.Outcome != task.OutcomeDone {
		t.Errorf("the report is %+v", got.Report)
	}
	if len(began) != 0 {
		t.Error("the node that is cut off has begun another run")
	}
	storetest.Admin(t, url, "DROP TRIGGER mute ON node")
}

func TestNodes_schedulesTickOnceForAll(t *testing.T) {
	var mu sync.Mutex
	ran := make(map[string]int)
	count := func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		mu.Lock()
		defer mu.Unlock()
		ran[run.TaskName]++
		return &task.Report{Outcome: task.OutcomeDone}
	}
	a, b := twoNodes(t, count, count)
	const tasks = 30
	for i := range tasks {
		addTask(t, a.store, fmt.Sprint(i))
	}
	if _, err := a.store.DB().Exec("UPDATE task SET next_at = $1", time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, j := range []*Jobs{a, b, a, b} { // beside what River ticks
		wg.Go(func() {
			if err := j.tick(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runs, err := a.store.LastRuns(t.Context())
	if err != nil || len(runs) != tasks {
		t.Fatalf("%d runs, %v; want %d", len(runs), err, tasks)
	}
	for _, run := range runs {
		end(t, a, run.ID)
	}
	mu.Lock()
	defer mu.Unlock()
	for name, n := range ran {
		if n != 1 {
			t.Errorf("task %s ran %d times", name, n)
		}
	}
	if len(ran) != tasks {
		t.Errorf("%d tasks ran, want %d", len(ran), tasks)
	}
}

func TestNodes_limitsHoldForAllTogether(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	full, release := make(chan struct{}), make(chan struct{})
	work := func(context.Context, task.Run, func(task.Progress), func(task.LogLine)) *task.Report {
		mu.Lock()
		if now++; now == 3 && most < 3 {
			close(full)
		}
		most = max(most, now)
		mu.Unlock()
		<-release
		mu.Lock()
		now--
		mu.Unlock()
		return &task.Report{Outcome: task.OutcomeDone}
	}
	a, b := twoNodes(t, work, work)
	if err := a.store.SetLimits(t.Context(), store.Limits{Runs: 3}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range 20 {
		ids = append(ids, runNow(t, []*Jobs{a, b}[i%2], addTask(t, a.store, fmt.Sprint(i)).ID).ID)
	}
	<-full // three at work, on four workers
	if c, err := b.store.ClaimNext(t.Context()); !errors.Is(err, store.ErrLimit) {
		t.Errorf("one more: %+v, %v", c, err)
	}
	close(release)
	for _, id := range ids {
		end(t, b, id)
	}
	if most != 3 {
		t.Errorf("%d runs at once, want 3", most)
	}
}

// A thousand tasks that are due at once all run, once, while several nodes, or the
// workers of one, fetch them.
func TestTick_startsAThousandAtOnceNoneLostNoneDoubled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const tasks = 1000
	var mu sync.Mutex
	ran := make(map[string]int)
	all := make(chan struct{})
	j := startNew(t, func(_ context.Context, run task.Run, _ func(task.Progress), _ func(task.LogLine)) *task.Report {
		mu.Lock()
		defer mu.Unlock()
		if ran[run.TaskName]++; len(ran) == tasks && ran[run.TaskName] == 1 {
			close(all)
		}
		return &task.Report{Outcome: task.OutcomeDone}
	}, func(c *Config) { c.Workers = 8 })
	fillTasks(t, j.store, tasks)
	begun := time.Now()
	if _, err := j.store.DB().Exec("UPDATE task SET next_at = $1", time.Now().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	<-all
	t.Logf("%d runs in %v", tasks, time.Since(begun).Round(10*time.Millisecond))
	for {
		running, err := j.store.Running(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(running) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	runs, err := j.store.LastRuns(t.Context())
	if err != nil || len(runs) != tasks {
		t.Fatalf("%d tasks have runs, %v", len(runs), err)
	}
	for _, run := range runs {
		if run.State != task.StateEnded || run.Epoch != 1 || ran[run.TaskName] != 1 {
			t.Errorf("task %s ran %d times, and is %s with epoch %d", run.TaskName, ran[run.TaskName], run.State, run.Epoch)
		}
	}
}

// fillTasks makes n tasks, a few at a time: each waits for the disk.
func fillTasks(t testing.TB, s *store.Store, n int) {
	t.Helper()
	first := addTask(t, s, "0")
	copies := "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < " + fmt.Sprint(n-1) + ") "
	for _, table := range []struct{ name, id, columns string }{
		{"task", "id", "destination, destination_password, every_ms, next_at, created_at, updated_at, anchor_at, turn"},
		{"source", "task_id", "position, name, account, password"},
		{"task_place", "task_id", "kind, place"},
	} {
		name, value := "", ""
		if table.name == "task" {
			name, value = "name, ", "'' || n, "
		}
		from := strings.Join(slices.Collect(func(yield func(string) bool) {
			for c := range strings.SplitSeq(table.columns, ", ") {
				if !yield("o." + c) {
					return
				}
			}
		}), ", ")
		query := fmt.Sprintf("INSERT INTO %s (%s, %s%s) %sSELECT 'copy' || n, %s%s FROM i CROSS JOIN %s AS o WHERE o.%s = $1",
			table.name, table.id, name, table.columns, copies, value, from, table.name, table.id)
		if _, err := s.DB().Exec(query, first.ID); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}
