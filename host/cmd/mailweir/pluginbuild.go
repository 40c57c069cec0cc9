package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/app/kit"
)

func pluginBuild(t *terminal) *cobra.Command {
	f := &authorFlags{}
	var file string
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Builds the plugin in a folder; a script is checked",
		Long: `Compiles the plugin in DIR, which is the current folder unless it is named, and puts
plugin.json into the result: one .wasm file is the whole plugin. What compiles it goes
by what lies in DIR:

  *.go               the Go tool (GOOS=wasip1 GOARCH=wasm -buildmode=c-shared)
  Cargo.toml         cargo, with the standard library for wasm32-unknown-unknown
  assembly/index.ts  asc, from DIR/node_modules or the PATH
  *.c, *.cc          clang and wasm-ld

The same sources and the same version of the compiler give the same bytes. A script
needs no building; it is checked.

` + pluginExitHelp,
		Example: `  mailweir plugin build
  mailweir plugin build newsletters -o /srv/plugins/newsletters.wasm`,
		Args: optionalArgument("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd.Context(), t, func(a *app.Author) error {
				dir := argumentOr(args, ".")
				facts, err := a.Build(cmd.Context(), dir, file)
				if err != nil {
					return t.compilerSays(err)
				}
				if facts.Kind == kit.KindScript {
					_, err = fmt.Fprintf(t.out, "%s: a script needs no building; its syntax is right, hooks %s\n", plain(facts.File), hooksOf(facts))
					return err
				}
				return printBuilt(t.out, facts)
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVarP(&file, "output", "o", "", "`FILE` to write (default DIR/ID.wasm)")
	return cmd
}

func printBuilt(w io.Writer, f *kit.Facts) error {
	_, err := fmt.Fprintf(w, "%s: %s %s, %s bytes, %s\n", plain(f.File), f.ID, plain(f.Version), number(f.Size), f.Digest)
	return err
}

// compilerSays prints what the compiler says, which is more than a sentence.
func (t *terminal) compilerSays(err error) error {
	var c *app.CompileError
	if errors.As(err, &c) {
		for line := range strings.Lines(c.Output) {
			fmt.Fprintln(t.err, plain(strings.TrimRight(line, "\r\n")))
		}
	}
	return err
}

// hooksOf names the hooks, or says why they are not known.
func hooksOf(f *kit.Facts) string {
	if f.Fault != "" {
		return "not known without a configuration: " + plain(f.Fault)
	}
	return strings.Join(f.Hooks, ", ")
}

// optionalArgument takes one argument or none.
func optionalArgument(what string) cobra.PositionalArgs {
	one := oneArgument(what)
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return one(cmd, args)
	}
}

// argumentOr is the argument of optionalArgument, or what stands for none.
func argumentOr(args []string, none string) string {
	if len(args) > 0 {
		return args[0]
	}
	return none
}
