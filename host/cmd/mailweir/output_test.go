package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vbauerster/mpb/v8"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

// sample is a run of two sources with everything in it.
func sample() *task.Report {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &task.Report{
		Outcome: task.OutcomeListed, Cause: "2 messages not copied",
		Counts: task.Counts{Source: 1210, Copied: 1200, Present: 5, Skipped: 3, Held: 1, Failed: 1, Flags: 2, Bytes: 5 << 20},
		Folders: []task.FolderReport{
			{Source: "a", Folder: "INBOX", Target: "INBOX", By: "same name", Counts: task.Counts{Source: 1205, Copied: 1200, Present: 5, Flags: 2, Bytes: 5 << 20}, Done: true},
			{Source: "b", Folder: "Odd\x1b[2Jname", Target: "", Counts: task.Counts{Source: 3, Skipped: 3}, Done: true},
			{Source: "b", Folder: "x", Target: "y", Counts: task.Counts{Source: 2, Held: 1, Failed: 1}, Error: "no permission"},
		},
		Listed: []task.Listed{
			{Source: "b", Folder: "x", UID: 7, Fate: task.FateHeld, Reason: "plugin p: it trapped"},
			{Source: "b", Folder: "x", UID: 8, Fate: task.FateFailed, Reason: "too big\nmailweir: forged"},
		},
		Notes:   []string{"two folders become one"},
		Started: start, Ended: start.Add(90 * time.Second),
	}
}

func TestPrintReport_isATableThatNoForeignTextCanForge(t *testing.T) {
	var b bytes.Buffer
	if err := printReport(&b, sample()); err != nil {
		t.Fatal(err)
	}
	const want = `SOURCE  FOLDER         GOES TO     MESSAGES  COPIED  PRESENT  FLAGS  SKIPPED  HELD  FAILED  SIZE
a       INBOX          INBOX       1,205     1,200   5        2      0        0     0       5.0 MiB
b       Odd�[2Jname  (left out)  3         0       0        0      3        0     0       0 B
b       x              y           2         0       0        0      0        1     1       0 B

folder x: no permission
held: x, UID 7: plugin p: it trapped
failed: x, UID 8: too big�mailweir: forged
note: two folders become one
done, but some messages were not copied: 1,200 messages copied (5.0 MiB), 5 there already, 2 of them with their flags carried over, 3 left out on purpose, 1 held until the next run, 1 not copied in 1m30s
`
	if got := strings.ReplaceAll(b.String(), "\uFFFD  ", "\uFFFD"); collapse(got) != collapse(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// collapse makes runs of blanks one, so that widths do not matter.
func collapse(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(lines, "\n")
}

func TestSummary_saysWhenThereWasNothingToDo(t *testing.T) {
	tests := []struct {
		name string
		give task.Counts
		want string
	}{
		{"many", task.Counts{Source: 1000, Present: 1000}, "nothing to copy: 1,000 messages are there already (1.5s)"},
		{"one", task.Counts{Source: 1, Present: 1}, "nothing to copy: 1 message is there already (1.5s)"},
		{"none", task.Counts{}, "nothing to copy: 0 messages are there already (1.5s)"},
		{"flags only", task.Counts{Source: 2, Present: 2, Flags: 1}, "done: 0 messages copied (0 B), 2 there already, 1 of them with its flags carried over in 1.5s"},
		{"left out", task.Counts{Source: 2, Skipped: 2}, "done: 0 messages copied (0 B), 2 left out on purpose in 1.5s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			if got := summary(&task.Report{Outcome: task.OutcomeDone, Counts: tt.give, Started: start, Ended: start.Add(1500 * time.Millisecond)}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestJSONLines_reportAddsUpAndComesLast(t *testing.T) {
	var b bytes.Buffer
	if err := newJSONLines(&b).report(sample()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	var types []string
	var last map[string]any
	for _, l := range lines {
		last = nil
		if err := json.Unmarshal([]byte(l), &last); err != nil {
			t.Fatalf("%v: %s", err, l)
		}
		types = append(types, last["type"].(string))
	}
	if got := strings.Join(types, " "); got != "folder folder folder listed listed report" {
		t.Errorf("the lines are %s", got)
	}
	for key, want := range map[string]any{
		"outcome": "listed", "exit_status": 3.0, "messages": 1210.0, "copied": 1200.0, "present": 5.0,
		"skipped": 3.0, "held": 1.0, "failed": 1.0, "bytes": float64(5 << 20), "folders": 3.0,
	} {
		if last[key] != want {
			t.Errorf("%s is %v, want %v", key, last[key], want)
		}
	}
}

func TestJSONLines_progressIsRationed(t *testing.T) {
	var b bytes.Buffer
	lines := newJSONLines(&b)
	for range 100 {
		lines.progress(task.Progress{Phase: task.PhaseTransfer})
	}
	// One at once; a second one only if this took more than a second.
	if n := strings.Count(b.String(), "\n"); n < 1 || n > 50 {
		t.Errorf("%d lines of progress", n)
	}
}

func TestProgressBar_showsTheWholeAndTheFolderAndKeepsLogLines(t *testing.T) {
	var b bytes.Buffer
	bar := newProgressBar(&b, mpb.WithWidth(120))
	log := slog.New(slog.NewTextHandler(bar, nil))
	log.Info("while it runs")
	for i := range int64(3) {
		bar.show(task.Progress{
			Phase: task.PhaseTransfer, Folder: "Archive",
			Folders:           []task.FolderReport{{Folder: "Archive", Counts: task.Counts{Source: 40, Copied: 10 * i}}},
			Counts:            task.Counts{Source: 1000, Copied: 100 * i},
			MessagesPerSecond: 35, BytesPerSecond: 2 << 20, Left: 34 * time.Second,
		})
	}
	time.Sleep(3 * refreshRate) // let it paint; nothing is timed by this
	bar.close()
	bar.close()
	log.Info("when it is over")
	got := b.String()
	for _, want := range []string{"copying 200/1,000", "35 messages/s", "2.0 MiB/s", "34s left", "Archive", "20/40", "while it runs", "when it is over"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown in\n%q", want, got)
		}
	}
}

func TestProgressBar_longNamesAreCut(t *testing.T) {
	got := folderBefore(task.Progress{Folder: strings.Repeat("日本", 40)})
	if n := len([]rune(got)); n != folderWidth || !strings.HasSuffix(got, "…") {
		t.Errorf("%d characters: %s", n, got)
	}
}

func TestRun_helpGoesToStdoutAndTroubleToStderr(t *testing.T) {
	var stdout, stderr bytes.Buffer
	env := func(string) string { return "" }
	if status := run([]string{"copy", "--help"}, strings.NewReader(""), &stdout, &stderr, env); status != 0 || stderr.Len() > 0 {
		t.Errorf("help: %d, %s", status, stderr.String())
	}
	stdout.Reset()
	if status := run([]string{"copy"}, strings.NewReader(""), &stdout, &stderr, env); status != 64 || stdout.Len() > 0 {
		t.Errorf("usage: %d, %s", status, stdout.String())
	}
	if status := run([]string{"check", "--from", "imaps://ann@a.example"}, io.MultiReader(), &stdout, &stderr, env); status != 64 {
		t.Errorf("no password: %d", status)
	}
}

func TestPositionWords_sayWhatARunWaitsFor(t *testing.T) {
	tests := []struct {
		give *api.Position
		want string
	}{
		{nil, "queued"},
		{&api.Position{For: "worker"}, "queued, next; it waits for a free worker"},
		{&api.Position{Before: 1200, For: "runs", Limit: 8}, "queued, 1,200 before it; 8 runs are at work, the limit of the service"},
		{&api.Position{For: "host", Where: "mail.example", Limit: 1}, "queued, next; a run is at work with the host mail.example, the limit"},
		{&api.Position{Before: 1, For: "account", Where: "ann@mail.example:993", Limit: 2}, "queued, 1 before it; 2 runs are at work with the account ann@mail.example:993, the limit"},
	}
	for _, tt := range tests {
		if got := runWords(api.Run{Status: "queued", Position: tt.give}); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.give, got, tt.want)
		}
	}
}
