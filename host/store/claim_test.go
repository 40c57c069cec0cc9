package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

func uidsOf(list []copier.Entry) mail.UIDSet {
	var uids []mail.UID
	for _, e := range list {
		uids = append(uids, e.UID)
	}
	return mail.UIDs(uids...)
}

// between makes a task that copies from one account to another.
func between(t testing.TB, s *Store, name, from, to string) *task.Task {
	t.Helper()
	return save(t, s, &task.Task{
		Name: name, Sources: []task.Source{{Name: "a", Account: account(from, "x")}}, Destination: account(to, "y"),
	})
}

// counter is where runs are queued and claimed.
type counter struct {
	t   testing.TB
	s   *Store
	now time.Time
}

func newCounter(t testing.TB) *counter {
	c := &counter{t: t, s: openNew(t), now: time.UnixMilli(1_000_000)}
	setClock(c.s, &c.now)
	return c
}

// queue makes a task and a run of it, a second after the one before.
func (c *counter) queue(name, from, to string) task.Run {
	c.t.Helper()
	c.now = c.now.Add(time.Second)
	return must[task.Run](c.t)(c.s.CreateRun(c.t.Context(), between(c.t, c.s, name, from, to).ID, TriggerHand))
}

func (c *counter) limit(l Limits) {
	c.t.Helper()
	if err := c.s.SetLimits(c.t.Context(), l); err != nil {
		c.t.Fatal(err)
	}
}

// claims expects the tasks whose runs are claimed one after the other, and how it
// ends then.
func (c *counter) claims(end error, names ...string) {
	c.t.Helper()
	for _, want := range names {
		got, err := c.s.ClaimNext(c.t.Context())
		if err != nil || got.Run.TaskName != want {
			c.t.Fatalf("claimed %q, %v; want %q", got.Run.TaskName, err, want)
		}
	}
	if got, err := c.s.ClaimNext(c.t.Context()); !errors.Is(err, end) {
		c.t.Fatalf("then claimed %q, %v; want %v", got.Run.TaskName, err, end)
	}
}

// end ends the run of a task.
func (c *counter) end(name string) {
	c.t.Helper()
	for _, run := range must[map[string]task.Run](c.t)(c.s.LastRuns(c.t.Context())) {
		if run.TaskName == name {
			finish(c.t, c.s, run.ID)
			return
		}
	}
	c.t.Fatalf("no run of %s", name)
}

func TestClaimNext_letsThoseThatShareADestinationTakeTurns(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	for i := range 3 {
		c.queue(fmt.Sprint("ann", i), "old", "ann")
	}
	c.queue("bob0", "old", "bob")
	c.queue("bob1", "old", "bob")
	c.queue("eve0", "old", "eve")
	c.claims(ErrNotQueued, "ann0", "bob0", "eve0", "ann1", "bob1", "ann2")
}

func TestClaimNext_keepsTheOrderOfWaiting(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.queue("a", "old", "a")
	c.queue("b", "old", "b")
	first := must[Claim](t)(c.s.ClaimNext(t.Context()))
	c.now = c.now.Add(time.Minute)
	// Its slice is over: it goes behind the other one. Taken from a node that is
	// gone it would not.
	must[Ticket](t)(c.s.Requeue(t.Context(), first.Ticket, true))
	c.claims(ErrNotQueued, "b", "a")
}

func TestClaimNext_holdsTheLimitsOfAllNodesTogether(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.queue("one", "x", "a")
	c.queue("two", "y", "b")
	c.queue("three", "z", "c")
	c.limit(Limits{Runs: 2})
	other := another(t, c.s)
	if got := must[Claim](t)(other.ClaimNext(t.Context())); got.Run.TaskName != "one" {
		t.Fatalf("claimed %s", got.Run.TaskName)
	}
	c.claims(ErrLimit, "two")
	if _, err := other.ClaimNext(t.Context()); !errors.Is(err, ErrLimit) {
		t.Errorf("the other node: %v", err)
	}
	c.limit(Limits{Runs: 3})
	c.claims(ErrNotQueued, "three")
	if got := must[Limits](t)(other.Limits(t.Context())); got != (Limits{Runs: 3}) {
		t.Errorf("the other node knows %+v", got)
	}
	if err := c.s.SetLimits(t.Context(), Limits{PerHost: -1}); err == nil {
		t.Error("a negative limit was taken")
	}
}

func TestClaimNext_passesOverAHostThatIsBusy(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.limit(Limits{PerHost: 2})
	c.queue("one", "old", "a")
	c.queue("two", "b", "OLD") // as a destination it is the same host
	c.queue("three", "old", "c")
	c.queue("four", "new", "d")
	c.claims(ErrLimit, "one", "two", "four")
	c.end("one")
	c.claims(ErrNotQueued, "three")
}

func TestClaimNext_passesOverAnAccountThatIsBusy(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.limit(Limits{PerAccount: 1})
	c.queue("one", "a", "x")
	c.queue("two", "x", "b") // reads what the first one fills
	c.queue("three", "c", "d")
	c.claims(ErrLimit, "one", "three")
	// A task that was given another account meanwhile is judged by that one.
	for _, tk := range must[[]task.Task](t)(c.s.Tasks(t.Context())) {
		if tk.Name == "two" {
			tk.Sources[0].Account = account("y", "x")
			save(t, c.s, &tk)
		}
	}
	c.claims(ErrNotQueued, "two")
}

func TestClaimNext_endsWhatIsTooLateAndGoesOn(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	paused := between(t, c.s, "paused", "x", "a")
	run := must[task.Run](t)(c.s.CreateRun(t.Context(), paused.ID, TriggerSchedule))
	c.queue("after", "y", "b")
	if err := c.s.PauseTask(t.Context(), paused.ID, "ann"); err != nil {
		t.Fatal(err)
	}
	got := must[Claim](t)(c.s.ClaimNext(t.Context()))
	if got.Run.TaskName != "after" || len(got.Dropped) != 1 || got.Dropped[0] != run.ID {
		t.Errorf("claimed %+v", got)
	}
	if run := must[task.Run](t)(c.s.Run(t.Context(), run.ID)); run.State != task.StateEnded {
		t.Errorf("the late one is %s", run.State)
	}
}

func TestClaimNext_givesEachRunToOneOfMany(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	const runs = 40
	for i := range runs {
		c.queue(fmt.Sprint(i), "old", fmt.Sprint("u", i%5))
	}
	c.limit(Limits{PerAccount: runs, PerHost: runs})
	nodes := []*Store{c.s, another(t, c.s), another(t, c.s)}
	var mu sync.Mutex
	got := make(map[string]int)
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			for {
				claim, err := nodes[i%3].ClaimNext(t.Context())
				if errors.Is(err, ErrNotQueued) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got[claim.Run.ID]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(got) != runs {
		t.Errorf("%d runs were claimed, want %d", len(got), runs)
	}
	for id, n := range got {
		if n != 1 {
			t.Errorf("run %s was claimed %d times", id, n)
		}
	}
}
