package api

import (
	"context"
	"net/http"

	"github.com/mailweir/mailweir/host/access"
)

func (a *API) runOperations() {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	add(a, about{
		id: "list-runs", method: get, path: "/tasks/{task}/runs", action: access.ReadTask, tag: "runs", summary: "Lists the latest runs of a task",
		more: "Newest first; 200 are kept of each task.",
	}, a.listRuns)
	add(a, about{id: "show-run", method: get, path: "/runs/{run}", action: access.ReadTask, tag: "runs", summary: "Shows a run, as it goes or as it went"}, a.showRun)
	add(a, about{
		id: "show-report", method: get, path: "/runs/{run}/report", action: access.ReadTask, tag: "runs", summary: "Shows what came of a run",
		more: "Per folder, with what went wrong by cause. Until the run has ended there is none: 404.",
	}, a.showReport)
	add(a, about{
		id: "read-log", method: get, path: "/runs/{run}/log", action: access.ReadTask, tag: "runs", summary: "Reads the log of a run",
		more: "Lines after a number, or the last ones.",
	}, a.readLog)
	a.addStream(about{
		id: "watch-run", method: get, path: "/runs/{run}/events", action: access.ReadTask, tag: "runs",
		summary: "Streams how a run goes, until it has ended",
		more:    "Server-sent events: each 'run' has a Run in JSON, each 'log' a LogLine; the first are how it stands, with the end of its log. 'end' is the last.",
	})
	add(a, about{
		id: "stop-run", method: post, path: "/runs/{run}/stop", action: access.RunTask, tag: "runs", summary: "Asks a run to stop",
		more: "A queued one ends at once, one at work within a second or two. What was copied is recorded, and the next run goes on.",
	}, a.stopRun)
	add(a, about{
		id: "pause-run", method: post, path: "/runs/{run}/pause", action: access.RunTask, tag: "runs", summary: "Pauses a run",
		more: "It comes to rest within a second or two, stays paused when the service starts anew, and holds no worker, connection or place meanwhile. " +
			"To keep the schedule of its task from starting runs is another operation: pause-task.", errors: []int{http.StatusConflict},
	}, a.pauseRun)
	add(a, about{
		id: "resume-run", method: post, path: "/runs/{run}/resume", action: access.RunTask, tag: "runs", summary: "Lets a paused run go on",
		more: "When its turn comes. What was copied before is not copied again.", errors: []int{http.StatusConflict},
	}, a.resumeRun)
	add(a, about{
		id: "retry-run", method: post, path: "/runs/{run}/retry", action: access.RunTask, tag: "runs", summary: "Runs the task again, for what failed only",
		more:   "Only the folders in which something was held or failed, or that were left. It is a run of the task like any other.",
		status: http.StatusCreated, errors: []int{http.StatusConflict},
	}, a.retryRun)
	add(a, about{
		id: "set-rate", method: put, path: "/runs/{run}/rate", action: access.RunTask, tag: "runs", summary: "Changes how fast a run may transfer",
		more: "While it is at work, too: within some seconds. It counts what is read and written, of all its connections together.", errors: []int{http.StatusConflict},
	}, a.setRate)
}

type listRunsInput struct {
	OfTask
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most"`
	Status string `query:"status" doc:"Only runs with this status" example:"needs you"`
}

type runList struct {
	Body struct {
		Runs []Run `json:"runs" nullable:"false"`
	}
}

func (a *API) listRuns(ctx context.Context, in *listRunsInput) (*runList, error) {
	limit := in.Limit
	if in.Status != "" {
		limit = 200
	}
	runs, err := a.svc.Runs(ctx, in.Task, limit)
	if err != nil {
		return nil, err
	}
	out := &runList{}
	out.Body.Runs = []Run{}
	for _, r := range runs {
		if len(out.Body.Runs) < in.Limit && (in.Status == "" || in.Status == string(r.Status())) {
			out.Body.Runs = append(out.Body.Runs, RunOf(r))
		}
	}
	return out, nil
}

// OfRun names a run in the path of a request.
type OfRun struct {
	Run string `path:"run" doc:"ID of the run"`
}

func (a *API) showRun(ctx context.Context, in *OfRun) (*runOutput, error) {
	run, err := a.svc.Run(ctx, in.Run)
	return &runOutput{RunOf(run)}, err
}

func (a *API) showReport(ctx context.Context, in *OfRun) (*struct{ Body Report }, error) {
	run, err := a.svc.Run(ctx, in.Run)
	if err != nil {
		return nil, err
	}
	if run.Report == nil {
		return nil, NewProblem(http.StatusNotFound, "the run has not ended yet, and has no report")
	}
	return &struct{ Body Report }{ReportOf(run.Report)}, nil
}

type readLogInput struct {
	OfRun
	After int64 `query:"after" default:"-1" minimum:"-1" doc:"Lines with a greater number; -1 is the last ones"`
	Limit int   `query:"limit" minimum:"1" maximum:"5000" default:"200"`
}

type logOutput struct {
	Body struct {
		Lines []LogLine `json:"lines" nullable:"false"`
	}
}

func (a *API) readLog(ctx context.Context, in *readLogInput) (*logOutput, error) {
	lines, err := a.svc.Log(ctx, in.Run, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &logOutput{}
	out.Body.Lines = []LogLine{}
	for _, l := range lines {
		out.Body.Lines = append(out.Body.Lines, LogLineOf(l))
	}
	return out, nil
}

func (a *API) stopRun(ctx context.Context, in *OfRun) (*runOutput, error) {
	if err := a.svc.StopRun(ctx, in.Run); err != nil {
		return nil, err
	}
	return a.showRun(ctx, in)
}

func (a *API) pauseRun(ctx context.Context, in *OfRun) (*runOutput, error) {
	if err := a.svc.PauseRun(ctx, in.Run); err != nil {
		return nil, err
	}
	return a.showRun(ctx, in)
}

func (a *API) resumeRun(ctx context.Context, in *OfRun) (*runOutput, error) {
	if err := a.svc.ResumeRun(ctx, in.Run); err != nil {
		return nil, err
	}
	return a.showRun(ctx, in)
}

func (a *API) retryRun(ctx context.Context, in *OfRun) (*runOutput, error) {
	run, err := a.svc.RetryRun(ctx, in.Run)
	return &runOutput{RunOf(run)}, err
}

type setRateInput struct {
	OfRun
	Body struct {
		MaxRate     *int64 `json:"max_rate,omitempty" minimum:"0" doc:"Bytes a second; 0 is no limit. Without it that stays as it is"`
		MaxMessages *int64 `json:"max_messages,omitempty" minimum:"0" doc:"Messages a second, on the same terms"`
	}
}

func (a *API) setRate(ctx context.Context, in *setRateInput) (*runOutput, error) {
	p, err := a.svc.Pace(ctx, in.Run)
	if err != nil {
		return nil, err
	}
	if n := in.Body.MaxRate; n != nil {
		p.Bytes = *n
	}
	if n := in.Body.MaxMessages; n != nil {
		p.Messages = *n
	}
	if err := a.svc.SetPace(ctx, in.Run, p); err != nil {
		return nil, err
	}
	return a.showRun(ctx, &in.OfRun)
}
