package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/jobs"
	"github.com/mailweir/mailweir/host/secret"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

var quiet = slog.New(slog.DiscardHandler)

func noEnv(string) string { return "" }

// safeBuffer is written by the service and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startService serves dir until stop is called, and returns what the terminal
// shows.
func startService(t *testing.T, dir string) (greeting string, stop func()) {
	t.Helper()
	return startServiceOn(t, dir, "", noEnv)
}

// startServiceOn is startService with a database of PostgreSQL, unless that is "".
func startServiceOn(t *testing.T, dir, database string, getenv func(string) string) (greeting string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out safeBuffer
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, ServeOptions{Data: dir, Database: database, Listen: "127.0.0.1:0", Getenv: getenv, Out: &out, Log: quiet})
	}()
	for !strings.Contains(out.String(), dir) { // the greeting ends with the directory
		select {
		case err := <-done:
			t.Fatalf("the service ended with %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return out.String(), func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the service ended with %v", err)
		}
	}
}

func TestServe_refusesWhatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	serve := func() error {
		return Serve(t.Context(), ServeOptions{Data: dir, Listen: l.Addr().String(), Getenv: noEnv, Out: io.Discard, Log: quiet})
	}
	if err := serve(); !errors.Is(err, ErrListen) || OutcomeOf(err) != task.OutcomeNeedsUser || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("a port that is taken: %v", err)
	}
	_, stop := startService(t, dir)
	defer stop()
	if err := serve(); !errors.Is(err, ErrRunning) || OutcomeOf(err) != task.OutcomeTemporary || !strings.Contains(err.Error(), dir) {
		t.Errorf("a data directory that is served: %v", err)
	}
}

// newService is the running program without its pages.
func newService(t *testing.T) *service {
	t.Helper()
	data, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.Open(string(data), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	db, err := data.openStore(t.Context(), box)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	shelf := newShelf(data)
	t.Cleanup(func() { _ = shelf.Close(context.Background()) })
	consents := newConsents(db, quiet)
	t.Cleanup(consents.close)
	work := &executor{store: db, shelf: shelf, data: data, conn: ConnOptions{Log: quiet, Tokens: consents.token}}
	queue, err := jobs.New(jobs.Config{Store: db, Execute: work.execute, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := queue.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &service{
		store: db, jobs: queue, shelf: shelf, log: quiet, cost: cheap, work: work, plans: make(chan struct{}, maxPlans),
		teller: &teller{store: db, log: quiet}, consents: consents,
	}
}

// ended waits for a run and returns it.
func ended(t *testing.T, s *service, id string) task.Run {
	t.Helper()
	updates, err := s.Watch(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var last task.Run
	for last = range updates {
	}
	if last.State != task.StateEnded || last.Report == nil {
		t.Fatalf("the run is %s", last.State)
	}
	return last
}

func TestService_runsATaskWithItsStoredPassword(t *testing.T) {
	s := newService(t)
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	saved, err := s.SaveTask(t.Context(), task.Task{
		Name:        "home",
		Sources:     []task.Source{{Name: "home", Account: accounts.Home}},
		Destination: accounts.Local,
		Hooks:       []task.Hook{{Plugin: "folder-rules", Config: `{"exclude": ["Papierkorb"]}`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if saved.Destination.Password != "" || saved.Sources[0].Account.Password != "" {
		t.Error("SaveTask returns a password")
	}
	run, err := s.StartRun(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	r := ended(t, s, run.ID).Report
	if r.Outcome != task.OutcomeDone || r.Counts.Copied != 1025 {
		t.Errorf("%s: %s, %+v", r.Outcome, r.Cause, r.Counts)
	}
	lines, err := s.Log(t.Context(), run.ID, 0, 1000)
	if err != nil || len(lines) == 0 {
		t.Errorf("the run's log has %d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		if strings.Contains(l.Text, accounts.Home.Password.Reveal()) {
			t.Errorf("the log holds a password: %s", l.Text)
		}
	}
}

func TestService_sortsErrorsForThePages(t *testing.T) {
	s := newService(t)
	account := func(text string) task.Account {
		a, err := task.ParseAccount(text)
		if err != nil {
			t.Fatal(err)
		}
		a.Password = "x"
		return a
	}
	good := task.Task{
		Name:        "good",
		Sources:     []task.Source{{Name: "a", Account: account("imap://ann@127.0.0.1:1?tls=none")}},
		Destination: account("imap://ann@127.0.0.1:2?tls=none"),
	}
	with := func(change func(*task.Task)) task.Task {
		c := good
		change(&c)
		return c
	}
	saved, err := s.SaveTask(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	save := func(c task.Task) error { _, err := s.SaveTask(t.Context(), c); return err }
	_, unknownTask := s.Task(t.Context(), "nowhere")
	_, unknownRun := s.Run(t.Context(), "nowhere")
	_, unknownWatch := s.Watch(t.Context(), "nowhere")
	_, unknownStart := s.StartRun(t.Context(), "nowhere")
	tests := []struct {
		name string
		give error
		want error
	}{
		{"no name", save(with(func(c *task.Task) { c.Name = "" })), web.ErrInvalid},
		{"a name that is taken", save(with(func(*task.Task) {})), web.ErrInvalid},
		{"unknown plugin", save(with(func(c *task.Task) { c.Name, c.Hooks = "x", []task.Hook{{Plugin: "nosuch"}} })), web.ErrInvalid},
		{"configuration that is refused", save(with(func(c *task.Task) {
			c.Name, c.Hooks = "x", []task.Hook{{Plugin: "folder-rules", Config: `{"rename": 1}`}}
		})), web.ErrInvalid},
		{"unknown task", unknownTask, web.ErrNotFound},
		{"unknown run", unknownRun, web.ErrNotFound},
		{"unknown run to watch", unknownWatch, web.ErrNotFound},
		{"unknown task to start", unknownStart, web.ErrNotFound},
		{"deleted twice", errors.Join(s.DeleteTask(t.Context(), saved.ID, ""), s.DeleteTask(t.Context(), saved.ID, "")), web.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !errors.Is(tt.give, tt.want) {
				t.Errorf("%v is no %v", tt.give, tt.want)
			}
		})
	}
}

func TestService_runThatCanNotConnectSaysWhy(t *testing.T) {
	s := newService(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	from, err := task.ParseAccount("imap://ann@" + closed + "?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	from.Password = "x"
	saved, err := s.SaveTask(t.Context(), task.Task{
		Name:        "closed",
		Sources:     []task.Source{{Name: "a", Account: from}},
		Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir()},
	})
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.StartRun(t.Context(), saved.ID)
	if err != nil {
		t.Fatal(err)
	}
	if r := ended(t, s, run.ID).Report; r.Outcome != task.OutcomeTemporary || !strings.Contains(r.Cause, closed) {
		t.Errorf("%s: %s", r.Outcome, r.Cause)
	}
	rows, _, err := s.FindTasks(access.With(t.Context(), access.Local()), task.Query{})
	if err != nil || len(rows) != 1 || rows[0].Last == nil || rows[0].Last.ID != run.ID {
		t.Errorf("the list of tasks: %+v, %v", rows, err)
	}
}
