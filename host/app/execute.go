package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// engineConfig is what the engine is made of, for the command line and for the
// service alike.
type engineConfig struct {
	sources     []task.Source
	destination task.Account
	hooks       []task.Hook
	outside     outside
	ledger      copier.Ledger
	shelf       *shelf
	data        dataDir
	conn        ConnOptions
	progress    func(task.Progress)

	removal      copier.Removal
	allowReplace bool
	run          plugin.RunInfo // what plugins are told of the run
	retryOutbox  bool
	pace         *copier.Pace
	only         func(source, folder string) bool // folders that are looked at; nil is all
	overrides    []task.Override                  // folders that were set by hand
	hold         func(copier.PairPlan) error      // keeps folders back; nil keeps none
	lookOnly     bool                             // not even a directory for the destination is made
	writeSources func(source string) bool         // otherwise nothing at it can be changed; nil is nowhere
}

// build makes the engine. Accounts at servers are opened while plugins are got ready. The
// caller calls done when the engine is at rest.
func (c engineConfig) build(ctx context.Context) (_ *copier.Copier, _ *opening, done func(), err error) {
	o := &opening{}
	var ends []func()
	done = func() {
		for _, end := range ends {
			end()
		}
	}
	sources := make([]copier.SourceAccount, 0, len(c.sources))
	for _, s := range c.sources {
		open := func(ctx context.Context) (mail.Source, error) {
			open := OpenSource
			if c.writeSources != nil && c.writeSources(s.Name) {
				open = OpenSourceToMove
			}
			source, err := open(ctx, s.Account, c.conn)
			return source, o.note(err)
		}
		if len(c.hooks) > 0 && s.Account.Kind != task.KindMaildir {
			var abandon func()
			open, abandon = ahead(ctx, open)
			ends = append(ends, abandon)
		}
		sources = append(sources, copier.SourceAccount{Name: s.Name, Open: open})
	}
	openTarget := func(ctx context.Context) (mail.Target, error) {
		open := OpenTarget
		if c.lookOnly {
			open = openTargetToLook
		}
		target, err := open(ctx, c.destination, c.conn)
		return target, o.note(err)
	}
	if len(c.hooks) > 0 && c.destination.Kind != task.KindMaildir {
		var abandon func()
		openTarget, abandon = ahead(ctx, openTarget)
		ends = append(ends, abandon)
	}
	chain, closeChain, err := c.shelf.chain(ctx, c.hooks, c.outside, c.run, c.conn.Log)
	if err != nil {
		done()
		return nil, nil, nil, err
	}
	ends = append(ends, closeChain)
	engine := copier.New(copier.Config{
		Sources: sources,
		Target:  openTarget,
		Ledger:  c.ledger,
		Hooks:   chain,
		Options: copier.Options{
			Spool: c.data.spool, Removal: c.removal, AllowReplace: c.allowReplace, RetryOutbox: c.retryOutbox, Pace: c.pace, Only: c.only,
			Overrides: c.overrides, Hold: c.hold,
		},
		Log:      c.conn.Log,
		Progress: c.progress,
	})
	return engine, o, done, nil
}

// opening remembers the first account that could not be opened.
type opening struct {
	mu  sync.Mutex
	err error
}

func (o *opening) note(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	return err
}

func (o *opening) trouble() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// executor runs tasks for the job queue.
type executor struct {
	store *store.Store
	shelf *shelf
	data  dataDir
	conn  ConnOptions
	// holds is an error once this node may not work for a run any more; nil is always.
	holds  func(runID string) error
	bound  Reach            // where accounts of bound tasks may be
	relays map[string]Relay // of plugins, by name
	seen   *metrics         // nil counts nothing
}

// execute runs the task of run from its beginning to its report. It never
// returns nil.
func (e *executor) execute(ctx context.Context, run task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report {
	report := e.executeRun(ctx, run, progress, log)
	e.seen.ran(report)
	return report
}

func (e *executor) executeRun(ctx context.Context, run task.Run, progress func(task.Progress), log func(task.LogLine)) *task.Report {
	started := time.Now()
	t, err := e.store.Credentials(ctx, run.TaskID)
	if err != nil {
		return failed(started, err)
	}
	conn, err := e.connect(t)
	conn.Log = runLogger(e.conn.Log.With("run", run.ID, "task", t.Name), log)
	options := newOptionsKeeper(e.store, run, t, conn.Log)
	defer options.keep(ctx) // as far as it came
	if err != nil {
		conn.Log.Error("not started", "error", err)
		return failed(started, err)
	}
	if e.holds != nil {
		conn.Holds = func() error { return e.holds(run.ID) }
	}
	conn.Log = runLogger(e.conn.Log.With("run", run.ID, "task", t.Name), log)
	if bound(t) {
		conn.Reach = &e.bound
		// The owner may have been an admin when the task was saved.
		if err := mayBe(ctx, e.store, t); err != nil {
			conn.Log.Error("not started", "error", err)
			return failed(started, as(ErrUsage, err))
		}
	}
	lost := &lostConsent{}
	conn.Tokens = lost.watch(conn.Tokens)
	bond, err := e.bind(ctx, t, run)
	if err != nil {
		conn.Log.Error("not started", "error", err)
		return failed(started, err)
	}
	options.binds(t, bond.plan)
	secrets, err := storedSecrets(ctx, e.store, t.Hooks)
	if err != nil {
		return failed(started, err)
	}
	cfg := engineConfig{
		sources: t.Sources, destination: t.Destination, hooks: t.Hooks,
		outside: outside{
			relays: e.relays, secrets: secrets, memory: memoryIn(e.store, t.ID), scripts: storedScripts(e.store, t.ID), loaded: options.loaded,
		},
		ledger: e.store.RunLedger(store.TicketOf(run), t.ID), shelf: e.shelf, data: e.data, conn: conn, progress: progress,
		run: plugin.RunInfo{Task: t.Name, ID: run.ID}, overrides: t.Overrides, hold: bond.hold,
	}
	if len(run.Only) > 0 {
		cfg.only = func(source, folder string) bool {
			return slices.Contains(run.Only, task.SourceFolder{Source: source, Folder: folder})
		}
	}
	if cfg.removal, err = removalOf(t); err != nil {
		return failed(started, as(ErrUsage, err))
	}
	cfg.allowReplace = t.Removal.Replace
	cfg.writeSources = func(source string) bool { return cfg.removal.Sources[source].Delete }
	cfg.pace = new(copier.Pace)
	defer followPace(ctx, e.store, run.ID, cfg.pace, conn.Log)()
	engine, _, done, err := cfg.build(ctx)
	if err != nil {
		conn.Log.Error("not started", "error", err)
		return failed(started, err)
	}
	defer done()
	if err := bond.agrees(basisOf(t, engine.Digest())); err != nil {
		conn.Log.Error("not started", "error", err)
		return failed(started, err)
	}
	options.keep(ctx)
	report := engine.Run(ctx)
	lost.await(report)
	bond.conclude(context.WithoutCancel(ctx), report, conn.Log)
	return report
}

// failed is the report of a run that did not begin.
func failed(started time.Time, err error) *task.Report {
	return &task.Report{Outcome: OutcomeOf(err), Cause: Sentence(err), Started: started, Ended: time.Now()}
}
