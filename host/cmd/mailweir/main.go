// Command mailweir copies mail between accounts: once, now, from the command
// line, or as a service with tasks, schedules and pages.
//
// One file per verb, those of "task" speaking the API (apiclient.go): serve.go, copy.go, verify.go, check.go, secret.go, backup.go,
// restore.go, movestore.go, rekey.go, and plugin.go and user.go with those below them.
// accounts.go reads the account flags that verbs share, exit.go
// turns errors into exit statuses, and json.go, table.go and progress.go are the
// three ways to say what happens.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// terminal is what a verb talks to.
type terminal struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string
}

// run is the whole program. It returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	// The first signal asks for an orderly end; the default action is back for the
	// second one.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	t := &terminal{in: stdin, out: stdout, err: stderr, getenv: getenv}
	root := &cobra.Command{
		Use:   "mailweir",
		Short: "Copies mail between IMAP accounts",
		Long: `mailweir copies mail between IMAP accounts and Maildir trees: migration, backup,
several accounts combined into one. Messages arrive byte for byte, with flags,
keywords and dates, and a copy that was interrupted goes on where it ended.

` + exitHelp,
		Version:       app.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(serveCommand(t), copyCommand(t), verifyCommand(t), checkCommand(t), taskCommand(t), pluginCommand(t), secretCommand(t),
		accountCommand(t), domainCommand(t), directoryCommand(t), ruleCommand(t), userCommand(t),
		backupCommand(t), restoreCommand(t), moveStoreCommand(t), rekeyCommand(t))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError(err) })
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetContext(ctx)
	cmd, err := root.ExecuteC()
	return t.exit(cmd, err)
}
