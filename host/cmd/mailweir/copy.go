package main

import (
	"context"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const hookHelp = `Plugins and scripts decide where folders go and which messages are copied; they
can also map flags, rewrite messages, and say what is the same at both sides.
--plugin takes the path of a .wasm file, or folder-rules, which is shipped;
--script takes the path of a .js file. They are asked in the order of the command
line. --plugin-config gives the plugin with that ID, or the script in a file of
that name, a JSON file. What a plugin fails at is held and tried again in the next
run; --plugin-on-error ID=ignore copies it as if the plugin was not there, and
ID=stop ends the run. A plugin that fails 20 times in a row, or at more than 5% of
200 questions or more, ends the run, too, unless it is ignored. A folder that a plugin
puts where another folder goes is merged with it and reported; --plugin-merges
ID=refuse holds it instead. A script is functions in JavaScript: mapFolder(folder),
filterEnvelope(msg), filterMessage(msg).
Plugins may also want to be told of each copied message, and are, at least once;
what could not be told waits for the next run, or for --retry-outbox.`

func copyCommand(t *terminal) *cobra.Command {
	f := &copyFlags{}
	var removal removalFlags
	var dryRun, replace, retryOutbox bool
	cmd := &cobra.Command{
		Use:   "copy --from URL --to URL",
		Short: "Copies all folders of one or more accounts into another, now",
		Long: `Copies all folders of one or more accounts into another one, now. Messages keep
their bytes, flags, keywords and dates; nothing at the source changes, unless
--delete-source asks for it. What was copied is remembered in the ledger, so that
the next run copies only what is new and carries changed flags over.

` + urlHelp + "\n\n" + passwordHelp + "\n\n" + hookHelp + "\n\n" + grantHelp + "\n\n" + relayHelp + "\n\n" + removalHelp + "\n\n" + exitHelp,
		Example: `  mailweir copy --from imaps://ann@old.example --to imaps://ann@new.example
  mailweir copy --dry-run --from imaps://ann@old.example --to maildir:///srv/ann
  mailweir copy --name ann --from office=imaps://ann@a.example --from home=imaps://ann@b.example \
      --to imaps://ann@new.example --plugin folder-rules --plugin-config folder-rules=rules.json
  mailweir copy --from imaps://ann@old.example --to imaps://ann@new.example --plugin webhook.wasm \
      --grant webhook=http:hooks.example/POST --secret token@hooks.example=token.txt
  mailweir copy --dry-run --delete-source-after 30d --from imaps://ann@work.example --to maildir:///srv/ann
  mailweir copy --delete-source --max-delete 100% --from imaps://ann@old.example --to imaps://ann@new.example
  mailweir copy --mirror-deletions --grace 14d --from imaps://ann@main.example --to imaps://ann@backup.example`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			unmapStart()
			err := f.copy(cmd.Context(), t, removal, replace, dryRun, retryOutbox)
			return f.reported(t, err, dryRun)
		},
	}
	f.add(cmd.Flags())
	removal.add(cmd.Flags())
	cmd.Flags().BoolVar(&replace, "allow-replace", false, "let plugins replace messages at the destination by those of the source")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the plan and change nothing")
	cmd.Flags().BoolVar(&retryOutbox, "retry-outbox", false, "tell plugins at once of copied messages that they were told of in vain, also of those that were given up")
	return cmd
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is not expected; accounts are given with --from and --to", args[0])
	}
	return nil
}

func (f *copyFlags) copy(ctx context.Context, t *terminal, removal removalFlags, replace, dryRun, retryOutbox bool) error {
	o, err := f.options(t)
	if err != nil {
		return err
	}
	o.RetryOutbox = retryOutbox
	if o.Removal, err = removal.removal(); err != nil {
		return err
	}
	o.AllowReplace = replace
	if o.Sources, o.Destination, err = f.accounts.both(ctx, t); err != nil {
		return err
	}
	if dryRun {
		return f.plan(ctx, t, o)
	}
	lines := newJSONLines(t.out)
	var watchers []func(task.Progress)
	if f.json {
		watchers = append(watchers, lines.progress)
	}
	log, quiet := t.err, func() {}
	if isTerminal(t.err) {
		bar := newProgressBar(t.err)
		defer bar.close()
		watchers = append(watchers, bar.show)
		log, quiet = bar, bar.close
	}
	o.Log = f.verbose.logger(log)
	o.Progress = func(p task.Progress) {
		for _, show := range watchers {
			show(p)
		}
	}
	keepSmall(t)
	result, err := app.Copy(ctx, o)
	quiet() // before anything else is printed
	if err != nil {
		return err
	}
	report := result.Report
	if f.json {
		err = lines.report(report)
	} else {
		err = printReport(t.out, report)
	}
	if err != nil {
		return err
	}
	if report.Outcome == task.OutcomeDone {
		return nil
	}
	return &ended{outcome: report.Outcome, cause: report.Cause, err: result.Err, reported: true}
}

// keepSmall has garbage collected early, unless GOGC says how often. Mail travels in
// memory that is used again; what else a copy allocates is little, so that this
// costs next to nothing and saves some MB.
func keepSmall(t *terminal) {
	if t.getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
}

// plan prints what a copy would do.
func (f *copyFlags) plan(ctx context.Context, t *terminal, o app.CopyOptions) error {
	o.Log = f.verbose.logger(t.err)
	plan, err := app.Plan(ctx, o)
	if err != nil {
		return err
	}
	if f.json {
		return newJSONLines(t.out).plan(plan)
	}
	return printPlan(t.out, plan)
}
