package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// DefaultLease is how long a node that is not heard of keeps its runs.
const DefaultLease = 12 * time.Second

// Config says how runs are executed.
type Config struct {
	Store *store.Store

	// Execute does the work of a run and returns its report. It ends soon after
	// ctx is done. It calls progress and log as often as it likes, from any of its
	// goroutines but not after it has returned; it does not change a Progress
	// that it has handed over. A panic, or no report, is task.OutcomeBug.
	Execute func(ctx context.Context, run task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report

	Workers     int           // runs at the same time on this node; default 4
	Tick        time.Duration // how often is looked for tasks that are due; default 5 s, at least 1 s
	Slice       time.Duration // how long a run keeps its worker before others get a turn; default 6 h
	StopTimeout time.Duration // how long Stop waits for runs, unless its context says; default 30 s
	Log         *slog.Logger  // default slog.Default()

	// Of several nodes on one database: how long a node that is not heard of keeps
	// its runs, default DefaultLease, and how often it says that it lives, default a
	// quarter of that. All nodes have the same.
	Lease, Beat time.Duration
	Name        string // of this node, for people, such as its host and process

	// Now is the clock by which tasks are due; default time.Now.
	Now func() time.Time
}

func (c *Config) applyDefaults() {
	// A run waits for servers most of the time, but each one holds connections
	// and buffers; four keep two cores and a home line busy.
	c.Workers = cmp.Or(c.Workers, 4)
	// Intervals have minutes, so that a few seconds do not matter.
	c.Tick = max(cmp.Or(c.Tick, 5*time.Second), time.Second)
	// River takes a job for lost only after its time limit: without slices a
	// job of a killed process would never be cleared away.
	c.Slice = cmp.Or(c.Slice, 6*time.Hour)
	c.StopTimeout = cmp.Or(c.StopTimeout, 30*time.Second)
	// A node that was killed is noticed after a lease and a beat, well below half a
	// minute; one that pauses for some seconds keeps its runs.
	c.Lease = cmp.Or(c.Lease, DefaultLease)
	c.Beat = cmp.Or(c.Beat, c.Lease/4)
	c.Name = cmp.Or(c.Name, "a node")
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

// Why the context of a run was cancelled.
var (
	errStopAsked  = errors.New("somebody asked the run to stop")
	errPauseAsked = errors.New("somebody asked the run to pause")
	errShutdown   = errors.New("the service stops")
	errSliceOver  = errors.New("the run's slice of time is over")
	errLeaseLost  = errors.New("another node may have taken the run over")
)

// Jobs queues, executes and watches runs. It is safe for concurrent use.
type Jobs struct {
	cfg   Config
	store *store.Store
	log   *slog.Logger
	hub   hub

	mu       sync.Mutex
	queue    *queue // nil before Start
	stopping bool
	active   map[string]*activeRun // by ID of the run
	lastTick time.Time             // by Config.Now
	renewed  time.Time             // when the latest successful beat was sent

	claiming sync.RWMutex  // read-locked from a claim to the entry in active
	done     chan struct{} // closed to end what goes on beside the queue
	beside   sync.WaitGroup
}

// New returns Jobs that do nothing before [Jobs.Start].
func New(cfg Config) (*Jobs, error) {
	if cfg.Store == nil || cfg.Execute == nil {
		return nil, errors.New("jobs: Store and Execute are needed")
	}
	cfg.applyDefaults()
	return &Jobs{cfg: cfg, store: cfg.Store, log: cfg.Log, active: make(map[string]*activeRun)}, nil
}

// Start makes this node known, puts runs that nodes which are gone left behind
// back into the queue and begins to work. ctx is for the start only: the work goes
// on until [Jobs.Stop].
func (j *Jobs) Start(ctx context.Context) error {
	if err := j.start(ctx); err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	// After a kill River waits some seconds before it ticks, until the leader
	// that was killed counts as gone.
	if err := j.tick(ctx); err != nil {
		j.log.Warn("look for tasks that are due", "error", err)
	}
	return nil
}

func (j *Jobs) start(ctx context.Context) error {
	var q *queue
	err := j.store.Exclusively(ctx, func(ctx context.Context) (err error) {
		if pool := j.store.Queue(); pool != nil {
			q, err = newQueue(ctx, riverpgxv5.New(pool), j)
		} else {
			q, err = newQueue(ctx, riversqlite.New(j.store.DB()), j)
		}
		return err
	})
	if err != nil {
		return err
	}
	if j.lastTick, err = j.store.LatestRun(ctx); err != nil {
		return err
	}
	j.renewed = time.Now()
	if err := j.store.Beat(ctx, j.cfg.Name); err != nil {
		return err
	}
	tickets, err := j.store.Recover(ctx, j.cfg.Lease)
	if err != nil {
		return err
	}
	if len(tickets) > 0 {
		j.log.Info("runs go on", "count", len(tickets))
	}
	if err := q.insert(ctx, tickets); err != nil {
		return err
	}
	if err := q.start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.queue, j.done = q, make(chan struct{})
	done := j.done
	if j.store.Shared() {
		j.beside.Go(func() { j.keepLease(done) })
	}
	j.beside.Go(func() { j.follow(done) })
	return nil
}

// Stop asks the runs in progress to stop, waits for them, and ends all watching.
// Runs that were interrupted are queued and go on at the next start, or on another
// node. If ctx, or Config.StopTimeout when ctx has no deadline, is over before,
// Stop returns an error; the runs that are still busy are put back at the next
// start, or by another node.
func (j *Jobs) Stop(ctx context.Context) error {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.cfg.StopTimeout)
		defer cancel()
	}
	j.mu.Lock()
	j.stopping = true
	q := j.queue
	for _, a := range j.active {
		a.cancel(errShutdown)
	}
	j.mu.Unlock()
	defer j.hub.closeAll()
	if q == nil {
		return nil
	}
	if err := q.stop(ctx); err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		return fmt.Errorf("stop the jobs: %d runs did not end in time: %w", len(j.active), err)
	}
	j.mu.Lock()
	if j.done != nil {
		close(j.done)
		j.done = nil
	}
	j.mu.Unlock()
	j.beside.Wait()
	if err := j.store.Leave(ctx); err != nil {
		j.log.Warn("others will notice later that this node is gone", "error", err)
	}
	return nil
}

// RunNow queues a run of a task, or the one of it that waits for somebody. Its errors
// are those of [store.Store.CreateRun].
func (j *Jobs) RunNow(ctx context.Context, taskID, trigger string) (task.Run, error) {
	run, err := j.store.CreateRun(ctx, taskID, trigger)
	if err != nil {
		return task.Run{}, err
	}
	j.hand(ctx, []store.Ticket{store.TicketOf(run)})
	return run, nil
}

// Retry queues a run of the same task for what failed in a run. Its errors are those of
// [store.Store.RetryRun].
func (j *Jobs) Retry(ctx context.Context, runID string) (task.Run, error) {
	run, err := j.store.RetryRun(ctx, runID)
	if err != nil {
		return task.Run{}, err
	}
	j.hand(ctx, []store.Ticket{{RunID: run.ID, Epoch: 1}})
	return run, nil
}

// hand inserts tickets into the queue. What is not inserted now is by a later tick.
func (j *Jobs) hand(ctx context.Context, tickets []store.Ticket) {
	j.mu.Lock()
	q := j.queue
	j.mu.Unlock()
	if q == nil || len(tickets) == 0 {
		return
	}
	if err := q.insert(ctx, tickets); err != nil {
		j.log.Warn("runs have to wait for the next tick", "count", len(tickets), "error", err)
	}
}

// StopRun asks a run to stop and returns at once. A queued run ends now, one
// that is executed here within moments, on another node within a second or two.
func (j *Jobs) StopRun(ctx context.Context, runID string) error {
	if err := j.store.RequestStop(ctx, runID); err != nil {
		return err
	}
	if a := j.lookup(runID); a != nil {
		a.cancel(errStopAsked)
	}
	if run, err := j.Run(ctx, runID); err == nil {
		j.hub.publish(run)
	}
	return nil
}

// PauseRun keeps a run from going on until [Jobs.ResumeRun], and returns at once: a
// queued one is paused now, one that is executed here comes to rest within moments, on
// another node within a second or two. Nothing is held for it meanwhile: no worker, no
// connection, no place among the limits. Its errors are those of
// [store.Store.PauseRun].
func (j *Jobs) PauseRun(ctx context.Context, runID, by string) error {
	if err := j.store.PauseRun(ctx, runID, by); err != nil {
		return err
	}
	if a := j.lookup(runID); a != nil {
		a.cancel(errPauseAsked)
	}
	if run, err := j.Run(ctx, runID); err == nil {
		j.hub.publish(run)
	}
	return nil
}

// ResumeRun lets a paused run go on when its turn comes. Its errors are those of
// [store.Store.ResumeRun].
func (j *Jobs) ResumeRun(ctx context.Context, runID string) error {
	t, err := j.store.ResumeRun(ctx, runID)
	if err != nil {
		return err
	}
	if t != (store.Ticket{}) {
		j.hand(ctx, []store.Ticket{t})
	}
	if run, err := j.Run(ctx, runID); err == nil {
		j.hub.publish(run)
	}
	return nil
}

// Run returns one run like [store.Store.Run], with the newest progress if it is
// executed here.
func (j *Jobs) Run(ctx context.Context, id string) (task.Run, error) {
	run, err := j.store.Run(ctx, id)
	if err != nil || run.State != task.StateRunning {
		return run, err
	}
	if a := j.lookup(id); a != nil {
		if p, ok := a.latest(); ok {
			run.Progress = p
		}
	}
	return run, nil
}

// Watch sends the run's state now and whenever it has changed, a few times a
// second at most. A slow reader gets the latest value and misses others. The
// channel is closed after the value of the ended run, when ctx is done, when Jobs
// stop, or at once if there is no such run. New log lines count as a change.
func (j *Jobs) Watch(ctx context.Context, runID string) <-chan task.Run {
	sub := j.hub.subscribe(ctx, runID)
	run, err := j.Run(ctx, runID)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil {
			j.log.Warn("watch a run", "run", runID, "error", err)
		}
		j.hub.drop(sub)
		return sub.ch
	}
	j.hub.first(sub, run)
	return sub.ch
}

func (j *Jobs) lookup(runID string) *activeRun {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.active[runID]
}
