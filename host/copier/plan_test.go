package copier_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const dashes = "----------\n"

// TestPlanAndReport reads testdata/plan/*.txt: above the dashes what both sides
// hold, below them the plan, and what a run reports.
//
//	source|target NAME  [use=USE]  [messages=N]  [subscribed]  [unselectable]  [fault=TEXT]  [nochildren]
//	hook NAME  -> NAME | hook NAME  exclude | hook NAME  fails
//
// Two blanks stand between the words of a line.
func TestPlanAndReport(t *testing.T) {
	files, err := filepath.Glob("testdata/plan/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			give, want, _ := strings.Cut(string(raw), dashes)
			got := planAndReport(t, give)
			if *update {
				if err := os.WriteFile(file, []byte(give+dashes+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func planAndReport(t *testing.T, give string) string {
	s := newScene(t)
	answers := map[string]string{}
	for line := range strings.Lines(give) {
		side, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch side {
		case "source":
			stage(t, s.source, rest)
		case "target":
			stage(t, s.target, rest)
		case "hook":
			name, answer, _ := strings.Cut(rest, "  ")
			answers[name] = answer
		case "", "#":
		default:
			t.Fatalf("%q is not understood", line)
		}
	}
	if len(answers) > 0 {
		s.hooks = hooks{mapFolder: func(q copier.FolderQuestion) (copier.FolderAnswer, error) {
			switch answer := answers[q.Folder.Name]; {
			case answer == "":
				return copier.FolderAnswer{}, nil
			case answer == "exclude":
				return copier.FolderAnswer{Exclude: true, By: "golden", Note: "not wanted"}, nil
			case answer == "fails":
				return copier.FolderAnswer{}, errors.New("trap")
			default:
				return copier.FolderAnswer{Target: strings.TrimPrefix(answer, "-> "), By: "golden"}, nil
			}
		}}
	}
	var out strings.Builder
	for _, when := range []string{"before", "after"} {
		plan, err := copier.New(s.config()).Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "plan %s:\n", when)
		for _, p := range plan.Pairs {
			fmt.Fprintf(&out, "  %q -> %q by %s: %d messages, %d to copy", p.Folder, p.Target, p.By, p.Messages, p.ToCopy)
			if p.Excluded {
				out.WriteString(", excluded")
			}
			if p.Create {
				out.WriteString(", made")
			}
			if p.Note != "" {
				fmt.Fprintf(&out, ", note %q", p.Note)
			}
			if p.Error != "" {
				fmt.Fprintf(&out, ", error %q", p.Error)
			}
			out.WriteString("\n")
		}
		for _, n := range plan.Notes {
			fmt.Fprintf(&out, "  note: %s\n", n)
		}
		if when == "after" {
			break
		}
		r := s.run()
		fmt.Fprintf(&out, "report: %s, %q, %s\n", r.Outcome, r.Cause, counts(r.Counts))
		for _, f := range r.Folders {
			fmt.Fprintf(&out, "  %q -> %q by %s: %s, done %v", f.Folder, f.Target, f.By, counts(f.Counts), f.Done)
			if f.Error != "" {
				fmt.Fprintf(&out, ", error %q", f.Error)
			}
			out.WriteString("\n")
		}
		for _, n := range r.Notes {
			fmt.Fprintf(&out, "  note: %s\n", n)
		}
	}
	return out.String()
}

func counts(c task.Counts) string {
	return fmt.Sprintf("%d = %d copied + %d present + %d skipped + %d held + %d failed", c.Source, c.Copied, c.Present, c.Skipped, c.Held, c.Failed)
}

// stage makes one folder of a golden case.
func stage(t *testing.T, a *account, line string) {
	name, rest, _ := strings.Cut(line, "  ")
	b := a.make(name)
	for word := range strings.SplitSeq(rest, "  ") {
		key, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		switch key {
		case "use":
			b.folder.Use = mail.Use(value)
		case "messages":
			var n int
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				a.put(name, fmt.Sprintf("Message-ID: <%d@%s>\r\n\r\n%d\r\n", i, name, i), day(i))
			}
		case "subscribed":
			b.folder.Subscribed = true
		case "unselectable":
			b.folder.Selectable = false
		case "nochildren":
			b.folder.NoChildren = true
		case "fault":
			b.folder.Fault = value
		case "":
		default:
			t.Fatalf("%q: %q is not understood", line, key)
		}
	}
}
