package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app/demo"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web"
)

// scripted is a service with a task whose source is the demo's home account.
func scripted(t *testing.T) (*service, string, context.Context) {
	t.Helper()
	s := newService(t)
	accounts, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accounts.Close() })
	saved, err := s.SaveTask(t.Context(), task.Task{
		Name:        "home",
		Sources:     []task.Source{{Name: "home", Account: accounts.Home}},
		Destination: accounts.Local,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, saved.ID, access.With(t.Context(), access.Actor{UserID: "u1", Name: "ann", Role: access.RoleAdmin})
}

func (s *service) mustTry(t *testing.T, ctx context.Context, id, source string) web.TryResult {
	t.Helper()
	r, err := s.TryScript(ctx, id, "rules", source)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTryScript_saysWhatBecomesOfRealMail(t *testing.T) {
	s, id, ctx := scripted(t)
	const source = `function mapFolder(folder) {
  if (folder.name === "Papierkorb") return skip("bin")
  return "Old/" + folder.name
}
function filterEnvelope(msg) {
  console.log(msg.uid)
  if (msg.uid % 2) return skip("odd")
  msg.addFlags("$Even")
}
function filterMessage(msg) { if (msg.text().length < 10) return skip("empty") }
function afterTask() {}
`
	if r := s.mustTry(t, ctx, id, source); r.Sampled || r.Fault != "" || len(r.Hooks) != 4 || len(r.Other) != 1 || r.Other[0] != "after_task" {
		t.Fatalf("without a sample: %+v", r)
	}
	if err := s.FetchSample(ctx, id); err != nil {
		t.Fatal(err)
	}
	r := s.mustTry(t, ctx, id, source)
	if r.Cut || len(r.Messages) != sampleMessages || len(r.Folders) < 3 {
		t.Fatalf("cut %v, %d folders, %d messages", r.Cut, len(r.Folders), len(r.Messages))
	}
	for _, f := range r.Folders {
		switch {
		case f.Folder == "Papierkorb" && (f.Verdict != "skip" || f.Note != "bin"):
			t.Errorf("%+v", f)
		case f.Folder != "Papierkorb" && f.Target != "Old/"+f.Folder:
			t.Errorf("%+v", f)
		case f.Ticks == 0 || f.Limit == 0 || f.Time == 0:
			t.Errorf("it took nothing: %+v", f)
		}
	}
	skipped, marked := 0, 0
	for i, m := range r.Messages {
		if m.Subject == "" || m.From == "" {
			t.Errorf("%+v", m)
		}
		if i > 0 && m.Date.After(r.Messages[i-1].Date) {
			t.Errorf("message %d is later than the one before", i)
		}
		switch {
		case m.Note == "odd":
			skipped++
		case len(m.Changes) > 0 && strings.Contains(m.Changes[0], "$Even"):
			marked++
		}
	}
	if skipped == 0 || marked == 0 || len(r.Log) != tryLines {
		t.Errorf("%d skipped, %d marked, %d lines of log", skipped, marked, len(r.Log))
	}

	// Somebody else has not asked for this mail.
	other := access.With(t.Context(), access.Actor{UserID: "u2", Name: "bob"})
	if r := s.mustTry(t, other, id, source); r.Sampled {
		t.Error("another user sees the sample")
	}
	events, err := s.Events(ctx, access.Filter{Deed: access.DeedMailRead, Limit: 10})
	if err != nil || len(events) != 1 || events[0].Actor != "ann" {
		t.Errorf("the audit trail has %+v, %v", events, err)
	}
}

func TestTryScript_badScriptsGetASentenceAndTheNextOneRuns(t *testing.T) {
	s, id, ctx := scripted(t)
	if err := s.FetchSample(ctx, id); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, source string
		fault        string // at the start
		want         string // of the first folder
		line         int
	}{
		{"syntax", "function mapFolder(f) {\n  return (\n}", "SyntaxError", "", 3},
		{"throws at the start", "\nundefined.x", "TypeError", "", 2},
		{"loops at the start", "for (;;);", "s", "", 0},
		{"throws", "function mapFolder(f) {\n  throw new Error('no way')\n}", "", "line 2: Error: no way", 2},
		{"loops", "function mapFolder(f) {\n  for (;;);\n}", "", "", 0},
		{"eats memory", "function mapFolder(f) {\n  let a = []; for (;;) a.push(new Uint8Array(1 << 20))\n}", "", "", 0},
		{"calls itself", "function mapFolder(f) { return mapFolder(f) }", "", "", 1},
		{"no hook", "let x = 1", "", "", 0},
		{"too long", strings.Repeat("//", 1<<20), "larger than", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			r := s.mustTry(t, ctx, id, tt.source)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
			text := r.Fault
			if tt.fault == "" && text == "" && len(r.Folders) > 0 {
				text = r.Folders[0].Fault
			}
			if text == "" || strings.Contains(text, "\n") || !strings.Contains(text, tt.fault) || !strings.Contains(text, tt.want) || strings.Contains(text, "rules.js") {
				t.Errorf("it says %q", text)
			}
			line := r.Line
			if r.Fault == "" && len(r.Folders) > 0 {
				line = r.Folders[0].Line
			}
			if line != tt.line {
				t.Errorf("line %d of %q, want %d", line, text, tt.line)
			}
			if good := s.mustTry(t, ctx, id, `function mapFolder(f) { return "x" }`); good.Folders[0].Target != "x" {
				t.Errorf("the next one: %+v", good.Folders[0])
			}
		})
	}
}

func TestScript_versionsArePinnedAndRun(t *testing.T) {
	s, id, ctx := scripted(t)
	if _, err := s.SaveScript(ctx, id, "rules", "function mapFolder(f) {"); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a script that does not start is kept: %v", err)
	}
	if _, err := s.SaveScript(ctx, id, "../x", "function mapFolder(f) {}"); !errors.Is(err, web.ErrInvalid) {
		t.Errorf("a name that is a path: %v", err)
	}
	first, err := s.SaveScript(ctx, id, "rules", `function mapFolder(f) { return "One/" + f.name }`)
	if err != nil || first.Version != 1 || first.By != "ann" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := s.SaveScript(ctx, id, "rules", `function mapFolder(f) { return "Two/" + f.name }`)
	if err != nil || second.Version != 2 {
		t.Fatalf("%+v, %v", second, err)
	}
	hooks := func() []task.Hook {
		tk, err := s.Task(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return tk.Hooks
	}
	if h := hooks(); len(h) != 1 || h[0].Plugin != "script:rules@2" {
		t.Fatalf("%+v", h)
	}
	if err := s.UseScript(ctx, id, "rules", 1); err != nil {
		t.Fatal(err)
	}
	if err := s.UseScript(ctx, id, "rules", 3); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
	run, err := s.StartRun(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	report := ended(t, s, run.ID).Report
	if report.Outcome != task.OutcomeDone || len(report.Folders) == 0 {
		t.Fatalf("%s: %s", report.Outcome, report.Cause)
	}
	for _, f := range report.Folders {
		if f.Target != "One/"+f.Folder {
			t.Errorf("%s goes to %s", f.Folder, f.Target)
		}
	}
	versions, err := s.Scripts(ctx, id, "rules")
	if err != nil || len(versions) != 2 || versions[0].Version != 2 || versions[0].Source != "" {
		t.Errorf("%+v, %v", versions, err)
	}

	tk, err := s.Task(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	tk.Hooks = []task.Hook{{Plugin: "script:rules@9"}}
	if _, err := s.SaveTask(ctx, tk); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "no version 9") {
		t.Errorf("a hook that names what is not there: %v", err)
	}
	if err := s.DeleteTask(ctx, id, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scripts(ctx, id, "rules"); err != nil {
		t.Errorf("the script of a task that can be restored: %v", err)
	}
}

func TestFetchSample_saysWhyThereIsNone(t *testing.T) {
	s, _, ctx := scripted(t)
	from, err := task.ParseAccount("imap://ann@127.0.0.1:1?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	from.Password = "x"
	saved, err := s.SaveTask(t.Context(), task.Task{Name: "closed", Sources: []task.Source{{Name: "a", Account: from}}, Destination: task.Account{Kind: task.KindMaildir, Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FetchSample(ctx, saved.ID); !errors.Is(err, web.ErrInvalid) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("%v", err)
	}
	if err := s.FetchSample(ctx, "nowhere"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
