package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func rekeyCommand(t *terminal) *cobra.Command {
	f := &keepFlags{}
	cmd := &cobra.Command{
		Use:   "rekey",
		Short: "Seals the stored passwords with a new key",
		Long: `Seals everything that is sealed in the database with a new key, in one step. All
services have to be stopped.

When the key is the file secret.key in the data directory, a new one is made and
takes its place. When it comes from MAILWEIR_SECRET_KEY or MAILWEIR_SECRET_KEY_FILE,
the new one is in ` + app.EnvNewKey + ` or ` + app.EnvNewKeyFile + `; put it
into the place of the old one afterwards. A change of keys that was interrupted is
finished by the same command.

Backups from before still need the old key.

` + exitHelp,
		Example: `  mailweir rekey
  ` + app.EnvNewKeyFile + `=new.key mailweir rekey --database postgres://mailweir@db.example/mailweir`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.withDatabase(t)
			if err != nil {
				return err
			}
			sealed, installed, err := app.Rekey(cmd.Context(), o)
			if err != nil {
				return err
			}
			what := fmt.Sprintf("%d passwords are sealed with the new key", sealed)
			if sealed == 0 {
				what = "everything is sealed with the new key"
			}
			then := "put it into the place of the old one now"
			if installed {
				then = "it is in " + app.KeyFile
			}
			_, err = fmt.Fprintf(t.out, "%s; %s\n", what, then)
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}
