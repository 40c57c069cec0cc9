package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func verifyCommand(t *terminal) *cobra.Command {
	f := &copyFlags{}
	cmd := &cobra.Command{
		Use:   "verify --from URL --to URL",
		Short: "Compares both sides message by message",
		Long: `Reads every message on both sides and compares them byte for byte, with flags and
dates. Nothing is changed. The folders are paired as a copy with the same options
would pair them. Exit status 3 says that something is missing or differs.

` + urlHelp + "\n\n" + passwordHelp + "\n\n" + hookHelp + "\n\n" + grantHelp + "\n\n" + exitHelp,
		Example: `  mailweir verify --from imaps://ann@old.example --to imaps://ann@new.example`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			unmapStart()
			err := f.verify(cmd.Context(), t)
			return f.reported(t, err, false)
		},
	}
	f.add(cmd.Flags())
	return cmd
}

// reported makes sure that the output of --json ends with a report, also when the
// verb came to nothing.
func (f *copyFlags) reported(t *terminal, err error, dryRun bool) error {
	var e *ended
	if err == nil || !f.json || errors.As(err, &e) && e.reported {
		return err
	}
	outcome, _ := outcomeOf(err)
	r := &task.Report{Outcome: outcome, Cause: app.Sentence(err), DryRun: dryRun}
	return errors.Join(err, newJSONLines(t.out).enc.Encode(r.Line()))
}

func (f *copyFlags) verify(ctx context.Context, t *terminal) error {
	o, err := f.options(t)
	if err != nil {
		return err
	}
	if o.Sources, o.Destination, err = f.accounts.both(ctx, t); err != nil {
		return err
	}
	o.Log = f.verbose.logger(t.err)
	report, err := app.Verify(ctx, o)
	if err != nil {
		return err
	}
	if f.json {
		err = newJSONLines(t.out).verify(report)
	} else {
		err = printVerify(t.out, report)
	}
	if err != nil || report.Outcome == task.OutcomeDone {
		return err
	}
	return &ended{outcome: report.Outcome, cause: report.Cause, reported: true}
}
