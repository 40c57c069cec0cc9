package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	neturl "net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/web/api"
)

// latestRun stands for the latest run of a task where the ID of one is asked for.
const latestRun = "latest"

// showRun prints one run of a task with what it was started with.
func (t *terminal) showRun(ctx context.Context, c *client, tk api.Task, id string, asJSON bool) error {
	if id == latestRun {
		if tk.Last == nil {
			return usagef("the task %s has not run yet", plain(tk.Name))
		}
		id = tk.Last.ID
	}
	var run api.Run
	if err := c.do(ctx, http.MethodGet, "/runs/"+neturl.PathEscape(id), nil, &run); err != nil {
		return err
	}
	if run.Task != tk.ID {
		return usagef("run %s is none of %s", plain(id), plain(tk.Name))
	}
	var options api.RunOptions
	known, err := c.kept(ctx, "/runs/"+neturl.PathEscape(id)+"/options", &options)
	if err != nil {
		return err
	}
	if asJSON {
		if err := t.printJSON("run", run); err != nil || !known {
			return err
		}
		return t.printJSON("options", options)
	}
	t.line("run", "%s of %s (%s)", run.ID, run.TaskName, run.Trigger)
	t.line("status", "%s", run.Status+positionWords(run.Position))
	for _, when := range []struct {
		name string
		text string
	}{{"queued", at(run.QueuedAt)}, {"started", at(run.StartedAt)}, {"ended", at(run.EndedAt)}} {
		t.line(when.name, "%s", when.text)
	}
	t.line("messages", "%s copied, %s there already, %s left out, %s held, %s failed", number(run.Counts.Copied), number(run.Counts.Present), number(run.Counts.Skipped), number(run.Counts.Held), number(run.Counts.Failed))
	if run.Cause != "" {
		t.line("cause", "%s", run.Cause)
	}
	if run.Remedy != "" {
		t.line("", "%s", run.Remedy)
	}
	fmt.Fprintln(t.out)
	if !known {
		fmt.Fprintln(t.out, "What it was started with is not kept: it has not begun, or an earlier version of mailweir began it.")
		return nil
	}
	table := newTable(t.out, "OPTION", "VALUE", "FROM")
	table.row(table.heads...)
	for _, o := range options.Options {
		table.row(plain(optionName(o.Name, o.Of)), plain(o.Value), plain(strings.TrimSpace(o.From+" "+o.By)))
	}
	table.row("version of mailweir", plain(cmp.Or(options.Program, "-")), "service")
	if err := table.w.Flush(); err != nil {
		return err
	}
	if len(options.Hooks) == 0 {
		return nil
	}
	fmt.Fprintln(t.out)
	table = newTable(t.out, "PLUGIN", "VERSION", "DIGEST", "CONFIGURATION", "ON ERROR", "MERGES")
	table.row(table.heads...)
	for _, h := range options.Hooks {
		table.row(plain(h.Plugin), plain(hookVersion(&h)), cmp.Or(h.Digest, "not loaded"), cmp.Or(h.Config, "default"), h.OnError, h.Merges)
	}
	return table.w.Flush()
}

// kept asks for something that may not be kept: found is false then.
func (c *client) kept(ctx context.Context, path string, out any) (found bool, err error) {
	err = c.do(ctx, http.MethodGet, path, nil, out)
	if errors.Is(err, errNotThere) {
		return false, nil
	}
	return err == nil, err
}

func optionName(name, of string) string { return strings.TrimSpace(name + " " + of) }

func hookVersion(h *api.HookUsed) string {
	switch {
	case h == nil:
		return "-"
	case h.Script > 0:
		return fmt.Sprint(h.Script)
	}
	return cmp.Or(h.Version, "-")
}

func taskCompare(t *terminal) *cobra.Command {
	f := &serverFlags{}
	var run, with string
	cmd := &cobra.Command{
		Use: "compare NAME", Short: "Compares two runs of a task", Args: oneArgument("NAME"),
		Long: `Says what differs between two runs of a task: options, plugins, folders and troubles. Unless
said otherwise they are the latest run and the one before it. IDs of runs: "task show".

` + serverHelp + "\n\n" + exitHelp,
		Example: "  mailweir task compare \"ann combines\"\n  mailweir task compare \"ann combines\" --run ID --with ID --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, err := f.client(t)
			if err != nil {
				return err
			}
			tk, err := c.find(ctx, args[0])
			if err != nil {
				return err
			}
			id := run
			if id == latestRun {
				if tk.Last == nil {
					return usagef("the task %s has not run yet", plain(tk.Name))
				}
				id = tk.Last.ID
			}
			path := "/runs/" + neturl.PathEscape(id) + "/compare"
			if with != "" {
				path += "?with=" + neturl.QueryEscape(with)
			}
			var got api.Comparison
			if err := c.do(ctx, http.MethodGet, path, nil, &got); err != nil {
				return err
			}
			if f.json {
				return t.printJSON("comparison", got)
			}
			return t.printComparison(got)
		},
	}
	f.add(cmd.Flags())
	f.addJSON(cmd.Flags(), "the comparison")
	cmd.Flags().StringVar(&run, "run", latestRun, "`ID` of a run")
	cmd.Flags().StringVar(&with, "with", "", "`ID` of the run that it is compared with (default the one before it)")
	return cmd
}

func (t *terminal) printComparison(c api.Comparison) error {
	table := newTable(t.out, "", "BEFORE", "AFTER")
	table.row(table.heads...)
	table.row("run", c.Before.ID, c.After.ID)
	table.row("queued", at(c.Before.Queued), at(c.After.Queued))
	table.row("status", c.Before.Status, c.After.Status)
	a, b := c.Before.Counts, c.After.Counts
	for _, n := range []struct {
		name   string
		before int64
		after  int64
	}{
		{"messages", a.Messages, b.Messages},
		{"copied", a.Copied, b.Copied},
		{"there already", a.Present, b.Present},
		{"left out", a.Skipped, b.Skipped},
		{"held", a.Held, b.Held},
		{"failed", a.Failed, b.Failed},
	} {
		table.row(n.name, number(n.before), number(n.after))
	}
	table.row("size", size(a.Bytes), size(b.Bytes))
	if err := table.w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	switch {
	case !c.OptionsKept:
		fmt.Fprintln(t.out, "options: not known of both runs")
	case len(c.Options)+len(c.Hooks) == 0:
		fmt.Fprintln(t.out, "options and plugins: the same")
	}
	for _, o := range c.Options {
		fmt.Fprintf(t.out, "option %s: %s -> %s\n", plain(optionName(o.Name, o.Of)), plain(optionValue(o.Before)), plain(optionValue(o.After)))
	}
	for _, h := range c.Hooks {
		fmt.Fprintf(t.out, "plugin %s: %s", plain(h.Plugin), strings.Join(h.What, ", "))
		if before, after := hookVersion(h.Before), hookVersion(h.After); before != after {
			fmt.Fprintf(t.out, " (version %s -> %s)", plain(before), plain(after))
		}
		fmt.Fprintln(t.out)
	}
	if !c.FoldersKept {
		_, err := fmt.Fprintln(t.out, "folders and troubles: not kept of both runs")
		return err
	}
	for _, tr := range c.Troubles {
		fmt.Fprintf(t.out, "%s: %s (%s -> %s)\n", tr.Change, plain(tr.Cause), number(tr.Before), number(tr.After))
	}
	return t.printFolderChanges(c.Folders)
}

func optionValue(o *api.Option) string {
	if o == nil {
		return "-"
	}
	return o.Value + " (" + strings.TrimSpace(o.From+" "+o.By) + ")"
}

// printFolderChanges lists the folders that differ, each number as before -> after.
func (t *terminal) printFolderChanges(folders []api.FolderChange) error {
	same := 0
	table := newTable(t.out, "SOURCE", "FOLDER", "GOES TO", "MESSAGES", "COPIED", "PRESENT", "HELD", "FAILED")
	if len(folders) > 0 && !folders[0].Same { // what differs comes first
		fmt.Fprintln(t.out)
		table.row(table.heads...)
	}
	for _, f := range folders {
		if f.Same {
			same++
			continue
		}
		both := func(of func(*api.Folder) string) string {
			before, after := "-", "-"
			if f.Before != nil {
				before = of(f.Before)
			}
			if f.After != nil {
				after = of(f.After)
			}
			if before == after {
				return plain(before)
			}
			return plain(before + " -> " + after)
		}
		count := func(of func(api.Counts) int64) string {
			return both(func(x *api.Folder) string { return number(of(x.Counts)) })
		}
		table.row(plain(f.Source), plain(f.Folder), both(func(x *api.Folder) string { return cmp.Or(x.Target, "(left out)") }),
			count(func(c api.Counts) int64 { return c.Messages }), count(func(c api.Counts) int64 { return c.Copied }),
			count(func(c api.Counts) int64 { return c.Present }), count(func(c api.Counts) int64 { return c.Held }),
			count(func(c api.Counts) int64 { return c.Failed }))
	}
	if err := table.w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "folders: %d differ, %d are the same\n", len(folders)-same, same)
	return err
}
