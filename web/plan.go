package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// planPatience bounds how long a page waits for a plan.
const planPatience = 2 * time.Minute

func (s *Server) showPlan(c echo.Context) error {
	return s.renderPlan(c, http.StatusOK, view.PlanDetails{})
}

// renderPlan shows the latest plan; d holds what else there is to show.
func (s *Server) renderPlan(c echo.Context, status int, d view.PlanDetails) error {
	ctx := c.Request().Context()
	var err error
	if d.Task, err = s.svc.Task(ctx, c.Param("task")); err != nil {
		return err
	}
	latest, err := s.svc.Plan(ctx, d.Task.ID)
	switch {
	case err == nil:
		d.Plan = &latest
	case !errors.Is(err, ErrNotFound):
		return err
	}
	bound, err := s.svc.PlanInForce(ctx, d.Task.ID)
	switch {
	case err == nil && (d.Plan == nil || bound.ID != d.Plan.ID):
		d.InForce = &bound
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	}
	return s.render(c, status, view.PlanPage(s.page(c), d))
}

// refusePlan shows why something could not be done, if it is a person's business.
func (s *Server) refusePlan(c echo.Context, err error, d view.PlanDetails) error {
	f := failureOf(view.Texts(c.Request().Context()), err)
	if f.text == "" || f.ours {
		return err
	}
	d.Problems = strings.Split(f.text, "\n")
	return s.renderPlan(c, f.status, d)
}

func (s *Server) makePlan(c echo.Context) error {
	if err := s.preflight(c); err != nil {
		return s.refusePlan(c, err, view.PlanDetails{})
	}
	s.log.Info("plan made", "task", c.Param("task"), "user", userOf(c))
	return seeOther(c, "/tasks/"+c.Param("task")+"/plan")
}

// preflight makes a new plan, within a time.
func (s *Server) preflight(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), planPatience)
	defer cancel()
	_, err := s.svc.PreflightTask(ctx, c.Param("task"))
	if err != nil && ctx.Err() != nil && c.Request().Context().Err() == nil {
		return errors.Join(ErrConflict, errors.New("the accounts could not be listed within two minutes"))
	}
	return err
}

func (s *Server) approvePlan(c echo.Context) error {
	_, err := s.svc.ApprovePlan(c.Request().Context(), c.Param("task"), c.FormValue("plan"))
	if errors.Is(err, ErrNotFound) { // only the latest plans are kept
		return s.renderPlan(c, http.StatusConflict, view.PlanDetails{Problems: []string{view.Texts(c.Request().Context()).PlanMoved}})
	}
	if err != nil {
		return s.refusePlan(c, err, view.PlanDetails{})
	}
	s.log.Info("plan approved", "task", c.Param("task"), "user", userOf(c))
	return seeOther(c, "/tasks/"+c.Param("task")+"/plan")
}

func (s *Server) withdrawPlan(c echo.Context) error {
	if err := s.svc.WithdrawPlan(c.Request().Context(), c.Param("task")); err != nil {
		return s.refusePlan(c, err, view.PlanDetails{})
	}
	s.log.Info("plan withdrawn", "task", c.Param("task"), "user", userOf(c))
	return seeOther(c, "/tasks/"+c.Param("task")+"/plan")
}

func (s *Server) setPlanFirst(c echo.Context) error {
	if err := s.svc.SetPlanFirst(c.Request().Context(), c.Param("task"), c.FormValue("first") == "yes"); err != nil {
		return s.refusePlan(c, err, view.PlanDetails{})
	}
	return seeOther(c, "/tasks/"+c.Param("task")+"/plan")
}

// changeRows stores what was set by hand in rows of the plan, and makes a new one.
func (s *Server) changeRows(c echo.Context) error {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	p, err := s.svc.Plan(ctx, t.ID)
	if err != nil {
		return err
	}
	if p.ID != c.FormValue("plan") { // the numbers of rows are those of another plan
		return s.renderPlan(c, http.StatusConflict, view.PlanDetails{Problems: []string{view.Texts(c.Request().Context()).PlanMoved}})
	}
	edits := readRows(c, p)
	overrides, faults := handSet(view.Texts(c.Request().Context()), t, p, edits)
	if len(faults) > 0 {
		return s.renderPlan(c, http.StatusUnprocessableEntity, view.PlanDetails{Edits: edits, Problems: faults})
	}
	if slices.Equal(overrides, t.Overrides) {
		return s.renderPlan(c, http.StatusOK, view.PlanDetails{Problems: []string{view.Texts(c.Request().Context()).PlanNothingSet}})
	}
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // none is any
	if err := s.svc.SetOverrides(ctx, t.ID, version, overrides); err != nil {
		return s.refusePlan(c, err, view.PlanDetails{Edits: edits})
	}
	s.log.Info("folders set by hand", "task", t.ID, "folders", len(overrides), "user", userOf(c))
	return s.makePlan(c)
}

// readRows takes what was typed into rows of a plan.
func readRows(c echo.Context, p task.Plan) map[int]view.RowEdit {
	edits := map[int]view.RowEdit{}
	for i := range p.Rows[:min(len(p.Rows), view.MaxPlanRows)] {
		edits[i] = view.RowEdit{
			Target: cleanTarget(c.FormValue(view.PlanRowID("target", i))),
			Out:    c.FormValue(view.PlanRowID("out", i)) == "yes",
			Reset:  c.FormValue(view.PlanRowID("reset", i)) == "yes",
		}
	}
	return edits
}

// cleanTarget leaves out what nobody means when they type a folder's name.
func cleanTarget(text string) string { return strings.Trim(strings.TrimSpace(text), "/") }

// handSet are the overrides of the task after the edits: what is as the plan has it
// stays as it was, set by hand or not.
func handSet(x view.Catalogue, t task.Task, p task.Plan, edits map[int]view.RowEdit) (overrides []task.Override, faults []string) {
	set := map[task.SourceFolder]*task.Override{}
	for i, e := range edits {
		r := p.Rows[i]
		o := task.Override{Source: r.Source, Folder: r.Folder, Target: e.Target, Exclude: e.Out}
		at := task.SourceFolder{Source: r.Source, Folder: r.Folder}
		switch {
		case e.Reset:
			set[at] = nil
		case e.Out && r.Excluded, !e.Out && !r.Excluded && e.Target == cleanTarget(view.Plain(r.Target)):
		case e.Out:
			o.Target = ""
			set[at] = &o
		case e.Target != "":
			set[at] = &o
		case r.Excluded && r.By != "set by hand":
			faults = append(faults, x.PlanFaultTarget(r.Folder))
		default: // nothing is said of it any more
			set[at] = nil
		}
	}
	for _, o := range t.Overrides {
		at := task.SourceFolder{Source: o.Source, Folder: o.Folder}
		changed, ok := set[at]
		switch {
		case !ok:
			overrides = append(overrides, o)
		case changed != nil:
			overrides = append(overrides, *changed)
		}
		delete(set, at)
	}
	for _, r := range p.Rows { // in the order of the plan
		if o := set[task.SourceFolder{Source: r.Source, Folder: r.Folder}]; o != nil {
			overrides = append(overrides, *o)
		}
	}
	slices.Sort(faults)
	return overrides, faults
}
