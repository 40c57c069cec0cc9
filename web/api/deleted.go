package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Deleted is what is needed to delete tasks, and to restore them. It is part of
// [Service].
type Deleted interface {
	// DeleteTask deletes a task that can be restored for [task.KeepDeleted], and stops
	// its run. Those with the same deletion were deleted at once; "" is one by itself.
	DeleteTask(ctx context.Context, id, deletion string) error
	// DeletedTasks returns the tasks that the actor may restore, which are those that
	// they might have deleted; the latest come first.
	DeletedTasks(ctx context.Context) ([]task.Deleted, error)
	// RestoreTask brings one of them back with all it had, under another name when its
	// own is taken. One that the actor may not restore is as if it were not there; one
	// that needs what is gone is invalid.
	RestoreTask(ctx context.Context, id string) (task.Task, error)
}

func (a *API) deletedOperations() {
	add(a, about{
		id: "delete-task", method: http.MethodDelete, path: "/tasks/{task}", action: access.DeleteTask, tag: "tasks",
		summary: "Deletes a task, its runs and its ledger", more: "Its run stops. It can be restored for 24 hours: restore-task.",
	}, a.deleteTask)
	add(a, about{
		id: "list-deleted-tasks", method: http.MethodGet, path: "/deleted-tasks", action: access.ListTasks, tag: "tasks",
		summary: "Lists the deleted tasks that the actor can restore", more: "Those first that were deleted last.",
	}, a.listDeleted)
	add(a, about{
		id: "restore-task", method: http.MethodPost, path: "/deleted-tasks/{deleted}/restore", action: access.CreateTask, tag: "tasks",
		summary: "Restores a deleted task with all it had",
		more: "Its runs, plugins, passwords, schedule and ledger. If another task has its name by now, its name ends with (restored). " +
			"Times of its schedule that went by are not made up for.",
	}, a.restoreTask)
}

func (a *API) deleteTask(ctx context.Context, in *OfTask) (*struct{}, error) {
	return nil, a.svc.DeleteTask(ctx, in.Task, "")
}

// DeletedTask is a deleted task in JSON.
type DeletedTask struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Owner    Owner     `json:"owner,omitzero"`
	Deletion string    `json:"deletion" doc:"Tasks with the same one were deleted at once"`
	Deleted  time.Time `json:"deleted"`
	Until    time.Time `json:"until" doc:"When it is gone for good"`
}

type deletedList struct {
	Body struct {
		Tasks []DeletedTask `json:"tasks" nullable:"false"`
	}
}

func (a *API) listDeleted(ctx context.Context, _ *struct{}) (*deletedList, error) {
	all, err := a.svc.DeletedTasks(ctx)
	out := &deletedList{}
	out.Body.Tasks = []DeletedTask{}
	for _, d := range all {
		out.Body.Tasks = append(out.Body.Tasks, DeletedTask{
			ID: d.Task.ID, Name: d.Task.Name, Owner: Owner{ID: d.Task.Owner.ID, Name: d.Task.Owner.Name}, Deletion: d.Deletion, Deleted: d.At, Until: d.Until(),
		})
	}
	return out, err
}

type restoreInput struct {
	Deleted string `path:"deleted" doc:"ID of a deleted task"`
}

func (a *API) restoreTask(ctx context.Context, in *restoreInput) (*taskOutput, error) {
	t, err := a.svc.RestoreTask(ctx, in.Deleted)
	if err != nil {
		return nil, err
	}
	return a.taskOutput(ctx, t)
}
