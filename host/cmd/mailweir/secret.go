package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

func secretCommand(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Keeps secrets that plugins send and never see",
		Long: `A plugin that may send requests writes {{secret:NAME}} into a header field, and the
value is put there when the request leaves, if it leaves for a host that the secret is
bound to. The plugin never sees the value, and an answer that holds it is not handed on.
Secrets are sealed in the database of the data directory, with the key that seals the
passwords of accounts, and are there for copies and for tasks of the service alike.

` + pluginExitHelp,
		Example: `  mailweir secret set webhook --host hooks.example --file token
  mailweir secret list`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir secret\"", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(secretSet(t), secretList(t), secretRemove(t))
	return cmd
}

func secretSet(t *terminal) *cobra.Command {
	var keep keepFlags
	var file string
	var hosts []string
	cmd := &cobra.Command{
		Use:   "set NAME --host HOST[:PORT]",
		Short: "Stores a secret, or gives it another value or other hosts",
		Long: `Stores a secret under a name. It is sent by https to the hosts that are named with
--host, and to a port other than 443, or by http, only if the port is named, too. The
value is the first line of --file, or of what is typed or piped in.

` + pluginExitHelp,
		Example: `  mailweir secret set webhook --host hooks.example --host hooks.example:8443 --file token
  mailweir secret set rspamd --host 127.0.0.1:11334 < password`,
		Args: oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := keep.withDatabase(t)
			if err != nil {
				return err
			}
			s := task.Secret{Name: args[0]}
			for _, text := range hosts {
				e, err := task.ParseEndpoint(text)
				if err != nil {
					return usagef("--host: %w", err)
				}
				s.Hosts = append(s.Hosts, e)
			}
			value, err := t.secretValue(cmd.Context(), s.Name, file)
			if err != nil {
				return err
			}
			s.Value = task.Password(value)
			if err := app.SetSecret(cmd.Context(), o, s); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "the secret %s is stored, for %s\n", s.Name, hostsOf(s))
			return err
		},
	}
	keep.add(cmd.Flags())
	cmd.Flags().StringVar(&file, "file", "", "`FILE` whose first line is the value")
	cmd.Flags().StringArrayVar(&hosts, "host", nil, "`HOST[:PORT]` that it may be sent to; repeatable")
	return cmd
}

// secretValue reads a value from a file, from a person or from a pipe.
func (t *terminal) secretValue(ctx context.Context, name, file string) (string, error) {
	if file != "" {
		return readPassword(file)
	}
	if in, ok := t.in.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		fmt.Fprintf(t.err, "Value of the secret %s: ", name)
		typed, err := askPassword(ctx, in)
		fmt.Fprintln(t.err)
		return string(typed), err
	}
	piped, err := io.ReadAll(io.LimitReader(t.in, task.MaxSecret+2))
	if err != nil {
		return "", fmt.Errorf("read the value: %w", err)
	}
	line, _, _ := strings.Cut(string(piped), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// hostsOf lists the hosts of a secret.
func hostsOf(s task.Secret) string {
	var out []string
	for _, e := range s.Hosts {
		out = append(out, e.String())
	}
	return strings.Join(out, ", ")
}

func secretList(t *terminal) *cobra.Command {
	var keep keepFlags
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists secrets, without their values",
		Long:    "Lists the secrets of the data directory: names, hosts, and when they were set.\n\n" + pluginExitHelp,
		Example: `  mailweir secret list`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := keep.withDatabase(t)
			if err != nil {
				return err
			}
			secrets, err := app.Secrets(cmd.Context(), o)
			if err != nil {
				return err
			}
			table := newTable(t.out, "NAME", "HOSTS", "SET")
			table.row(table.heads...)
			for _, s := range secrets {
				table.row(s.Name, hostsOf(s), s.Updated.Format("2006-01-02 15:04"))
			}
			return table.w.Flush()
		},
	}
	keep.add(cmd.Flags())
	return cmd
}

func secretRemove(t *terminal) *cobra.Command {
	var keep keepFlags
	cmd := &cobra.Command{
		Use:     "remove NAME",
		Short:   "Removes a secret",
		Long:    "Removes a secret from the data directory. Requests that name it are refused from then on.\n\n" + pluginExitHelp,
		Example: `  mailweir secret remove webhook`,
		Args:    oneArgument("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := keep.withDatabase(t)
			if err != nil {
				return err
			}
			if err := app.RemoveSecret(cmd.Context(), o, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "the secret %s is removed\n", args[0])
			return err
		},
	}
	keep.add(cmd.Flags())
	return cmd
}
