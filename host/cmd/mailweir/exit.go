package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/app"
	"github.com/mailweir/mailweir/host/task"
)

const exitHelp = `Exit status:
  0   done
  3   finished, but some messages are listed as not copied, or not deleted
  4   temporary trouble, or stopped; run it again
  5   needs you: password, host, certificate, rights, a file, a plugin that stopped the run
  6   the destination is full
  7   stopped for safety; a person must decide
  64  the command line makes no sense
  70  a fault in mailweir`

// ended is how a verb ends that has begun its work: with an outcome and, unless
// it is done, with the reason.
type ended struct {
	outcome task.Outcome
	cause   string
	err     error // what the cause was made of, if that is known
	// reported says that the report on stdout has said so already.
	reported bool
}

func (e *ended) Error() string { return e.cause }
func (e *ended) Unwrap() error { return e.err }

// errUsage marks a command line that makes no sense.
var errUsage = errors.New("usage")

type usage struct{ err error }

func usageError(err error) error           { return &usage{err} }
func usagef(format string, a ...any) error { return usageError(fmt.Errorf(format, a...)) }
func (u *usage) Error() string             { return u.err.Error() }
func (u *usage) Is(target error) bool      { return target == errUsage }

// exit prints why a verb has failed - one sentence, and a hint where there is
// something to do - and returns the exit status.
func (t *terminal) exit(cmd *cobra.Command, err error) int {
	if err == nil {
		return task.OutcomeDone.ExitStatus()
	}
	outcome, hint := outcomeOf(err)
	if text := app.Sentence(err); text != "" {
		fmt.Fprintf(t.err, "mailweir: %s\n", text)
	}
	if outcome == task.OutcomeStopped && cmd.Name() != "copy" {
		hint = "" // nothing goes on
	}
	if outcome == task.OutcomeUsage && hint == "" {
		hint = fmt.Sprintf("see %s --help", cmd.CommandPath())
	}
	if hint != "" {
		fmt.Fprintf(t.err, "  hint: %s\n", hint)
	}
	return outcome.ExitStatus()
}

// outcomeOf is the one place where errors become outcomes, and thus exit
// statuses, and hints.
func outcomeOf(err error) (outcome task.Outcome, hint string) {
	var e *ended
	switch {
	case errors.As(err, &e):
		outcome = e.outcome
	case errors.Is(err, errUsage), strings.HasPrefix(err.Error(), "unknown command "):
		outcome = task.OutcomeUsage
	default:
		outcome = app.OutcomeOf(err)
	}
	switch {
	case outcome == task.OutcomeStopped:
		hint = "what was copied is recorded; run it again and it goes on"
	case app.Hint(err) != "":
		hint = app.Hint(err)
	case errors.Is(err, app.ErrRunning):
		hint = "wait until it has ended, or give this one another --name"
	case errors.Is(err, app.ErrListen):
		hint = "choose another address with --listen"
	case errors.Is(err, app.ErrData):
		hint = "choose another directory with --data"
	case outcome == task.OutcomeSafety:
		hint = "what was to be copied is copied; look at both sides, --dry-run lists what would go"
	case outcome == task.OutcomeBug:
		hint = "this should not happen; please report it with the command and the output of -v"
	}
	return outcome, hint
}
