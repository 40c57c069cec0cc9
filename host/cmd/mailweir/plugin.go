package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const pluginExitHelp = `Exit status:
  0   done
  3   finished, but cases failed, or the message is held
  4   stopped, or a registry can not be reached; run it again
  5   needs you: a file, a folder, a tool
  64  the command line makes no sense
  70  a fault in mailweir`

func pluginCommand(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Makes, tests and installs plugins and scripts",
		Long: `What the author of a plugin or script needs, and who installs one. A plugin is one
.wasm file with its manifest inside; a script is one .js file. Both run in the same
host with the same limits here as in a copy.

Plugins are written in Go, AssemblyScript, C or Rust, and in JavaScript, as scripts are.

` + pluginExitHelp,
		Example: `  mailweir plugin new newsletters --lang js
  mailweir plugin test newsletters
  mailweir copy --from URL --to URL --script newsletters/newsletters.js --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for \"mailweir plugin\"", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(pluginNew(t), pluginBuild(t), pluginPack(t), pluginTest(t), pluginRun(t), pluginBench(t), pluginInspect(t),
		pluginList(t), pluginInstall(t), pluginRemove(t), pluginKV(t), pluginKeygen(t), pluginSign(t), pluginTrust(t),
		pluginPush(t), pluginPull(t))
	return cmd
}

// authorFlags are those that all verbs of plugin share which look into files.
type authorFlags struct {
	data string
}

func (f *authorFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.data, "data", "", "`DIR` with installed and compiled plugins (default $XDG_DATA_HOME/mailweir, or /var/lib/mailweir as root)")
}

// with opens the data directory for as long as do takes.
func (f *authorFlags) with(ctx context.Context, t *terminal, do func(*app.Author) error) (err error) {
	data := f.data
	if data == "" {
		if data, err = app.DefaultDataDir(t.getenv, os.Geteuid()); err != nil {
			return err
		}
	}
	author, err := app.NewAuthor(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, author.Close(context.WithoutCancel(ctx))) }()
	if err = do(author); errors.Is(err, context.Canceled) {
		err = &ended{outcome: task.OutcomeStopped, cause: "stopped"}
	}
	return err
}

// oneArgument says what is missing, and what is too much.
func oneArgument(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usagef("%s is missing", what)
		case 1:
			return nil
		}
		return usagef("%q is not expected; one %s at a time", args[1], what)
	}
}

// readConfig reads the file of --config; "" is no configuration.
func readConfig(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	config, err := os.ReadFile(file)
	if err != nil {
		return nil, &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("configuration %s: %v", file, pathReason(err))}
	}
	return config, nil
}
