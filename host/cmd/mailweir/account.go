package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func accountCommand(t *terminal) *cobra.Command {
	return group("account", "Stored accounts, which tasks refer to",
		`A stored account has a name, a URL and a sealed password. Tasks of the service refer to
it, so that a new password has to be given once. It is in the data directory; the
service may run meanwhile.`,
		`  mailweir account add archive --url imaps://archive@mail.example
  mailweir account test archive
  mailweir account change archive --password-file new.password
  mailweir account list`,
		accountAdd(t), accountChange(t), accountList(t), accountShow(t), accountTest(t), accountAuthorize(t), accountRemove(t))
}

func accountAdd(t *terminal) *cobra.Command {
	f, consent := &registryFlags{}, &oauthFlags{}
	var url, file string
	cmd := &cobra.Command{
		Use: "add NAME --url URL", Short: "Stores an account",
		Long:    "Stores an account under a name. Nothing is connected to; see account test.\n\n" + urlHelp + "\n\n" + ownPasswordHelp + "\n\n" + oauthHelp + "\n\n" + exitHelp,
		Example: `  mailweir account add archive --url imaps://archive@mail.example --password-file archive.password`,
		Args:    oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			account, err := task.ParseAccount(url)
			if err != nil {
				return usagef("--url: %w", err)
			}
			stored := task.StoredAccount{Name: args[0], Account: account}
			if err := stored.Validate(); err != nil {
				return usageError(err)
			}
			if consent.given() {
				if stored.OAuth, err = consent.settings(t, nil); err != nil {
					return err
				}
			} else if err := t.password(cmd.Context(), &stored.Account, file, passwordVariable); err != nil {
				return err
			}
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				if err := r.SaveAccount(cmd.Context(), &stored); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "%s is stored as %s\n", plain(stored.Name), plain(stored.Account.String()))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	consent.add(cmd.Flags())
	cmd.Flags().StringVar(&url, "url", "", "the account, as `URL`")
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with its password")
	return cmd
}

func accountChange(t *terminal) *cobra.Command {
	f, consent := &registryFlags{}, &oauthFlags{}
	var url, file, name string
	cmd := &cobra.Command{
		Use: "change NAME", Short: "Changes a stored account, and so all its tasks",
		Long: `Changes the URL, the name or the password. Another server or user needs its password
as well; else the stored one stays unless another one is given.

` + ownPasswordHelp + "\n\n" + oauthHelp + "\n\n" + exitHelp,
		Example: `  mailweir account change archive --password-file new.password
  mailweir account change archive --url imaps://archive@mail.new.example`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				stored, err := r.Account(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if url != "" {
					if stored.Account, err = task.ParseAccount(url); err != nil {
						return usagef("--url: %w", err)
					}
				}
				stored.Name = cmp.Or(name, stored.Name)
				// With nothing else to change, it is the password.
				if consent.given() {
					if stored.OAuth, err = consent.settings(t, stored.OAuth); err != nil {
						return err
					}
				} else if file != "" || t.getenv(passwordVariable) != "" || url == "" && name == "" {
					stored.OAuth = nil
					if err := t.password(cmd.Context(), &stored.Account, file, passwordVariable); err != nil {
						return err
					}
				}
				if err := r.SaveAccount(cmd.Context(), &stored); err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "%s is changed; %d %s it\n", plain(stored.Name), stored.Tasks, plural(int64(stored.Tasks), "task uses", "tasks use"))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	consent.add(cmd.Flags())
	cmd.Flags().StringVar(&url, "url", "", "the account, as `URL`")
	cmd.Flags().StringVar(&name, "name", "", "another `NAME`")
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with its password")
	return cmd
}

// shownAccount is a stored account in JSON.
type shownAccount struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	URL      string        `json:"url"`
	Owner    string        `json:"owner,omitempty"`
	OAuth    *task.OAuth   `json:"oauth,omitempty"`
	Consent  *task.Consent `json:"consent,omitempty"`
	Tasks    int           `json:"tasks"`
	Snapshot task.Snapshot `json:"snapshot"`
}

func shown(a task.StoredAccount) shownAccount {
	out := shownAccount{ID: a.ID, Name: a.Name, URL: a.Account.String(), Owner: a.Owner, OAuth: a.OAuth, Tasks: a.Tasks, Snapshot: a.Snapshot}
	if a.OAuth != nil {
		out.Consent = &a.OAuth.Consent
	}
	return out
}

func accountList(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "list", Short: "Lists the stored accounts", Long: "Lists the stored accounts, and what they were like when they were tested last.\n\n" + exitHelp,
		Example: `  mailweir account list`, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				list, err := r.Accounts(cmd.Context())
				if err != nil {
					return err
				}
				return t.printAccounts(list, f.json)
			})
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "an account")
	return cmd
}

func (t *terminal) printAccounts(list []task.StoredAccount, asJSON bool) error {
	table := newTable(t.out, "NAME", "URL", "TASKS", "TESTED", "")
	if !asJSON {
		table.row(table.heads...)
	}
	for _, a := range list {
		if asJSON {
			if err := t.printJSON("account", shown(a)); err != nil {
				return err
			}
			continue
		}
		remark := a.Snapshot.Fault
		if remark == "" && !a.Snapshot.At.IsZero() {
			remark = fmt.Sprintf("%d folders, %s messages", a.Snapshot.Folders, number(a.Snapshot.Messages))
		}
		if a.OAuth != nil {
			remark = cmp.Or(a.OAuth.Consent.Warning(time.Now()), remark)
		}
		table.row(plain(a.Name), plain(a.Account.String()), strconv.Itoa(a.Tasks), at(a.Snapshot.At), plain(remark))
	}
	return table.w.Flush()
}

func accountShow(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Shows a stored account", Long: "Shows a stored account, without its password, and what it was like when it was tested last.\n\n" + exitHelp,
		Example: `  mailweir account show archive`, Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				a, err := r.Account(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if f.json {
					return t.printJSON("account", shown(a))
				}
				return t.printAccount(a)
			})
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "")
	return cmd
}

func (t *terminal) printAccount(a task.StoredAccount) error {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t.out, "  %-13s %s\n", name, plain(value))
		}
	}
	fmt.Fprintln(t.out, plain(a.Name))
	line("URL", a.Account.String())
	line("owner", a.Owner)
	t.printOAuth(a.OAuth, line)
	line("tasks", strconv.Itoa(a.Tasks))
	line("tested", at(a.Snapshot.At))
	line("fault", a.Snapshot.Fault)
	line("server", a.Snapshot.Server)
	line("TLS", a.Snapshot.TLS)
	if !a.Snapshot.At.IsZero() && a.Snapshot.Fault == "" {
		line("folders", strconv.Itoa(a.Snapshot.Folders))
		line("messages", number(a.Snapshot.Messages))
	}
	if a.Snapshot.QuotaLimit > 0 {
		line("quota", size(a.Snapshot.QuotaUsed)+" of "+size(a.Snapshot.QuotaLimit)+" used")
	}
	return nil
}

func accountTest(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Logs in to a stored account, and says in words what is there",
		Long: `Logs in, looks around, changes nothing, and remembers what the account was like. What
may go wrong with copies is said with what to do about it.

` + exitHelp,
		Example: `  mailweir account test archive`, Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.test(cmd.Context(), t, args[0], (*app.Registry).TestAccount)
		},
	}
	f.add(cmd.Flags())
	f.addServer(cmd.Flags())
	f.addJSON(cmd.Flags(), "")
	return cmd
}

// test tries what do opens, and prints how it went.
func (f *registryFlags) test(ctx context.Context, t *terminal, name string, do func(*app.Registry, context.Context, string) (*app.AccountTest, error)) error {
	return f.with(ctx, t, func(r *app.Registry) error {
		test, err := do(r, ctx, name)
		if err != nil {
			return err
		}
		return t.printTest(name, test, f.json)
	})
}

// removal is a verb that removes something by its name.
func removal(t *terminal, what, long, example string, do func(*app.Registry, context.Context, string) error) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Removes " + what, Long: long + "\n\n" + exitHelp, Example: example, Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				if err := do(r, cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "%s is removed\n", plain(args[0]))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func accountRemove(t *terminal) *cobra.Command {
	return removal(t, "a stored account", "Removes a stored account. One that tasks or rules refer to stays.",
		`  mailweir account remove archive`, (*app.Registry).RemoveAccount)
}
