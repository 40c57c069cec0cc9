package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func ruleCommand(t *terminal) *cobra.Command {
	return group("rule", "Rules, which give every user of a group a task",
		`A rule asks a directory and gives every user of a group a task of its own. The service
applies all rules every 15 minutes, rule apply does it now. Tasks of users who have left
are paused, and go on when they are back; nothing is deleted. An answer in which more
than half of the users are missing is not believed.`,
		`  mailweir rule add move --directory staff --from '{user}@old.example' --to '{address}' --every 6h
  mailweir rule apply move
  mailweir rule list`,
		ruleAdd(t), ruleList(t), ruleApply(t),
		removal(t, "a rule", "Removes a rule. Its tasks stay, as if they were made by hand.", `  mailweir rule remove move`, (*app.Registry).RemoveRule))
}

// ruleFlags describe a rule.
type ruleFlags struct {
	registryFlags
	rule                        task.Rule
	from, to, fromRoot, toRoot  string
	template, every, cron, zone string
}

func ruleAdd(t *terminal) *cobra.Command {
	f := &ruleFlags{}
	cmd := &cobra.Command{
		Use: "add NAME --directory NAME --from ACCOUNT --to ACCOUNT", Short: "Makes a rule",
		Long: `Makes a rule; it is applied by rule apply, and by the service. ACCOUNT is an address in
a local domain (see mailweir domain), account:NAME for a stored account, or
maildir:///DIR. In addresses, folders and directories, {address} is that of the user,
{user} what stands before its "@", and {domain} what stands behind it.

` + exitHelp,
		Example: `  mailweir rule add move --directory staff --group board --from '{user}@old.example' --to '{address}'
  mailweir rule add backup --directory staff --from '{address}' --to account:archive --to-root 'Backup/{address}' --cron '30 2 * * *'`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.rule.Name = args[0]
			return f.with(cmd.Context(), t, func(r *app.Registry) error { return f.save(cmd, t, r) })
		},
	}
	f.add(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&f.rule.Directory, "directory", "", "`NAME` of the directory that knows the users")
	flags.StringVar(&f.rule.Group, "group", "", "users of this `GROUP` only")
	flags.StringVar(&f.from, "from", "", "what is copied from, as `ACCOUNT`")
	flags.StringVar(&f.to, "to", "", "what is copied to, as `ACCOUNT`")
	flags.StringVar(&f.fromRoot, "from-root", "", "only this `FOLDER` of the source and those below it")
	flags.StringVar(&f.toRoot, "to-root", "", "below this `FOLDER` of the destination")
	flags.StringVar(&f.template, "template", "", "`TASK` whose hooks and schedule are taken over")
	flags.StringVar(&f.every, "every", "", "`INTERVAL` such as 15m, 6h or 1d")
	flags.StringVar(&f.cron, "cron", "", "cron `LINE`")
	flags.StringVar(&f.zone, "zone", "", "time `ZONE` of the cron line")
	return cmd
}

// save makes a rule of the flags.
func (f *ruleFlags) save(cmd *cobra.Command, t *terminal, r *app.Registry) error {
	rule := f.rule
	d, err := r.Directory(cmd.Context(), rule.Directory)
	if err != nil {
		return fmt.Errorf("--directory: %w", err)
	}
	rule.Directory = d.ID
	if rule.Source, err = f.account(cmd, r, f.from, f.fromRoot); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	if rule.Destination, err = f.account(cmd, r, f.to, f.toRoot); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	if f.template != "" {
		template, err := r.Template(cmd.Context(), f.template)
		if err != nil {
			return fmt.Errorf("--template %s: %w", f.template, err)
		}
		rule.Hooks, rule.Schedule = template.Hooks, template.Schedule
	}
	if f.every != "" {
		if rule.Schedule.Every, err = interval(f.every); err != nil {
			return usagef("--every: %q is no interval such as 15m, 6h or 1d", f.every)
		}
		rule.Schedule.Cron = ""
	}
	if f.cron != "" {
		rule.Schedule.Cron, rule.Schedule.Every = f.cron, 0
	}
	if f.zone != "" {
		rule.Schedule.Zone = f.zone
	}
	if err := rule.Validate(); err != nil {
		return usageError(err)
	}
	if err := r.SaveRule(cmd.Context(), &rule); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s is stored; mailweir rule apply %s makes its tasks now\n", plain(rule.Name), plain(rule.Name))
	return err
}

// account reads one side of a rule.
func (f *ruleFlags) account(cmd *cobra.Command, r *app.Registry, text, root string) (task.Account, error) {
	name, stored := strings.CutPrefix(text, "account:")
	a := task.Account{Local: text}
	switch {
	case text == "":
		return a, usagef("the account is missing")
	case stored:
		found, err := r.Account(cmd.Context(), name)
		if err != nil {
			return a, err
		}
		a = task.Account{ID: found.ID}
	case strings.HasPrefix(text, "maildir:"):
		var err error
		if a, err = task.ParseAccount(text); err != nil {
			return a, usageError(err)
		}
	case strings.Contains(text, "://"):
		return a, usagef("it is an address in a local domain, account:NAME or maildir:///DIR: a URL would need every user's password")
	}
	a.Root = strings.Trim(root, "/")
	return a, nil
}

func ruleList(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "list", Short: "Lists the rules", Long: "Lists the rules, and what they came to when they were applied last.\n\n" + exitHelp,
		Example: `  mailweir rule list`, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				list, err := r.Rules(cmd.Context())
				if err != nil {
					return err
				}
				table := newTable(t.out, "NAME", "GROUP", "APPLIED", "USERS", "")
				table.row(table.heads...)
				for _, rule := range list {
					table.row(plain(rule.Name), plain(rule.Group), at(rule.Applied), number(int64(rule.Result.Users)), plain(rule.Result.Fault))
				}
				return table.w.Flush()
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func ruleApply(t *terminal) *cobra.Command {
	f := &registryFlags{}
	var many bool
	cmd := &cobra.Command{
		Use: "apply NAME", Short: "Gives every user the task of a rule, now",
		Long:    "Asks the directory and makes, changes, pauses and resumes tasks. It can be repeated at any time.\n\n" + exitHelp,
		Example: `  mailweir rule apply move`, Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				result, err := r.ApplyRule(cmd.Context(), args[0], many)
				if result.Users > 0 || err == nil {
					fmt.Fprintf(t.out, "%d users: %d tasks made, %d changed, %d paused, %d resumed\n", result.Users, result.Made, result.Changed, result.Paused, result.Resumed)
				}
				return err
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&many, "many", false, "believe it when more than half of the users have left")
	return cmd
}
