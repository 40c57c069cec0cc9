package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const ownPasswordHelp = `The password is never given on the command line. It comes from --password-file F (the
first line of F), from MAILWEIR_PASSWORD, or from a prompt on the terminal.`

const passwordVariable = "MAILWEIR_PASSWORD"

// registryFlags are those of all verbs that look at or change what tasks come from.
type registryFlags struct {
	keepFlags
	timeout time.Duration
	json    bool
	verbose verbose
}

func (f *registryFlags) add(flags *pflag.FlagSet) {
	f.keepFlags.add(flags)
	f.verbose.add(flags)
}

// addServer adds the flags of verbs that talk to a server.
func (f *registryFlags) addServer(flags *pflag.FlagSet) {
	flags.DurationVar(&f.timeout, "timeout", defaultTimeout, "longest wait for the server, such as 90s or 5m")
}

func (f *registryFlags) addJSON(flags *pflag.FlagSet, what string) {
	flags.BoolVar(&f.json, "json", false, "print one JSON object "+what)
}

// with opens the database for as long as do takes.
func (f *registryFlags) with(ctx context.Context, t *terminal, do func(*app.Registry) error) (err error) {
	o, err := f.withDatabase(t)
	if err != nil {
		return err
	}
	r, err := app.OpenRegistry(ctx, app.RegistryOptions{KeepOptions: o, Timeout: f.timeout, Log: f.verbose.logger(t.err)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err = do(r); errors.Is(err, context.Canceled) {
		err = &ended{outcome: task.OutcomeStopped, cause: "stopped"}
	}
	return err
}

// group is a verb that has verbs of its own.
func group(use, short, long, example string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + "\n\n" + exitHelp, Example: example,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir %s\"", args[0], use)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// hasPassword reports whether a password can be had without asking in vain.
func (t *terminal) hasPassword(file string) bool {
	in, ok := t.in.(*os.File)
	return file != "" || t.getenv(passwordVariable) != "" || ok && term.IsTerminal(int(in.Fd()))
}

// printJSON writes one object a line, with its type.
func (t *terminal) printJSON(kind string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	rest := strings.TrimPrefix(string(text), "{")
	if rest != "}" {
		rest = "," + rest
	}
	_, err = fmt.Fprintf(t.out, "{\"type\":%q%s\n", kind, rest)
	return err
}

// printTest says how testing an account went, and ends with its outcome.
func (t *terminal) printTest(name string, test *app.AccountTest, asJSON bool) error {
	if asJSON {
		if err := t.printJSON("test", test); err != nil {
			return err
		}
	} else if test.OK {
		fmt.Fprintf(t.out, "%s: %s\n", plain(name), plain(test.Sentence))
		printHints(t.out, test.Report)
	}
	if test.OK {
		return nil
	}
	for _, h := range test.Hints {
		if h.Remedy != "" && !asJSON {
			fmt.Fprintf(t.err, "  %s %s\n", plain(h.Text), plain(h.Remedy))
		}
	}
	return &ended{outcome: test.Outcome, cause: test.Sentence, reported: asJSON}
}

// printHints shows what is known of the provider, and what may go wrong.
func printHints(w io.Writer, r *app.CheckReport) {
	line := func(name, text, remedy string) {
		if remedy != "" {
			text += " " + remedy
		}
		fmt.Fprintf(w, "  %-13s %s\n", name, plain(text))
	}
	if p := r.Provider; p != nil {
		text := p.Name
		var limits []string
		if p.Limits.Connections > 0 {
			limits = append(limits, fmt.Sprintf("%d connections", p.Limits.Connections))
		}
		if p.Limits.MessageBytes > 0 {
			limits = append(limits, "messages up to "+size(p.Limits.MessageBytes))
		}
		if p.Limits.DownloadPerDay > 0 {
			limits = append(limits, size(p.Limits.DownloadPerDay)+" down and "+size(p.Limits.UploadPerDay)+" up a day")
		}
		if len(limits) > 0 {
			text += " (" + strings.Join(limits, ", ") + ")"
		}
		line("provider", text, "")
		for _, h := range p.Hints {
			line("note", h.Text, h.Remedy)
		}
	}
	for _, h := range r.Warnings {
		line("warning", h.Text, h.Remedy)
	}
}

// at says when something was, in a column.
func at(when time.Time) string {
	if when.IsZero() {
		return "never"
	}
	return when.Local().Format("2006-01-02 15:04")
}

// interval reads 15m, 6h or 1d.
func interval(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		text = days + "h"
		d, err := time.ParseDuration(text)
		return 24 * d, err
	}
	return time.ParseDuration(text)
}
