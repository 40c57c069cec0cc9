package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/store/storetest"
	"github.com/mailweir/mailweir/host/task"
)

const (
	dueTasks = 1000
	dueMail  = 3 // messages of each
	dueTime  = 200 * time.Millisecond
)

// TestScale_theAPIAnswersWhileAThousandTasksAreDue starts a service on a thousand tasks
// that are all due, copies their mail, and asks the API meanwhile.
func TestScale_theAPIAnswersWhileAThousandTasksAreDue(t *testing.T) {
	if os.Getenv("MAILWEIR_SCALE") == "" {
		t.Skip("set MAILWEIR_SCALE=1; its figures are those of a machine that does nothing else: go tool task scale")
	}
	t.Run("SQLite", func(t *testing.T) { runAThousand(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { runAThousand(t, storetest.Postgres(t)) })
}

func runAThousand(t *testing.T, database string) {
	dir := t.TempDir()
	db := openApart(t, dir, database)
	t.Cleanup(func() { _ = db.Close() })
	users := dueAccounts(t, db)
	if _, err := db.DB().ExecContext(t.Context(), "UPDATE task SET next_at = created_at"); err != nil {
		t.Fatal(err)
	}
	at, _, _ := serveApart(t, dir, database)
	begun := time.Now()
	var took []time.Duration
	for left := dueTasks; left > 0; {
		for _, path := range []string{"/api/v1/tasks", "/api/v1/tasks?status=running", "/api/v1/tasks?q=task-99"} {
			began := time.Now()
			get(t, at.URL, at.Token, path)
			took = append(took, time.Since(began))
		}
		if time.Since(begun) > 10*time.Minute {
			t.Fatalf("%d tasks have not run after ten minutes", left)
		}
		time.Sleep(200 * time.Millisecond)
		if err := db.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM task WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.task_id = task.id AND run.state = 'ended')").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d runs of %d messages in %v", dueTasks, dueMail, time.Since(begun).Round(100*time.Millisecond))
	slices.Sort(took)
	within(t, "the API meanwhile, median", float64(took[len(took)/2].Milliseconds()), float64(dueTime.Milliseconds()), "ms")
	within(t, "the API meanwhile, 95 of 100", float64(took[len(took)*95/100].Milliseconds()), float64(dueTime.Milliseconds()), "ms")
	t.Logf("the longest of %d answers took %v", len(took), took[len(took)-1].Round(time.Millisecond))

	runs, err := db.LastRuns(t.Context())
	if err != nil || len(runs) != dueTasks {
		t.Fatalf("%d tasks have runs, %v", len(runs), err)
	}
	for _, run := range runs {
		if run.Report == nil || run.Report.Outcome != task.OutcomeDone || run.Report.Counts.Copied != dueMail || run.Number != 1 {
			t.Errorf("run %d of %s: %+v", run.Number, run.TaskName, run.Report)
		}
	}
	for name, user := range users {
		if box, err := user.Status("INBOX", &imap.StatusOptions{NumMessages: true}); err != nil || *box.NumMessages != dueMail {
			t.Errorf("%s has %v messages (%v), not %d", name, box.NumMessages, err, dueMail)
		}
	}
}

// dueAccounts makes the tasks, from one mailbox into one for each, and returns the
// destinations.
func dueAccounts(t *testing.T, db *store.Store) map[string]*imapmemserver.User {
	t.Helper()
	backend := imapmemserver.New()
	add := func(name string) *imapmemserver.User {
		u := imapmemserver.NewUser(name, "secret")
		if err := u.Create("INBOX", nil); err != nil {
			t.Fatal(err)
		}
		backend.AddUser(u)
		return u
	}
	old := add("old")
	for i := range dueMail {
		if _, err := old.Append("INBOX", strings.NewReader(fmt.Sprintf("Subject: message %d\r\n\r\n%s", i, strings.Repeat("a line of it\r\n", 200))), &imap.AppendOptions{Time: time.Unix(1_700_000_000, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	addr := serveMemory(t, backend, false).Addr()
	users := map[string]*imapmemserver.User{}
	list := make([]store.Upsert, dueTasks)
	for i := range list {
		name := fmt.Sprintf("user%03d", i)
		users[name] = add(name)
		list[i].Task = task.Task{
			Name: fmt.Sprintf("task-%03d", i), Schedule: task.Schedule{Every: 24 * time.Hour},
			Sources: []task.Source{{Name: "old", Account: dueAccount(t, addr, "old")}}, Destination: dueAccount(t, addr, name),
		}
	}
	if _, err := db.UpsertTasks(t.Context(), "", list, false); err != nil {
		t.Fatal(err)
	}
	return users
}

func dueAccount(t *testing.T, addr, user string) task.Account {
	t.Helper()
	a, err := task.ParseAccount("imap://" + user + "@" + addr + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	a.Password = "secret"
	return a
}
