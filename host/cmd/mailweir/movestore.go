package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func moveStoreCommand(t *terminal) *cobra.Command {
	f := &keepFlags{}
	var to string
	cmd := &cobra.Command{
		Use:   "move-store --to postgres://...",
		Short: "Moves the service from its SQLite file to PostgreSQL",
		Long: `Copies everything that the database file in the data directory holds - tasks, runs,
logs, ledgers - into a PostgreSQL database, which has to be empty, and compares the
number of rows of every table. It happens in one step: all of it, or nothing. The
service has to be stopped; the file stays as it is.

Afterwards start the service with --database, and with the same secret key. Runs
that were under way go on.

` + exitHelp,
		Example: `  mailweir move-store --to postgres://mailweir@db.example/mailweir
  mailweir serve --database postgres://mailweir@db.example/mailweir`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options(t)
			if err != nil {
				return err
			}
			if to == "" {
				return usagef("--to is missing: the database to move to, such as postgres://USER@HOST/DATABASE")
			}
			rows, err := app.MoveStore(cmd.Context(), o, to)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%d rows are moved and counted; start the service with --database\n", rows)
			return err
		},
	}
	f.addData(cmd.Flags())
	cmd.Flags().StringVar(&to, "to", "", "`URL` of the PostgreSQL database")
	return cmd
}
