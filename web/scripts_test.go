package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/web"
)

// triedSample is a result with one of everything.
func triedSample() web.TryResult {
	return web.TryResult{
		Hooks: []string{"map_folder", "filter_envelope", "after_task"}, Other: []string{"after_task"}, Sampled: true,
		Folders: []web.Tried{
			{Source: "old", Folder: "INBOX", Asked: true, Verdict: "pass", Before: "INBOX", Target: "INBOX", Ticks: 900, Limit: 1_000_000, Time: 80 * time.Microsecond},
			{Source: "old", Folder: "Gesendet", Asked: true, Verdict: "pass", Before: "Gesendet", Target: "Sent", Ticks: 1_200, Limit: 1_000_000, Time: 95 * time.Microsecond},
			{Source: "old", Folder: "Papierkorb", Asked: true, Verdict: "skip", Before: "Papierkorb", Target: "Papierkorb", Note: "the bin stays", Ticks: 700, Limit: 1_000_000, Time: 70 * time.Microsecond},
		},
		Messages: []web.Tried{
			{Source: "old", Folder: "INBOX", From: "Boss <boss@work.example>", Subject: "<script>alert(1)</script>", Date: time.Now(), Size: 4200, Asked: true, Verdict: "pass", Before: "INBOX", Target: "INBOX", Ticks: 2_000, Limit: 1_000_000, Time: 120 * time.Microsecond},
			{Source: "old", Folder: "INBOX", From: "news@shop.example", Subject: "Sale", Asked: true, Verdict: "skip", Note: "spam", Size: 99_000, Ticks: 2_100, Limit: 1_000_000, Time: 110 * time.Microsecond},
			{Source: "old", Folder: "INBOX", From: "x@y.example", Subject: "Broken", Asked: true, Fault: "filter_envelope: line 7: TypeError: cannot read property 'x' of undefined", Line: 7, Size: 1200, Ticks: 100, Limit: 1_000_000, Time: 50 * time.Microsecond},
			{Source: "old", Folder: "Papierkorb", From: "x@y.example", Subject: "In the bin", Verdict: "skip", Size: 1200},
		},
		Log: []string{"info: 17"},
	}
}

func TestScript_isWrittenTriedAndSavedWithoutScript(t *testing.T) {
	s, hooks := hooked(t)
	s.svc.tried = func(source string) web.TryResult {
		if strings.Contains(source, "oops") {
			return web.TryResult{Fault: "line 2: SyntaxError: unexpected <b>", Line: 2}
		}
		return triedSample()
	}
	at := strings.TrimSuffix(hooks, "hooks") + "scripts/rules"
	if a := s.post(strings.TrimSuffix(at, "/rules"), url.Values{"name": {"rules"}}); a.header.Get("Location") != at {
		t.Fatalf("a new script leads to %q", a.header.Get("Location"))
	}
	page := s.page(at)
	form := fields(byID(page.page, "script-form"))
	if !strings.Contains(form.Get("source"), "function mapFolder") {
		t.Errorf("a new script begins with %q", form.Get("source"))
	}

	a := s.post(at, with(form, "do", "try", "source", "oops\r\n"))
	if text := words(byID(a.page, "result")); a.status != http.StatusOK || !strings.Contains(text, "unexpected <b>") {
		t.Errorf("a faulty script: %d, %s", a.status, text)
	}
	if got := fields(byID(a.page, "script-form")).Get("source"); got != "oops\n" {
		t.Errorf("what was typed is %q", got)
	}
	a = s.post(at, with(form, "do", "fetch", "source", "fine"))
	text := words(byID(a.page, "result"))
	for _, want := range []string{"<script>alert(1)</script>", "the bin stays", "Sent", "TypeError", "afterTask", "3 folders", "info: 17"} {
		if !strings.Contains(text, want) {
			t.Errorf("the result lacks %q:\n%s", want, text)
		}
	}
	if s.svc.fetched != 1 || len(s.svc.scripts) != 0 {
		t.Errorf("%d samples were read, %d scripts are saved", s.svc.fetched, len(s.svc.scripts))
	}

	for i := range 2 {
		if a = s.post(at, with(form, "do", "save", "source", fmt.Sprint("version ", i+1))); a.status != http.StatusOK {
			t.Fatalf("save: %d", a.status)
		}
	}
	if got := s.only().Hooks; len(got) != 1 || got[0].Plugin != "script:rules@2" {
		t.Fatalf("%+v", got)
	}
	if a = s.post(at+"/use", url.Values{"version": {"1"}}); a.status != http.StatusSeeOther || s.only().Hooks[0].Plugin != "script:rules@1" {
		t.Errorf("going back: %d, %+v", a.status, s.only().Hooks)
	}
	if got := fields(byID(s.page(at).page, "script-form")).Get("source"); got != "version 1" {
		t.Errorf("the editor shows %q, not what the task asks", got)
	}
	if got := fields(byID(s.page(at+"?version=2").page, "script-form")).Get("source"); got != "version 2" {
		t.Errorf("version 2 is shown as %q", got)
	}
	s.svc.refuse = errors.Join(web.ErrInvalid, errors.New("line 1: SyntaxError"))
	if a = s.post(at, with(form, "do", "save", "source", "kept")); a.status != http.StatusUnprocessableEntity || fields(byID(a.page, "script-form")).Get("source") != "kept" {
		t.Errorf("what does not start: %d", a.status)
	}
	if text := words(s.page(hooks).page); !strings.Contains(text, "Script rules, version 1") {
		t.Errorf("the list of hooks: %s", text)
	}
	for _, bad := range []string{"Not-a-name", "a.b", strings.Repeat("x", 41)} {
		if a := s.get(strings.TrimSuffix(at, "rules") + bad); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestScript_triedByScriptIsAFragment(t *testing.T) {
	s, hooks := hooked(t)
	s.svc.tried = func(string) web.TryResult { return triedSample() }
	a := s.post(strings.TrimSuffix(hooks, "hooks")+"scripts/rules/try", url.Values{"source": {"x"}})
	if a.status != http.StatusOK || strings.Contains(a.text, "<html") || !strings.Contains(a.text, `data-line="7"`) {
		t.Errorf("status %d:\n%s", a.status, a.text)
	}
}
