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
	var relays relayFlags
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

` + relayHelp + "\n\n" + exitHelp,
		Example: `  mailweir serve --demo
  mailweir serve --data /var/lib/mailweir --listen 127.0.0.1:8420
  mailweir serve --public-only --also 10.1.2.3      (the mail server of the house)`,
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
			if publicOnly || len(also) > 0 {
				reach, err := parseReach(also)
				if err != nil {
					return err
				}
				o.Reach = reach
			}
			if o.Demo && o.Reach != nil {
				return usagef("--demo has its accounts on this machine and takes no --public-only")
			}
			var err error
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
	flags.StringVar(&o.Listen, "listen", app.DefaultListen, "`HOST:PORT` of the pages; port 0 is any free one")
	flags.BoolVar(&o.Secure, "behind-tls", false, "browsers come through a proxy that speaks TLS")
	flags.BoolVar(&o.Demo, "demo", false, "show what it does with accounts in memory")
	flags.BoolVar(&publicOnly, "public-only", false, "tasks connect to public addresses and the ports 143 and 993 only")
	flags.StringSliceVar(&also, "also", nil, "with --public-only: `NETWORK` such as 10.1.0.0/16 or 127.0.0.1 that tasks may reach too; repeatable")
	relays.add(flags)
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
