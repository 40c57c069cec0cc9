package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
	"github.com/mailweir/mailweir/host/task"
)

const casesHelp = `A file of cases is YAML:

  config: {lists: Mailing lists}       # the configuration; a case may have its own
  cases:
    - name: junk stays behind
      folder: {name: Spam, use: Junk}  # also source, target, messages, subscribed
      want: {verdict: skip, note: junk stays behind}
    - name: a mailing list
      message: {eml: list.eml, folder: INBOX, flags: [\Seen]}  # also source, use, target, uid, date
      want: {target: Mailing lists}    # also flags, date
    - name: a configuration that is refused
      config: {lists: 7}
      folder: {name: INBOX}
      want: {error: configuration}     # the plugin fails with a sentence that holds this

Beside config, "grants: [kv, http:api.example/POST]" gives what the plugin asks for, as
in a dry run: what it would send only goes into its log.

What want does not name stays as it was: the verdict is pass, and target, flags and
date are those of the question, and so is the message, byte for byte. Only note and
doors are not looked at unless they are named. A message is asked about as in a copy:
before the download, as a whole, and what is stored in its place:

    - name: a field that is taken out
      message: {eml: list.eml}
      want: {header: {X-Spam: null, Subject: Hello}}  # decoded; the rest stays as it is
    - name: refused twice
      message: {eml: bad.eml, raw: true, attempt: 2, refusal: NO}  # asks rewrite_message only
      want: {eml: good.eml}            # what is stored; raw: the files' bytes as they are

All other hooks are asked by their names; what is left out has a default:

      map_flags: {target: INBOX, flags: [Junk], kept: [$Junk]}     # want: flags
      message_key: {eml: list.eml, side: target}                   # want: key
      on_conflict: {eml: list.eml, there: {size: 7, date: 2024-01-01, flags: [\Seen], uid: 1}}
                                       # verdict pass, skip, defer, copy or replace
      after_message: {eml: list.eml, attempt: 0, once_key: k, stored: {uid: 7, size: 99}}
                                       # verdict pass, skip, or defer and after: 10m
      before_task: plan.json           # verdict pass, skip, defer or stop
      after_folder: folder.json        # what report() gives is in the file
      after_task: report.json
      on_error: {stage: append, kind: quota, text: full, attempt: 1, folder: INBOX, uid: 7}

want of every case may have "doors: ['http: POST https://api.example']": what would have
been sent or remembered, in its order; each holds the text that is given, [] is nothing.`

func pluginTest(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var cases string
	var log logFlag
	cmd := &cobra.Command{
		Use:   "test [DIR | FILE.wasm | FILE.js]",
		Short: "Asks a plugin or script what a file of cases expects of it",
		Long: `Runs a plugin or script in the host of a copy, with its limits, and asks it what a
file of cases expects. The plugin in a folder is built first. Without --cases the file
is tests/cases.yaml beside the plugin.

` + casesHelp + "\n\n" + pluginExitHelp,
		Example: `  mailweir plugin test
  mailweir plugin test newsletters.wasm --cases more.yaml`,
		Args: optionalArgument("DIR or FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				run := tested{w: t.out, path: argumentOr(args, "."), log: log > 0}
				err := a.TestPlugin(cmd.Context(), app.PluginQuestion{Path: run.path, Level: log.level()}, cases, run.tell)
				if err != nil {
					return t.compilerSays(err)
				}
				return run.end()
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&cases, "cases", "", "`FILE` of cases (default tests/cases.yaml beside the plugin)")
	log.add(cmd.Flags())
	return cmd
}

// logFlag is -v of verbs that show what a plugin logs.
type logFlag int

func (l *logFlag) add(flags *pflag.FlagSet) {
	flags.CountVarP((*int)(l), "verbose", "v", "show what the plugin logs; twice for its debug lines")
}

func (l logFlag) level() slog.Level {
	if l > 1 {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// tested prints one line a case, and counts.
type tested struct {
	w    io.Writer
	path string
	log  bool

	cases, failed int
	ticks, limit  int64 // of the case that came nearest to its limit
}

func (r *tested) tell(c kit.Tested) {
	r.cases++
	if c.Limit > 0 && (r.limit == 0 || c.Ticks*r.limit > r.ticks*c.Limit) {
		r.ticks, r.limit = c.Ticks, c.Limit
	}
	if c.Passed {
		fmt.Fprintf(r.w, "ok    %s: %s\n", plain(c.Name), plain(c.Got))
	} else {
		r.failed++
		fmt.Fprintf(r.w, "FAIL  %s: want %s; got %s\n", plain(c.Name), plain(c.Want), plain(c.Got))
	}
	if r.log {
		printLog(r.w, c.Log)
	}
}

func printLog(w io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(w, "        %s\n", plain(line))
	}
}

func (r *tested) end() error {
	if r.failed > 0 {
		return &ended{outcome: task.OutcomeListed, cause: fmt.Sprintf("%d of %d cases failed", r.failed, r.cases)}
	}
	_, err := fmt.Fprintf(r.w, "ok    %d cases, at most %s of %s ticks\n", r.cases, number(r.ticks), number(r.limit))
	return err
}
