package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

// The goals for a service with 10,000 tasks; "go tool task scale" holds it to them.
const (
	scaleTasks  = 10_000
	scaleRuns   = 5 // of each task
	scaleStart  = time.Second
	scalePage   = 100 * time.Millisecond // of the server, for a page
	scaleCPU    = 0.03                   // of a core, when nothing is due and nobody looks
	scaleMemory = 150 << 20
	scaleIdle   = 30 * time.Second // how long is looked at what it does then
)

// TestScale_aServiceWithManyTasksStartsAtOnceAndRestsWhenIdle measures a service in a
// process of its own. It needs a machine that does nothing else.
func TestScale_aServiceWithManyTasksStartsAtOnceAndRestsWhenIdle(t *testing.T) {
	if os.Getenv("MAILWEIR_SCALE") == "" {
		t.Skip("set MAILWEIR_SCALE=1; its figures are those of a machine that does nothing else: go tool task scale")
	}
	t.Run("SQLite", func(t *testing.T) { measure(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { measure(t, storetest.Postgres(t)) })
}

func measure(t *testing.T, database string) {
	dir := t.TempDir()
	populate(t, dir, database)
	at, pid, took := serveApart(t, dir, database)
	within(t, "start", took.Seconds(), scaleStart.Seconds(), "s")

	for _, path := range []string{"/", "/tasks", "/tasks?sort=state&page=100", "/tasks?sort=latest", "/tasks?q=task-99", "/api/v1/tasks", "/api/v1/tasks?status=done", "/api/v1/tasks?status=needs+you", "/api/v1/tasks?q=task-99", "/metrics"} {
		var best time.Duration
		for range 5 { // the best one is the server's own time; others share the machine
			began := time.Now()
			get(t, at.URL, at.Token, path)
			if took := time.Since(began); best == 0 || took < best {
				best = took
			}
		}
		within(t, "GET "+path, float64(best.Microseconds())/1000, float64(scalePage.Milliseconds()), "ms")
	}
	before := cpu(t, pid)
	time.Sleep(scaleIdle)
	within(t, "idle CPU", (cpu(t, pid)-before).Seconds()/scaleIdle.Seconds()*100, scaleCPU*100, "% of a core")
	within(t, "memory", float64(resident(t, pid))/(1<<20), scaleMemory>>20, "MiB")
}

// within says a figure, and whether it is within its goal.
func within(t *testing.T, what string, got, goal float64, unit string) {
	t.Helper()
	t.Logf("%-32s %8.1f %s (goal %.0f)", what, got, unit, goal)
	if got > goal {
		t.Errorf("%s: %.1f %s is more than %.0f", what, got, unit, goal)
	}
}

// populate makes the tasks, and runs of each that have ended.
func populate(t *testing.T, dir, database string) {
	t.Helper()
	db := openApart(t, dir, database)
	defer db.Close()
	if err := db.CreateUser(t.Context(), &access.User{Name: "admin", Role: access.RoleAdmin}, "nobody logs in"); err != nil {
		t.Fatal(err)
	}
	list := make([]store.Upsert, scaleTasks)
	for i := range list {
		account := func(side string) task.Account {
			return task.Account{
				Kind: task.KindIMAP, Host: fmt.Sprintf("%s%d.example", side, i%50), Port: 993, TLS: task.TLSImplicit,
				User: fmt.Sprintf("user%d@example.org", i), Password: "secret",
			}
		}
		list[i].Task = task.Task{
			Name: fmt.Sprintf("task-%05d", i), Schedule: task.Schedule{Every: 24 * time.Hour},
			Sources: []task.Source{{Name: "old", Account: account("old")}}, Destination: account("new"),
		}
	}
	if _, err := db.UpsertTasks(t.Context(), "", list, false); err != nil {
		t.Fatal(err)
	}
	for i := range scaleRuns {
		report := `{"outcome":"done","counts":{"source":5000,"copied":12,"present":4988,"bytes":345678}}`
		_, err := db.DB().ExecContext(t.Context(), fmt.Sprintf(`INSERT INTO run (id, task_id, state, started_by, epoch, cancel_requested, queued_at, started_at, ended_at,
				outcome, progress, report, progress_folders, report_detail, number, waiting_at)
			SELECT 'r%[1]d-' || id, id, 'ended', 'schedule', 1, FALSE, %[2]d, %[2]d, %[2]d, 'done', '', '%[3]s', '', '{"folders":[]}', %[4]d, %[2]d FROM task`,
			i, time.Now().Add(-time.Duration(scaleRuns-i)*24*time.Hour).UnixMilli(), report, i+1))
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.DB().ExecContext(t.Context(), "UPDATE task SET standing = 6, latest_at = created_at - 86400000"); err != nil {
		t.Fatal(err)
	}
	if database != "" { // as its own housekeeping does after a while
		if _, err := db.DB().ExecContext(t.Context(), "VACUUM ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
}

func get(t *testing.T, address, token, path string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(address, "/")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	// Without following: a page that leads elsewhere is not the one that is measured.
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v, %.200s", path, answer.StatusCode, err, text)
	}
}

// cpu is how much computing time a process has taken: proc(5), fields 14 and 15 of
// stat, in hundredths of a second on Linux.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	// The name of the program, in parentheses, may hold blanks.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var sum int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum) * 10 * time.Millisecond
}

// resident is how many bytes of memory a process has.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
