package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// planTime bounds a dry run, which a request waits for.
const planTime = 2 * time.Minute

func (a *API) taskOperations() {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	add(a, about{
		id: "list-tasks", method: get, path: "/tasks", action: access.ListTasks, tag: "tasks", summary: "Lists the tasks that the actor may see",
		more: "By name, a page at a time.",
	}, a.listTasks)
	a.addStream(about{
		id: "watch-tasks", method: get, path: "/tasks/events", action: access.ListTasks, tag: "tasks",
		summary: "Streams the tasks that change",
		more:    "Server-sent events: each 'task' has a Task in JSON; the first ones are all tasks. 'gone' has the ID of one that is gone.",
	})
	add(a, about{
		id: "make-task", method: post, path: "/tasks", action: access.CreateTask, tag: "tasks", summary: "Makes a task",
		status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, a.makeTask)
	add(a, about{id: "show-task", method: get, path: "/tasks/{task}", action: access.ReadTask, tag: "tasks", summary: "Shows a task"}, a.showTask)
	add(a, about{
		id: "change-task", method: put, path: "/tasks/{task}", action: access.ChangeTask, tag: "tasks", summary: "Changes a task",
		more:   "Everything of it is replaced, but passwords that are left empty. With If-Match, or a version, it is refused when somebody else has changed the task meanwhile.",
		errors: []int{http.StatusConflict, http.StatusPreconditionFailed},
	}, a.changeTask)
	add(a, about{
		id: "pause-task", method: post, path: "/tasks/{task}/pause", action: access.PauseTask, tag: "tasks",
		summary: "Keeps its schedule from starting runs",
	}, a.pauseTask)
	add(a, about{
		id: "resume-task", method: post, path: "/tasks/{task}/resume", action: access.PauseTask, tag: "tasks", summary: "Ends a pause",
		more: "Times that went by are not made up for.",
	}, a.resumeTask)
	add(a, about{
		id: "run-task", method: post, path: "/tasks/{task}/run", action: access.RunTask, tag: "tasks", summary: "Starts a run now",
		status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, a.runTask)
	add(a, about{
		id: "plan-task", method: post, path: "/tasks/{task}/plan", action: access.RunTask, tag: "tasks",
		summary: "Says what a run would do, and changes nothing", more: "It lists both sides, which may take up to two minutes.",
		errors: []int{http.StatusConflict, http.StatusGatewayTimeout},
	}, a.planTask)
	add(a, about{
		id: "give-task", method: put, path: "/tasks/{task}/owner", action: access.GiveTask, tag: "tasks", summary: "Makes a user the owner of a task",
	}, a.giveTask)
	add(a, about{
		id: "preview-schedule", method: post, path: "/schedule/preview", action: access.CreateTask, tag: "tasks",
		summary: "Says when a schedule would start runs", more: "The jitter of a task is not part of it.",
	}, a.previewSchedule)
	add(a, about{
		id: "list-plugins", method: get, path: "/plugins", action: access.ListTasks, tag: "plugins", summary: "Lists the plugins that tasks can name",
	}, a.listPlugins)
}

// Page is how much of a list is asked for.
type Page struct {
	Limit  int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many at most"`
	Offset int `query:"offset" minimum:"0" doc:"How many are left out at the beginning"`
}

func (p Page) of(n int) (from, to int) {
	from = min(p.Offset, n)
	return from, min(from+p.Limit, n)
}

type listTasksInput struct {
	Page
	Query  string `query:"q" maxLength:"200" doc:"Part of the name, of a host, or of a user, whatever the case"`
	Status string `query:"status" doc:"Of the latest run, 'paused', 'waiting for user' or 'new'" example:"needs you"`
	Owner  string `query:"owner" doc:"Name of a user"`
	Batch  string `query:"batch" doc:"ID of an import"`
}

type taskList struct {
	Body struct {
		Tasks []Task `json:"tasks" nullable:"false"`
		Total int    `json:"total" doc:"How many there are with these filters, whatever the page"`
	}
}

func (a *API) listTasks(ctx context.Context, in *listTasksInput) (*taskList, error) {
	if in.Query == "" && in.Status == "" && in.Batch == "" {
		return a.listPage(ctx, in)
	}
	rows, err := a.svc.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	out := &taskList{}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r TaskRow) bool {
		return !access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(r.Task)) || !in.matches(r)
	})
	out.Body.Total = len(rows)
	from, to := in.of(len(rows))
	out.Body.Tasks = []Task{}
	for _, r := range rows[from:to] {
		out.Body.Tasks = append(out.Body.Tasks, TaskOf(r.Task, r.Last))
	}
	return out, nil
}

// listPage is listTasks for filters that the database knows: of thousands of tasks it
// reads those of the page.
func (a *API) listPage(ctx context.Context, in *listTasksInput) (*taskList, error) {
	rows, total, err := a.svc.FindTasks(ctx, task.Query{Owner: in.Owner, Offset: in.Offset, Limit: in.Limit, OnlyLast: true})
	if err != nil {
		return nil, err
	}
	out := &taskList{}
	out.Body.Total, out.Body.Tasks = total, []Task{}
	for _, r := range rows {
		if access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(r.Task)) {
			out.Body.Tasks = append(out.Body.Tasks, TaskOf(r.Task, r.Last))
		}
	}
	return out, nil
}

func (in *listTasksInput) matches(r TaskRow) bool {
	if in.Owner != "" && r.Task.Owner.Name != in.Owner || in.Batch != "" && r.Task.Batch != in.Batch {
		return false
	}
	if in.Status != "" && TaskOf(r.Task, r.Last).Status != in.Status {
		return false
	}
	if in.Query == "" {
		return true
	}
	texts := []string{r.Task.Name, r.Task.Destination.String()}
	for _, s := range r.Task.Sources {
		texts = append(texts, s.Name, s.Account.String())
	}
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), strings.ToLower(in.Query)) })
}

// OfTask names a task in the path of a request.
type OfTask struct {
	Task string `path:"task" doc:"ID of the task"`
}

// taskOutput is a task with its version as an entity tag.
type taskOutput struct {
	ETag string `header:"ETag"`
	Body Task
}

func (a *API) taskOutput(ctx context.Context, t task.Task) (*taskOutput, error) {
	runs, err := a.svc.Runs(ctx, t.ID, 1)
	if err != nil {
		return nil, err
	}
	var last *task.Run
	if len(runs) > 0 {
		last = &runs[0]
	}
	return &taskOutput{ETag: etag(t.Version), Body: TaskOf(t, last)}, nil
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

func (a *API) makeTask(ctx context.Context, in *struct{ Body Task }) (*taskOutput, error) {
	t, err := in.Body.Noun()
	if err != nil {
		return nil, invalid(err)
	}
	t.ID, t.Version = "", 0
	if t, err = a.svc.SaveTask(ctx, t); err != nil {
		return nil, err
	}
	return a.taskOutput(ctx, t)
}

func (a *API) showTask(ctx context.Context, in *OfTask) (*taskOutput, error) {
	t, err := a.svc.Task(ctx, in.Task)
	if err != nil {
		return nil, err
	}
	return a.taskOutput(ctx, t)
}

type changeTaskInput struct {
	OfTask
	IfMatch string `header:"If-Match" doc:"The ETag with which the task was read" example:"\"3\""`
	Body    Task
}

func (a *API) changeTask(ctx context.Context, in *changeTaskInput) (*taskOutput, error) {
	t, err := in.Body.Noun()
	if err != nil {
		return nil, invalid(err)
	}
	t.ID = in.Task
	if in.IfMatch != "" && in.IfMatch != "*" {
		// A weak tag never matches (RFC 9110 section 13.1.1), nor does one that is none of ours.
		version, err := strconv.ParseInt(strings.Trim(in.IfMatch, `"`), 10, 64)
		if err != nil || version < 1 || etag(version) != in.IfMatch {
			return nil, NewProblem(http.StatusPreconditionFailed, "If-Match is not the ETag of this task; read the task again")
		}
		if t.Version = cmp.Or(t.Version, version); t.Version != version {
			return nil, NewProblem(http.StatusPreconditionFailed, "If-Match and the version of the task in the body differ")
		}
	}
	if t, err = a.svc.SaveTask(ctx, t); err != nil {
		return nil, err
	}
	return a.taskOutput(ctx, t)
}

func (a *API) pauseTask(ctx context.Context, in *OfTask) (*taskOutput, error) {
	if err := a.svc.PauseTask(ctx, in.Task, access.From(ctx).Name); err != nil {
		return nil, err
	}
	return a.showTask(ctx, in)
}

func (a *API) resumeTask(ctx context.Context, in *OfTask) (*taskOutput, error) {
	if err := a.svc.ResumeTask(ctx, in.Task); err != nil {
		return nil, err
	}
	return a.showTask(ctx, in)
}

type runOutput struct{ Body Run }

func (a *API) runTask(ctx context.Context, in *OfTask) (*runOutput, error) {
	run, err := a.svc.StartRun(ctx, in.Task)
	return &runOutput{RunOf(run)}, err
}

func (a *API) planTask(ctx context.Context, in *OfTask) (*struct{ Body Plan }, error) {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	plan, err := a.svc.PlanTask(ctx, in.Task)
	if err != nil && ctx.Err() != nil {
		return nil, NewProblem(http.StatusGatewayTimeout, "the accounts could not be listed within two minutes")
	}
	return &struct{ Body Plan }{plan}, err
}

type giveTaskInput struct {
	OfTask
	Body struct {
		Owner string `json:"owner" minLength:"1" doc:"ID of a user"`
	}
}

func (a *API) giveTask(ctx context.Context, in *giveTaskInput) (*taskOutput, error) {
	if err := a.svc.GiveTask(ctx, in.Task, in.Body.Owner); err != nil {
		return nil, err
	}
	return a.showTask(ctx, &in.OfTask)
}

type previewInput struct {
	Body struct {
		Schedule Schedule `json:"schedule"`
		Count    int      `json:"count,omitempty" minimum:"1" maximum:"100" default:"5"`
	}
}

type previewOutput struct {
	Body struct {
		Next []time.Time `json:"next" nullable:"false"`
	}
}

func (a *API) previewSchedule(_ context.Context, in *previewInput) (*previewOutput, error) {
	s, err := in.Body.Schedule.Noun()
	if err != nil {
		return nil, invalid(err)
	}
	s.Jitter = 0 // which a task gets depends on its ID
	out := &previewOutput{}
	now := time.Now()
	if out.Body.Next = s.Next(in.Body.Count, now, now, ""); out.Body.Next == nil {
		out.Body.Next = []time.Time{}
	}
	return out, nil
}

// Plugin is what a plugin says of itself.
type Plugin struct {
	ID          string   `json:"id"`
	Version     string   `json:"version"`
	Description string   `json:"description,omitempty"`
	Hooks       []string `json:"hooks" nullable:"false"`
	Config      any      `json:"config,omitempty" doc:"JSON Schema of its configuration"`
}

type pluginList struct {
	Body struct {
		Plugins []Plugin `json:"plugins" nullable:"false"`
	}
}

func (a *API) listPlugins(ctx context.Context, _ *struct{}) (*pluginList, error) {
	list, err := a.svc.Plugins(ctx)
	if err != nil {
		return nil, err
	}
	out := &pluginList{}
	out.Body.Plugins = []Plugin{}
	for _, m := range list {
		p := Plugin{ID: m.ID, Version: m.Version, Description: m.Description, Hooks: append([]string{}, m.Hooks...)}
		if len(m.Config) > 0 {
			p.Config = json.RawMessage(m.Config)
		}
		out.Body.Plugins = append(out.Body.Plugins, p)
	}
	return out, nil
}
