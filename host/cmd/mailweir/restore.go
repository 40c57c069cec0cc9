package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func restoreCommand(t *terminal) *cobra.Command {
	f := &keepFlags{}
	var replace bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Puts a backup back",
		Long: `Puts what "mailweir backup" wrote into FILE back: into the data directory, or into
an empty PostgreSQL database. The service has to be stopped. FILE stays as it is,
and may come from an earlier version.

A database that is in the data directory is replaced with --replace only; it is
kept beside the new one under a name with the time. The secret key has to be that
of the backup.

Copies after a restore double nothing: what was copied since the backup is looked
up at the destination.

` + exitHelp,
		Example: `  mailweir restore nightly.db
  mailweir restore --data /srv/mailweir --replace nightly.db
  mailweir restore --database postgres://mailweir@db.example/mailweir nightly.db`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.withDatabase(t)
			if err != nil {
				return err
			}
			kept, err := app.Restore(cmd.Context(), o, args[0], replace)
			if err != nil {
				return err
			}
			if kept != "" {
				fmt.Fprintf(t.out, "the database that was there is %s now\n", kept)
			}
			_, err = fmt.Fprintf(t.out, "%s is restored\n", args[0])
			return err
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&replace, "replace", false, "put the backup in the place of the database that is there")
	return cmd
}
