package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func TestChannels_areMadeTestedAndRemoved(t *testing.T) {
	s := loggedIn(t)
	tk := s.svc.put(sampleTask())
	if text := words(s.page("/channels").page); !strings.Contains(text, "Nobody is told of anything yet") {
		t.Errorf("the empty list: %s", text)
	}
	page := s.page("/channels/new").page
	if boxes := all(page, func(n *html.Node) bool { return attr(n, "name") == "event" && attr(n, "type") == "checkbox" }); len(boxes) != len(task.NoticeEvents()) {
		t.Errorf("%d kinds of notices", len(boxes))
	}
	form := fields(byID(page, "channel-form"))
	// Everything that can be wrong, at its field.
	for _, tt := range []struct {
		field   string
		changes []string
	}{
		{"name", []string{"name", ""}},
		{"addresses", []string{"addresses", "ann"}},
		{"relay", []string{"relay", ""}},
		{"tasks", []string{"about", "some", "tasks", "no such task"}},
		{"url", []string{"kind", "webhook", "url", "nonsense"}},
	} {
		typed := with(url.Values{"name": {"x"}, "kind": {"mail"}, "addresses": {"ann@new.example"}, "relay": {"office"}, "about": {"all"}, "event": {"failed"}}, tt.changes...)
		a := s.post("/channels/new", typed)
		if a.status != http.StatusUnprocessableEntity || attr(byID(a.page, tt.field), "aria-invalid") != "true" {
			t.Errorf("%s: status %d: %s", tt.field, a.status, words(byID(a.page, "channel-form")))
		}
	}
	none := with(form, "name", "x", "addresses", "ann@new.example", "relay", "office")
	none.Del("event")
	if a := s.post("/channels/new", none); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(byID(a.page, "event-fault")), "at least one") {
		t.Errorf("about nothing: status %d", a.status)
	}

	where := s.saved("/channels/new", url.Values{
		"name": {"on call"}, "kind": {"mail"}, "addresses": {"ann@new.example,\nbob@new.example"}, "relay": {"office"}, "event": {"failed", "digest"}, "about": {"some"}, "tasks": {tk.Name + "\r\n"},
	})
	path, _, _ := strings.Cut(where, "?")
	if c := s.svc.channels[0]; c.Target != "ann@new.example bob@new.example" || c.All || !slices.Equal(c.Tasks, []string{tk.ID}) || !slices.Equal(c.Events, []task.NoticeEvent{task.NoticeFailed, task.NoticeDigest}) {
		t.Errorf("stored: %+v", c)
	}
	got := fields(byID(s.page(path).page, "channel-form"))
	if got.Get("tasks") != tk.Name || got.Get("about") != "some" || !slices.Equal(got["event"], []string{"failed", "digest"}) {
		t.Errorf("shown: %v", got)
	}
	a := s.post(path+"/test", nil)
	if text := words(byID(a.page, "test")); a.status != http.StatusOK || text != "Told" {
		t.Errorf("status %d: %s", a.status, text)
	}
	if text := words(byID(a.page, "content")); !strings.Contains(text, "What it has told State Notice When Attempts Told a run fails n just now 1") {
		t.Errorf("the last notices: %s", text)
	}
	if text := words(s.page("/channels").page); !strings.Contains(text, "ann@new.example, bob@new.example Mail a run fails, a day is over 1 task") {
		t.Errorf("the list: %s", text)
	}
	s.saved(path+"/remove", nil)
	if a := s.get(path); a.status != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.status)
	}
}

func TestChannels_theSecretOfAWebhookIsShownOnce(t *testing.T) {
	s := loggedIn(t)
	form := s.form("/channels/new", "channel-form", "name", "hook", "kind", "webhook", "url", "https://hooks.example/x")
	a := s.post("/channels/new", form)
	if a.status != http.StatusOK || words(byID(a.page, "secret")) != "s3cret" {
		t.Fatalf("status %d: %s", a.status, words(byID(a.page, "content")))
	}
	action := attr(byID(a.page, "channel-form"), "action")
	if action == "/channels/new" || strings.Contains(s.page(action).text, "s3cret") {
		t.Errorf("the form leads to %q, or the secret is shown again", action)
	}
	typed := with(form, "secret-typed", "canary-secret", "url", "nonsense")
	if a := s.post("/channels/new", typed); a.status != http.StatusUnprocessableEntity || strings.Contains(a.text, "canary-secret") {
		t.Errorf("status %d, or the secret that was typed is shown", a.status)
	}
}

func TestChannels_areOnesOwn(t *testing.T) {
	s := newSite(t, web.Options{})
	ann := s.addUser("ann", access.RoleUser)
	s.addUser("bob", access.RoleUser)
	foreign := s.owned(s.addUser("zoe", access.RoleUser))
	s.addUser("reader", access.RoleReader)
	s.loginAs("ann")
	nav := words(all(s.page("/channels").page, tag("nav"))[0])
	if !strings.Contains(nav, "Notifications") || strings.Contains(nav, "Accounts") || strings.Contains(nav, "Settings") || strings.Contains(nav, "Plugins") {
		t.Errorf("a user's menu: %s", nav)
	}
	form := url.Values{"name": {"mine"}, "kind": {"mail"}, "addresses": {"ann@new.example"}, "relay": {"office"}, "event": {"failed"}, "about": {"some"}, "tasks": {foreign.Name}}
	if a := s.post("/channels/new", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(words(byID(a.page, "tasks-fault")), "that you may see") {
		t.Errorf("about the task of another: %d", a.status)
	}
	path, _, _ := strings.Cut(s.saved("/channels/new", with(form, "about", "all")), "?")
	if c := s.svc.channels[0]; c.Owner.ID != ann.ID {
		t.Errorf("it belongs to %+v", c.Owner)
	}
	s.loginAs("bob")
	for _, where := range []string{path, path + "/test", path + "/remove"} {
		if status, _ := s.head(http.MethodPost, where, map[string]string{"Sec-Fetch-Site": "same-origin"}); status != http.StatusNotFound {
			t.Errorf("%s of another: %d", where, status)
		}
	}
	if strings.Contains(s.page("/channels").text, "mine") {
		t.Error("the channel of another is listed")
	}
	s.loginAs("reader")
	if nav := words(all(s.page("/tasks").page, tag("nav"))[0]); strings.Contains(nav, "Notifications") {
		t.Errorf("a read-only user's menu: %s", nav)
	}
}

func TestSettings_sayWhatIsInForceAndWhy(t *testing.T) {
	s := loggedIn(t)
	text := words(byID(s.page("/settings").page, "content"))
	for _, want := range []string{
		"Runs at the same time on this node 8 command line (--workers)", "Networks that all may reach, too 10.1.0.0/16 command line (--also)",
		"Notices by mail come from the login of the relay default", "sets it again at each start (--max-runs-per-host)", "stored, for all nodes", "/var/lib/mailweir/mailweir.db",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	for _, wrong := range []string{"0", "-1", "many", "1e3", "99999999999"} {
		a := s.post("/settings", url.Values{"runs": {"5"}, "per-host": {wrong}})
		if a.status != http.StatusUnprocessableEntity || attr(byID(a.page, "per-host"), "value") != wrong || attr(byID(a.page, "runs"), "value") != "5" {
			t.Errorf("%q: status %d", wrong, a.status)
		}
	}
	s.saved("/settings", url.Values{"runs": {" 12 "}, "per-host": {"4"}, "per-account": {""}})
	if s.svc.limits != (web.Limits{Runs: 12, PerHost: 4}) {
		t.Errorf("stored: %+v", s.svc.limits)
	}
	got := fields(byID(s.page("/settings?saved=1").page, "limits-form"))
	if got.Get("runs") != "12" || got.Get("per-account") != "" {
		t.Errorf("shown: %v", got)
	}
}

func TestAbout_namesTheWorkOfOthers(t *testing.T) {
	s := loggedIn(t)
	page := s.page("/about").page
	text := words(byID(page, "content"))
	for _, want := range []string{"go1.", "htmx 4.0.1 0BSD", "Pico CSS", "uPlot", "CodeMirror", "folder-rules"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not name %q: %s", want, text)
		}
	}
	for _, a := range all(page, func(n *html.Node) bool { return strings.Contains(attr(n, "href"), "LICENSE-") }) {
		if got := s.get(attr(a, "href")); got.status != http.StatusOK || len(got.text) < 200 {
			t.Errorf("%s: status %d", attr(a, "href"), got.status)
		}
	}
	s.addUser("ann", access.RoleUser)
	s.loginAs("ann")
	text = words(byID(s.page("/about").page, "content"))
	if !strings.Contains(text, "htmx") || strings.Contains(text, "folder-rules") {
		t.Errorf("to a user it says: %s", text)
	}
}

func TestAbout_readsWhatTheLinkerHasWritten(t *testing.T) {
	a := web.AboutOf(&debug.BuildInfo{
		GoVersion: "go1.26.1", Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}},
		Deps: []*debug.Module{{Path: "github.com/a-h/templ", Version: "v0.3.977"}, {Path: "example.org/x", Version: "v1.0.0", Replace: &debug.Module{Path: "../x"}}},
	})
	if a.Revision != "0123456789ab" || len(a.Libraries) != 3 || a.Libraries[0].Version != "go1.26.1" || a.Libraries[1].Licence != "MIT" || a.Libraries[2].Replaced == "" || a.Libraries[2].Licence != "" {
		t.Errorf("%+v", a)
	}
	if a := web.AboutOf(nil); a.Go == "" || len(a.Libraries) != 0 {
		t.Errorf("of nothing: %+v", a)
	}
}

// What the page of licences says is what the modules bring with them, of all that are
// linked into the program here.
func TestAbout_licencesAreThoseOfTheModules(t *testing.T) {
	signs := map[string]string{
		"MIT": "Permission is hereby granted, free of charge", "Apache-2.0": "Apache License", "MPL-2.0": "Mozilla Public License",
		"BSD-2-Clause": "Redistribution and use in source and binary forms", "BSD-3-Clause": "Redistribution and use in source and binary forms",
		"Unlicense": "released into the public domain",
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Module", "../host/cmd/mailweir")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]string{} // directories by path
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			Module *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main {
			linked[p.Module.Path] = p.Module.Dir
		}
	}
	if len(linked) < 20 {
		t.Fatalf("only %d modules are linked", len(linked))
	}
	for path, dir := range linked {
		licence := web.Licences[path]
		if licence == "" {
			t.Errorf("%s has no line in licences.go", path)
			continue
		}
		var texts strings.Builder
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if name := strings.ToUpper(f.Name()); strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "UNLICENSE") {
				text, err := os.ReadFile(filepath.Join(dir, f.Name()))
				if err != nil {
					t.Fatal(err)
				}
				texts.Write(text)
			}
		}
		text := strings.Join(strings.Fields(texts.String()), " ")
		for _, one := range strings.Split(licence, " AND ") {
			if signs[one] == "" || !strings.Contains(text, signs[one]) {
				t.Errorf("%s is said to have the licence %s, and its text does not say so", path, one)
			}
		}
		endorse := strings.Contains(text, "endorse or promote") || strings.Contains(text, "endorse or")
		if licence == "BSD-2-Clause" && endorse || licence == "BSD-3-Clause" && !endorse {
			t.Errorf("%s: %s has the wrong number of clauses", path, licence)
		}
	}
	for path := range web.Licences {
		if linked[path] == "" {
			t.Errorf("%s is in licences.go and not in the program", path)
		}
	}
}
