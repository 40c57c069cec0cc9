package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
)

// Plans is the part of [Service] about plans that are looked at, kept and approved.
type Plans interface {
	// PreviewPlan makes a plan, with a preflight, of a task that is not saved as it is,
	// and keeps nothing. Whoever asks needs the passwords: those of a stored task count
	// only for one with its ID, which the actor must be allowed to change. Accounts that
	// can not be opened are findings.
	PreviewPlan(ctx context.Context, t task.Task) (task.Plan, error)
	// PreflightTask does that for a stored task, and keeps the plan. Neither side is
	// changed. It takes as long as listing all accounts, and half a minute at most more.
	PreflightTask(ctx context.Context, taskID string) (task.Plan, error)
	// Plan returns the plan of a task that was made last.
	Plan(ctx context.Context, taskID string) (task.Plan, error)
	// PlanInForce returns the plan that binds the runs of a task.
	PlanInForce(ctx context.Context, taskID string) (task.Plan, error)
	// ApprovePlan lets the latest plan bind the runs of its task, until one has carried
	// it out. Another plan, one with folders missing, or one that is out of date, is a
	// conflict.
	ApprovePlan(ctx context.Context, taskID, planID string) (task.Plan, error)
	// WithdrawPlan frees the runs from the plan that binds them. None is a conflict.
	WithdrawPlan(ctx context.Context, taskID string) error
	// SetOverrides replaces the folders that are set by hand. A version that is neither 0
	// nor that of the task is an error that says so.
	SetOverrides(ctx context.Context, taskID string, version int64, overrides []task.Override) error
	// SetPlanFirst says whether the task runs only once a plan was approved.
	SetPlanFirst(ctx context.Context, taskID string, on bool) error
}

// FullPlan is what a run would do, with what a person should know before.
type FullPlan struct {
	ID         string           `json:"id,omitempty" doc:"None of a plan that is not kept"`
	State      string           `json:"state" enum:"new,approved,ended,carried out" doc:"An approved plan binds the runs of its task"`
	Made       time.Time        `json:"made,omitzero"`
	MadeBy     string           `json:"made_by,omitempty"`
	Approved   time.Time        `json:"approved,omitzero"`
	ApprovedBy string           `json:"approved_by,omitempty"`
	Ended      time.Time        `json:"ended,omitzero"`
	EndedBy    string           `json:"ended_by,omitempty" doc:"Who withdrew or replaced it"`
	Run        string           `json:"run,omitempty" doc:"ID of the run that carried it out"`
	Incomplete bool             `json:"incomplete,omitempty" doc:"An account could not be listed: it can not be approved"`
	Findings   []task.Finding   `json:"findings" nullable:"false" doc:"What stops a run first. None without a preflight"`
	Rows       []task.PlanRow   `json:"rows" nullable:"false" doc:"Counts are -1 where they are not known"`
	Collisions []task.Collision `json:"collisions" nullable:"false"`
	Totals     PlanTotals       `json:"totals"`
	Estimate   *PlanEstimate    `json:"estimate,omitempty" doc:"None without a preflight"`
	Sides      []task.Side      `json:"sides,omitempty" doc:"What the accounts were like"`
	Notes      []string         `json:"notes,omitempty"`
	InForce    *PlanName        `json:"in_force,omitempty" doc:"The plan that binds runs, if it is another one"`
}

// PlanName is a plan of which no more is told.
type PlanName struct {
	ID         string    `json:"id"`
	Approved   time.Time `json:"approved"`
	ApprovedBy string    `json:"approved_by"`
}

// PlanTotals are sums over the rows of a plan.
type PlanTotals struct {
	Folders    int   `json:"folders"`
	Create     int   `json:"create" doc:"Destination folders that are made"`
	Excluded   int   `json:"excluded"`
	Errors     int   `json:"errors" doc:"Folders that nothing can be done with"`
	Messages   int64 `json:"messages"`
	ToCopy     int64 `json:"to_copy"`
	Present    int64 `json:"present"`
	Unsure     int64 `json:"unsure" doc:"Messages of which some may be there already"`
	Skipped    int64 `json:"skipped"`
	Bytes      int64 `json:"bytes" doc:"Of the messages to copy, as far as they are known"`
	BytesKnown bool  `json:"bytes_known"`
	TooBig     int64 `json:"too_big" doc:"Messages larger than the destination takes"`
	Delete     int64 `json:"delete"`
}

// PlanEstimate is how long a run may take.
type PlanEstimate struct {
	Known       bool    `json:"known"`
	LowSeconds  float64 `json:"low_seconds"`
	HighSeconds float64 `json:"high_seconds"`
	Messages    int     `json:"sample_messages" doc:"That were downloaded to find out, and thrown away"`
	Bytes       int64   `json:"sample_bytes"`
	Seconds     float64 `json:"sample_seconds"`
	Why         string  `json:"why,omitempty" doc:"It is not known"`
}

// FullPlanOf is p in JSON.
func FullPlanOf(p task.Plan) FullPlan {
	t := p.Totals()
	out := FullPlan{
		ID: p.ID, State: string(p.State()), Made: p.Made, MadeBy: p.MadeBy, Approved: p.Approved, ApprovedBy: p.ApprovedBy,
		Ended: p.Ended, EndedBy: p.EndedBy, Run: p.RunID, Incomplete: p.Incomplete,
		Findings: append([]task.Finding{}, p.Findings...), Rows: append([]task.PlanRow{}, p.Rows...),
		Collisions: append([]task.Collision{}, p.Collisions...), Sides: p.Sides, Notes: p.Notes,
		Totals: PlanTotals{
			t.Folders, t.Create, t.Excluded, t.Errors, t.Messages, t.ToCopy, t.Present, t.Unsure, t.Skipped, t.Bytes, t.BytesKnown, t.TooBig, t.Delete,
		},
	}
	if e := p.Estimate; e != (task.Estimate{}) {
		out.Estimate = &PlanEstimate{e.Known, e.Low.Seconds(), e.High.Seconds(), e.Messages, e.Bytes, e.Took.Seconds(), e.Why}
	}
	return out
}

func (a *API) planOperations() {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	lists := []int{http.StatusConflict, http.StatusGatewayTimeout}
	add(a, about{
		id: "preview-plan", method: post, path: "/preflight", action: access.CreateTask, tag: "plans",
		summary: "Says what a task that is not made yet would do, and changes nothing", more: "It logs in to all accounts, which may take up to two minutes.",
		errors: lists,
	}, a.previewPlan)
	add(a, about{
		id: "preflight-task", method: post, path: "/tasks/{task}/preflight", action: access.RunTask, tag: "plans",
		summary: "Looks at both sides and makes a new plan",
		more:    "Logins, capabilities, folders, counts, sizes, quota, collisions, and an estimate by a sample. Neither side is changed, and the plan is kept.",
		errors:  lists,
	}, a.preflightTask)
	add(a, about{
		id: "show-plan", method: get, path: "/tasks/{task}/plan", action: access.ReadTask, tag: "plans", summary: "Shows the plan that was made last",
		more: "Until one was made there is none: 404.",
	}, a.showPlan)
	add(a, about{
		id: "approve-plan", method: post, path: "/tasks/{task}/plan/approve", action: access.ChangeTask, tag: "plans",
		summary: "Lets runs do exactly what the latest plan says",
		more:    "Until one has carried it out. Folders that are not as it says are held back; when accounts, plugins or folders set by hand change, no run starts.",
		errors:  []int{http.StatusConflict},
	}, a.approvePlan)
	add(a, about{
		id: "withdraw-plan", method: post, path: "/tasks/{task}/plan/withdraw", action: access.ChangeTask, tag: "plans",
		summary: "Takes an approval back", errors: []int{http.StatusConflict},
	}, a.withdrawPlan)
	add(a, about{
		id: "set-overrides", method: put, path: "/tasks/{task}/overrides", action: access.ChangeTask, tag: "plans",
		summary: "Puts folders somewhere by hand", more: "The list replaces the one that was there. It wins over plugins.",
		errors: []int{http.StatusPreconditionFailed},
	}, a.setOverrides)
	add(a, about{
		id: "set-plan-first", method: put, path: "/tasks/{task}/plan-first", action: access.ChangeTask, tag: "plans",
		summary: "Says whether a plan has to be approved before the first run",
	}, a.setPlanFirst)
}

type planOutput struct{ Body FullPlan }

func (a *API) previewPlan(ctx context.Context, in *struct{ Body Task }) (*planOutput, error) {
	t, err := in.Body.Noun()
	if err != nil {
		return nil, invalid(err)
	}
	t.ID, t.Version = "", 0
	return a.planned(ctx, func(ctx context.Context) (task.Plan, error) { return a.svc.PreviewPlan(ctx, t) })
}

func (a *API) preflightTask(ctx context.Context, in *OfTask) (*planOutput, error) {
	out, err := a.planned(ctx, func(ctx context.Context) (task.Plan, error) { return a.svc.PreflightTask(ctx, in.Task) })
	if err == nil {
		a.tellInForce(ctx, in.Task, &out.Body)
	}
	return out, err
}

// tellInForce says which other plan binds the runs of the task. There need not be any.
func (a *API) tellInForce(ctx context.Context, taskID string, p *FullPlan) {
	if bound, err := a.svc.PlanInForce(ctx, taskID); err == nil && bound.ID != p.ID {
		p.InForce = &PlanName{bound.ID, bound.Approved, bound.ApprovedBy}
	}
}

// planned bounds how long a plan may take.
func (a *API) planned(ctx context.Context, do func(context.Context) (task.Plan, error)) (*planOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	p, err := do(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, NewProblem(http.StatusGatewayTimeout, "the accounts could not be listed within two minutes")
	}
	return &planOutput{FullPlanOf(p)}, err
}

func (a *API) showPlan(ctx context.Context, in *OfTask) (*planOutput, error) {
	p, err := a.svc.Plan(ctx, in.Task)
	if err != nil {
		return nil, err
	}
	out := &planOutput{FullPlanOf(p)}
	a.tellInForce(ctx, in.Task, &out.Body)
	return out, nil
}

type approvePlanInput struct {
	OfTask
	Body struct {
		Plan string `json:"plan" minLength:"1" doc:"ID of the plan that was looked at"`
	}
}

func (a *API) approvePlan(ctx context.Context, in *approvePlanInput) (*planOutput, error) {
	p, err := a.svc.ApprovePlan(ctx, in.Task, in.Body.Plan)
	return &planOutput{FullPlanOf(p)}, err
}

func (a *API) withdrawPlan(ctx context.Context, in *OfTask) (*struct{}, error) {
	return nil, a.svc.WithdrawPlan(ctx, in.Task)
}

type overridesInput struct {
	OfTask
	Body struct {
		Overrides []task.Override `json:"overrides" maxItems:"20000" nullable:"false"`
		Version   int64           `json:"version,omitempty" minimum:"0" doc:"Of the task; 0 or none is any"`
	}
}

func (a *API) setOverrides(ctx context.Context, in *overridesInput) (*taskOutput, error) {
	if err := a.svc.SetOverrides(ctx, in.Task, in.Body.Version, in.Body.Overrides); err != nil {
		return nil, err
	}
	return a.showTask(ctx, &in.OfTask)
}

type planFirstInput struct {
	OfTask
	Body struct {
		PlanFirst bool `json:"plan_first"`
	}
}

func (a *API) setPlanFirst(ctx context.Context, in *planFirstInput) (*taskOutput, error) {
	if err := a.svc.SetPlanFirst(ctx, in.Task, in.Body.PlanFirst); err != nil {
		return nil, err
	}
	return a.showTask(ctx, &in.OfTask)
}
