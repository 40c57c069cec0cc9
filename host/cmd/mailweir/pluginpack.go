package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func pluginPack(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var manifest, file string
	cmd := &cobra.Command{
		Use:   "pack FILE.wasm -o FILE.wasm",
		Short: "Puts the manifest into a module that another compiler made",
		Long: `Puts plugin.json into a WebAssembly module and writes the plugin, if the host can run
it. This is the last step of "plugin build", for modules that something else than the
Go tool has made. Without --manifest it is plugin.json beside FILE. A manifest that is
in FILE already is replaced.

` + pluginExitHelp,
		Example: `  mailweir plugin pack raw.wasm -o filter.wasm`,
		Args:    oneArgument("FILE.wasm"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef("-o FILE.wasm is missing")
			}
			if manifest == "" {
				manifest = filepath.Join(filepath.Dir(args[0]), "plugin.json")
			}
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				facts, err := a.Pack(cmd.Context(), args[0], manifest, file)
				if err != nil {
					return err
				}
				return printBuilt(t.out, facts)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&manifest, "manifest", "", "`FILE` with the manifest (default plugin.json beside FILE.wasm)")
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write")
	return cmd
}
