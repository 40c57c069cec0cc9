package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	neturl "net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/web/api"
)

func taskList(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var status, query, owner string
	var deleted bool
	cmd := &cobra.Command{
		Use: "list", Short: "Lists the tasks", Args: noArguments,
		Long:    "Lists the tasks that may be seen, by name, each with its latest run.\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task list\n  mailweir task list --status \"needs you\" --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			if deleted {
				if status+query+owner != "" {
					return usagef("--deleted goes with no other filter")
				}
				return t.listDeleted(cmd.Context(), c, f.json)
			}
			q := neturl.Values{"limit": {"1000"}}
			for key, value := range map[string]string{"status": status, "q": query, "owner": owner} {
				if value != "" {
					q.Set(key, value)
				}
			}
			return t.listTasks(cmd.Context(), c, q, f.json)
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "tasks")
	cmd.Flags().StringVar(&status, "status", "", "only tasks with this `STATUS`: new, paused, or that of the latest run, such as \"needs you\"")
	cmd.Flags().StringVar(&query, "search", "", "only tasks with this `TEXT` in name, host or user")
	cmd.Flags().StringVar(&owner, "owner", "", "only tasks of this `USER`")
	cmd.Flags().BoolVar(&deleted, "deleted", false, "deleted tasks that \"task restore\" brings back, instead")
	return cmd
}

func (t *terminal) listTasks(ctx context.Context, c *client, q neturl.Values, asJSON bool) error {
	table := newTable(t.out, "NAME", "STATUS", "SOURCES", "SCHEDULE", "NEXT", "LAST ENDED", "COPIED")
	if !asJSON {
		table.row(table.heads...)
	}
	for offset := 0; ; {
		var list struct {
			Tasks []api.Task
			Total int
		}
		q.Set("offset", fmt.Sprint(offset))
		if err := c.do(ctx, http.MethodGet, "/tasks?"+q.Encode(), nil, &list); err != nil {
			return err
		}
		for _, tk := range list.Tasks {
			if asJSON {
				if err := t.printJSON("task", tk); err != nil {
					return err
				}
				continue
			}
			ended, copied := "never", ""
			if tk.Last != nil {
				ended, copied = at(tk.Last.EndedAt), number(tk.Last.Counts.Copied)
			}
			table.row(plain(tk.Name), tk.Status, fmt.Sprint(len(tk.Sources)), scheduleWords(tk.Schedule), next(tk), ended, copied)
		}
		if offset += len(list.Tasks); len(list.Tasks) == 0 || offset >= list.Total {
			return table.w.Flush()
		}
	}
}

func next(tk api.Task) string {
	if tk.Next.IsZero() {
		return "-"
	}
	return at(tk.Next)
}

// scheduleWords is a schedule in a few words.
func scheduleWords(s api.Schedule) string {
	words := "by hand"
	switch {
	case s.Every != "":
		words = "every " + s.Every
	case s.Cron != "":
		words = s.Cron
	}
	if s.Zone != "" {
		words += " " + s.Zone
	}
	if w := s.Window; w != nil {
		words += " within " + w.From + "-" + w.To
		if len(w.Days) > 0 {
			words += " on " + strings.Join(w.Days, ",")
		}
	}
	return words
}

func taskShow(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var run string
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Shows a task and its latest runs", Args: oneArgument("NAME"),
		Long: `Shows a task, by its name or ID, and its latest runs. With --run it shows one run, and with what
it was started: options, where each came from, and plugins with version and digest.

` + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task show \"ann combines\"\n  mailweir task show \"ann combines\" --run latest",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if run != "" {
				return t.showRun(cmd.Context(), c, tk, run, f.json)
			}
			var list struct{ Runs []api.Run }
			if err := c.do(cmd.Context(), http.MethodGet, "/tasks/"+tk.ID+"/runs?limit=5", nil, &list); err != nil {
				return err
			}
			if f.json {
				if err := t.printJSON("task", tk); err != nil {
					return err
				}
				for _, r := range list.Runs {
					if err := t.printJSON("run", r); err != nil {
						return err
					}
				}
				return nil
			}
			t.showTask(tk, list.Runs)
			return nil
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the task and its latest runs")
	cmd.Flags().StringVar(&run, "run", "", "`ID` of one run to show, or latest")
	return cmd
}

// line prints something under its name.
func (t *terminal) line(name, format string, args ...any) {
	fmt.Fprintf(t.out, "%-12s %s\n", name, plain(fmt.Sprintf(format, args...)))
}

func (t *terminal) showTask(tk api.Task, runs []api.Run) {
	line := t.line
	line("task", "%s (%s)", tk.Name, tk.ID)
	line("status", "%s", tk.Status)
	if p := tk.Paused; p != nil {
		line("paused", "by %s, %s", p.By, at(p.At))
	}
	line("owner", "%s", cmp.Or(tk.Owner.Name, "the service"))
	for _, s := range tk.Sources {
		line("from", "%s = %s", s.Name, accountWords(s.Account))
	}
	line("to", "%s", accountWords(tk.Destination))
	for _, h := range tk.Hooks {
		line("plugin", "%s", h.Plugin)
	}
	for _, words := range removalWords(tk) {
		line("careful", "it %s", words)
	}
	line("schedule", "%s", scheduleWords(tk.Schedule))
	line("next", "%s", next(tk))
	for _, r := range runs {
		words := fmt.Sprintf("%s, %s: %s copied, %s held, %s failed", at(r.QueuedAt), r.Status+positionWords(r.Position), number(r.Counts.Copied), number(r.Counts.Held), number(r.Counts.Failed))
		if p := r.Paused; p != nil {
			words += "; by " + p.By + ", " + at(p.At)
		}
		if r.Cause != "" {
			words += "; " + r.Cause
		}
		line("run", "%s (%s)", words, r.ID)
		if r.Remedy != "" {
			line("", "%s", r.Remedy)
		}
	}
}

func accountWords(a api.Account) string {
	switch {
	case a.Account != "":
		return strings.TrimSpace("account:" + a.Account + " " + a.URL)
	case a.Mailbox != "":
		return a.Mailbox
	}
	return a.URL
}

// simple is a verb that does one thing to a task.
func (t *terminal) simple(use, short, method, path, said string) *cobra.Command {
	f := &serverFlags{}
	cmd := &cobra.Command{
		Use: use + " NAME", Short: short, Args: oneArgument("NAME"), Long: short + ".\n\n" + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task ` + use + ` "ann combines"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := c.do(cmd.Context(), method, "/tasks/"+tk.ID+path, nil, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s %s\n", plain(tk.Name), said)
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}

// watchGap is the time between two lines that say how a run goes.
const watchGap = 2 * time.Second
