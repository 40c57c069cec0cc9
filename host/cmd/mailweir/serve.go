package main

import (
	"log/slog"
	"net"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func serveCommand(t *terminal) *cobra.Command {
	var o app.ServeOptions
	var quiet, publicOnly bool
	var also []string
	var maxRuns, perHost, perAccount int
	var relays relayFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Runs the service: tasks, schedules and pages in the browser",
		Long: `Runs the service until it is told to stop (Ctrl-C or SIGTERM). Copies under way
are stopped in order then, and go on at the next start.

At the first start its pages make the first user, an admin: in a browser on this
machine at once, from elsewhere with the set-up code that is printed. "mailweir
user add" does the same from a terminal.

Stored passwords of accounts are sealed with a key that comes from
MAILWEIR_SECRET_KEY, from the file that MAILWEIR_SECRET_KEY_FILE names, or from
secret.key in the data directory, which is made at the first start.

All else is kept in the data directory, in one SQLite file. With --database, or
MAILWEIR_DATABASE, it is a database of PostgreSQL (15 or later), and several
services may share it: each has a data directory of its own for plugins and
temporary files, the same secret key, and the same plugins. What a service was at
that is killed goes on at another one in less than half a minute. The limits are
stored and bind all of them. Put a password of the database into MAILWEIR_DATABASE,
PGPASSWORD or ~/.pgpass: arguments can be seen by everybody on the machine.

Tasks whose owner is no admin connect to public addresses and the ports 143 and
993 only, and to the networks of --also. With --public-only so do those of admins.

With --demo it keeps its data in a temporary directory, makes three mail accounts
in memory and starts a task that combines two of them into the third.

` + relayHelp + "\n\n" + exitHelp,
		Example: `  mailweir serve --demo
  mailweir serve --data /var/lib/mailweir --listen 127.0.0.1:8420
  mailweir serve --database postgres://mailweir@db.example/mailweir --workers 8
  mailweir serve --max-runs-per-host 4 --max-runs-per-account 1
  mailweir serve --also 10.1.2.3                    (the mail server of the house)
  mailweir serve --public-only --also 10.1.2.3      (for tasks of admins, too)`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			unmapStart()
			if o.Demo && o.Data != "" {
				return usagef("--demo keeps nothing and takes no --data")
			}
			if o.Demo && o.Database != "" {
				return usagef("--demo keeps nothing and takes no --database")
			}
			if o.Database == "" && !o.Demo {
				o.Database = t.getenv(app.EnvDatabase)
			}
			if o.Database != "" {
				if err := app.ValidDatabase(o.Database); err != nil {
					return err
				}
			}
			if o.Workers < 0 || min(maxRuns, perHost, perAccount) < 0 {
				return usagef("--workers and the limits can not be less than 0")
			}
			for name, to := range map[string]struct {
				limit **int
				value *int
			}{
				"max-runs":             {&o.Limits.Runs, &maxRuns},
				"max-runs-per-host":    {&o.Limits.PerHost, &perHost},
				"max-runs-per-account": {&o.Limits.PerAccount, &perAccount},
			} {
				if cmd.Flags().Changed(name) {
					*to.limit = to.value
				}
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
			publicAddress, err := publicURL("--public-url", o.PublicURL)
			if err != nil {
				return err
			}
			o.PublicURL = publicAddress
			reach, err := parseReach(also)
			if err != nil {
				return err
			}
			o.Also = reach.Also
			if publicOnly {
				o.Reach = reach
			}
			if o.Demo && (publicOnly || len(also) > 0) {
				return usagef("--demo has its accounts on this machine and takes no --public-only")
			}
			if o.Relays, err = relays.read(t); err != nil {
				return err
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
	flags.StringVar(&o.Database, "database", "", "`URL` of a PostgreSQL database (default MAILWEIR_DATABASE, or a file in --data)")
	flags.IntVar(&o.Workers, "workers", 0, "`N` runs at the same time in this service (default 4)")
	flags.IntVar(&maxRuns, "max-runs", 0, "`N` runs at the same time in all services of the database; it is stored; 0 is no limit")
	flags.IntVar(&perHost, "max-runs-per-host", 0, "`N` of them that use the same mail host; it is stored")
	flags.IntVar(&perAccount, "max-runs-per-account", 0, "`N` of them that use the same account; it is stored")
	flags.StringVar(&o.Listen, "listen", app.DefaultListen, "`HOST:PORT` of the pages; port 0 is any free one")
	flags.BoolVar(&o.Secure, "behind-tls", false, "browsers come through a proxy that speaks TLS")
	flags.StringVar(&o.PublicURL, "public-url", "", "`URL` by which people reach the pages, such as https://mailweir.example: links that are sent to them begin with it")
	flags.BoolVar(&o.Demo, "demo", false, "show what it does with accounts in memory")
	flags.BoolVar(&publicOnly, "public-only", false, "tasks of admins, too, connect to public addresses and the ports 143 and 993 only")
	flags.StringSliceVar(&also, "also", nil, "`NETWORK` such as 10.1.0.0/16 or 127.0.0.1 that tasks with such limits may reach, too; repeatable")
	relays.add(flags)
	flags.StringVar(&o.MailFrom, "mail-from", "", "`ADDRESS` that notices by mail come from (default the login of the relay)")
	flags.BoolVarP(&quiet, "quiet", "q", false, "log warnings and errors only")
	return cmd
}

// parseReach reads the networks of --also.
func parseReach(also []string) (*app.Reach, error) {
	r := &app.Reach{}
	for _, text := range also {
		p, err := netip.ParsePrefix(text)
		if ip, errIP := netip.ParseAddr(text); err != nil && errIP == nil {
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err != nil {
			return nil, usagef("--also: %q is neither an address nor a network such as 10.1.0.0/16", text)
		}
		r.Also = append(r.Also, p.Masked())
	}
	return r, nil
}
