package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// hooked is a site with a task that asks plugins, and the address of its hooks.
func hooked(t *testing.T, hooks ...task.Hook) (*site, string) {
	t.Helper()
	s := loggedIn(t)
	tk := sampleTask()
	tk.Hooks = hooks
	return s, "/tasks/" + s.svc.put(tk).ID + "/hooks"
}

// typed are the fields of the form of the hooks.
func typed(a answer) url.Values { return fields(byID(a.page, "hooks-form")) }

// press sends the form with a button.
func (s *site) press(at string, form url.Values, button string) answer {
	s.t.Helper()
	form = with(form, "do", button)
	a := s.post(at, form)
	if a.page == nil {
		s.t.Fatalf("%s: status %d", button, a.status)
	}
	return a
}

// schemaOf is the JSON Schema of a shipped plugin.
func schemaOf(t *testing.T, plugin string) json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("../plugins/" + plugin + "/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Config json.RawMessage }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.Config
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	for text, v := range map[*string]*any{&a: &x, &b: &y} {
		if *text == "" {
			*text = "{}"
		}
		if err := json.Unmarshal([]byte(*text), v); err != nil {
			t.Fatalf("%s: %v", *text, err)
		}
	}
	return reflect.DeepEqual(x, y)
}

// What is stored comes back as it was when the form is saved without a change:
// nothing of a configuration may be lost in the fields.
func TestHooks_formGivesBackWhatItShows(t *testing.T) {
	tests := []struct{ plugin, config string }{
		{"folder-rules", `{}`},
		{"folder-rules", `{"exclude": ["Trash/**", "Ünïcode <b>"], "prefix": "Old \"account\"", "inbox": "INBOX"}`},
		{"folder-rules", `{"rename": [{"from": "Sent Items", "to": "Sent", "children": true}, {"from": "a", "to": "b", "children": false}]}`},
		{"folder-rules", `{"sources": {"office": {"prefix": "Office", "rewrite": [{"match": "^a", "replace": ""}]}, "home": {"exclude": ["x"]}}}`},
		{"folder-rules", `{"unknown": 1, "prefix": "kept as JSON"}`},
		{"age-and-size", `{"older_than_days": 30, "keep_flagged": true, "larger_than": "10 MB"}`},
		{"age-and-size", `{"older_than_days": 1.50e3, "keep_flagged": false}`},
		{"age-and-size", `{"older_than_days": "thirty"}`},
		{"sender-filter", `{"rules": [{"from": ["@a.example", "b@c.example"], "then": "move", "folder": "X"}, {"to": ["d"], "then": "flag", "flags": ["$x"]}]}`},
		{"sender-filter", `{"rules": [{"from": ["line\nbreak"], "then": "skip"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.plugin+" "+tt.config, func(t *testing.T) {
			s, at := hooked(t, task.Hook{Plugin: "folder-rules", Config: tt.config, OnError: task.OnErrorIgnore, Merges: task.MergesRefuse, Grants: grants(t, "tcp:scan.example:3310?private")})
			s.svc.schema = schemaOf(t, tt.plugin)
			page := s.page(at)
			form := typed(page)
			if raw := form.Has("hook-1-config-raw"); raw != (strings.Contains(tt.config, "unknown") || strings.Contains(tt.config, `\n`)) {
				t.Errorf("typed as JSON: %v", raw)
			}
			if a := s.press(at, form, "save"); a.status != http.StatusOK {
				t.Fatalf("status %d: %s", a.status, words(a.page))
			}
			got := s.only().Hooks[0]
			if !sameJSON(t, got.Config, tt.config) {
				t.Errorf("stored is\n%s\nit was\n%s", got.Config, tt.config)
			}
			if got.OnError != task.OnErrorIgnore || got.Merges != task.MergesRefuse || len(got.Grants) != 1 || !got.Grants[0].Private {
				t.Errorf("stored is %+v", got)
			}
		})
	}
}

func grants(t *testing.T, texts ...string) []task.Grant {
	t.Helper()
	var out []task.Grant
	for _, text := range texts {
		g, err := task.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func TestHooks_areAddedMovedAndFilledInWithoutScript(t *testing.T) {
	s, at := hooked(t)
	s.svc.schema = schemaOf(t, "folder-rules")
	s.svc.more = append(s.svc.more, webhook("1.0.0", "sha256:"+strings.Repeat("ef", 32)))
	a := s.press(at, with(typed(s.page(at)), "add", "folder-rules"), "add-hook")
	a = s.press(at, with(typed(a), "add", "webhook"), "add-hook")
	a = s.press(at, typed(a), "up-hook 2")
	rename := func(name string) string {
		for _, n := range all(a.page, func(n *html.Node) bool { return n.Data == "button" && strings.HasPrefix(attr(n, "value"), "add-item ") }) {
			if strings.Contains(words(n), name) {
				return attr(n, "value")
			}
		}
		t.Fatalf("nothing adds to %s", name)
		return ""
	}
	button := rename("Rename")
	list := strings.TrimPrefix(button, "add-item ")
	a = s.press(at, typed(a), button)
	a = s.press(at, with(typed(a), list+".0.0", "Sent Items", list+".0.1", "Sent"), button)
	a = s.press(at, with(typed(a), list+".1.0", "gone", list+".1.1", "x"), "remove-item "+list+".1")

	// The plugin asks for http; its switch gives just that.
	form := with(typed(a), "hook-2-grant-http.0", "yes", "hook-2-on-error", "stop", "hook-2-merges", "refuse")
	if a = s.press(at, form, "save"); a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, words(a.page))
	}
	hooks := s.only().Hooks
	if len(hooks) != 2 || hooks[0].Plugin != "webhook" || hooks[1].Plugin != "folder-rules" {
		t.Fatalf("%+v", hooks)
	}
	if len(hooks[0].Grants) != 1 || hooks[0].Grants[0].String() != "http:hooks.example/POST" || hooks[0].OnError != task.OnErrorStop || hooks[0].Merges != task.MergesRefuse || hooks[1].Merges != task.MergesReport {
		t.Errorf("%+v", hooks[0])
	}
	if want := `{"rename": [{"from": "Sent Items", "to": "Sent"}]}`; !sameJSON(t, hooks[1].Config, want) {
		t.Errorf("configuration %s, want %s", hooks[1].Config, want)
	}
	if a = s.press(at, typed(s.page(at)), "remove-hook 1"); a.status != http.StatusOK || len(s.only().Hooks) != 2 {
		t.Errorf("removing changes what is stored before it is saved")
	}
	s.press(at, typed(a), "save")
	if hooks = s.only().Hooks; len(hooks) != 1 || hooks[0].Plugin != "folder-rules" {
		t.Errorf("%+v", hooks)
	}
}

func TestHooks_faultsAreShownAtTheirFields(t *testing.T) {
	s, at := hooked(t, task.Hook{Plugin: "folder-rules", Config: `{"rename": [{"from": "a", "to": "b"}], "exclude": ["x", "y"], "sources": {"office": {"prefix": "p"}}}`})
	s.svc.schema = schemaOf(t, "folder-rules")
	s.svc.faults = []web.ConfigFault{
		{At: []string{"rename", "0", "to"}, Text: "too short"},
		{At: []string{"exclude", "1"}, Text: "not like this"},
		{At: []string{"sources", "office", "prefix"}, Text: "no prefix"},
		{At: []string{"nowhere"}, Text: "is not known here"},
	}
	a := s.press(at, typed(s.page(at)), "save")
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", a.status)
	}
	byLabel := map[string]string{}
	for _, n := range all(a.page, func(n *html.Node) bool { _, bad := attrOK(n, "aria-invalid"); return bad }) {
		byLabel[attr(n, "id")] = words(byID(a.page, attr(n, "id")+"-fault"))
	}
	var texts []string
	for _, text := range byLabel {
		texts = append(texts, text)
	}
	joined := strings.Join(texts, "\n")
	for _, want := range []string{"too short", "2: not like this", "no prefix"} {
		if !strings.Contains(joined, want) {
			t.Errorf("no field says %q: %v", want, byLabel)
		}
	}
	if text := words(byID(a.page, "hook-1-config-fault")); !strings.Contains(text, "nowhere: is not known here") {
		t.Errorf("of the whole: %q", text)
	}

	s.svc.faults = nil
	bad := with(typed(s.page(at)), "hook-1-config-raw", "yes", "hook-1-config", `{"prefix":`, "hook-1-grants", "http:")
	a = s.press(at, bad, "save")
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(words(byID(a.page, "hook-1-config-fault")), "JSON") || byID(a.page, "hook-1-grants-fault") == nil {
		t.Errorf("broken JSON and a broken grant: %d, %s", a.status, words(byID(a.page, "hooks-form")))
	}
	if got := typed(a).Get("hook-1-config"); got != `{"prefix":` {
		t.Errorf("what was typed is lost: %q", got)
	}
}

func TestHooks_pinnedFileIsChangedOnlyByWord(t *testing.T) {
	pin := "sha256:" + strings.Repeat("77", 32)
	s, at := hooked(t, task.Hook{Plugin: "folder-rules", Digest: pin})
	page := s.page(at)
	if text := words(page.page); !strings.Contains(text, "777777777777") || !strings.Contains(text, "Use version 1.0.0 (010101010101)") {
		t.Errorf("the page does not say what is pinned: %s", text)
	}
	s.press(at, typed(page), "save")
	if got := s.only().Hooks[0].Digest; got != pin {
		t.Errorf("saving has changed the pin to %s", got)
	}
	s.press(at, typed(s.press(at, typed(page), "upgrade 1")), "save")
	if got := s.only().Hooks[0].Digest; got != "sha256:"+strings.Repeat("01", 32) {
		t.Errorf("after the upgrade the pin is %s", got)
	}
	form := typed(s.page(at))
	form.Del("hook-1-pin")
	s.press(at, form, "save")
	if got := s.only().Hooks[0].Digest; got != "" {
		t.Errorf("unpinned, but %s is", got)
	}
}
