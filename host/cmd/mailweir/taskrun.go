package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/copier"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

func taskRun(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var dry, failed, watch bool
	cmd := &cobra.Command{
		Use: "run NAME", Short: "Starts a run of a task now", Args: oneArgument("NAME"),
		Long: `Starts a run and returns, or with --watch follows it to its end; the exit status is that of
the run then, and Ctrl-C ends the watching only. With --dry-run it says what a run would do.

` + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task run \"ann combines\" --watch\n  mailweir task run \"ann combines\" --only-failed",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if dry && (failed || watch) {
				return usagef("--dry-run starts nothing, and takes neither --watch nor --only-failed")
			}
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(ctx, args[0])
			if err != nil {
				return err
			}
			if dry {
				return t.planTask(ctx, c, tk, f.json)
			}
			path := "/tasks/" + tk.ID + "/run"
			if failed {
				if tk.Last == nil {
					return &ended{outcome: task.OutcomeNeedsUser, cause: "the task has not run yet"}
				}
				path = "/runs/" + tk.Last.ID + "/retry"
			}
			var run api.Run
			if err := c.do(ctx, http.MethodPost, path, nil, &run); err != nil {
				return err
			}
			if watch {
				return t.watch(ctx, c, run.ID, f.json)
			}
			if f.json {
				return t.printJSON("run", run)
			}
			_, err = fmt.Fprintf(t.out, "run %s of %s is %s\n", run.ID, plain(tk.Name), run.Status)
			return err
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the run, or what is watched,")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what a run would do, and change nothing")
	cmd.Flags().BoolVar(&failed, "only-failed", false, "only the folders in which something of the latest run failed or was held")
	cmd.Flags().BoolVar(&watch, "watch", false, "follow the run to its end")
	return cmd
}

func (t *terminal) planTask(ctx context.Context, c *client, tk api.Task, asJSON bool) error {
	var got api.Plan
	if err := c.do(ctx, http.MethodPost, "/tasks/"+tk.ID+"/plan", nil, &got); err != nil {
		return err
	}
	p := &copier.Plan{Notes: got.Notes}
	for _, o := range got.Pairs {
		p.Pairs = append(p.Pairs, copier.PairPlan{
			Source: o.Source, Folder: o.Folder, Target: o.Target, By: o.By, Excluded: o.Excluded, Create: o.Create,
			Messages: o.Messages, ToCopy: o.ToCopy, Note: o.Note, Error: o.Error,
		})
	}
	if asJSON {
		return newJSONLines(t.out).plan(p)
	}
	return printPlan(t.out, p)
}

func taskStop(t *terminal) *cobra.Command {
	f := &serverFlags{}
	cmd := &cobra.Command{
		Use: "stop NAME", Short: "Stops the run of a task", Args: oneArgument("NAME"),
		Long:    "Asks the run of a task to stop. What was copied is recorded, and the next run goes on.\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task stop "ann combines"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, run, err := f.latest(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			if run.Ended {
				_, err := fmt.Fprintf(t.out, "%s is not at work\n", plain(run.TaskName))
				return err
			}
			if err := c.do(cmd.Context(), http.MethodPost, "/runs/"+run.ID+"/stop", nil, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "run %s of %s is asked to stop\n", run.ID, plain(run.TaskName))
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}

// latest finds the service, and the latest run of a task.
func (f *serverFlags) latest(ctx context.Context, t *terminal, name string) (*client, api.Run, error) {
	c, err := f.client(t)
	if err != nil {
		return nil, api.Run{}, err
	}
	run, err := c.latest(ctx, name)
	return c, run, err
}

func taskRate(t *terminal) *cobra.Command {
	f := &serverFlags{}
	messages := int64(-1)
	cmd := &cobra.Command{
		Use: "rate NAME [BYTES]", Short: "Changes how fast the run of a task may transfer, while it is at work",
		Long:    "Bounds the bytes and the messages a second that the run which is queued or at work\ntransfers; 0 is no bound.\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task rate \"ann combines\" 500000\n  mailweir task rate \"ann combines\" 0\n  mailweir task rate \"ann combines\" --messages 5",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 && (len(args) != 1 || messages < 0) {
				return usagef("it takes NAME and BYTES, --messages, or both")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			body := map[string]int64{}
			if len(args) == 2 {
				bytes, err := strconv.ParseInt(args[1], 10, 64)
				if err != nil || bytes < 0 {
					return usagef("%q is no number of bytes a second", args[1])
				}
				body["max_rate"] = bytes
			}
			if cmd.Flags().Changed("messages") {
				if messages < 0 {
					return usagef("--messages: %d is no number of messages a second", messages)
				}
				body["max_messages"] = messages
			}
			c, run, err := f.latest(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			return c.do(cmd.Context(), http.MethodPut, "/runs/"+run.ID+"/rate", body, nil)
		},
	}
	cmd.Flags().Int64Var(&messages, "messages", -1, "at most `N` messages a second; 0 is no bound")
	f.add(cmd.Flags())
	return cmd
}

func taskLogs(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var runID string
	var lines int
	var follow bool
	cmd := &cobra.Command{
		Use: "logs NAME", Short: "Prints the log of a task's latest run", Args: oneArgument("NAME"),
		Long:    "Prints the end of the log of the latest run, or of --run; with --follow until the run has ended.\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task logs "ann combines" --follow`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if lines < 1 || lines > 5000 {
				return usagef("--lines: a number from 1 to 5000")
			}
			c, run, err := f.latest(ctx, t, args[0])
			if err != nil {
				return err
			}
			if runID == "" {
				runID = run.ID
			}
			if follow {
				return c.stream(ctx, "/runs/"+runID+"/events", func(name string, data []byte) (bool, error) {
					var l api.LogLine
					if name == "log" && json.Unmarshal(data, &l) == nil {
						return true, t.logLine(l, f.json)
					}
					return name != "end", nil
				})
			}
			var got struct{ Lines []api.LogLine }
			if err := c.do(ctx, http.MethodGet, fmt.Sprintf("/runs/%s/log?limit=%d", runID, lines), nil, &got); err != nil {
				return err
			}
			for _, l := range got.Lines {
				if err := t.logLine(l, f.json); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "lines")
	cmd.Flags().StringVar(&runID, "run", "", "`ID` of another run than the latest one")
	cmd.Flags().IntVar(&lines, "lines", 200, "`N` lines at the end")
	cmd.Flags().BoolVar(&follow, "follow", false, "go on until the run has ended")
	return cmd
}

func (t *terminal) logLine(l api.LogLine, asJSON bool) error {
	if asJSON {
		return t.printJSON("log", l)
	}
	_, err := fmt.Fprintf(t.out, "%s %-5s %s\n", l.At.Local().Format(time.DateTime), l.Level, plain(l.Text))
	return err
}

func taskWatch(t *terminal) *cobra.Command {
	f := &serverFlags{}
	cmd := &cobra.Command{
		Use: "watch NAME", Short: "Follows the latest run of a task to its end", Args: oneArgument("NAME"),
		Long:    "Shows how the latest run goes, and its report. The exit status is that of the run.\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task watch "ann combines"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, run, err := f.latest(cmd.Context(), t, args[0])
			if err != nil {
				return err
			}
			return t.watch(cmd.Context(), c, run.ID, f.json)
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "what is watched")
	return cmd
}

// watch follows a run, prints its report, and ends with its outcome. A stream that
// breaks off, as when the service starts anew, is taken up again.
func (t *terminal) watch(ctx context.Context, c *client, runID string, asJSON bool) error {
	var last api.Run
	var shown time.Time
	line := ""
	for failures := 0; ; {
		err := c.stream(ctx, "/runs/"+runID+"/events", func(name string, data []byte) (bool, error) {
			if name != "run" {
				return name != "end", nil
			}
			if err := json.Unmarshal(data, &last); err != nil {
				return false, err
			}
			failures = 0
			if asJSON {
				return last.Await == nil, t.printJSON("run", last)
			}
			if words := runWords(last); words != line && (time.Since(shown) >= watchGap || last.Ended) {
				shown, line = time.Now(), words
				fmt.Fprintln(t.err, words)
			}
			return last.Await == nil, nil
		})
		if err == nil && last.Await != nil {
			return awaited(last)
		}
		if err == nil && last.Ended {
			break
		}
		var e *ended
		if failures++; err != nil && failures > 5 || ctx.Err() != nil || errors.As(err, &e) && e.outcome != task.OutcomeTemporary {
			return err
		}
		if err != nil && !errors.As(err, &e) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		select {
		case <-time.After(time.Duration(failures) * time.Second):
		case <-ctx.Done():
			return &ended{outcome: task.OutcomeStopped, cause: "the run goes on"}
		}
	}
	var got api.Report
	if err := c.do(ctx, http.MethodGet, "/runs/"+runID+"/report", nil, &got); err != nil {
		return err
	}
	return t.endWatch(got, asJSON)
}

func (t *terminal) endWatch(got api.Report, asJSON bool) error {
	report := reportOf(got)
	var err error
	if asJSON {
		err = newJSONLines(t.out).report(report)
	} else {
		err = printReport(t.out, report)
		for _, trouble := range got.Troubles {
			fmt.Fprintln(t.err, strings.TrimSpace(plain(trouble.Cause+" "+trouble.Remedy)))
		}
	}
	if err != nil || report.Outcome == task.OutcomeDone {
		return err
	}
	return &ended{outcome: report.Outcome, cause: plain(report.Cause), reported: asJSON}
}

// runWords says in a line how a run goes.
func runWords(r api.Run) string {
	words := r.Status
	if r.Ended || r.Status == string(task.StatusQueued) {
		return words + positionWords(r.Position)
	}
	if r.Phase != "" && r.Status == string(task.StatusRunning) {
		words = r.Phase
	}
	if c := r.Counts; c.Messages > 0 {
		words += fmt.Sprintf(": %s of %s messages, %s", number(c.Copied+c.Present+c.Skipped+c.Held+c.Failed), number(c.Messages), size(c.Bytes))
	}
	if r.BytesRate > 0 {
		words += ", " + size(int64(r.BytesRate)) + "/s"
	}
	if r.Left > 0 {
		words += ", about " + (time.Duration(r.Left) * time.Second).String() + " left"
	}
	return words
}

// positionWords say where a queued run stands, to be put behind its status; nil is not
// known.
func positionWords(p *api.Position) string {
	if p == nil {
		return ""
	}
	words := ", next"
	if p.Before > 0 {
		words = fmt.Sprintf(", %s before it", number(int64(p.Before)))
	}
	atWork := fmt.Sprintf("%s runs are at work", number(int64(p.Limit)))
	if p.Limit == 1 {
		atWork = "a run is at work"
	}
	switch task.Obstacle(p.For) {
	case task.ObstacleAccount:
		words += "; " + atWork + " with the account " + p.Where + ", the limit"
	case task.ObstacleHost:
		words += "; " + atWork + " with the host " + p.Where + ", the limit"
	case task.ObstacleRuns:
		words += "; " + atWork + ", the limit of the service"
	default:
		words += "; it waits for a free worker"
	}
	return words
}

// reportOf is a report of the API as the noun that is printed.
func reportOf(r api.Report) *task.Report {
	out := &task.Report{
		Outcome: task.Outcome(r.Outcome), Cause: r.Cause, Counts: countsOf(r.Counts), Listed: r.Listed, Outbox: r.Outbox, Notes: r.Notes,
		Started: r.Started, Ended: r.Ended,
	}
	for _, f := range r.Folders {
		out.Folders = append(out.Folders, task.FolderReport{
			Source: f.Source, Folder: f.Folder, Target: f.Target, By: f.By, Counts: countsOf(f.Counts), Done: f.Done, Error: f.Error,
		})
	}
	return out
}

func countsOf(c api.Counts) task.Counts {
	return task.Counts{
		Source: c.Messages, Copied: c.Copied, Present: c.Present, Skipped: c.Skipped, Held: c.Held, Failed: c.Failed, Flags: c.Flags, Bytes: c.Bytes,
		Rewritten: c.Rewritten, SourceBytes: c.BytesToCopy, DeletedSource: c.DeletedSource, DeletedTarget: c.DeletedTarget,
	}
}
