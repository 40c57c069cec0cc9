package main

import (
	"github.com/spf13/cobra"
)

func taskCommand(t *terminal) *cobra.Command {
	cmd := group("task", "Tasks of the service",
		`Tasks of a service: "mailweir serve". A task copies one or more accounts (its sources) into
one (its destination), by hand or by a schedule. Each time it does so is a run.

To combine two accounts into a third one every six hours, and watch the first run:

  mailweir serve &                                # unless one runs already
  export MAILWEIR_FROM_PASSWORD_OFFICE=... MAILWEIR_FROM_PASSWORD_HOME=... MAILWEIR_TO_PASSWORD=...
  mailweir task create "ann combines" --template combine \
      --from office=imaps://ann@a.example --from home=imaps://ann@b.example \
      --to imaps://ann@new.example --every 6h
  mailweir task run "ann combines" --dry-run      # what goes where
  mailweir task run "ann combines" --watch        # its exit status is that of the run
  mailweir task show "ann combines"               # how it stands, and how its runs went

With --template combine the folders of each source come below a folder with its name;
without it equal folders become one. office and home are names that you choose; the variable
of a password has the name in capitals. Passwords may also come from files
(--from-password-file office=FILE), and are asked for on a terminal. An account is a URL
("mailweir task create --help" has all of it), account:NAME or a mailbox of a local domain;
"mailweir check --from URL" tries one. Nothing is ever deleted unless a task says so.

How a run stands ("task list" and "task show" say it):
  queued, running           it waits for its turn, or is at work
  pausing, paused           somebody said "task pause --run"; "task resume --run" lets it go on
  waiting for user          a scheduled run needs you: "task show" says what for, and it goes on
                            by itself once "task edit" or "account change" has mended that
  done, done with warnings  all is there; or some messages are listed: "task run --only-failed"
  incomplete                interrupted; the next run goes on
  needs you                 it ended, and would end so again until somebody does something
  stopping, cancelled       somebody said "task stop"; the next run goes on

`+serverHelp,
		`  mailweir task list --status "needs you"
  mailweir task show "ann combines"
  mailweir task logs "ann combines" --follow
  mailweir task compare "ann combines"
  mailweir task edit "ann combines" --cron "30 2 * * *" --zone Europe/Berlin
  mailweir task preflight "ann combines"
  mailweir task plan "ann combines" --approve
  mailweir task run "ann combines" --only-failed --watch
  mailweir task rate "ann combines" 500000
  mailweir task pause "ann combines"              (the schedule; with --run the run)
  mailweir task import move.csv --check
  mailweir task link "ann moves"
  mailweir task delete "ann combines"             (and "task restore", within a day)`,
		taskList(t), taskCreate(t), taskShow(t), taskEdit(t), taskRun(t), taskStop(t), taskPause(t), taskResume(t), taskDelete(t), taskRestore(t),
		taskLogs(t), taskWatch(t), taskRate(t), taskImport(t), taskPreflight(t), taskPlan(t), taskLink(t), taskCompare(t))
	return cmd
}
