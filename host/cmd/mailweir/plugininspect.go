package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
)

func pluginInspect(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Shows what is in a plugin's or script's file, or why it can not be used",
		Long: `Looks at a file as a copy would: manifest, hooks, what it needs to see, size,
SHA-256, signature and the schema of its configuration. The digest of a script is that of its
text and the engine together. FILE may also be the name of an installed or shipped
plugin.

` + pluginExitHelp,
		Example: `  mailweir plugin inspect first.wasm
  mailweir plugin inspect --json folder-rules`,
		Args: oneArgument("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				facts, err := a.Inspect(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return newJSONLines(t.out).facts(facts)
				}
				return printFacts(t.out, facts)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func printFacts(w io.Writer, f *kit.Facts) error {
	fmt.Fprintf(w, "%s %s\n", f.Kind, plain(strings.TrimSpace(cmp.Or(f.ID, f.File)+" "+f.Version)))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-13s %s\n", name, plain(value))
		}
	}
	line("description", f.Description)
	line("hooks", hooksOf(f))
	line("needs", f.Needs)
	printAsks(w, "  ", f.Asks)
	line("interface", f.ABI)
	line("imports", strings.Join(f.Imports, ", "))
	line("license", f.License)
	line("source", f.Source)
	line("size", fmt.Sprintf("%s bytes", number(f.Size)))
	line("digest", f.Digest)
	if f.Signature.State != "" {
		line("signature", f.Signature.String())
	}
	if len(f.Config) > 0 {
		var text bytes.Buffer
		if err := json.Indent(&text, f.Config, "  ", "  "); err != nil {
			return err
		}
		fmt.Fprintln(w, "  configuration (JSON Schema)")
		for row := range strings.Lines(text.String()) {
			fmt.Fprintf(w, "    %s\n", plain(strings.TrimRight(strings.TrimPrefix(row, "  "), "\n")))
		}
	}
	return nil
}
