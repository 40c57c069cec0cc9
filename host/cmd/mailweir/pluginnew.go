package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func pluginNew(t *terminal) *cobra.Command {
	var language, dir string
	cmd := &cobra.Command{
		Use:   "new NAME --lang go|js|as|c|rust",
		Short: "Makes the folder of a new plugin or script",
		Long: `Makes a folder that one can read in a minute: a small plugin that works, cases that
test it, and a README with the next commands. The languages are Go, JavaScript (a
script, which needs no building), AssemblyScript, C and Rust. A plugin carries the SDK
along: it builds anywhere with its language's compiler, and nothing is downloaded.

` + pluginExitHelp,
		Example: `  mailweir plugin new newsletters --lang go
  mailweir plugin new newsletters --lang js --dir scripts/newsletters`,
		Args: oneArgument("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			if language == "" {
				return usagef("--lang is missing: %s", app.LanguageList())
			}
			dir = cmp.Or(dir, args[0])
			files, err := app.NewPlugin(dir, args[0], language)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s has %d files. Go on with\n\n  mailweir plugin build %s\n  mailweir plugin test %s\n", dir, len(files), dir, dir)
			return err
		},
	}
	cmd.Flags().StringVar(&language, "lang", "", "`LANGUAGE` of the plugin: "+app.LanguageList())
	cmd.Flags().StringVar(&dir, "dir", "", "`DIR` to make (default NAME)")
	return cmd
}
