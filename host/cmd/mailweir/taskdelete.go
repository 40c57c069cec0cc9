package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/api"
)

func taskDelete(t *terminal) *cobra.Command {
	return t.simple("delete", "Deletes a task, its runs and its ledger; the mail stays, and \"task restore\" brings the task back for a day", http.MethodDelete, "",
		`is deleted; "mailweir task restore" brings it back within 24 hours`)
}

func taskRestore(t *terminal) *cobra.Command {
	f := &serverFlags{}
	cmd := &cobra.Command{
		Use: "restore NAME", Short: "Restores a task that was deleted within the last 24 hours", Args: oneArgument("NAME"),
		Long: `Restores a task, by its name or ID, that was deleted within the last 24 hours, with all it had:
runs, plugins and scripts, passwords, schedule, and the memory of what was copied. Its
schedule goes on; what was missed is not made up for. "task list --deleted" shows what can be
restored. If another task has its name by now, its name ends with (restored).

` + serverHelp + "\n\n" + exitHelp,
		Example: `  mailweir task restore "ann combines"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.client(t)
			if err != nil {
				return err
			}
			d, err := c.findDeleted(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var restored api.Task
			if err := c.do(cmd.Context(), http.MethodPost, "/deleted-tasks/"+d.ID+"/restore", nil, &restored); err != nil {
				return err
			}
			said := "is restored"
			if restored.Name != d.Name {
				said += ", because another task is called " + plain(d.Name)
			}
			_, err = fmt.Fprintf(t.out, "%s %s\n", plain(restored.Name), said)
			return err
		},
	}
	f.add(cmd.Flags())
	return cmd
}

func (c *client) deleted(ctx context.Context) ([]api.DeletedTask, error) {
	var list struct{ Tasks []api.DeletedTask }
	err := c.do(ctx, http.MethodGet, "/deleted-tasks", nil, &list)
	return list.Tasks, err
}

// findDeleted returns the deleted task of a name or an ID.
func (c *client) findDeleted(ctx context.Context, name string) (api.DeletedTask, error) {
	all, err := c.deleted(ctx)
	if err != nil {
		return api.DeletedTask{}, err
	}
	var found []api.DeletedTask
	var ids []string
	for _, d := range all {
		if d.ID == name {
			return d, nil
		}
		if d.Name == name {
			found, ids = append(found, d), append(ids, d.ID)
		}
	}
	switch len(found) {
	case 0:
		return api.DeletedTask{}, &ended{outcome: task.OutcomeNeedsUser, cause: fmt.Sprintf("there is no deleted task %q that can be restored", plain(name))}
	case 1:
		return found[0], nil
	}
	return api.DeletedTask{}, &ended{
		outcome: task.OutcomeNeedsUser,
		cause:   fmt.Sprintf("%d deleted tasks were called %q; name one by its ID, the latest first: %s", len(found), plain(name), strings.Join(ids, ", ")),
	}
}

func (t *terminal) listDeleted(ctx context.Context, c *client, asJSON bool) error {
	all, err := c.deleted(ctx)
	if err != nil {
		return err
	}
	table := newTable(t.out, "NAME", "ID", "DELETED", "KEPT UNTIL")
	if !asJSON {
		table.row(table.heads...)
	}
	for _, d := range all {
		if asJSON {
			if err := t.printJSON("deleted", d); err != nil {
				return err
			}
			continue
		}
		table.row(plain(d.Name), d.ID, at(d.Deleted), at(d.Until))
	}
	return table.w.Flush()
}
