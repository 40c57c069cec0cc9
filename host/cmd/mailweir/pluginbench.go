package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
)

func pluginBench(t *terminal) *cobra.Command {
	f := &questionFlags{}
	var n int
	cmd := &cobra.Command{
		Use:   "bench FILE --eml FILE",
		Short: "Asks a plugin or script often, and shows what it takes",
		Long: `Asks each hook of a plugin or script many times about one folder and one message.
Shows the time of a call (median, and what 99 of 100 calls do not exceed), the most
ticks and calls of the host that one call took, and the memory of the instance. Ticks
are the same on every machine; time is that of this one. FILE may be a folder, which
is built first. --question puts another question, as a case of "mailweir plugin test"
does.

` + pluginExitHelp,
		Example: `  mailweir plugin bench newsletters.wasm --eml tests/list.eml -n 50000
  mailweir plugin bench newsletters.wasm --question 'on_conflict: {eml: tests/list.eml}'`,
		Args: oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.eml == "" && f.other == "" {
				return usagef("--eml FILE is missing")
			}
			other, err := f.another(cmd)
			if err != nil {
				return err
			}
			if n < 1 {
				return usagef("-n: %d is no number of calls", n)
			}
			q, folder, err := f.question(t, args[0])
			if err != nil {
				return err
			}
			if f.live {
				return usagef("--live: a benchmark opens no doors")
			}
			return f.author.with(cmd.Context(), t, func(a *app.Author) error {
				var figures []kit.Figures
				var err error
				if other != nil {
					figures, err = a.BenchQuestion(cmd.Context(), q, other, n)
				} else {
					figures, err = a.BenchPlugin(cmd.Context(), q, folder, f.message(), n)
				}
				if err != nil {
					return t.compilerSays(err)
				}
				return printFigures(t.out, figures)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().IntVarP(&n, "number", "n", 10_000, "`NUMBER` of calls of each hook")
	return cmd
}

func printFigures(w io.Writer, figures []kit.Figures) error {
	t := newTable(w, "HOOK", "CALLS", "MEDIAN", "P99", "TICKS", "OF", "HOST CALLS", "MEMORY")
	t.row(t.heads...)
	for _, f := range figures {
		t.row(f.Hook, number(int64(f.N)), fmt.Sprintf("%s ns", number(f.Median.Nanoseconds())), fmt.Sprintf("%s ns", number(f.P99.Nanoseconds())),
			number(f.Ticks), number(f.Limit), strconv.Itoa(f.HostCalls), size(f.Memory))
	}
	return t.w.Flush()
}
