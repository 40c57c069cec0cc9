package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mailweir/mailweir/host/task"
)

var sampleReport = task.Report{
	Outcome: task.OutcomeListed, Cause: "two messages were refused",
	Counts:  task.Counts{Source: 10, Copied: 8, Failed: 2, Bytes: 1 << 40},
	Folders: []task.FolderReport{{Source: "work", Folder: "INBOX", Target: "INBOX", By: "same name", Counts: task.Counts{Source: 10}, Done: true}},
	Listed:  []task.Listed{{Source: "work", Folder: "INBOX", UID: 7, Fate: task.FateFailed, Reason: "too big\x00\n"}},
	Notes:   []string{"a note"},
	Started: time.UnixMilli(1000).UTC(), Ended: time.UnixMilli(2000).UTC(),
}

// running makes a task with a running run.
func running(t testing.TB, s *Store, name string) task.Run {
	t.Helper()
	run := must[task.Run](t)(s.CreateRun(t.Context(), save(t, s, newTask(name)).ID, TriggerHand))
	return must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{run.ID, 1}))
}

// ticketOf is the ticket of a run as it stands.
func ticketOf(t testing.TB, s *Store, id string) Ticket {
	t.Helper()
	return Ticket{id, must[task.Run](t)(s.Run(t.Context(), id)).Epoch}
}

func finish(t testing.TB, s *Store, id string) {
	t.Helper()
	report := sampleReport
	if err := s.FinishRun(t.Context(), ticketOf(t, s, id), &report); err != nil {
		t.Fatal(err)
	}
}

func TestRun_goesFromTheQueueToItsEnd(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_000_000)
	setClock(s, &now)
	tk := save(t, s, newTask("a"))
	run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	want := task.Run{ID: run.ID, TaskID: tk.ID, TaskName: "a", Number: 1, State: task.StateQueued, Trigger: TriggerHand, Queued: now, Epoch: 1}
	check := func(got task.Run) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, must[task.Run](t)(s.Run(t.Context(), run.ID))); diff != "" {
			t.Error(diff)
		}
	}
	check(run)

	now = now.Add(time.Second)
	want.State, want.Started = task.StateRunning, now
	check(must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{run.ID, 1})))

	want.Progress = task.Progress{
		Phase: task.PhaseTransfer, Folder: "INBOX", Folders: sampleReport.Folders, Counts: task.Counts{Copied: 3},
		MessagesPerSecond: 1.5, Left: time.Minute, At: time.UnixMilli(5).UTC(),
	}
	if stop := must[bool](t)(s.SaveProgress(t.Context(), Ticket{run.ID, 1}, want.Progress)); stop {
		t.Error("is asked to stop")
	}
	check(want)

	now = now.Add(time.Second)
	finish(t, s, run.ID)
	report := sampleReport
	want.State, want.Ended, want.Report = task.StateEnded, now, &report
	want.Progress = task.Progress{Phase: task.PhaseDone, Folder: "INBOX", Folders: report.Folders, Counts: report.Counts, At: want.Progress.At}
	check(want)

	head := report
	head.Folders, head.Listed = nil, nil
	want.Report, want.Progress.Folders = &head, nil
	if diff := cmp.Diff([]task.Run{want}, must[[]task.Run](t)(s.Runs(t.Context(), tk.ID, 10))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]task.Run{tk.ID: want}, must[map[string]task.Run](t)(s.LastRuns(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestCreateRun_allowsOneAtATime(t *testing.T) {
	s := openNew(t)
	tk, other := save(t, s, newTask("a")), save(t, s, newTask("b"))
	run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	must[task.Run](t)(s.CreateRun(t.Context(), other.ID, TriggerHand))
	refused := func() {
		t.Helper()
		if _, err := s.CreateRun(t.Context(), tk.ID, TriggerHand); !errors.Is(err, ErrActive) {
			t.Errorf("got %v, want ErrActive", err)
		}
	}
	refused()
	must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{run.ID, 1}))
	refused()
	finish(t, s, run.ID)
	must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
	if _, err := s.CreateRun(t.Context(), "nobody", TriggerHand); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestClaimRun_letsOneIn(t *testing.T) {
	s := openNew(t)
	run := running(t, s, "a")
	refused := func(ticket Ticket) {
		t.Helper()
		if _, err := s.ClaimRun(t.Context(), ticket); !errors.Is(err, ErrNotQueued) {
			t.Errorf("ticket %v: got %v, want ErrNotQueued", ticket, err)
		}
	}
	refused(Ticket{run.ID, 1})
	again := must[Ticket](t)(s.Requeue(t.Context(), Ticket{run.ID, 1}, false))
	if again != (Ticket{run.ID, 2}) {
		t.Errorf("the new ticket is %v", again)
	}
	refused(Ticket{run.ID, 1})
	must[task.Run](t)(s.ClaimRun(t.Context(), again))
	if _, err := s.Requeue(t.Context(), Ticket{run.ID, 1}, false); !errors.Is(err, ErrFenced) {
		t.Errorf("requeue with the old ticket: %v, want ErrFenced", err)
	}
	finish(t, s, run.ID)
	refused(again)
	refused(Ticket{"nobody", 1})
}

func TestRequestStop_endsAQueuedRunAndTellsARunningOne(t *testing.T) {
	s := openNew(t)
	queued := must[task.Run](t)(s.CreateRun(t.Context(), save(t, s, newTask("a")).ID, TriggerHand))
	active := running(t, s, "b")
	for range 2 {
		for _, id := range []string{queued.ID, active.ID} {
			if err := s.RequestStop(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := must[task.Run](t)(s.Run(t.Context(), queued.ID))
	if got.State != task.StateEnded || got.Report == nil || got.Report.Outcome != task.OutcomeStopped || got.Stopping {
		t.Errorf("the queued run is %+v", got)
	}
	if !must[bool](t)(s.SaveProgress(t.Context(), Ticket{active.ID, 1}, task.Progress{})) {
		t.Error("the running run is not told to stop")
	}
	if got := must[task.Run](t)(s.Run(t.Context(), active.ID)); !got.Stopping || got.State != task.StateRunning {
		t.Errorf("the running run is %+v", got)
	}
	// Going back to the queue would start it again.
	if ticket := must[Ticket](t)(s.Requeue(t.Context(), Ticket{active.ID, 1}, false)); ticket != (Ticket{}) {
		t.Errorf("got ticket %v for a run that is to stop", ticket)
	}
	if got := must[task.Run](t)(s.Run(t.Context(), active.ID)); got.State != task.StateEnded || got.Report.Outcome != task.OutcomeStopped {
		t.Errorf("the run is %+v", got)
	}
	if err := s.RequestStop(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestRun_thatHasEndedStaysAsItIs(t *testing.T) {
	s := openNew(t)
	run := running(t, s, "a")
	finish(t, s, run.ID)
	want := must[task.Run](t)(s.Run(t.Context(), run.ID))
	if err := s.FinishRun(t.Context(), Ticket{run.ID, 1}, &task.Report{Outcome: task.OutcomeBug}); !errors.Is(err, ErrFenced) {
		t.Errorf("FinishRun: %v", err)
	}
	if _, err := s.SaveProgress(t.Context(), Ticket{run.ID, 1}, task.Progress{Folder: "x"}); !errors.Is(err, ErrFenced) {
		t.Errorf("SaveProgress: %v", err)
	}
	if _, err := s.Requeue(t.Context(), Ticket{run.ID, 1}, false); !errors.Is(err, ErrFenced) {
		t.Errorf("Requeue: %v", err)
	}
	if err := s.RequestStop(t.Context(), run.ID); err != nil {
		t.Errorf("RequestStop: %v", err)
	}
	if diff := cmp.Diff(want, must[task.Run](t)(s.Run(t.Context(), run.ID))); diff != "" {
		t.Error(diff)
	}
}

func TestRecover_putsRunsOfADeadProcessBack(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_000_000)
	setClock(s, &now)
	lost := running(t, s, "lost")
	now = now.Add(time.Second)
	waiting := must[task.Run](t)(s.CreateRun(t.Context(), save(t, s, newTask("waiting")).ID, TriggerHand))
	stopped := running(t, s, "stopped")
	ended := running(t, s, "ended")
	finish(t, s, ended.ID)
	if err := s.RequestStop(t.Context(), stopped.ID); err != nil {
		t.Fatal(err)
	}
	s = another(t, s)
	setClock(s, &now)
	tickets := must[[]Ticket](t)(s.Recover(t.Context(), 0))
	if s.pg { // where others are at work, what is queued keeps its ticket
		tickets = append(tickets, Ticket{waiting.ID, 1})
	}
	if len(tickets) != 2 || tickets[0].RunID != lost.ID || tickets[1].RunID != waiting.ID {
		t.Fatalf("tickets are %v; want %s and %s", tickets, lost.ID, waiting.ID)
	}
	for _, ticket := range tickets {
		if _, err := s.ClaimRun(t.Context(), Ticket{ticket.RunID, ticket.Epoch - 1}); !errors.Is(err, ErrNotQueued) {
			t.Errorf("the old ticket: %v", err)
		}
		must[task.Run](t)(s.ClaimRun(t.Context(), ticket))
	}
	if got := must[task.Run](t)(s.Run(t.Context(), stopped.ID)); got.State != task.StateEnded {
		t.Errorf("the run that was to stop is %s", got.State)
	}
}

func TestFinishRun_keepsTheLatest(t *testing.T) {
	s := openNew(t)
	now := time.UnixMilli(1_000_000)
	setClock(s, &now)
	tk := save(t, s, newTask("a"))
	// Old runs, as FinishRun left them, written at once.
	const n, old = keepRuns + 15, keepRuns
	head, detail, err := encodeReport(&sampleReport)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.DB().Exec(s.bind(`WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < ? - 1)
		INSERT INTO run (id, task_id, number, state, started_by, epoch, cancel_requested, queued_at, outcome, progress, report, progress_folders, report_detail)
		SELECT 'old' || n, ?, n + 1, 'ended', 'schedule', 1, FALSE, n, 'listed', '', ?, '', ? FROM i`), old, tk.ID, head, detail)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB().Exec("INSERT INTO run_log SELECT id, 1, 0, 'info', 'line' FROM run"); err != nil {
		t.Fatal(err)
	}
	ids := make([]string, n)
	for i := range ids {
		if i < old {
			ids[i] = fmt.Sprint("old", i)
			continue
		}
		run := must[task.Run](t)(s.CreateRun(t.Context(), tk.ID, TriggerHand))
		ids[i] = run.ID
		must[task.Run](t)(s.ClaimRun(t.Context(), Ticket{run.ID, 1}))
		if err := s.AppendLog(t.Context(), Ticket{run.ID, 1}, []task.LogLine{{Text: "line"}}); err != nil {
			t.Fatal(err)
		}
		finish(t, s, run.ID)
		if i%2 == 0 { // two at the same millisecond
			now = now.Add(time.Second)
		}
	}
	runs := must[[]task.Run](t)(s.Runs(t.Context(), tk.ID, 10*n))
	if len(runs) != keepRuns {
		t.Fatalf("%d runs are kept, want %d", len(runs), keepRuns)
	}
	for i, r := range runs {
		if r.ID != ids[n-1-i] {
			t.Fatalf("run %d from the end is not there", i)
		}
		lines := must[[]task.LogLine](t)(s.LogLines(t.Context(), r.ID, 0, 10))
		if want := i < keepLogs; (len(lines) == 1) != want {
			t.Errorf("run %d from the end has %d lines", i, len(lines))
		}
		full := must[task.Run](t)(s.Run(t.Context(), r.ID))
		if want := i < keepDetails; (len(full.Report.Listed) == 1) != want {
			t.Errorf("run %d from the end lists %d messages", i, len(full.Report.Listed))
		}
		if full.Report.Counts != sampleReport.Counts {
			t.Errorf("run %d from the end lost its counts", i)
		}
	}
}

func TestLog_numbersCleansAndBoundsItsLines(t *testing.T) {
	s := openNew(t)
	run := running(t, s, "a")
	add := func(texts ...string) {
		t.Helper()
		lines := make([]task.LogLine, len(texts))
		for i, text := range texts {
			lines[i] = task.LogLine{At: time.UnixMilli(5), Level: "info", Text: text}
		}
		if err := s.AppendLog(t.Context(), Ticket{run.ID, 1}, lines); err != nil {
			t.Fatal(err)
		}
	}
	add("one", "two\n2026-01-01 error forged\x1b[31m", "bad \xff")
	add(strings.Repeat("ä", maxLineBytes))
	add()
	want := []string{"one", "two 2026-01-01 error forged [31m", "bad \uFFFD", strings.Repeat("ä", maxLineBytes/2) + "…"}
	got := must[[]task.LogLine](t)(s.LogLines(t.Context(), run.ID, 0, 10))
	for i, line := range got {
		if line.Seq != int64(i+1) || line.Text != want[i] || line.Level != "info" || !line.At.Equal(time.UnixMilli(5)) {
			t.Errorf("line %d is %+v, want %q", i, line, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
	if got := must[[]task.LogLine](t)(s.LogLines(t.Context(), run.ID, 1, 2)); len(got) != 2 || got[0].Seq != 2 {
		t.Errorf("two lines after the first are %+v", got)
	}
	if got := must[[]task.LogLine](t)(s.LogLines(t.Context(), run.ID, -1, 2)); len(got) != 2 || got[1].Seq != int64(len(want)) || got[0].Seq != got[1].Seq-1 {
		t.Errorf("the last two lines are %+v", got)
	}
	many := make([]string, maxLines)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	add(many...)
	got = must[[]task.LogLine](t)(s.LogLines(t.Context(), run.ID, 0, 2*maxLines))
	if len(got) != maxLines || got[0].Text != "0" || got[maxLines-1].Text != fmt.Sprint(maxLines-1) {
		t.Errorf("%d lines are kept, from %q to %q", len(got), got[0].Text, got[len(got)-1].Text)
	}
}
