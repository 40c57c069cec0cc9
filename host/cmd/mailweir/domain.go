package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func domainCommand(t *terminal) *cobra.Command {
	return group("domain", "Local domains, whose mailboxes one credential opens",
		`A local domain has a server and one credential that opens every mailbox: a master user
(MAILBOX*ADMIN logs in with ADMIN's password), or an administrator who logs in for
another one (a SASL authorization identity). Tasks then need no passwords of users. A
domain that one moves away from may be one, too.`,
		`  mailweir domain add example.org --server imaps://mail.example.org --admin warden
  mailweir domain test ann@example.org
  mailweir domain list`,
		domainAdd(t), domainList(t), domainTest(t),
		removal(t, "a local domain", "Removes a local domain. One that tasks refer to stays.", `  mailweir domain remove example.org`, (*app.Registry).RemoveLocalDomain))
}

func domainAdd(t *terminal) *cobra.Command {
	f := &registryFlags{}
	var server, admin, way, file string
	var short bool
	cmd := &cobra.Command{
		Use: "add DOMAIN --server URL --admin NAME", Short: "Makes a domain local, or changes one that is",
		Long: `Makes a domain local. The server is a URL without a user: imaps://HOST, imap://HOST
with STARTTLS; ?sep=, ca= and pin= as for accounts. See domain test for trying it.

` + ownPasswordHelp + "\n\n" + exitHelp,
		Example: `  mailweir domain add example.org --server imaps://mail.example.org --admin warden
  mailweir domain add old.example --server imaps://imap.old.example --admin cyrus --way authzid --short`,
		Args: oneArgument("DOMAIN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d := task.LocalDomain{Domain: strings.ToLower(args[0]), Admin: admin, Way: task.DomainWay(way), Short: short}
			var err error
			if d.Server, err = task.ParseServer(server); err != nil {
				return usagef("--server: %w", err)
			}
			if err := d.Validate(); err != nil {
				return usageError(err)
			}
			login := d.Server
			login.User = admin // for the prompt
			if err := t.password(cmd.Context(), &login, file, passwordVariable); err != nil {
				return err
			}
			d.Server.Password = login.Password
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				if err := r.SaveLocalDomain(cmd.Context(), d); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "%s is local: %s opens its mailboxes at %s\n", plain(d.Domain), plain(d.Admin), plain(d.Server.Address()))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&server, "server", "", "where the mailboxes are, as `URL` without a user")
	flags.StringVar(&admin, "admin", "", "`NAME` of the master user or administrator")
	flags.StringVar(&way, "way", string(task.ByMaster), "how mailboxes are opened: master or authzid")
	flags.BoolVar(&short, "short", false, "the server calls mailboxes by what stands before the \"@\"")
	flags.StringVar(&file, "password-file", "", "`FILE` with the password of --admin")
	return cmd
}

func domainList(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "list", Short: "Lists the local domains", Long: "Lists the local domains, without passwords.\n\n" + exitHelp,
		Example: `  mailweir domain list`, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				list, err := r.LocalDomains(cmd.Context())
				if err != nil {
					return err
				}
				table := newTable(t.out, "DOMAIN", "SERVER", "OPENED BY", "WAY", "MAILBOXES")
				if !f.json {
					table.row(table.heads...)
				}
				for _, d := range list {
					mailboxes := "by address"
					if d.Short {
						mailboxes = "by user"
					}
					if f.json {
						if err := t.printJSON("domain", d); err != nil {
							return err
						}
						continue
					}
					table.row(plain(d.Domain), plain(d.Server.Address()), plain(d.Admin), string(d.Way), mailboxes)
				}
				return table.w.Flush()
			})
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "a domain")
	return cmd
}

func domainTest(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "test ADDRESS", Short: "Opens the mailbox of an address with the domain's credential",
		Long:    "Logs in to the mailbox as tasks will do, looks around and changes nothing.\n\n" + exitHelp,
		Example: `  mailweir domain test ann@example.org`, Args: oneArgument("ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.test(cmd.Context(), t, args[0], (*app.Registry).TestMailbox)
		},
	}
	f.add(cmd.Flags())
	f.addServer(cmd.Flags())
	f.addJSON(cmd.Flags(), "")
	return cmd
}
