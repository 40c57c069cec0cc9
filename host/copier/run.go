package copier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// A run is one pass of a Copier over its accounts.
type run struct {
	cfg   Config
	opts  Options
	hooks Hooks
	rules string // digest of everything that decides whether a message is copied
	log   *slog.Logger
	stop  context.CancelCauseFunc // ends the run for a reason of its own

	sources  []*source // also those that could not be opened: what they own at the target is theirs
	target   mail.Target
	targets  *targetFolders
	tally    *tally
	crates   crates
	flagMaps flagMaps
	verdicts verdicts

	meter     *meter     // of the progress
	messenger *messenger // nil when nobody wants to be told of copied messages
	warnings  warnings

	mu   sync.Mutex // guards errs and the pairs of all sources
	errs []error
}

// A source is one account to copy from, with what the ledger knows of it.
type source struct {
	name    string
	account mail.Source
	folders []mail.Folder
	pairs   []*Pair // guarded by run.mu

	mu   sync.Mutex
	gone error // why the account was given up, if it was
}

func newRun(cfg Config, stop context.CancelCauseFunc) *run {
	r := &run{
		cfg: cfg, opts: cfg.Options, rules: cfg.Hooks.Digest(), log: cfg.Log,
		stop: stop, tally: &tally{dry: cfg.Options.DryRun},
	}
	r.hooks = &stopping{cfg.Hooks, r}
	return r
}

// watch sends progress until the returned function is called, which sends the
// last report.
func (r *run) watch() (quiet func()) {
	m := &meter{tally: r.tally, send: r.cfg.Progress}
	r.meter = m
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { m.run(r.opts.ProgressEvery, done) })
	return func() { close(done); wg.Wait() }
}

// end remembers why the run, or one account, ended early.
func (r *run) end(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

func (r *run) troubles() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.errs
}

// connect reads the ledger, opens all accounts at once and lists their folders. A
// source that fails is remembered and left out; without the target there is
// nothing to do.
func (r *run) connect(ctx context.Context) error {
	for _, account := range r.cfg.Sources {
		s := &source{name: account.Name}
		pairs, err := r.cfg.Ledger.Pairs(ctx, s.name)
		if err != nil {
			return ledgerFault(ctx, err)
		}
		for _, p := range pairs {
			s.pairs = append(s.pairs, &p)
		}
		r.sources = append(r.sources, s)
	}
	var wg sync.WaitGroup
	for i, account := range r.cfg.Sources {
		s := r.sources[i]
		wg.Go(func() {
			if err := guarded(func() error { return s.open(ctx, account) }); err != nil {
				s.giveUp(err)
				r.log.Error("source not opened", "source", s.name, "error", err)
				r.end(fmt.Errorf("source %s: %w", s.name, err))
				return
			}
			r.log.Info("source opened", "source", s.name, "folders", len(s.folders), "pairs", len(s.pairs))
		})
	}
	var failed error
	wg.Go(func() { failed = guarded(func() error { return r.openTarget(ctx) }) })
	wg.Wait()
	if failed != nil {
		r.log.Error("destination not opened", "error", failed)
		return fmt.Errorf("destination: %w", failed)
	}
	r.opts.settle(r.roundTrip())
	return nil
}

// accounts are all that are open.
func (r *run) accounts() []mail.Source {
	all := []mail.Source{r.target}
	for _, s := range r.sources {
		if s.account != nil {
			all = append(all, s.account)
		}
	}
	return all
}

// roundTrip is that of the account which is farthest away.
func (r *run) roundTrip() (longest time.Duration) {
	for _, a := range r.accounts() {
		if far, ok := a.(mail.Distant); ok {
			longest = max(longest, far.RoundTrip())
		}
	}
	return longest
}

func (s *source) open(ctx context.Context, account SourceAccount) error {
	opened, err := account.Open(ctx)
	if err != nil {
		return sourceErr(err)
	}
	s.account = opened
	s.folders, err = opened.Folders(ctx)
	return sourceErr(err)
}

func (r *run) openTarget(ctx context.Context) error {
	opened, err := r.cfg.Target(ctx)
	if err != nil {
		return targetErr(err)
	}
	r.target = opened
	folders, err := opened.Folders(ctx)
	if err != nil {
		return targetErr(err)
	}
	r.targets = newTargetFolders(opened, folders)
	r.log.Info("destination opened", "folders", len(folders))
	return nil
}

// hangUp closes all accounts. What they have to say about it changes nothing
// anymore.
func (r *run) hangUp() {
	var wg sync.WaitGroup
	for _, s := range r.sources {
		if s.account == nil {
			continue
		}
		wg.Go(func() {
			if err := s.account.Close(); err != nil {
				r.log.Debug("close source", "source", s.name, "error", err)
			}
		})
	}
	if r.target != nil {
		if err := r.target.Close(); err != nil {
			r.log.Debug("close destination", "error", err)
		}
	}
	wg.Wait()
}

// lost returns why the source was given up, or nil.
func (s *source) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// giveUp marks the source as lost and reports whether it was not before.
func (s *source) giveUp(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.gone == nil
	if first {
		s.gone = err
	}
	return first
}

// judge decides how far an error of one folder reaches: the folder, the source,
// or the whole run.
func (r *run) judge(ctx context.Context, j *job, err error) {
	if err == nil {
		r.tally.conclude(j.row, nil)
		return
	}
	if cause := context.Cause(ctx); cause != nil {
		// Somebody, or another folder, ended the run; what went wrong here is only
		// the consequence.
		if isAny(cause, context.Canceled, context.DeadlineExceeded) {
			cause = errors.New("the run was stopped before this folder was finished")
		}
		r.tally.conclude(j.row, cause)
		return
	}
	r.log.Error("folder not finished", "source", j.source.name, "folder", j.folder.Name, "error", err)
	r.tally.conclude(j.row, err)
	// What takes the account along, hooks are asked about when the run ends.
	if !fatal(err) && !isAny(err, ErrLedger, mail.ErrQuota, errBug) && j.source.lost() == nil {
		r.troubleWithFolder(ctx, j, stageOf(err), err)
	}
	switch {
	case errors.Is(err, ErrLedger), errors.Is(err, ErrStop), errors.Is(err, mail.ErrQuota), fatal(err) && !ofSource(err):
		r.end(err)
		r.stop(err)
	case fatal(err):
		if j.source.giveUp(err) {
			r.end(fmt.Errorf("source %s: %w", j.source.name, err))
		}
	case OutcomeOf(err) == task.OutcomeBug:
		r.end(err)
	}
}
