package copier

import (
	"context"
	"log/slog"
	"time"

	"github.com/mailweir/mailweir/host/mail"
	"github.com/mailweir/mailweir/host/task"
)

// SourceAccount is one of the accounts to copy from. Open connects; the Copier
// closes what it opened.
type SourceAccount struct {
	Name string // part of the ledger's identity
	Open func(ctx context.Context) (mail.Source, error)
}

// Config is everything a [Copier] needs.
type Config struct {
	Sources  []SourceAccount
	Target   func(ctx context.Context) (mail.Target, error) // connects; the Copier closes it
	Ledger   Ledger
	Hooks    Hooks // nil has no opinion
	Options  Options
	Log      *slog.Logger        // nil is silent
	Progress func(task.Progress) // nil for none; called by one goroutine at a time, must not block for long
}

// Copier copies the messages of one task. It holds nothing between two runs.
type Copier struct{ cfg Config }

// New returns a Copier. It does no I/O.
func New(cfg Config) *Copier {
	cfg.Options.applyDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Hooks == nil {
		cfg.Hooks = noHooks{}
	}
	if cfg.Progress == nil {
		cfg.Progress = func(task.Progress) {}
	}
	return &Copier{cfg: cfg}
}

// Digest is that of the hooks; see [Hooks].
func (c *Copier) Digest() string { return c.cfg.Hooks.Digest() }

// Filters reports whether hooks decide about single messages.
func (c *Copier) Filters() bool {
	return c.cfg.Hooks.Asks(HookFilterEnvelope) || c.cfg.Hooks.Asks(HookFilterMessage)
}

// Run copies once and returns what came of it, never nil. Every error becomes
// part of the report. When ctx ends, what is recorded so far is kept and the
// next run goes on.
func (c *Copier) Run(ctx context.Context) *task.Report {
	started := time.Now()
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := newRun(c.cfg, stop)
	quiet := r.watch()

	r.end(ended(ctx, work, guarded(func() error { return r.copy(work) })))
	r.hangUp()
	r.askAboutRun(ctx)
	if !r.opts.DryRun {
		r.countOutbox(context.WithoutCancel(ctx))
	}

	r.tally.enter(task.PhaseDone)
	r.warnings.note(r.tally)
	report := r.tally.report(r.troubles(), ctx.Err())
	report.Started, report.Ended, report.DryRun = started, time.Now(), c.cfg.Options.DryRun
	r.sayEnd(ctx, report)
	quiet()
	report.Trail = r.meter.trail.points
	r.log.Info("run ended", "outcome", report.Outcome, "cause", report.Cause, "copied", report.Counts.Copied,
		"present", report.Counts.Present, "skipped", report.Counts.Skipped, "held", report.Counts.Held, "failed", report.Counts.Failed)
	return report
}

// copy is the way of a run from its first connection to its last message.
func (r *run) copy(ctx context.Context) error {
	r.tally.enter(task.PhaseConnect)
	if err := r.connect(ctx); err != nil {
		return err
	}
	r.tally.enter(task.PhasePlan)
	jobs, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if r.opts.DryRun {
		return r.foresee(ctx, jobs)
	}
	if begin, err := r.askBefore(ctx, jobs); err != nil || !begin {
		return err
	}
	if err := r.openOutbox(ctx); err != nil {
		return err
	}
	r.tally.enter(task.PhaseTransfer)
	before := r.lives()
	r.messenger.begin(ctx)
	r.transfer(ctx, jobs)
	if r.messenger != nil {
		r.tally.enter(task.PhaseDeliver)
	}
	r.messenger.finish()
	if !r.opts.Removal.any() || r.opts.Only != nil {
		return nil
	}
	r.tally.enter(task.PhaseDelete)
	return r.remove(ctx, jobs, before)
}
