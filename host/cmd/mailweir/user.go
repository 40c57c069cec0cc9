package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const userExitHelp = `Exit status:
  0   done
  5   needs you: there is no such user, or one is needed as it is
  64  the command line makes no sense, or the password is too weak
  70  a fault in mailweir`

const userPasswordHelp = `The password is never given on the command line. In this order it comes from
  --password-file F         (the first line of F),
  MAILWEIR_USER_PASSWORD    in the environment,
  a prompt, if there is a terminal.`

const roleHelp = `Roles:
  read-only  sees tasks and runs: all, or those of --domain
  user       has tasks, and sees no others
  operator   has tasks, and tends those of --domain (of their owners or mailboxes)
  admin      may do all, and manages the users`

func userCommand(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Manages who can log in to the service",
		Long: `Manages the users of the service: who can log in to its pages, with which role.
What is changed counts at once; the service may be running meanwhile.

` + roleHelp + "\n\n" + userExitHelp,
		Example: `  mailweir user add root --role admin
  mailweir user add ann@example.org
  mailweir user add olga --role operator --domain example.org
  mailweir user list`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir user\"", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(userAdd(t), userList(t), userRole(t), userPassword(t), userCodes(t),
		userDisable(t, true), userDisable(t, false), userRemove(t))
	return cmd
}

// peopleFlags are those that all verbs of user share.
type peopleFlags struct{ keepFlags }

// with opens the database for as long as do takes.
func (f *peopleFlags) with(ctx context.Context, t *terminal, do func(*app.People) error) (err error) {
	o, err := f.withDatabase(t)
	if err != nil {
		return err
	}
	people, err := app.OpenPeople(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	if err = do(people); errors.Is(err, context.Canceled) {
		err = &ended{outcome: task.OutcomeStopped, cause: "stopped"}
	}
	return err
}

// newPassword finds the password that a user shall have. On a terminal it is typed
// twice, because nobody sees it.
func (t *terminal) newPassword(ctx context.Context, name, file string) (string, error) {
	const variable = "MAILWEIR_USER_PASSWORD"
	if file != "" {
		return readPassword(file)
	}
	if v := t.getenv(variable); v != "" {
		return v, nil
	}
	in, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", usagef("no password for %s; give a password file or set %s", name, variable)
	}
	var typed [2]string
	for i, again := range []string{"", ", again"} {
		fmt.Fprintf(t.err, "Password of %s%s: ", plain(name), again)
		line, err := askPassword(ctx, in)
		fmt.Fprintln(t.err)
		if err != nil {
			return "", err
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", usagef("the two passwords are not the same")
	}
	return typed[0], nil
}

func userAdd(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	var role, file string
	var domains []string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Makes a user",
		Long: `Makes a user who can log in with the name, which may be an address, and a password.
The first user has to be an admin.

` + roleHelp + "\n\n" + userPasswordHelp + "\n\n" + userExitHelp,
		Example: `  mailweir user add root --role admin
  mailweir user add ann@example.org --password-file ann.password
  mailweir user add olga --role operator --domain example.org --domain example.net`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u := access.User{
					Name: access.UserName(args[0]), Role: access.Role(role),
					Domains: access.ParseDomains(strings.Join(domains, " ")),
				}
				if err := p.Check(cmd.Context(), u); err != nil { // before any question
					return err
				}
				password, err := t.newPassword(cmd.Context(), u.Name, file)
				if err != nil {
					return err
				}
				u, err = p.Add(cmd.Context(), u, password)
				return t.sayUser(u, "is made", err)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&role, "role", string(access.RoleUser), "`ROLE` of the user: read-only, user, operator or admin")
	cmd.Flags().StringSliceVar(&domains, "domain", nil, "`DOMAIN` of an operator, or that a read-only user sees; repeatable")
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with the password")
	return cmd
}

// sayUser prints a line about what has become of a user, unless err.
func (t *terminal) sayUser(u access.User, done string, err error) error {
	if err != nil {
		return err
	}
	of := ""
	if len(u.Domains) > 0 {
		of = " of " + strings.Join(u.Domains, ", ")
	}
	_, err = fmt.Fprintf(t.out, "%s (%s%s) %s\n", plain(u.Name), u.Role, of, done)
	return err
}

func userList(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists the users",
		Long:    "Lists the users with their roles, tasks and last logins.\n\n" + userExitHelp,
		Example: `  mailweir user list`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is not expected", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				users, err := p.List(cmd.Context())
				if err != nil {
					return err
				}
				list := newTable(t.out, "NAME", "ROLE", "DOMAINS", "TASKS", "CODES", "LAST LOGIN", "")
				list.row(list.heads...)
				for _, u := range users {
					codes, last, remark := "no", "never", ""
					if u.TOTP {
						codes = "yes"
					}
					if !u.LoggedIn.IsZero() {
						last = u.LoggedIn.Format(time.DateTime)
					}
					if u.Disabled {
						remark = "disabled"
					}
					list.row(plain(u.Name), string(u.Role), strings.Join(u.Domains, " "), strconv.Itoa(u.Tasks), codes, last, remark)
				}
				return list.w.Flush()
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func userRole(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	var domains []string
	cmd := &cobra.Command{
		Use:   "role NAME ROLE",
		Short: "Gives a user another role",
		Long: `Gives a user another role, and the domains of --domain instead of those there were.
With another role the user has to log in again. The last admin stays one.

` + roleHelp + "\n\n" + userExitHelp,
		Example: `  mailweir user role ann@example.org admin
  mailweir user role olga operator --domain example.org`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("NAME and ROLE are needed")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u, err := p.SetRole(cmd.Context(), args[0], access.Role(args[1]), access.ParseDomains(strings.Join(domains, " ")))
				return t.sayUser(u, "has this role now", err)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringSliceVar(&domains, "domain", nil, "`DOMAIN` of an operator, or that a read-only user sees; repeatable")
	return cmd
}

func userPassword(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	var file string
	cmd := &cobra.Command{
		Use:   "password NAME",
		Short: "Gives a user another password",
		Long: `Gives a user another password and ends all their sessions. Tokens stay.

` + userPasswordHelp + "\n\n" + userExitHelp,
		Example: `  mailweir user password ann@example.org
  mailweir user password root --password-file root.password`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u, err := p.Find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				password, err := t.newPassword(cmd.Context(), u.Name, file)
				if err != nil {
					return err
				}
				u, err = p.SetPassword(cmd.Context(), u.Name, password)
				return t.sayUser(u, "has the new password", err)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with the password")
	return cmd
}

func userCodes(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	cmd := &cobra.Command{
		Use:   "codes-off NAME",
		Short: "Lets a user log in without one-time codes",
		Long: `Turns one-time codes off for a user who has lost the phone and the recovery codes.
The password is enough then.

` + userExitHelp,
		Example: `  mailweir user codes-off ann@example.org`,
		Args:    oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u, err := p.RemoveCodes(cmd.Context(), args[0])
				return t.sayUser(u, "logs in without codes now", err)
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func userDisable(t *terminal, disabled bool) *cobra.Command {
	f := &peopleFlags{}
	verb, done := "enable", "can log in again"
	short, long := "Lets a disabled user log in again", "Lets a user who was disabled log in again."
	if disabled {
		verb, done = "disable", "is disabled"
		short = "Keeps a user from logging in"
		long = `Ends a user's sessions and keeps them from logging in; their tokens open nothing.
Their tasks go on by their schedules. The last admin can not be disabled.`
	}
	cmd := &cobra.Command{
		Use: verb + " NAME", Short: short, Long: long + "\n\n" + userExitHelp,
		Example: "  mailweir user " + verb + " ann@example.org",
		Args:    oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u, err := p.SetDisabled(cmd.Context(), args[0], disabled)
				return t.sayUser(u, done, err)
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func userRemove(t *terminal) *cobra.Command {
	f := &peopleFlags{}
	var heir string
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Removes a user",
		Long: `Removes a user with their sessions and tokens. Their tasks stay, and go to the user
of --tasks-to. The last admin can not be removed.

` + userExitHelp,
		Example: `  mailweir user remove ann@example.org --tasks-to root`,
		Args:    oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(p *app.People) error {
				u, err := p.Remove(cmd.Context(), args[0], heir)
				return t.sayUser(u, "is removed", err)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&heir, "tasks-to", "", "`NAME` of the user who gets the tasks")
	return cmd
}
