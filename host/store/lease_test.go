package store

import (
	"errors"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
)

const ttl = time.Minute

// die makes a node one that has not been seen for longer than ttl.
func die(t testing.TB, s *Store) {
	t.Helper()
	if _, err := s.DB().Exec(s.bind("UPDATE node SET seen_at = seen_at - 61000 WHERE id = ?"), s.node); err != nil {
		t.Fatal(err)
	}
}

func beat(t testing.TB, nodes ...*Store) {
	t.Helper()
	for _, s := range nodes {
		if err := s.Beat(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTakeOver_takesTheRunsOfTheDeadOnly(t *testing.T) {
	t.Parallel()
	dead := openNew(t)
	alive, third := another(t, dead), another(t, dead)
	beat(t, dead, alive, third)
	lost, kept := running(t, dead, "lost"), running(t, alive, "kept")
	if got := must[[]Ticket](t)(third.TakeOver(t.Context(), ttl)); len(got) != 0 {
		t.Fatalf("took over %v while all are alive", got)
	}
	die(t, dead)
	got := must[[]Ticket](t)(third.TakeOver(t.Context(), ttl))
	if len(got) != 1 || got[0] != (Ticket{lost.ID, 2}) {
		t.Fatalf("took over %v, want %s with epoch 2", got, lost.ID)
	}
	if again := must[[]Ticket](t)(alive.TakeOver(t.Context(), ttl)); len(again) != 0 {
		t.Errorf("took over a second time: %v", again)
	}
	if run := must[task.Run](t)(third.ClaimRun(t.Context(), got[0])); run.Epoch != 2 || run.Started != lost.Started {
		t.Errorf("the run goes on as %+v", run)
	}
	if run := must[task.Run](t)(alive.Run(t.Context(), kept.ID)); run.State != task.StateRunning || run.Epoch != 1 {
		t.Errorf("the run of a node that lives is %+v", run)
	}
	nodes := must[[]Node](t)(alive.Nodes(t.Context(), ttl))
	if len(nodes) != 2 || nodes[0].Runs != 1 || nodes[1].Runs != 1 {
		t.Errorf("the nodes are %+v", nodes)
	}
}

func TestTakeOver_endsWhatWasAskedToStop(t *testing.T) {
	t.Parallel()
	dead := openNew(t)
	alive := another(t, dead)
	beat(t, dead, alive)
	run := running(t, dead, "a")
	if err := alive.RequestStop(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	die(t, dead)
	if got := must[[]Ticket](t)(alive.TakeOver(t.Context(), ttl)); len(got) != 0 {
		t.Errorf("got tickets %v", got)
	}
	if got := must[task.Run](t)(alive.Run(t.Context(), run.ID)); got.State != task.StateEnded || got.Report.Outcome != task.OutcomeStopped {
		t.Errorf("the run is %+v", got)
	}
}

// Whatever a node writes for a run that was taken over changes nothing, be it with
// the run in the queue, at work elsewhere, or at work on the same node again.
func TestFence_keepsOutWhoLostTheRun(t *testing.T) {
	t.Parallel()
	zombie := openNew(t)
	beat(t, zombie)
	run := running(t, zombie, "a")
	old := TicketOf(run)
	before := zombie.RunLedger(old, run.TaskID)
	pair := copier.Pair{Source: "work", Folder: "INBOX", UIDValidity: 1, Target: "INBOX"}
	pair.ID = must[int64](t)(before.SavePair(t.Context(), pair))
	if err := before.Put(t.Context(), pair.ID, entries(1, 10)); err != nil {
		t.Fatal(err)
	}
	if _, err := zombie.SaveProgress(t.Context(), old, task.Progress{Folder: "INBOX"}); err != nil {
		t.Fatal(err)
	}
	next := another(t, zombie)
	beat(t, next)
	die(t, zombie)
	ticket := must[[]Ticket](t)(next.TakeOver(t.Context(), ttl))[0]

	refused := func(when string) {
		t.Helper()
		want := must[task.Run](t)(next.Run(t.Context(), run.ID))
		changed := pair
		changed.Rules = "changed"
		_, pairErr := before.SavePair(t.Context(), changed)
		_, newPairErr := before.SavePair(t.Context(), copier.Pair{Source: "work", Folder: "new"})
		_, progressErr := zombie.SaveProgress(t.Context(), old, task.Progress{Folder: "zombie"})
		_, requeueErr := zombie.Requeue(t.Context(), old, false)
		for what, err := range map[string]error{
			"a pair": pairErr, "a new pair": newPairErr, "progress": progressErr, "requeue": requeueErr,
			"entries":         before.Put(t.Context(), pair.ID, entries(5, 20)),
			"removed entries": before.Delete(t.Context(), pair.ID, uidsOf(entries(1, 3))),
			"log lines":       zombie.AppendLog(t.Context(), old, []task.LogLine{{Text: "zombie"}}),
			"the end":         zombie.FinishRun(t.Context(), old, &task.Report{Outcome: task.OutcomeBug}),
		} {
			if !errors.Is(err, ErrFenced) {
				t.Errorf("%s: %s: %v, want ErrFenced", when, what, err)
			}
		}
		got := must[task.Run](t)(next.Run(t.Context(), run.ID))
		if got.State != want.State || got.Epoch != want.Epoch || got.Progress.Folder != want.Progress.Folder {
			t.Errorf("%s: the run became %+v", when, got)
		}
		pairs := must[[]copier.Pair](t)(next.Ledger(run.TaskID).Pairs(t.Context(), "work"))
		if len(pairs) != 1 || pairs[0].Rules != "" || len(readEntries(t, before, pair.ID)) != 10 {
			t.Errorf("%s: the ledger has changed: %+v", when, pairs)
		}
		if lines := must[[]task.LogLine](t)(next.LogLines(t.Context(), run.ID, 0, 10)); len(lines) != 0 {
			t.Errorf("%s: the log has %+v", when, lines)
		}
	}
	refused("queued")
	must[task.Run](t)(next.ClaimRun(t.Context(), ticket))
	refused("at work elsewhere")
	ticket = must[Ticket](t)(next.Requeue(t.Context(), ticket, false))
	must[task.Run](t)(zombie.ClaimRun(t.Context(), ticket))
	refused("at work on the same node again")
	if err := zombie.RunLedger(ticket, run.TaskID).Put(t.Context(), pair.ID, entries(11, 5)); err != nil {
		t.Errorf("the new ticket: %v", err)
	}
	finish(t, zombie, run.ID)
	if err := zombie.RunLedger(ticket, run.TaskID).Put(t.Context(), pair.ID, entries(11, 5)); !errors.Is(err, ErrFenced) {
		t.Errorf("after the end: %v, want ErrFenced", err)
	}
}

func TestBeat_bringsBackANodeThatWasTakenOff(t *testing.T) {
	t.Parallel()
	s := openNew(t)
	other := another(t, s)
	beat(t, s, other)
	die(t, s)
	must[[]Ticket](t)(other.TakeOver(t.Context(), ttl))
	beat(t, s)
	run := running(t, s, "a")
	if got := must[[]Ticket](t)(other.TakeOver(t.Context(), ttl)); len(got) != 0 {
		t.Errorf("took over %v of a node that is back", got)
	}
	if err := s.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := must[[]Ticket](t)(other.TakeOver(t.Context(), ttl)); len(got) != 1 || got[0].RunID != run.ID {
		t.Errorf("took over %v of a node that has left, want %s", got, run.ID)
	}
}
