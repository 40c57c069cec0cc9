package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

func TestWizard_takesPluginsAndAScript(t *testing.T) {
	s := loggedIn(t)
	mapping := s.must(s.wizard("once"), "next", typedSides("canary-right")...)

	// A plugin is added, and its settings have a form.
	_, a := s.step(mapping, "add-hook", "add", "folder-rules")
	if a.status != http.StatusOK || !strings.Contains(words(byID(a.page, "hook-1")), "folder-rules") || byID(a.page, "rows") == nil {
		t.Fatalf("%d %s", a.status, words(byID(a.page, "wizard")))
	}
	if !strings.Contains(words(byID(a.page, "rows")), "from before you changed the plugins") {
		t.Errorf("nothing says that the table is old: %s", words(byID(a.page, "rows")))
	}
	// What is wrong with them is said, and what was typed stays.
	s.svc.faults = []web.ConfigFault{{Text: "it is no text"}}
	_, a = s.step(mapping, "next", "hook-1-config-raw", "yes", "hook-1-config", `{"prefix": 7}`)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "{&#34;prefix&#34;: 7}") || !strings.Contains(a.text, "it is no text") {
		t.Errorf("%d %s", a.status, words(byID(a.page, "hooks")))
	}
	s.svc.faults = nil
	if _, a = s.step(mapping, "add-script", "hook-1-config-raw", "yes", "hook-1-config", `{"prefix": "Old"}`); byID(a.page, "script") == nil {
		t.Fatalf("%d %s", a.status, words(byID(a.page, "hooks")))
	}
	if byID(a.page, "add-script") != nil {
		t.Error("there is one script, and another one is offered")
	}
	const source = "function mapFolder(f) {\n  return \"One/\" + f.name // <b>\n}\n"
	s.must(mapping, "look", "script", strings.ReplaceAll(source, "\n", "\r\n"))
	page := s.page(mapping)
	if strings.Contains(words(byID(page.page, "rows")), "from before") || s.form(mapping, "wizard").Get("script") != source || strings.Contains(page.text, "<b>") {
		t.Errorf("%q: %s", s.form(mapping, "wizard").Get("script"), words(byID(page.page, "rows")))
	}
	// The order is that of the list, and going elsewhere loses nothing.
	s.step(mapping, "up-hook 2")
	accounts := s.must(mapping, "go accounts")
	s.must(accounts, "go mapping")
	summary := s.must(s.must(s.must(mapping, "next"), "next"), "next")
	if got := words(s.page(summary).page); !strings.Contains(got, "Script rules, version 1") || !strings.Contains(got, "folder-rules") {
		t.Errorf("%s", got)
	}
	s.must(summary, "save")
	stored := s.only()
	if len(stored.Hooks) != 2 || stored.Hooks[0].Plugin != "script:rules@1" || !strings.Contains(stored.Hooks[1].Config, `"prefix": "Old"`) ||
		len(stored.Scripts) != 1 || stored.Scripts[0] != (task.Script{Name: "rules", Version: 1, Source: source}) {
		t.Errorf("%+v\n%+v", stored.Hooks, stored.Scripts)
	}
}

func TestWizard_aScriptThatIsTakenOutIsNotSaved(t *testing.T) {
	s := loggedIn(t)
	mapping := s.must(s.wizard("inbox"), "next", typedSides("canary-right")...)
	// The hook that the template brings is the same, whatever a form makes of it.
	s.must(mapping, "next")
	if s.must(mapping, "go safety"); byID(s.page(mapping).page, "rows") == nil {
		t.Error("the folders have to be looked at again, and nothing has changed")
	}
	s.step(mapping, "add-script")
	if _, a := s.step(mapping, "remove-hook 2"); byID(a.page, "script") != nil {
		t.Fatalf("%s", words(byID(a.page, "hooks")))
	}
	s.must(s.must(s.must(s.must(mapping, "next"), "next"), "next"), "save")
	if stored := s.only(); len(stored.Hooks) != 1 || stored.Hooks[0].Plugin != "folder-rules" || len(stored.Scripts) != 0 || len(stored.Overrides) != 1 {
		t.Errorf("%+v", stored)
	}
}
