package jobs

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

func snapshot(id string, n int64, state task.State) task.Run {
	return task.Run{ID: id, State: state, Progress: task.Progress{Counts: task.Counts{Copied: n}}}
}

func TestHub_givesASlowReaderTheLatestValue(t *testing.T) {
	var h hub
	sub := h.subscribe(t.Context(), "a")
	for n := range int64(100) {
		h.publish(snapshot("a", n, task.StateRunning))
		h.publish(snapshot("b", n, task.StateRunning))
	}
	if got := <-sub.ch; got.ID != "a" || got.Progress.Counts.Copied != 99 {
		t.Errorf("got %+v", got)
	}
	h.publish(snapshot("a", 100, task.StateEnded))
	h.publish(snapshot("a", 101, task.StateRunning))
	if got, ok := <-sub.ch; !ok || got.State != task.StateEnded {
		t.Errorf("got %+v, %v; want the end", got, ok)
	}
	if _, ok := <-sub.ch; ok {
		t.Error("the channel is open after the end")
	}
	if len(h.subs) != 0 {
		t.Errorf("%d runs are still watched", len(h.subs))
	}
}

func TestHub_doesNotSendAnOldFirstValue(t *testing.T) {
	var h hub
	sub := h.subscribe(t.Context(), "a")
	h.publish(snapshot("a", 2, task.StateRunning))
	h.first(sub, snapshot("a", 1, task.StateRunning))
	if got := <-sub.ch; got.Progress.Counts.Copied != 2 {
		t.Errorf("got %+v", got)
	}
	h.first(sub, snapshot("a", 1, task.StateEnded))
	if got := <-sub.ch; got.State != task.StateEnded {
		t.Errorf("got %+v, want the end", got)
	}
}

func TestHub_closesWhenTheContextEnds(t *testing.T) {
	var h hub
	ctx, cancel := context.WithCancel(t.Context())
	sub := h.subscribe(ctx, "a")
	cancel()
	if _, ok := <-sub.ch; ok {
		t.Error("got a value")
	}
	if _, ok := <-h.subscribe(ctx, "a").ch; ok {
		t.Error("got a value with a context that is done")
	}
}

func TestHub_isSafeForAll(t *testing.T) {
	var h hub
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range int64(200) {
				h.publish(snapshot("a", n, task.StateRunning))
			}
		})
		wg.Go(func() {
			for range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				sub := h.subscribe(ctx, "a")
				h.first(sub, snapshot("a", 0, task.StateRunning))
				<-sub.ch
				cancel()
				for range sub.ch {
				}
			}
		})
	}
	wg.Wait()
	left := h.subscribe(t.Context(), "a")
	h.closeAll()
	if _, ok := <-left.ch; ok {
		t.Error("got a value")
	}
	if _, ok := <-h.subscribe(t.Context(), "a").ch; ok {
		t.Error("a closed hub takes subscriptions")
	}
}

func TestWatch_showsProgressAsItGoes(t *testing.T) {
	next := make(chan int64)
	j := startNew(t, func(_ context.Context, _ task.Run, progress func(task.Progress), _ func(task.LogLine)) *task.Report {
		for n := range next {
			progress(task.Progress{Phase: task.PhaseTransfer, Counts: task.Counts{Copied: n}})
		}
		return &task.Report{Outcome: task.OutcomeDone}
	})
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	watch := j.Watch(t.Context(), run.ID)
	want := int64(1)
	next <- want
	for got := range watch {
		if got.State != task.StateRunning || got.Progress.Counts.Copied != want {
			continue
		}
		if now, err := j.Run(t.Context(), run.ID); err != nil || now.Progress.Counts.Copied != want {
			t.Errorf("Run shows %+v, %v", now.Progress, err)
		}
		if want++; want > 3 {
			close(next)
			break
		}
		next <- want
	}
	end(t, j, run.ID)
}

func TestWatch_ofAnUnknownRunOrAnEndedOneEndsAtOnce(t *testing.T) {
	j := startNew(t, done)
	if got, ok := <-j.Watch(t.Context(), "nobody"); ok {
		t.Errorf("got %+v", got)
	}
	run := runNow(t, j, addTask(t, j.store, "a").ID)
	end(t, j, run.ID)
	end(t, j, run.ID)
}

func TestRun_progressIsStoredWhileItGoes(t *testing.T) {
	release := make(chan struct{})
	j := startNew(t, func(_ context.Context, _ task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report {
		progress(task.Progress{Folder: "INBOX"})
		log(task.LogLine{Text: "hello"})
		<-release
		return &task.Report{Outcome: task.OutcomeDone}
	})
	run, err := j.RunNow(t.Context(), addTask(t, j.store, "a").ID, store.TriggerHand)
	if err != nil {
		t.Fatal(err)
	}
	for { // the deadline of the test is the limit
		got, err := j.store.Run(t.Context(), run.ID)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := j.store.LogLines(t.Context(), run.ID, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got.Progress.Folder == "INBOX" && len(lines) == 1 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	close(release)
	end(t, j, run.ID)
}
