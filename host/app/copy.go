package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/task"
)

// CopyOptions say what one copy from the command line is about.
type CopyOptions struct {
	Sources     []task.Source // passwords included
	Destination task.Account
	Data        string                  // data directory; it is made when it is missing
	Name        string                  // identity in the ledger; "" is DefaultName
	Hooks       []task.Hook             // Plugin is the path of a .wasm or .js file, or the name of a shipped plugin
	Configs     map[string]string       // plugin ID, or name of a script's file, to its configuration in JSON
	OnErrors    map[string]task.OnError // the same to what becomes of what the plugin fails at
	Merges      map[string]task.Merges  // and to what becomes of folders that it merges
	// Grants are what plugins may do, by plugin ID or name of a script's file. Relays and
	// Secrets are what there is for those that may send mail or requests; stored secrets
	// are there, too, and opened with a key that comes from Getenv.
	Grants      map[string][]task.Grant
	Relays      map[string]Relay
	Secrets     []task.Secret
	Getenv      func(string) string // nil is an empty environment
	RetryOutbox bool                // plugins are told at once of what they were told in vain

	Removal copier.Removal // what is deleted once everything is copied; the zero value is nothing
	// AllowReplace lets plugins replace messages at the destination.
	AllowReplace bool
	Timeout      time.Duration // bounds each wait for a server; 0 is the default
	Log          *slog.Logger
	Progress     func(task.Progress) // may be nil
}

// Result is how a copy ended.
type Result struct {
	Report *task.Report // never nil
	// Err is the error of the account that could not be opened, if that is what
	// ended the copy: it says more about the kind of trouble than the report.
	Err error
}

// Copy copies now. The error says why the copy did not begin; everything that
// happens later is in the result. When ctx ends, what has been copied is recorded
// and the outcome is [task.OutcomeStopped].
func Copy(ctx context.Context, o CopyOptions) (*Result, error) {
	b, err := openBench(ctx, &o, o.Removal.AtSource, nil)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	report := b.engine.Run(ctx)
	result := &Result{Report: report}
	if err := b.opening.trouble(); err != nil && strings.Contains(report.Cause, err.Error()) {
		result.Err = err
	}
	report.Cause = withoutName(report.Cause)
	return result, nil
}

// withoutName leaves out the name of a source that was given none.
func withoutName(cause string) string {
	if rest, ok := strings.CutPrefix(cause, "source "+SoleSource+": "); ok {
		return "source: " + rest
	}
	return cause
}

// Plan says what Copy would do, and changes nothing on either side.
func Plan(ctx context.Context, o CopyOptions) (*copier.Plan, error) {
	var would dryRun
	b, err := openBench(ctx, &o, false, would.record)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	plan, err := b.engine.Plan(ctx)
	if plan != nil {
		plan.Notes = append(plan.Notes, would.notes()...)
	}
	return plan, err
}

// Verify compares both sides message by message, and changes nothing on either.
func Verify(ctx context.Context, o CopyOptions) (*copier.VerifyReport, error) {
	b, err := openBench(ctx, &o, false, func(_, _, _ string) {})
	if err != nil {
		return nil, err
	}
	defer b.Close()
	report, err := b.engine.Verify(ctx)
	if report != nil {
		report.Cause = withoutName(report.Cause)
	}
	return report, err
}

// bench is everything that one copy needs, set up.
type bench struct {
	engine  *copier.Copier
	opening *opening
	closers []func()
}

// Close takes the bench down in the reverse order.
func (b *bench) Close() {
	for i := len(b.closers) - 1; i >= 0; i-- {
		b.closers[i]()
	}
}

// openBench sets up everything. Only with writeSources can anything at the sources
// be changed. With record, plugins do nothing outside, and record is told what they
// would have done.
func openBench(ctx context.Context, o *CopyOptions, writeSources bool, record func(plugin, door, what string)) (_ *bench, err error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Name == "" {
		o.Name = DefaultName(o.Sources, o.Destination)
	}
	if err := ValidName(o.Name); err != nil {
		return nil, err
	}
	valid := task.Task{Name: o.Name, Sources: o.Sources, Destination: o.Destination}
	if err := valid.Validate(); err != nil {
		return nil, as(ErrUsage, err)
	}
	if o.Removal.AtSource && o.Removal.AtTarget {
		return nil, as(ErrUsage, errors.New("a copy that deletes at the source can not mirror deletions as well: "+
			"the copies of what it has moved would hang on the ledger alone"))
	}
	data, err := openDataDir(o.Data)
	if err != nil {
		return nil, err
	}
	b := &bench{}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	unlock, err := data.lockCopy(o.Name)
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, unlock)
	shelf := newShelf(data)
	b.closers = append(b.closers, func() { _ = shelf.Close(context.WithoutCancel(ctx)) })
	hooks, err := shelf.configure(o.Hooks, o)
	if err != nil {
		return nil, err
	}
	if hooks, err = shelf.grant(hooks, o.Grants); err != nil {
		return nil, err
	}
	db, err := data.openStoreFor(ctx, hooks, o.Getenv)
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, func() {
		if err := db.Close(); err != nil {
			o.Log.Warn("close the database", "error", err)
		}
	})
	outside, err := o.outsideOf(ctx, db, hooks)
	if err != nil {
		return nil, err
	}
	outside.dry, outside.record = record != nil, record
	cfg := engineConfig{
		sources: o.Sources, destination: o.Destination, hooks: hooks, outside: outside,
		ledger: db.Ledger(o.Name), shelf: shelf, data: data, removal: o.Removal, allowReplace: o.AllowReplace, writeSources: func(string) bool { return writeSources },
		retryOutbox: o.RetryOutbox, run: plugin.RunInfo{Task: o.Name, ID: newRunID(), DryRun: record != nil},
		conn: ConnOptions{Timeout: o.Timeout, Log: o.Log}, progress: o.Progress,
	}
	engine, opening, done, err := cfg.build(ctx)
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, done)
	b.engine, b.opening = engine, opening
	return b, nil
}

// newRunID identifies a run that no database knows.
func newRunID() string { return "run-" + rand.Text() }
