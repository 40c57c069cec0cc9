package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/plugin"
	"github.com/mailweir/mailweir/host/store"
	"github.com/mailweir/mailweir/host/task"
)

// CopyOptions say what one copy from the command line is about.
type CopyOptions struct {
	Sources     []task.Source // passwords included
	Destination task.Account
	Data        string            // data directory; it is made when it is missing
	Name        string            // identity in the ledger; "" is DefaultName
	Hooks       []task.Hook       // Plugin is the path of a .wasm or .js file, or the name of a shipped plugin
	Configs     map[string]string // plugin ID, or name of a script's file, to its configuration in JSON
	RetryOutbox bool              // plugins are told at once of what they were told in vain
	Removal     copier.Removal    // what is deleted once everything is copied; the zero value is nothing
	Timeout     time.Duration     // bounds each wait for a server; 0 is the default
	Log         *slog.Logger
	Progress    func(task.Progress) // may be nil
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
	b, err := openBench(ctx, &o, o.Removal.AtSource, false)
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
	b, err := openBench(ctx, &o, false, true)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.engine.Plan(ctx)
}

// Verify compares both sides message by message, and changes nothing on either.
func Verify(ctx context.Context, o CopyOptions) (*copier.VerifyReport, error) {
	b, err := openBench(ctx, &o, false, true)
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
// be changed; with dryRun nothing is.
func openBench(ctx context.Context, o *CopyOptions, writeSources, dryRun bool) (_ *bench, err error) {
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
	db, err := data.openStore(ctx, nil)
	if err != nil {
		return nil, err
	}
	b.closers = append(b.closers, func() {
		if err := db.Close(); err != nil {
			o.Log.Warn("close the database", "error", err)
		}
	})
	shelf := newShelf(data)
	b.closers = append(b.closers, func() { _ = shelf.Close(context.WithoutCancel(ctx)) })
	hooks, err := shelf.configure(o.Hooks, o.Configs)
	if err != nil {
		return nil, err
	}
	cfg := engineConfig{
		sources: o.Sources, destination: o.Destination, hooks: hooks,
		ledger: db.Ledger(o.Name), shelf: shelf, data: data, removal: o.Removal, writeSources: writeSources, retryOutbox: o.RetryOutbox,
		run:  plugin.RunInfo{Task: o.Name, ID: newRunID(), DryRun: dryRun},
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

// openStore opens the database of the data directory, one process at a time.
func (d dataDir) openStore(ctx context.Context, box store.Sealer) (*store.Store, error) {
	unlock, err := d.lockOpening(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return store.Open(ctx, filepath.Join(string(d), store.FileName), box)
}

// newRunID identifies a run that no database knows.
func newRunID() string { return "run-" + rand.Text() }
