package copier

import (
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/task"
)

func TestMeter_estimatesByTheSlowerOfMessagesAndBytes(t *testing.T) {
	m := &meter{tally: &tally{}}
	at := func(seconds int, copied, bytes int64) task.Progress {
		p := task.Progress{
			Phase: task.PhaseTransfer, At: time.Unix(int64(seconds), 0),
			Counts: task.Counts{Source: 1000, Copied: copied, Bytes: bytes, SourceBytes: 100_000},
		}
		m.rate(&p)
		return p
	}
	if p := at(0, 0, 0); p.Left != 0 || p.MessagesPerSecond != 0 {
		t.Errorf("at the beginning: %+v", p)
	}
	p := at(2, 200, 10_000)
	if p.MessagesPerSecond != 100 || p.BytesPerSecond != 5000 || p.Left != 18*time.Second {
		t.Errorf("rates %v and %v, left %v", p.MessagesPerSecond, p.BytesPerSecond, p.Left)
	}
	at(7, 200, 10_000)
	if p = at(12, 200, 10_000); p.MessagesPerSecond != 0 || p.Left != 0 {
		t.Errorf("after a stall: %v per second, left %v", p.MessagesPerSecond, p.Left)
	}
}

func TestMeter_isSilentWhileNothingHappensAndSendsTheLast(t *testing.T) {
	var sent []task.Progress
	tl := &tally{rows: make([]task.FolderReport, 1)}
	m := &meter{tally: tl, send: func(p task.Progress) { sent = append(sent, p) }}
	m.report(false)
	m.report(false)
	tl.change(0, func(f *task.FolderReport) { f.Copied++ })
	m.report(false)
	m.report(true)
	if len(sent) != 3 {
		t.Fatalf("%d reports, want 3", len(sent))
	}
	tl.change(0, func(f *task.FolderReport) { f.Copied++ })
	if last := sent[2].Folders[0].Copied; last != 1 {
		t.Errorf("a report that was sent changed: %d", last)
	}
}

func TestTally_sumsAddUpWhateverTheEnd(t *testing.T) {
	tests := []struct{ give, want task.Counts }{
		{task.Counts{Source: 10, Copied: 4, Present: 6}, task.Counts{Source: 10, Copied: 4, Present: 6}},
		{task.Counts{Source: 10, Copied: 4}, task.Counts{Source: 10, Copied: 4, Failed: 6}},
		{task.Counts{Source: 3, Copied: 4}, task.Counts{Source: 4, Copied: 4}},
	}
	for _, tt := range tests {
		got := tt.give
		if balance(&got); got != tt.want {
			t.Errorf("%+v became %+v, want %+v", tt.give, got, tt.want)
		}
	}
}

func TestTally_failuresAreListedBeforeWhatWasSkipped(t *testing.T) {
	tl := &tally{}
	for range task.MaxListed + 5 {
		tl.list(task.Listed{Fate: task.FateSkipped})
	}
	tl.list(task.Listed{Fate: task.FateFailed})
	r := tl.report(nil, nil)
	if len(r.Listed) != task.MaxListed || r.Listed[0].Fate != task.FateFailed {
		t.Errorf("%d listed, the first %+v", len(r.Listed), r.Listed[0])
	}
}
