package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
)

func TestRun_pageIsLiveWhileItLasts(t *testing.T) {
	s := loggedIn(t)
	run := s.run(s.svc.put(sampleTask()).ID)
	s.svc.steps(6)
	a := s.page("/runs/" + run)
	connect := all(a.page, func(n *html.Node) bool { return attr(n, "hx-sse:connect") == "/runs/"+run+"/events" })
	if len(connect) != 1 || attr(connect[0], "hx-sse:close") != "end" {
		t.Error("the page is not connected to its stream")
	}
	if got := words(all(a.page, tag("title"))[0]); !strings.Contains(got, "% Anna moves in") {
		t.Errorf("the title is %q", got)
	}
	refresh := all(a.page, func(n *html.Node) bool { return n.Data == "noscript" })
	if len(refresh) == 0 || !strings.Contains(a.text, `<noscript><meta http-equiv="refresh"`) {
		t.Error("without script the page stands still")
	}
	if len(all(a.page, tag("progress"))) == 0 {
		t.Error("there is no progress bar")
	}
	if a := s.post("/runs/"+run+"/stop", nil); a.header.Get("Location") != "/runs/"+run {
		t.Errorf("stop: status %d to %q", a.status, a.header.Get("Location"))
	}
	s.finish(run)
	if got := words(byID(s.page("/runs/"+run).page, "content")); !strings.Contains(got, "Stopped") {
		t.Errorf("after stopping: %s", got)
	}
}

func TestRun_pageIsTheReportAfterwards(t *testing.T) {
	s := loggedIn(t)
	s.svc.folders[0].Copied -= 2
	s.svc.folders[0].Failed = 2
	s.svc.listed = []task.Listed{{Source: "old", Folder: "INBOX", UID: 17, Fate: task.FateFailed, Reason: "the destination refuses it: too big"}}
	run := s.run(s.svc.put(sampleTask()).ID)
	s.finish(run)
	a := s.page("/runs/" + run)
	got := words(byID(a.page, "content"))
	for _, want := range []string{
		"Done, not all", "Some messages were not copied", "5,568", "the destination refuses it: too big", "number 17",
		"copied into the same folder", "Archiv/2019 → Archive/old/2019", "Sum 5,666 5,568",
	} {
		if !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("the report lacks %q: %s", want, got)
		}
	}
	if strings.Contains(a.text, "hx-sse:connect") || strings.Contains(a.text, "http-equiv") {
		t.Error("the page of an ended run still waits for news")
	}
}

func TestRun_reportIsDownloadedAsItIs(t *testing.T) {
	s := loggedIn(t)
	tk := sampleTask()
	tk.Name = "../ä \"x\"\r\n; Anna"
	run := s.run(s.svc.put(tk).ID)
	s.finish(run)
	a := s.get("/runs/" + run + "/report.json")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" {
		t.Fatalf("status %d, %s", a.status, a.header.Get("Content-Type"))
	}
	name := a.header.Get("Content-Disposition")
	if !strings.HasPrefix(name, `attachment; filename="mailweir-`) || !strings.HasSuffix(name, `.json"`) || strings.ContainsAny(name, "\\/<>\r\n") {
		t.Errorf("Content-Disposition: %s", name)
	}
	var got task.Report
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		t.Fatal(err)
	}
	want := s.svc.runs[run].run.Report
	if got.Outcome != want.Outcome || got.Counts != want.Counts || len(got.Folders) != len(want.Folders) {
		t.Errorf("the report is %+v, want %+v", got, want)
	}
}

// hostile is what a server, a plugin or a user may call things.
const hostile = `</template></hx-partial><script>alert(1)</script><img src=x onerror=alert(1)>"'><hx-partial hx-target="body">` + "\r\nid: 9\u202e\x1b[31m"

func TestHostileText_staysText(t *testing.T) {
	s := loggedIn(t)
	name := func(p string) string { return p + hostile }
	for i := range s.svc.folders {
		f := &s.svc.folders[i]
		f.Folder, f.Target, f.By, f.Error = name("folder"), name("target"), name("by"), name("error")
	}
	s.svc.listed = []task.Listed{{Source: name("source"), Folder: name("folder"), UID: 1, Fate: task.FateHeld, Reason: name("reason")}}
	s.svc.notes = []string{name("note")}
	s.svc.lines = []string{name("log")}
	s.svc.plugins[0].Description = name("description")
	s.svc.plugins[0].Config, _ = json.Marshal(map[string]string{"x": name("schema")})
	tk := sampleTask()
	tk.Name = name("task")
	tk.Hooks = append(tk.Hooks, task.Hook{Plugin: name("plugin"), Config: name("config")})
	tk.Destination.User, tk.Destination.Host, tk.Destination.Root = name("user"), name("host"), name("root")
	tk.Destination.Master, tk.Sources[0].Account.Authzid = name("master"), name("authzid")
	id := s.svc.put(tk).ID

	running := s.run(id)
	s.svc.steps(5)
	stream := s.follow("/runs/" + running + "/events")
	check := func(where string, n *html.Node) {
		t.Helper()
		for _, e := range all(n, func(*html.Node) bool { return true }) {
			if e.Data == "img" || e.Data == "hx-partial" || e.Data == "script" && attr(e, "src") == "" {
				t.Errorf("%s: hostile text has become <%s>", where, e.Data)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
					t.Errorf("%s: hostile text has become the attribute %s", where, a.Key)
				}
			}
		}
		if strings.Contains(words(n), "\u202e") || strings.Contains(words(n), "\x1b") {
			t.Errorf("%s: characters that turn or hide text are shown as they are", where)
		}
	}
	pages := []string{"/tasks", "/tasks/" + id, "/tasks/" + id + "/delete", "/runs/" + running}
	for _, p := range pages {
		check(p, s.page(p).page)
	}
	ev := stream.next()
	if ev.id != "1" {
		t.Errorf("hostile text has become the id %q", ev.id)
	}
	parts := ev.parts(t)
	if len(parts) != 8 {
		t.Errorf("the message has %d parts", len(parts))
	}
	for target, n := range parts {
		check("stream "+target, n)
	}
	if got := words(parts["#log"]); !strings.Contains(got, "<script>alert(1)</script>") || !strings.Contains(got, "⟨U+202E⟩") {
		t.Errorf("the log does not show the text: %q", got)
	}
	s.finish(running)
	report := s.page("/runs/" + running)
	check("report", report.page)
	for _, want := range []string{"folder", "target", "error", "reason", "note", "task"} {
		if !strings.Contains(words(report.page), want+"</template>") {
			t.Errorf("the report does not show the text of %s", want)
		}
	}
	form := s.page("/tasks/" + id + "/edit")
	for _, e := range all(form.page, tag("img")) {
		t.Errorf("form: hostile text has become <%s>", e.Data)
	}
	if got := fields(byID(form.page, "task-form")).Get("hook-2-config"); !strings.Contains(got, "<script>alert(1)</script>") {
		t.Errorf("the form does not keep the configuration: %q", got)
	}
}

func TestRun_manyFoldersAreCutShort(t *testing.T) {
	s := loggedIn(t)
	s.svc.folders = nil
	for range 700 {
		s.svc.folders = append(s.svc.folders, found("old", "x", "x", 10, 1000))
	}
	run := s.run(s.svc.put(sampleTask()).ID)
	s.finish(run)
	a := s.page("/runs/" + run)
	if n := len(all(byID(a.page, "run-folders"), tag("tr"))); n != 1+500+1 {
		t.Errorf("%d lines", n)
	}
	if got := words(byID(a.page, "run-folders")); !strings.Contains(got, "200 more folders") || !strings.Contains(got, "Sum 7,000") {
		t.Error("the page does not say that there are more")
	}
}
