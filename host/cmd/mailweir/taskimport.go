package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func taskImport(t *terminal) *cobra.Command {
	f := &registryFlags{}
	var check, test, await bool
	var failed string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Makes or changes tasks as a table says",
		Long: `Reads a table (CSV with "," ";" or tabs, in UTF-8, UTF-16 or Latin-1), one row a source
of a task. A task of that name is changed, another one is made. A row that fails does
not keep the others away. The columns, in any order:

  name                      of the task
  source, destination       a URL; account:NAME for a stored account; or an address, in a
                            local domain, of a known provider, or on the server beside it
  source_server             HOST, or a URL without a user, if the source is an address
  source_user               who logs in, unless it is the address
  source_password           empty keeps the one of a task that is there; with --await the
                            task waits for it: see "mailweir task link"
  source_root               only this folder and those below it
  source_name               which source of the task it is ("source" unless set): several
                            rows of one task are its several sources
  destination_server, _user, _password, _root
  template                  a task whose hooks and schedule are taken over
  every                     an interval: 15m, 6h, 1d
  cron, zone                a cron line and its time zone

Cells that look like formulas are text. Passwords are never printed; the file of
--failed has none, and is escaped for spreadsheets.

` + exitHelp,
		Example: `  mailweir task import move.csv --check
  mailweir task import move.csv --check --test
  mailweir task import move.csv --failed again.csv`,
		Args: oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			file, err := os.Open(args[0])
			if err != nil {
				return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("table %s: %v", args[0], pathReason(err))}
			}
			defer file.Close()
			o := app.ImportOptions{Name: filepath.Base(args[0]), Check: check, Test: test, Await: await}
			if failed != "" {
				out, err := os.OpenFile(failed, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
				if err != nil {
					return &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("file of failed rows %s: %v", failed, pathReason(err))}
				}
				defer out.Close()
				o.Failed = out
			}
			o.Row = func(row app.ImportRow) { t.printRow(row, f.json, check) }
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				batch, err := r.ImportTasks(cmd.Context(), file, o)
				return t.endImport(batch, err, f.json, check)
			})
		},
	}
	f.add(cmd.Flags())
	f.addServer(cmd.Flags())
	f.addJSON(cmd.Flags(), "a row; the last is the batch")
	cmd.Flags().BoolVar(&check, "check", false, "try everything, store nothing")
	cmd.Flags().BoolVar(&test, "test", false, "log in to both accounts of each row; one that can not be opened fails")
	cmd.Flags().BoolVar(&await, "await", false, "store rows without a password, too: their tasks wait for it (task link)")
	cmd.Flags().StringVar(&failed, "failed", "", "write the rows that failed to `FILE`, without passwords")
	return cmd
}

// printRow prints a row as JSON, or if something is to be seen about it.
func (t *terminal) printRow(row app.ImportRow, asJSON, check bool) {
	switch {
	case asJSON:
		_ = t.printJSON("row", row) // a reader that is gone shows at the end
	case row.Error != "":
		fmt.Fprintf(t.out, "line %d: %s%s\n", row.Line, plain(named(row.Name)), plain(row.Error))
	case check:
		fmt.Fprintf(t.out, "line %d: %swould be %s\n", row.Line, plain(named(row.Name)), effectWords[row.Effect])
	}
}

var effectWords = map[task.Effect]string{task.EffectMade: "made", task.EffectChanged: "changed", task.EffectSame: "left as it is"}

func named(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

func (t *terminal) endImport(batch task.Batch, err error, asJSON, check bool) error {
	n := batch.Totals
	if asJSON {
		if jsonErr := t.printJSON("batch", batch); jsonErr != nil {
			return jsonErr
		}
	} else if n.Rows > 0 || err == nil {
		printTotals(t.out, batch, check)
	}
	if err == nil && n.Failed > 0 {
		err = &ended{outcome: task.OutcomeListed, cause: fmt.Sprintf("%d of %d rows failed", n.Failed, n.Rows)}
	}
	return err
}

func printTotals(w io.Writer, batch task.Batch, check bool) {
	n := batch.Totals
	tail := "; batch " + batch.ID
	if check {
		tail = "; this was a check, nothing is stored"
	}
	fmt.Fprintf(w, "%s rows: %s made, %s changed, %s as they were, %s failed%s\n", number(int64(n.Rows)), number(int64(n.Made)),
		number(int64(n.Changed)), number(int64(n.Same)), number(int64(n.Failed)), tail)
}
