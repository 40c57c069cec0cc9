package main

import (
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func serveCommand(t *terminal) *cobra.Command {
	var o app.ServeOptions
	var quiet bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Runs the service: tasks, schedules and pages in the browser",
		Long: `Runs the service until it is told to stop (Ctrl-C or SIGTERM). Copies under way
are stopped in order then, and go on at the next start.

At the first start it makes an administrator and prints the password once.
Stored passwords of accounts are sealed with a key that comes from
MAILWEIR_SECRET_KEY, from the file that MAILWEIR_SECRET_KEY_FILE names, or from
secret.key in the data directory, which is made at the first start.

With --demo it keeps its data in a temporary directory, makes three mail accounts
in memory and starts a task that combines two of them into the third.

` + exitHelp,
		Example: `  mailweir serve --demo
  mailweir serve --data /var/lib/mailweir --listen 127.0.0.1:8420`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Demo && o.Data != "" {
				return usagef("--demo keeps nothing and takes no --data")
			}
			if _, _, err := net.SplitHostPort(o.Listen); err != nil {
				return usagef("--listen: %q is not HOST:PORT", o.Listen)
			}
			if !o.Demo && o.Data == "" {
				dir, err := app.DefaultDataDir(t.getenv, os.Geteuid())
				if err != nil {
					return err
				}
				o.Data = dir
			}
			level := slog.LevelInfo
			if o.Demo || quiet {
				level = slog.LevelWarn
			}
			o.Log = slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: level}))
			o.Out, o.Getenv = t.out, t.getenv
			return app.Serve(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Data, "data", "", "`DIR` for everything the service keeps (default $XDG_DATA_HOME/mailweir, or /var/lib/mailweir as root)")
	flags.StringVar(&o.Listen, "listen", app.DefaultListen, "`HOST:PORT` of the pages; port 0 is any free one")
	flags.BoolVar(&o.Secure, "behind-tls", false, "browsers come through a proxy that speaks TLS")
	flags.BoolVar(&o.Demo, "demo", false, "show what it does with accounts in memory")
	flags.BoolVarP(&quiet, "quiet", "q", false, "log warnings and errors only")
	return cmd
}
