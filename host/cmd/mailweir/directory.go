package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func directoryCommand(t *terminal) *cobra.Command {
	return group("directory", "Directories, which know who has a mailbox",
		`A directory knows users: their addresses, names and groups. It is an LDAP server such
as OpenLDAP or Active Directory, a CSV file with the columns address, name and groups,
or a list. Rules give its users tasks; see mailweir rule.`,
		`  mailweir directory test --ldap ldaps://dc.example.org --base dc=example,dc=org --bind reader@example.org
  mailweir directory add staff --csv /etc/mailweir/staff.csv
  mailweir directory list`,
		directoryAdd(t), directoryList(t), directoryTest(t),
		removal(t, "a directory", "Removes a directory. One that rules ask stays.", `  mailweir directory remove staff`, (*app.Registry).RemoveDirectory))
}

// directoryFlags describe a directory.
type directoryFlags struct {
	registryFlags
	d     task.Directory
	csv   string
	users []string
	file  string // of the password
}

func (f *directoryFlags) addSettings(flags *pflag.FlagSet) {
	flags.StringVar(&f.d.URL, "ldap", "", "LDAP server: ldaps://HOST, ldap://HOST with StartTLS, ldap://HOST?tls=none, as `URL`")
	flags.StringVar(&f.d.Base, "base", "", "where its users are, such as ou=people,dc=example,dc=org, as `DN`")
	flags.StringVar(&f.d.BindDN, "bind", "", "`DN` that asks, or user@domain for Active Directory; without it nobody does")
	flags.StringVar(&f.file, "password-file", "", "`FILE` with the password of --bind")
	flags.StringVar(&f.d.Filter, "filter", "", "which entries are users (default (&(objectClass=person)(mail=*))), as `FILTER`")
	flags.StringVar(&f.d.Address, "address-attribute", "", "`NAME` of the attribute with the address (default mail)")
	flags.StringVar(&f.d.NameAt, "name-attribute", "", "`NAME` of the attribute with the name (default displayName, else cn)")
	flags.StringVar(&f.d.GroupsAt, "groups-attribute", "", "`NAME` of the attribute with the groups (default memberOf)")
	flags.StringVar(&f.d.GroupBase, "group-base", "", "where groups are, for servers without memberOf, as `DN`")
	flags.StringVar(&f.d.CAFile, "ca", "", "`FILE` of the authorities to trust instead of the system's")
	flags.StringVar(&f.csv, "csv", "", "CSV `FILE` with the columns address, name, groups")
	flags.StringArrayVar(&f.users, "user", nil, "a user of a list, as `ADDRESS[=GROUP,GROUP]`; repeatable")
}

// given reports whether the flags describe a directory.
func (f *directoryFlags) given() bool { return f.d.URL != "" || f.csv != "" || len(f.users) > 0 }

// settings reads the directory that the flags describe.
func (f *directoryFlags) settings(ctx context.Context, t *terminal, name string) (task.Directory, error) {
	d := f.d
	d.Name = name
	kinds := 0
	for kind, given := range map[task.DirectoryKind]bool{task.DirectoryLDAP: d.URL != "", task.DirectoryCSV: f.csv != "", task.DirectoryStatic: len(f.users) > 0} {
		if given {
			d.Kind = kind
			kinds++
		}
	}
	if kinds != 1 {
		return d, usagef("give one of --ldap, --csv and --user")
	}
	var err error
	for _, file := range []struct{ from, to *string }{{&f.csv, &d.File}, {&f.d.CAFile, &d.CAFile}} {
		if *file.from != "" {
			// The service may run in another directory.
			if *file.to, err = filepath.Abs(*file.from); err != nil {
				return d, err
			}
		}
	}
	for _, text := range f.users {
		address, groups, _ := strings.Cut(text, "=")
		u := task.DirectoryUser{Address: address}
		for _, g := range strings.Split(groups, ",") {
			if g != "" {
				u.Groups = append(u.Groups, g)
			}
		}
		d.Users = append(d.Users, u)
	}
	if err := d.Validate(); err != nil {
		return d, usageError(err)
	}
	if d.BindDN != "" {
		login := task.Account{Kind: task.KindIMAP, User: d.BindDN, Host: "the directory", Port: 389} // for the prompt
		switch {
		case f.file != "":
			password, err := readPassword(f.file)
			d.Password = task.Password(password)
			return d, err
		case !t.hasPassword(""):
			return d, usagef("no password for %s; give --password-file or set %s", d.BindDN, passwordVariable)
		}
		err = t.password(ctx, &login, "", passwordVariable)
		d.Password = login.Password
	}
	return d, err
}

func directoryAdd(t *terminal) *cobra.Command {
	f := &directoryFlags{}
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Stores how a directory is asked",
		Long: "Stores a directory under a name. Nothing is connected to; see directory test.\n\n" + ownPasswordHelp + "\n\n" + exitHelp,
		Example: `  mailweir directory add staff --ldap ldap://ldap.example.org --base ou=people,dc=example,dc=org \
      --bind cn=reader,dc=example,dc=org --password-file reader.password --group-base ou=groups,dc=example,dc=org
  mailweir directory add few --user ann@example.org=staff --user bob@example.org`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.settings(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				if err := r.SaveDirectory(cmd.Context(), &d); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "%s is stored\n", plain(d.Name))
				return err
			})
		},
	}
	f.add(cmd.Flags())
	f.addSettings(cmd.Flags())
	return cmd
}

func directoryList(t *terminal) *cobra.Command {
	f := &registryFlags{}
	cmd := &cobra.Command{
		Use: "list", Short: "Lists the directories", Long: "Lists the directories, without passwords.\n\n" + exitHelp,
		Example: `  mailweir directory list`, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(r *app.Registry) error {
				list, err := r.Directories(cmd.Context())
				if err != nil {
					return err
				}
				table := newTable(t.out, "NAME", "KIND", "WHERE")
				table.row(table.heads...)
				for _, d := range list {
					where := d.File
					switch d.Kind {
					case task.DirectoryLDAP:
						where = d.URL + " " + d.Base
					case task.DirectoryStatic:
						where = fmt.Sprintf("%d users", len(d.Users))
					}
					table.row(plain(d.Name), string(d.Kind), plain(where))
				}
				return table.w.Flush()
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func directoryTest(t *terminal) *cobra.Command {
	f := &directoryFlags{}
	var group string
	var limit int
	cmd := &cobra.Command{
		Use: "test [NAME]", Short: "Asks a directory, and shows who it says has a mailbox",
		Long: `Asks a stored directory, or the one that the flags describe, and shows its users.
Nothing is stored or changed.

` + ownPasswordHelp + "\n\n" + exitHelp,
		Example: `  mailweir directory test staff --group board
  mailweir directory test --csv staff.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && f.given() || len(args) == 0 && !f.given() {
				return usagef("give the name of a stored directory, or flags that describe one")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 0 {
				d, err := f.settings(ctx, t, "test")
				if err != nil {
					return err
				}
				return f.ask(ctx, t, d, group, limit)
			}
			return f.with(ctx, t, func(r *app.Registry) error {
				d, err := r.Directory(ctx, args[0])
				if err != nil {
					return err
				}
				return f.ask(ctx, t, d, group, limit)
			})
		},
	}
	f.add(cmd.Flags())
	f.addSettings(cmd.Flags())
	f.addJSON(cmd.Flags(), "a user")
	cmd.Flags().StringVar(&group, "group", "", "users of this `GROUP` only")
	cmd.Flags().IntVar(&limit, "show", 20, "show the first `N` users; all are counted")
	return cmd
}

// ask prints the users of a directory.
func (f *directoryFlags) ask(ctx context.Context, t *terminal, d task.Directory, group string, limit int) error {
	table := newTable(t.out, "ADDRESS", "NAME", "GROUPS")
	n, skipped := 0, 0
	err := app.DirectoryUsers(ctx, d, group, func(u task.DirectoryUser) error {
		n++
		if f.json {
			return t.printJSON("user", u)
		}
		if n == 1 {
			table.row(table.heads...)
		}
		if n <= limit {
			table.row(plain(u.Address), plain(u.Name), plain(strings.Join(u.Groups, ", ")))
		}
		return nil
	}, func(who string, why error) {
		if skipped++; skipped <= limit {
			fmt.Fprintf(t.err, "left out: %s: %s\n", plain(who), plain(why.Error()))
		}
	})
	if err != nil || f.json {
		return err
	}
	if err := table.w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s %s\n", number(int64(n)), plural(int64(n), "user", "users"))
	return err
}
