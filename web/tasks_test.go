package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
)

// filled is the form of a new task as a person would fill it in.
func filled() url.Values {
	return url.Values{
		"name": {"Move"}, "source": {"1"},
		"source-1-name": {"old"}, "source-1-kind": {"imap"}, "source-1-host": {"imap.old.example"},
		"source-1-tls": {"implicit"}, "source-1-user": {"anna"}, "source-1-password": {"canary-1"},
		"destination-kind": {"imap"}, "destination-host": {"imap.new.example"}, "destination-port": {"10143"},
		"destination-tls": {"starttls"}, "destination-user": {"anna"}, "destination-password": {" canary-2 "},
		"schedule": {"every"}, "every": {"2"}, "unit": {"hours"}, "do": {"save"},
	}
}

// with returns the values with some of them set.
func with(v url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (s *site) only() task.Task {
	s.t.Helper()
	s.svc.mu.Lock()
	defer s.svc.mu.Unlock()
	if len(s.svc.tasks) != 1 {
		s.t.Fatalf("%d tasks are stored", len(s.svc.tasks))
	}
	for _, t := range s.svc.tasks {
		return t
	}
	panic("unreachable")
}

func TestTasks_emptyListSaysWhatToDo(t *testing.T) {
	s := loggedIn(t)
	a := s.page("/tasks")
	if got := words(byID(a.page, "content")); !strings.Contains(got, "Nothing to copy yet") {
		t.Errorf("the page says %q", got)
	}
	links := all(byID(a.page, "content"), func(n *html.Node) bool { return attr(n, "href") == "/tasks/new" })
	if len(links) == 0 {
		t.Error("no way to a new task")
	}
}

func TestTaskForm_makesATaskWithoutScript(t *testing.T) {
	s := loggedIn(t)
	form := byID(s.page("/tasks/form").page, "task-form")
	if attr(form, "method") != "post" || attr(form, "action") != "/tasks/form" {
		t.Fatalf("the form goes to %s %s", attr(form, "method"), attr(form, "action"))
	}
	v := fields(form)
	for key, values := range filled() {
		if _, ok := v[key]; !ok && key != "do" {
			t.Errorf("the form has no field %s", key)
		}
		v[key] = values
	}
	a := s.post("/tasks/form", v)
	got := s.only()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/tasks/"+got.ID {
		t.Errorf("status %d to %q", a.status, a.header.Get("Location"))
	}
	src, dst := got.Sources[0].Account, got.Destination
	if src.Port != 993 || src.TLS != task.TLSImplicit || src.Password.Reveal() != "canary-1" {
		t.Errorf("source %+v with password %q", src, src.Password.Reveal())
	}
	if dst.Port != 10143 || dst.TLS != task.TLSStart || dst.Password.Reveal() != " canary-2 " {
		t.Errorf("destination %+v with password %q", dst, dst.Password.Reveal())
	}
	if got.Schedule.Every != 2*time.Hour {
		t.Errorf("every %s", got.Schedule.Every)
	}
}

func TestTaskForm_keepsWhatWasTypedButNoPassword(t *testing.T) {
	s := loggedIn(t)
	a := s.post("/tasks/form", with(filled(), "name", "", "source-1-host", `"><b>x`, "source-1-port", "70000", "every", "soon"))
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.status)
	}
	if strings.Contains(a.text, "canary") {
		t.Error("a password is sent back")
	}
	form := byID(a.page, "task-form")
	v := fields(form)
	for key, want := range map[string]string{
		"source-1-host": `"><b>x`, "source-1-port": "70000", "source-1-user": "anna", "source-1-password": "",
		"destination-tls": "starttls", "destination-port": "10143", "destination-password": "",
		"schedule": "every", "every": "soon", "unit": "hours",
	} {
		if got := v.Get(key); got != want {
			t.Errorf("%s is %q again, want %q", key, got, want)
		}
	}
	for _, id := range []string{"name", "source-1-port", "every"} {
		n := byID(form, id)
		if attr(n, "aria-invalid") != "true" {
			t.Errorf("%s is not marked", id)
		}
		fault := attr(n, "aria-describedby") + " " + attr(n, "aria-errormessage")
		if !strings.Contains(fault, id+"-fault") || words(byID(form, id+"-fault")) == "" {
			t.Errorf("%s does not say what is wrong", id)
		}
	}
	if _, ok := attrOK(byID(form, "name"), "autofocus"); !ok {
		t.Error("the first fault has no focus")
	}
	if n := len(all(form, func(n *html.Node) bool { _, ok := attrOK(n, "autofocus"); return ok })); n != 1 {
		t.Errorf("%d fields have the focus", n)
	}
	if got := words(byID(form, "destination-password-hint")); !strings.Contains(got, "type the password again") {
		t.Errorf("beside the lost password it says %q", got)
	}
	if len(s.svc.tasks) != 0 {
		t.Error("a task is stored")
	}
}

func TestTaskForm_saysWhichFieldIsWrong(t *testing.T) {
	tests := []struct {
		name  string
		give  []string
		field string
	}{
		{"no source name", []string{"source-1-name", ""}, "source-1-name"},
		{"bad source name", []string{"source-1-name", "a b"}, "source-1-name"},
		{"no host", []string{"destination-host", " "}, "destination-host"},
		{"no user", []string{"source-1-user", ""}, "source-1-user"},
		{"no password", []string{"source-1-password", ""}, "source-1-password"},
		{"port no number", []string{"destination-port", "imap"}, "destination-port"},
		{"relative directory", []string{"source-1-kind", "maildir", "source-1-dir", "mail"}, "source-1-dir"},
		{"no plugin chosen", []string{"hook", "2", "hook-2-plugin", ""}, "hook-2-plugin"},
		{"configuration no JSON", []string{"hook", "2", "hook-2-plugin", "folder-rules", "hook-2-config", "{"}, "hook-2-config"},
		{"never again", []string{"every", "0"}, "every"},
		{"two sources of one name", []string{
			"source-2-name", "old", "source-2-kind", "imap", "source-2-host", "h", "source-2-user", "u",
			"source-2-tls", "implicit", "source-2-password", "p",
		}, "source-2-name"},
	}
	s := loggedIn(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := with(filled(), tt.give...)
			if v.Has("source-2-name") {
				v["source"] = []string{"1", "2"}
			}
			a := s.post("/tasks/form", v)
			if a.status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d", a.status)
			}
			n := byID(a.page, tt.field)
			if _, ok := attrOK(n, "autofocus"); !ok || words(byID(a.page, tt.field+"-fault")) == "" {
				t.Errorf("%s is not the faulty field: %s", tt.field, words(byID(a.page, "task-form")))
			}
		})
	}
}

func TestTaskForm_showsWhatTheServiceFindsWrong(t *testing.T) {
	s := loggedIn(t)
	s.svc.put(sampleTask())
	tests := []struct {
		name string
		give []string
		want string
	}{
		{"invalid", []string{"destination-host", "imap.old.example", "destination-port", "993"}, "same account; a copy into itself would never end"},
		{"conflict", []string{"name", sampleTask().Name}, `Another task is called "Anna moves in"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.post("/tasks/form", with(filled(), tt.give...))
			if got := words(byID(a.page, "problems")); a.status != http.StatusUnprocessableEntity || !strings.Contains(got, tt.want) {
				t.Errorf("status %d, %q", a.status, got)
			}
			if _, ok := attrOK(byID(a.page, "problems"), "autofocus"); !ok {
				t.Error("the problems have no focus")
			}
		})
	}
}

func TestTaskForm_addsAndRemovesSourcesWithoutScript(t *testing.T) {
	s := loggedIn(t)
	a := s.post("/tasks/form", with(filled(), "do", "add-source"))
	if a.status != http.StatusOK {
		t.Fatalf("status %d", a.status)
	}
	v := fields(byID(a.page, "task-form"))
	if got := v["source"]; len(got) != 2 || got[0] == got[1] {
		t.Fatalf("sources %v", got)
	}
	second := "source-" + v["source"][1]
	if v.Get("source-1-host") != "imap.old.example" || v.Get(second+"-host") != "" {
		t.Errorf("the first source is %q, the second %q", v.Get("source-1-host"), v.Get(second+"-host"))
	}
	if _, ok := attrOK(byID(a.page, second+"-name"), "autofocus"); !ok {
		t.Error("the new source has no focus")
	}
	if strings.Contains(a.text, "canary") {
		t.Error("a password is sent back")
	}

	with(v, second+"-name", "shop", second+"-host", "imap.shop.example", "do", "remove-source 1")
	v = fields(byID(s.post("/tasks/form", v).page, "task-form"))
	if got := v["source"]; len(got) != 1 || v.Get("source-"+got[0]+"-host") != "imap.shop.example" {
		t.Errorf("after removing the first: %v", v)
	}
}

func TestTaskForm_ordersPluginsWithoutScript(t *testing.T) {
	s := loggedIn(t)
	tk := sampleTask()
	tk.Hooks = []task.Hook{{Plugin: "one", Digest: "sha256:1", OnError: task.OnErrorStop, Merges: task.MergesRefuse}, {Plugin: "two", Config: "{}"}, {Plugin: "three", OnError: task.OnErrorIgnore}}
	id := s.svc.put(tk).ID
	press := func(v url.Values, button string) url.Values {
		t.Helper()
		a := s.post("/tasks/"+id+"/edit", with(v, "do", button))
		if a.status != http.StatusOK {
			t.Fatalf("%s: status %d", button, a.status)
		}
		return fields(byID(a.page, "task-form"))
	}
	order := func(v url.Values) string {
		var names []string
		for _, key := range v["hook"] {
			names = append(names, v.Get("hook-"+key+"-plugin"))
		}
		return strings.Join(names, " ")
	}
	v := fields(byID(s.page("/tasks/"+id+"/edit").page, "task-form"))
	if got := order(v); got != "one two three" {
		t.Fatalf("at first %q", got)
	}
	if v = press(v, "down-hook 1"); order(v) != "two one three" {
		t.Errorf("after down: %q", order(v))
	}
	if v = press(v, "up-hook 3"); order(v) != "two three one" {
		t.Errorf("after up: %q", order(v))
	}
	if v = press(v, "up-hook 2"); order(v) != "two three one" {
		t.Errorf("after up at the top: %q", order(v))
	}
	if v = press(v, "remove-hook 3"); order(v) != "two one" {
		t.Errorf("after removing: %q", order(v))
	}
	if v = press(v, "add-hook"); len(v["hook"]) != 3 {
		t.Errorf("after adding: %v", v["hook"])
	}
	with(v, "hook-"+v["hook"][2]+"-plugin", "folder-rules", "hook-1-config", ` {"a":1} `)
	if a := s.post("/tasks/"+id+"/edit", with(v, "do", "save")); a.status != http.StatusSeeOther {
		t.Fatalf("save: status %d", a.status)
	}
	hooks := s.only().Hooks
	if len(hooks) != 3 || hooks[0].Plugin != "two" || !reflect.DeepEqual(hooks[1], task.Hook{Plugin: "one", Digest: "sha256:1", Config: `{"a":1}`, OnError: task.OnErrorStop, Merges: task.MergesRefuse}) || hooks[0].OnError != "" || hooks[2].OnError != "" {
		t.Errorf("stored are %+v", hooks)
	}
}

func TestTaskForm_editingKeepsStoredPasswords(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	a := s.page("/tasks/" + id + "/edit")
	if strings.Contains(a.text, "canary") {
		t.Error("a stored password is shown")
	}
	v := fields(byID(a.page, "task-form"))
	if s.post("/tasks/"+id+"/edit", with(v, "do", "save", "name", "New name", "source-2-password", "changed")).status != http.StatusSeeOther {
		t.Fatal("not saved")
	}
	got := s.only()
	want := sampleTask()
	if got.Name != "New name" || got.Schedule.Every != want.Schedule.Every || len(got.Sources) != 2 || !reflect.DeepEqual(got.Hooks[0], want.Hooks[0]) {
		t.Errorf("stored is %+v", got)
	}
	if s.svc.secretOf(id, "old") != "canary-old" || s.svc.secretOf(id, "shop") != "changed" || s.svc.secretOf(id, "") != "canary-new" {
		t.Error("the passwords are not those that were stored or typed")
	}
}

func TestTaskForm_sendsNoStoredPasswordToAnotherServer(t *testing.T) {
	tests := []struct {
		name string
		give []string
	}{
		{"host", []string{"source-1-host", "evil.example"}},
		{"port", []string{"source-1-port", "1993"}},
		{"protection", []string{"source-1-tls", "none"}},
		{"authorities", []string{"source-1-ca", "/tmp/evil.pem"}},
		{"user", []string{"source-1-user", "mallory"}},
		{"name of the source", []string{"source-1-name", "other"}},
		{"name forged", []string{"source-1-name", "other", "source-1-was", "other"}},
	}
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := fields(byID(s.page("/tasks/"+id+"/edit").page, "task-form"))
			a := s.post("/tasks/"+id+"/edit", with(with(v, tt.give...), "do", "save"))
			if a.status != http.StatusUnprocessableEntity || words(byID(a.page, "source-1-password-fault")) == "" {
				t.Errorf("status %d, fault %q", a.status, words(byID(a.page, "source-1-password-fault")))
			}
		})
	}
	if got := s.only().Sources[0].Account.Host; got != "imap.old.example" {
		t.Errorf("the host is %s now", got)
	}
}

func TestTaskForm_sentByScriptLeadsOnAndLeavesPasswordsInPlace(t *testing.T) {
	s := loggedIn(t)
	script := map[string]string{"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
	a := s.request(http.MethodPost, "/tasks/form", with(filled(), "name", ""), script)
	if got := words(byID(a.page, "source-1-password-hint")); a.status != http.StatusUnprocessableEntity || got != "" {
		t.Errorf("status %d; beside the password, which is still there, it says %q", a.status, got)
	}
	a = s.request(http.MethodPost, "/tasks/form", filled(), script)
	if a.status != http.StatusOK || a.header.Get("HX-Redirect") != "/tasks/"+s.only().ID {
		t.Errorf("status %d to %q", a.status, a.header.Get("HX-Redirect"))
	}
}

func TestTaskForm_keepsAMaildirAccount(t *testing.T) {
	s := loggedIn(t)
	tk := sampleTask()
	tk.Destination = task.Account{Kind: task.KindMaildir, Dir: "/var/mail/anna"}
	id := s.svc.put(tk).ID
	v := fields(byID(s.page("/tasks/"+id+"/edit").page, "task-form"))
	if a := s.post("/tasks/"+id+"/edit", with(v, "do", "save")); a.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	if got := s.only().Destination; got != tk.Destination {
		t.Errorf("the destination is %+v", got)
	}
}

func TestTask_pageDescribesItAndListsItsRuns(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	if got := words(byID(s.page("/tasks/"+id).page, "content")); !strings.Contains(got, "has not run yet") {
		t.Errorf("before the first run: %s", got)
	}
	run := s.run(id)
	s.finish(run)
	got := words(byID(s.page("/tasks/"+id).page, "content"))
	for _, want := range []string{
		"Anna moves in", "anna@old.example", "orders@shop.example", "imap.old.example:993", "anna@new.example",
		"folder-rules", "every 15 minutes", "Done", "5,570", "started by hand",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
}

func TestTask_deletingAsksFirst(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	a := s.page("/tasks/" + id + "/delete")
	s.only()
	form := all(byID(a.page, "content"), tag("form"))[0]
	if attr(form, "method") != "post" || attr(form, "action") != "/tasks/"+id+"/delete" {
		t.Fatalf("the form goes to %s %s", attr(form, "method"), attr(form, "action"))
	}
	run := s.run(id)
	done := s.post(attr(form, "action"), nil)
	if a := s.get("/tasks/" + id); done.status != http.StatusSeeOther || a.status != http.StatusNotFound {
		t.Errorf("status %d, and afterwards %d", done.status, a.status)
	}
	if r, err := s.svc.Run(t.Context(), run); err != nil || !r.Stopping && r.Report == nil {
		t.Errorf("its run goes on: %+v, %v", r, err)
	}
}

func TestErrors_tellNoSecretsAndAreLogged(t *testing.T) {
	s := loggedIn(t)
	s.svc.broken = errors.New("database is on fire at /var/lib/canary")
	a := s.get("/tasks")
	if a.status != http.StatusInternalServerError || !strings.Contains(words(a.page), "Internal error") {
		t.Errorf("status %d, %s", a.status, words(a.page))
	}
	if strings.Contains(a.text, "canary") {
		t.Error("the cause is shown")
	}
	if !strings.Contains(s.log.String(), "database is on fire") {
		t.Error("the cause is not logged")
	}
}

func TestErrors_haveTheirStatus(t *testing.T) {
	s := loggedIn(t)
	id := s.svc.put(sampleTask()).ID
	s.run(id)
	tests := []struct {
		method, path string
		want         int
	}{
		{"GET", "/nowhere", http.StatusNotFound},
		{"GET", "/tasks/none", http.StatusNotFound},
		{"GET", "/tasks/none/edit", http.StatusNotFound},
		{"POST", "/tasks/none/edit", http.StatusNotFound},
		{"POST", "/tasks/none/run", http.StatusNotFound},
		{"POST", "/tasks/" + id + "/run", http.StatusConflict},
		{"GET", "/runs/none", http.StatusNotFound},
		{"GET", "/runs/r2/report.json", http.StatusNotFound},
		{"POST", "/runs/none/stop", http.StatusNotFound},
		{"PUT", "/tasks/" + id, http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		if a := s.request(tt.method, tt.path, nil, nil); a.status != tt.want || a.page == nil {
			t.Errorf("%s %s: status %d, want the page of %d", tt.method, tt.path, a.status, tt.want)
		}
	}
	huge := url.Values{"name": {strings.Repeat("x", 2<<20)}}
	if a := s.post("/tasks/form", huge); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB: status %d", a.status)
	}
}
