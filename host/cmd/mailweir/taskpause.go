package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

// pausing is a verb that works on the schedule of a task, or with --run on its run.
type pausing struct {
	use, short, long, example string
	said, saidOfRun           string
	flag                      string
}

func taskPause(t *terminal) *cobra.Command {
	return t.pausing(pausing{
		use: "pause", short: "Keeps the schedule of a task from starting runs, or pauses its run with --run",
		long: `Without --run it is about the schedule: nothing starts by itself any more, until "task resume".
A run that is at work goes on, and the task can still be run by hand.

With --run it is about the run that is queued or at work now: it comes to rest within a
second or two, also keeps that state when the service starts anew, and goes on where it
was with "task resume --run". The schedule starts no other run of the task meanwhile.`,
		example: "  mailweir task pause \"ann combines\"\n  mailweir task pause \"ann combines\" --run",
		said:    "is paused: its schedule starts nothing; a run that is at work goes on", saidOfRun: "is asked to pause",
		flag: "pause the run that is queued or at work, not the schedule",
	})
}

func taskResume(t *terminal) *cobra.Command {
	return t.pausing(pausing{
		use: "resume", short: "Lets the schedule of a task start runs again, or its paused run go on with --run",
		long: `Without --run it ends what "task pause" has begun: the schedule starts runs again. What was
missed is not made up for.

With --run it ends what "task pause --run" has begun: the run goes on where it was, when
its turn comes.`,
		example: "  mailweir task resume \"ann combines\"\n  mailweir task resume \"ann combines\" --run",
		said:    "is resumed: its schedule starts runs again", saidOfRun: "goes on",
		flag: "let the paused run go on, not the schedule",
	})
}

func (t *terminal) pausing(p pausing) *cobra.Command {
	f := &serverFlags{}
	var run bool
	cmd := &cobra.Command{
		Use: p.use + " NAME", Short: p.short, Args: oneArgument("NAME"), Long: p.long + "\n\n" + serverHelp + "\n\n" + exitHelp, Example: p.example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if run {
				return t.pauseRun(cmd.Context(), f, args[0], p)
			}
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := c.do(cmd.Context(), http.MethodPost, "/tasks/"+tk.ID+"/"+p.use, nil, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s %s\n", plain(tk.Name), p.said)
			return err
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&run, "run", false, p.flag)
	return cmd
}

func (t *terminal) pauseRun(ctx context.Context, f *serverFlags, name string, p pausing) error {
	c, run, err := f.latest(ctx, t, name)
	if err != nil {
		return err
	}
	if run.Ended {
		return &ended{outcome: task.OutcomeNeedsUser, cause: plain(run.TaskName) + " is not at work: there is no run to " + p.use}
	}
	if err := c.do(ctx, http.MethodPost, "/runs/"+run.ID+"/"+p.use, nil, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "run %s of %s %s\n", run.ID, plain(run.TaskName), p.saidOfRun)
	return err
}

// awaited is the end of watching a run that waits for somebody, who is the reader.
func awaited(run api.Run) error {
	cause := "the run waits for you: " + run.Await.Cause
	if run.Await.Remedy != "" {
		cause += ". " + run.Await.Remedy
	}
	return &ended{outcome: task.OutcomeNeedsUser, cause: plain(cause)}
}
