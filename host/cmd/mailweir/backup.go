package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
)

// keepFlags say which database a verb looks after.
type keepFlags struct{ data, database string }

func (f *keepFlags) add(flags *pflag.FlagSet) {
	f.addData(flags)
	flags.StringVar(&f.database, "database", "", "`URL` of a PostgreSQL database (default MAILWEIR_DATABASE, or the file in --data)")
}

func (f *keepFlags) addData(flags *pflag.FlagSet) {
	flags.StringVar(&f.data, "data", "", "`DIR` of the service (default $XDG_DATA_HOME/mailweir, or /var/lib/mailweir as root)")
}

func (f *keepFlags) options(t *terminal) (o app.KeepOptions, err error) {
	o = app.KeepOptions{Data: f.data, Database: f.database, Getenv: t.getenv}
	if o.Data == "" {
		o.Data, err = app.DefaultDataDir(t.getenv, os.Geteuid())
	}
	return o, err
}

// withDatabase is options where the environment may name the database.
func (f *keepFlags) withDatabase(t *terminal) (app.KeepOptions, error) {
	o, err := f.options(t)
	if o.Database == "" {
		o.Database = t.getenv(app.EnvDatabase)
	}
	if err == nil && o.Database != "" {
		err = app.ValidDatabase(o.Database)
	}
	return o, err
}

// oneFile takes exactly one argument, a file.
func oneFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return usagef("name one file")
	}
	return nil
}

func backupCommand(t *terminal) *cobra.Command {
	f := &keepFlags{}
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Writes tasks, runs and ledgers into one file, while the service goes on",
		Long: `Writes everything that the database holds into FILE, as it is at one moment. The
service may be running. FILE is an SQLite database, of a PostgreSQL database as
well, and can be restored to either kind. It appears when it is whole; a file that
is there is left as it is.

Stored passwords in it are sealed. The key is not in it: keep secret.key, or what
is in MAILWEIR_SECRET_KEY, in another place.

` + exitHelp,
		Example: `  mailweir backup /backup/mailweir-$(date +%F).db
  mailweir backup --data /srv/mailweir nightly.db
  mailweir backup --database postgres://mailweir@db.example/mailweir nightly.db`,
		Args: oneFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.withDatabase(t)
			if err != nil {
				return err
			}
			if err := app.Backup(cmd.Context(), o, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s holds everything but the secret key\n", args[0])
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}
