package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func pluginTrust(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Says whose plugins are wanted",
		Long: `Keeps a list of public keys in the data directory, trust/NAME.pem. "plugin install"
takes a plugin that was signed with one of them; another key takes --allow-untrusted.
Plugins that are not signed are installed as well, unless "trust require" is on.

` + pluginExitHelp,
		Example: `  mailweir plugin trust add ann.pub
  mailweir plugin trust require on`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir plugin trust\"", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(trustAdd(t), trustList(t), trustRemove(t), trustRequire(t))
	return cmd
}

func trustAdd(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var name string
	cmd := &cobra.Command{
		Use:     "add NAME.pub",
		Short:   "Adds a public key",
		Long:    "Adds a public key to those whose plugins are wanted.\n\n" + pluginExitHelp,
		Example: `  mailweir plugin trust add ann.pub --name ann@example.org`,
		Args:    oneArgument("NAME.pub"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				key, err := a.Trust(args[0], name)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(t.out, "the key %s is trusted as %s\n", key.ID, key.Name)
				return err
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&name, "name", "", "`NAME` of the key in the list (default: that of the file)")
	return cmd
}

func trustList(t *terminal) *cobra.Command {
	f := &authorFlags{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Lists the keys that are trusted",
		Long:  "Lists the keys that are trusted, and says whether others are refused.\n\n" + pluginExitHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is not expected", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				keys, only, err := a.Trusted()
				if err != nil {
					return err
				}
				table := newTable(t.out, "NAME", "KEY", "FILE")
				table.row(table.heads...)
				for _, k := range keys {
					table.row(plain(k.Name), k.ID, plain(k.File))
				}
				if err := table.w.Flush(); err != nil {
					return err
				}
				said := "plugins that are not signed are installed as well"
				if only {
					said = "only plugins that are signed with one of them are installed"
				}
				_, err = fmt.Fprintln(t.out, said)
				return err
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func trustRemove(t *terminal) *cobra.Command {
	f := &authorFlags{}
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Removes a key from the list",
		Long:  "Removes a key from the list. Plugins that were signed with it stay installed.\n\n" + pluginExitHelp,
		Args:  oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				if err := a.Distrust(args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "%s is not trusted any more\n", args[0])
				return err
			})
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func trustRequire(t *terminal) *cobra.Command {
	f := &authorFlags{}
	cmd := &cobra.Command{
		Use:   "require on|off",
		Short: "Says whether plugins have to be signed",
		Long: `With "on", "plugin install" refuses a plugin that is not signed with a trusted key,
unless it is told --allow-unsigned or --allow-untrusted. What is installed stays.

` + pluginExitHelp,
		Args: oneArgument("on or off"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "on" && args[0] != "off" {
				return usagef("write on or off, not %q", args[0])
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error { return a.RequireSignatures(args[0] == "on") })
		},
	}
	f.add(cmd.Flags())
	return cmd
}
