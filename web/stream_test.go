package web_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// events is an open stream.
type events struct {
	t      *testing.T
	lines  *bufio.Reader
	header http.Header
}

// event is one message of a stream.
type event struct{ id, name, data string }

func (s *site) follow(path string) *events {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.http.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html, text/event-stream")
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: status %d", path, resp.StatusCode)
	}
	return &events{t: s.t, lines: bufio.NewReader(resp.Body), header: resp.Header}
}

// nextOK reads the next message; ok is false when the stream has ended.
func (e *events) nextOK() (ev event, ok bool) {
	e.t.Helper()
	var data []string
	for {
		line, err := e.lines.ReadString('\n')
		if err == io.EOF {
			return ev, false
		}
		if err != nil {
			e.t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && (data != nil || ev.name != ""):
			ev.data = strings.Join(data, "\n")
			return ev, true
		case field == "data":
			data = append(data, value)
		case field == "id":
			ev.id = value
		case field == "event":
			ev.name = value
		case line != "" && !strings.HasPrefix(line, ":"):
			e.t.Fatalf("strange line %q", line)
		}
	}
}

func (e *events) next() event {
	e.t.Helper()
	ev, ok := e.nextOK()
	if !ok {
		e.t.Fatal("the stream has ended")
	}
	return ev
}

// parts are the fragments of a message by their targets.
func (ev event) parts(t *testing.T) map[string]*html.Node {
	t.Helper()
	// As htmx does: a table row would be lost by a parser outside of a template.
	text := strings.NewReplacer("<hx-partial", "<template", "</hx-partial>", "</template>").Replace(ev.data)
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]*html.Node{}
	for _, n := range all(doc, tag("template")) {
		if target := attr(n, "hx-target"); target != "" {
			parts[target] = n
		}
	}
	return parts
}

func TestWatchRun_startsWithTheWholeAndGoesOnWithChanges(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.svc.steps(4)

	stream := s.follow("/runs/" + run + "/events")
	if got := stream.header; got.Get("Content-Type") != "text/event-stream" || got.Get("X-Accel-Buffering") != "no" ||
		got.Get("Content-Encoding") != "" || got.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", got)
	}
	ev := stream.next()
	if ev.id != "1" || ev.name != "" {
		t.Errorf("the first message has id %q and name %q", ev.id, ev.name)
	}
	parts := ev.parts(t)
	for _, target := range []string{"#run-head", "#run-announce", "#run-totals", "#run-rate", "#run-report", "#run-folders", "#log", "#favicon"} {
		if parts[target] == nil {
			t.Errorf("the first message lacks %s", target)
		}
	}
	if got := words(parts["#run-folders"]); !strings.Contains(got, "Archiv/2019 → Archive/old/2019") {
		t.Errorf("folders: %s", got)
	}
	if !strings.Contains(ev.data, "<title>") {
		t.Error("the first message has no title")
	}

	s.svc.steps(1)
	for {
		parts = stream.next().parts(t)
		if parts["#folder-0"] != nil {
			break // a message before it may tell the time only
		}
	}
	if parts["#run-head"] != nil || parts["#run-folders"] != nil {
		t.Error("what has not changed is sent again")
	}
	if got := words(parts["#folder-0"]); !strings.Contains(got, "INBOX") {
		t.Errorf("the first folder is %q", got)
	}
	if parts["#folder-sums"] == nil || parts["#run-totals"] == nil || parts["#log"] == nil {
		t.Errorf("the sums or the log are not sent")
	}
}

func TestWatchRun_endsWithTheReport(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	stream := s.follow("/runs/" + run + "/events")
	stream.next()
	s.finish(run)
	var last map[string]*html.Node
	for {
		ev := stream.next()
		if ev.name == "end" {
			break
		}
		last = ev.parts(t)
	}
	if ev, ok := stream.nextOK(); ok {
		t.Errorf("after the end comes %v", ev)
	}
	if got := words(last["#run-totals"]); !strings.Contains(got, "Every message is there") || !strings.Contains(got, "5,570") {
		t.Errorf("the last message says %q", got)
	}
	if got := words(last["#run-report"]); !strings.Contains(got, "copied into the same folder") {
		t.Errorf("the notes are %q", got)
	}
	if got := words(last["#run-head"]); !strings.Contains(got, "Run again") {
		t.Errorf("the head is %q", got)
	}
	if got := words(last["#log"]); !strings.Contains(got, "ended") {
		t.Errorf("the log is %q", got)
	}
}

func TestWatchRun_ofAnEndedRunSaysSoAtOnce(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.finish(run)
	stream := s.follow("/runs/" + run + "/events")
	stream.next()
	if ev := stream.next(); ev.name != "end" {
		t.Errorf("the second message is %+v", ev)
	}
}

func TestWatchRun_ofNoRunIsNotFound(t *testing.T) {
	s := loggedIn(t)
	if a := s.get("/runs/none/events"); a.status != http.StatusNotFound {
		t.Errorf("status %d", a.status)
	}
}

func TestWatchRun_keepsUpWithALongLog(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.svc.mu.Lock()
	r := s.svc.runs[run]
	s.svc.mu.Unlock()
	for range 1000 {
		s.svc.change(r, func(*task.Run) {}, "noise")
	}
	stream := s.follow("/runs/" + run + "/events")
	if n := len(all(stream.next().parts(t)["#log"], tag("li"))); n != 200 {
		t.Errorf("%d lines at first, want the last 200", n)
	}
}

func TestWatchTasks_pushesTheLineThatChanges(t *testing.T) {
	s := loggedIn(t)
	first := sampleTask()
	first.Name = "A"
	s.svc.put(first)
	second := sampleTask()
	second.Name = "B"
	id := s.svc.put(second).ID
	stream := s.follow("/tasks/events")
	if parts := stream.next().parts(t); parts["#task-list"] == nil {
		t.Error("the first message lacks the list")
	}
	s.run(id)
	for {
		parts := stream.next().parts(t)
		if parts["#task-list"] != nil {
			t.Error("the whole list is sent again")
		}
		if n := parts["#task-1"]; n != nil && strings.Contains(words(n), "Waiting") {
			break
		}
	}
	s.svc.put(sampleTask())
	for stream.next().parts(t)["#task-list"] == nil {
	}
}

func TestShutdown_endsStreamsFirst(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	streams := []*events{s.follow("/runs/" + run + "/events"), s.follow("/tasks/events")}
	for _, e := range streams {
		e.next()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for _, e := range streams {
		for {
			ev, ok := e.nextOK()
			if !ok {
				break
			}
			if ev.name == "end" {
				t.Error("a shutdown looks like the end of the run")
			}
		}
	}
	if a := s.get("/tasks/events"); a.status != http.StatusServiceUnavailable {
		t.Errorf("a stream after the shutdown: status %d", a.status)
	}
	s.page("/tasks")
}

func TestQuietStream_saysThatItIsAlive(t *testing.T) {
	w := httptest.NewRecorder()
	if !web.QuietStream(w, true) {
		t.Error("the stream ends")
	}
	if got := w.Body.String(); !strings.HasPrefix(got, ":") || !strings.HasSuffix(got, "\n\n") {
		t.Errorf("it writes %q", got)
	}
}

func TestQuietStream_endsWithTheSession(t *testing.T) {
	if web.QuietStream(httptest.NewRecorder(), false) {
		t.Error("the stream goes on after the session has ended")
	}
}
