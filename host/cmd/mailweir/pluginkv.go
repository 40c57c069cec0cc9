package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func pluginKV(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kv",
		Short: "Shows and clears what plugins remember",
		Long: `A plugin with the grant kv remembers values, apart for each task, and for each copy by
its name. What it remembers outlives upgrades of the plugin, and goes with the task.

` + pluginExitHelp,
		Example: `  mailweir plugin kv list
  mailweir plugin kv clear --of copy-0123456789abcdef counter`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir plugin kv\"", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(pluginKVList(t), pluginKVClear(t))
	return cmd
}

func pluginKVList(t *terminal) *cobra.Command {
	var keep keepFlags
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists which plugins remember how much",
		Long:    "Lists each plugin that remembers something, in which task or copy, and how much.\n\n" + pluginExitHelp,
		Example: `  mailweir plugin kv list`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := keep.withDatabase(t)
			if err != nil {
				return err
			}
			list, err := app.ListMemory(cmd.Context(), o)
			if err != nil {
				return err
			}
			table := newTable(t.out, "TASK OR COPY", "PLUGIN", "VALUES", "BYTES")
			table.row(table.heads...)
			for _, r := range list {
				table.row(plain(cmp.Or(r.Task, r.Ledger)), plain(r.Plugin), number(int64(r.Names)), number(int64(r.Size)))
			}
			return table.w.Flush()
		},
	}
	keep.add(cmd.Flags())
	return cmd
}

func pluginKVClear(t *terminal) *cobra.Command {
	var keep keepFlags
	var of string
	cmd := &cobra.Command{
		Use:     "clear ID --of NAME",
		Short:   "Makes a plugin forget all that it remembers in a task or copy",
		Long:    "Makes the plugin with that ID, or the script in a file of that name, forget all that it remembers in one task or copy.\n\n" + pluginExitHelp,
		Example: `  mailweir plugin kv clear counter --of ann`,
		Args:    oneArgument("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if of == "" {
				return usagef("--of NAME is missing: the task or copy")
			}
			o, err := keep.withDatabase(t)
			if err != nil {
				return err
			}
			if err := app.ClearMemory(cmd.Context(), o, of, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s has forgotten what it remembered in %s\n", plain(args[0]), plain(of))
			return err
		},
	}
	keep.add(cmd.Flags())
	cmd.Flags().StringVar(&of, "of", "", "`NAME` of the task or copy")
	return cmd
}
