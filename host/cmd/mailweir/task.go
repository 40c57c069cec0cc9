package main

import (
	"github.com/spf13/cobra"
)

func taskCommand(t *terminal) *cobra.Command {
	cmd := group("task", "Tasks of the service",
		`Tasks of a service: "mailweir serve". A task copies one or more accounts (its sources) into
one (its destination), by hand or by a schedule.

`+serverHelp+`

To combine two accounts into a third one every six hours, and watch the first run:

  export MAILWEIR_FROM_PASSWORD_OFFICE=... MAILWEIR_FROM_PASSWORD_HOME=... MAILWEIR_TO_PASSWORD=...
  mailweir task create "ann combines" --template combine \
      --from office=imaps://ann@a.example --from home=imaps://ann@b.example \
      --to imaps://ann@new.example --every 6h
  mailweir task run "ann combines" --dry-run      # what goes where
  mailweir task run "ann combines" --watch        # its exit status is that of the run

With --template combine the folders of each source come below a folder with its name;
without it equal folders become one. Passwords may also come from files (--from-password-file
office=FILE), and are asked for on a terminal.`,
		`  mailweir task list --status "needs you"
  mailweir task show "ann combines"
  mailweir task logs "ann combines" --follow
  mailweir task edit "ann combines" --cron "30 2 * * *" --zone Europe/Berlin
  mailweir task run "ann combines" --only-failed --watch
  mailweir task rate "ann combines" 500000
  mailweir task import move.csv --check
  mailweir task link "ann moves"`,
		taskList(t), taskCreate(t), taskShow(t), taskEdit(t), taskRun(t), taskStop(t), taskPause(t), taskResume(t), taskDelete(t),
		taskLogs(t), taskWatch(t), taskRate(t), taskImport(t), taskLink(t))
	return cmd
}
