package web

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// logOnly is a service of which only the log is asked.
type logOnly struct {
	Service
	mu    sync.Mutex
	lines []task.LogLine
	asked int
}

func (l *logOnly) Log(_ context.Context, _ string, after int64, limit int) ([]task.LogLine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if after < 0 {
		return l.lines[max(0, len(l.lines)-limit):], nil
	}
	rest := l.lines[min(int(after), len(l.lines)):]
	return rest[:min(limit, len(rest))], nil
}

func (l *logOnly) log(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.lines = append(l.lines, task.LogLine{Seq: int64(len(l.lines) + 1), Text: "line"})
	}
}

// items counts the lines of a log.
func items(text string) int { return strings.Count(text, "<li") - strings.Count(text, "<link") }

func TestRunFrames_manyPagesAreDrawnOnceAndMissNothing(t *testing.T) {
	svc, frames := &logOnly{}, &runFrames{}
	at := time.Now()
	run := func(n int) task.Run {
		return task.Run{ID: "r", State: task.StateRunning, Progress: task.Progress{At: at.Add(time.Duration(n) * time.Second), Counts: task.Counts{Copied: int64(n)}}}
	}
	german := view.WithLanguage(t.Context(), view.German)
	svc.log(3)
	pages := make([]*runView, 50)
	for i := range pages {
		pages[i] = &runView{svc: svc, frames: frames, begun: true, lastLog: int64(i % 4)}
	}
	all := func(ctx context.Context, n int) (texts []string) {
		t.Helper()
		texts = make([]string, len(pages))
		var looking sync.WaitGroup
		for i, p := range pages {
			looking.Go(func() {
				parts, err := p.shared(ctx, run(n))
				if err != nil {
					t.Error(err)
				}
				for _, part := range parts {
					texts[i] += part.text
				}
			})
		}
		looking.Wait()
		return texts
	}
	first := all(t.Context(), 1)
	for i, text := range first {
		if got, want := items(text), 3-i%4; got != want {
			t.Errorf("page %d, which had %d lines, gets %d", i, i%4, got)
		}
	}
	if svc.asked > 3 { // once, and again only where it took longer than a frame
		t.Errorf("the log was read %d times for %d pages", svc.asked, len(pages))
	}
	svc.log(2)
	for i, text := range all(t.Context(), 2) {
		if items(text) != 2 {
			t.Errorf("page %d misses lines, or gets them twice: %s", i, text)
		}
	}
	svc.log(2 * shownLog) // more than a page shows: its list is replaced
	for i, text := range all(t.Context(), 3) {
		if items(text) != shownLog || !strings.Contains(text, `hx-swap="innerHTML"`) {
			t.Errorf("page %d gets %d lines", i, items(text))
		}
	}
	// Another language is drawn by itself, and a page that comes with an older state gets
	// the newer one that others have.
	if text := all(german, 4)[0]; !strings.Contains(text, "Kopiert") || strings.Contains(text, "Already there") {
		t.Errorf("%s", text)
	}
	f, err := frames.frame(german, svc, run(1))
	if err != nil || f.of.Progress.Counts.Copied != 4 && time.Now().Before(f.until) {
		t.Errorf("%d, %v", f.of.Progress.Counts.Copied, err)
	}
}
