package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) newWizard(c echo.Context) error {
	return s.render(c, http.StatusOK, view.WizardPage(s.page(c), view.Wizard{Step: view.StepTemplate, Template: view.TemplateOnce}))
}

// startWizard makes a sketch of the chosen template.
func (s *Server) startWizard(c echo.Context) error {
	template := c.FormValue("template")
	if !slices.Contains(view.Templates(), template) {
		w := view.Wizard{Step: view.StepTemplate}
		w.Form.Faults = map[string]string{"template": view.Texts(c.Request().Context()).WizardTemplateFault}
		return s.render(c, http.StatusUnprocessableEntity, view.WizardPage(s.page(c), w))
	}
	k := newSketch(template)
	return s.goTo(c, k, view.StepAccounts)
}

// wizardStep is a step while a request is answered.
type wizardStep struct {
	*sketch
	step  string
	typed *typedTask // with faults
	shown view.Wizard
}

// openStep finds the sketch and the step of the address.
func (s *Server) openStep(c echo.Context) (*wizardStep, error) {
	k, err := s.sketch(c.Request().Context(), c.Param("sketch"))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(view.Steps(), c.Param("step")) {
		return nil, ErrNotFound
	}
	return &wizardStep{sketch: k, step: c.Param("step"), shown: view.Wizard{Sides: map[string]view.WizardSide{}}}, nil
}

func (s *Server) showStep(c echo.Context) error {
	w, err := s.openStep(c)
	if err != nil {
		return err
	}
	return s.renderStep(c, http.StatusOK, w)
}

// renderStep shows a step; w.shown holds what was found for this answer alone.
func (s *Server) renderStep(c echo.Context, status int, w *wizardStep) error {
	ctx := c.Request().Context()
	if w.typed == nil {
		w.typed = w.sketch.typedIn(view.Texts(ctx))
	}
	shown := w.shown
	shown.ID, shown.Step, shown.Template, shown.Plan = w.ID, w.step, w.Template, w.Plan
	shown.Reached = max(w.Reached, slices.Index(view.Steps(), w.step))
	shown.Form, shown.Task, shown.Stale = w.typed.form, w.task(), w.Stale
	var err error
	if w.step == view.StepMapping && shown.Hooks == nil {
		if shown.Hooks, err = s.wizardHooks(ctx, w.sketch); err != nil {
			return err
		}
	}
	if w.step == view.StepSchedule {
		if err := s.preview(ctx, &shown.Form, task.Task{}); err != nil {
			return err
		}
	}
	if shown.Stored, err = s.pickable(ctx); err != nil {
		return err
	}
	if shown.Domains, err = s.svc.MailboxDomains(ctx); err != nil {
		return err
	}
	shown.Providers = s.svc.Providers(ctx)
	for prefix := range w.accounts() {
		side := shown.Sides[prefix]
		side.Pick, side.Local, side.Query = w.field(prefix, "pick"), w.field(prefix, "local"), w.field(prefix, "query")
		side.Address, side.Preset = w.field(prefix, "address"), w.field(prefix, "preset")
		if p, ok := s.svc.ProviderOf(ctx, w.field(prefix, "host")); ok {
			side.Provider = &p
		}
		if test, ok := w.Tests[prefix]; ok {
			side.Test = &test
		}
		shown.Sides[prefix] = side
	}
	return s.render(c, status, view.WizardPage(s.page(c), shown))
}

// pickable are the stored accounts that tasks of the actor may refer to.
func (s *Server) pickable(ctx context.Context) ([]task.StoredAccount, error) {
	actor := access.From(ctx)
	all, err := s.svc.StoredAccounts(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(a task.StoredAccount) bool {
		return actor.Role.Bound() && a.Owner != actor.UserID
	}), err
}

// goTo keeps the sketch and leads to a step.
func (s *Server) goTo(c echo.Context, k *sketch, step string) error {
	if err := s.keepSketch(c.Request().Context(), k, step); err != nil {
		return err
	}
	return seeOther(c, "/tasks/new/"+k.ID+"/"+step)
}

// stay keeps the sketch and shows the step again.
func (s *Server) stay(c echo.Context, status int, w *wizardStep) error {
	if err := s.keepSketch(c.Request().Context(), w.sketch, w.step); err != nil {
		return err
	}
	return s.renderStep(c, status, w)
}

// takeStep keeps what was typed in a step and does what the pressed button says.
func (s *Server) takeStep(c echo.Context) error {
	w, err := s.openStep(c)
	if err != nil {
		return err
	}
	if err := parseForm(c); err != nil {
		return err
	}
	w.take(w.step, c.Request().PostForm)
	do, argument, _ := strings.Cut(c.FormValue("do"), " ")
	if do == "go" && w.step == view.StepMapping {
		if ok, err := s.takeHooks(c, w); !ok || err != nil {
			return err
		}
		if _, faults := w.takeRows(c); len(faults) > 0 {
			return s.refuseStep(c, w, faults)
		}
		if w.Stale {
			w.Plan, w.Stale = nil, false
		}
	}
	if at := slices.Index(view.Steps(), argument); do == "go" && at >= 0 && at <= max(w.Reached, slices.Index(view.Steps(), w.step)) {
		return s.goTo(c, w.sketch, argument)
	}
	switch w.step {
	case view.StepTemplate:
		return s.goTo(c, w.sketch, view.StepAccounts)
	case view.StepAccounts:
		return s.takeAccounts(c, w, do, argument)
	case view.StepMapping:
		return s.takeMapping(c, w, do, argument)
	case view.StepSafety:
		return s.takeSafety(c, w)
	case view.StepSchedule:
		return s.takeSchedule(c, w, do)
	}
	return s.takeSummary(c, w, do)
}

func (s *Server) takeSafety(c echo.Context, w *wizardStep) error {
	w.typed = w.sketch.typedIn(view.Texts(c.Request().Context()))
	w.typed.checkRemoval(view.Texts(c.Request().Context()))
	if len(w.typed.form.Faults) > 0 {
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	return s.goTo(c, w.sketch, view.StepSchedule)
}

func (s *Server) takeSchedule(c echo.Context, w *wizardStep, do string) error {
	w.typed = w.sketch.typedIn(view.Texts(c.Request().Context()))
	w.typed.checkSchedule(view.Texts(c.Request().Context()))
	switch {
	case do == "preview":
		w.typed.form.Focus = "preview"
		return s.stay(c, http.StatusOK, w)
	case len(w.typed.form.Faults) > 0:
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	if w.Plan == nil { // what is deleted is a part of the plan
		if _, err := s.look(c, w); err != nil {
			return err
		}
	}
	return s.goTo(c, w.sketch, view.StepSummary)
}

// look makes the plan of the task as it is. That it can not be made is a problem, which
// it returns: nothing has been kept then.
func (s *Server) look(c echo.Context, w *wizardStep) (problems []string, err error) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), planPatience)
	defer cancel()
	w.Plan, w.Stale = nil, false
	plan, err := s.svc.PreviewPlan(ctx, w.task())
	switch f := failureOf(view.Texts(c.Request().Context()), err); {
	case err == nil:
		w.Plan = &plan
		return nil, nil
	case ctx.Err() != nil && c.Request().Context().Err() == nil:
		return []string{view.Texts(c.Request().Context()).WizardTimeUp}, nil
	case f.text == "" || f.ours:
		return nil, err
	default:
		return strings.Split(f.text, "\n"), nil
	}
}

// takeSummary makes the task of the sketch, and does what is to be done first.
func (s *Server) takeSummary(c echo.Context, w *wizardStep, do string) error {
	ctx := c.Request().Context()
	switch do {
	case "look":
		problems, err := s.look(c, w)
		if err != nil {
			return err
		}
		if w.shown.Form.Problems = problems; len(problems) > 0 {
			return s.refuseStep(c, w, problems)
		}
		return s.goTo(c, w.sketch, view.StepSummary)
	case "run", "dry", "save":
	default:
		return s.stay(c, http.StatusOK, w)
	}
	if step := s.wrongStep(ctx, w); step != "" {
		w.step = step
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	t := w.task()
	t.PlanFirst = do == "dry"
	saved, err := s.svc.SaveTask(ctx, t)
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) {
		w.typed.refuse(err)
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	if err != nil {
		return err
	}
	s.log.Info("task saved", "task", saved.ID, "template", w.Template, "user", userOf(c))
	if err := s.svc.DiscardSketch(ctx, w.ID); err != nil && !errors.Is(err, ErrNotFound) {
		s.log.Warn("a sketch is left until its time is over", "error", err) // the task is there
	}
	return s.begin(c, saved, do)
}

// begin does with a task that was made what was asked for. The task is there, whatever
// becomes of it.
func (s *Server) begin(c echo.Context, t task.Task, do string) error {
	switch do {
	case "run":
		run, err := s.svc.StartRun(c.Request().Context(), t.ID)
		if err != nil {
			return err
		}
		s.log.Info("run started", "task", t.ID, "run", run.ID, "user", userOf(c))
		return seeOther(c, "/runs/"+run.ID)
	case "dry":
		ctx, cancel := context.WithTimeout(c.Request().Context(), planPatience)
		defer cancel()
		if _, err := s.svc.PreflightTask(ctx, t.ID); err != nil {
			s.log.Info("no plan made", "task", t.ID, "error", err) // its page offers to make one
		}
		return seeOther(c, "/tasks/"+t.ID+"/plan")
	}
	return seeOther(c, "/tasks/"+t.ID)
}

// wrongStep checks all steps again, and returns the first at which something is wrong:
// one may have gone by it.
func (s *Server) wrongStep(ctx context.Context, w *wizardStep) string {
	x := view.Texts(ctx)
	for _, check := range []struct {
		step string
		do   func()
	}{
		{view.StepAccounts, func() { s.checkAccounts(ctx, w) }},
		{view.StepSafety, func() { w.typed.checkRemoval(x) }},
		{view.StepSchedule, func() { w.typed.checkSchedule(x) }},
	} {
		w.typed = w.sketch.typedIn(view.Texts(ctx))
		check.do()
		if len(w.typed.form.Faults)+len(w.typed.form.Problems) > 0 {
			return check.step
		}
	}
	return ""
}

// refuseStep shows the step with problems of the task as a whole.
func (s *Server) refuseStep(c echo.Context, w *wizardStep, problems []string) error {
	if w.typed == nil {
		w.typed = w.sketch.typedIn(view.Texts(c.Request().Context()))
	}
	w.typed.form.Problems = problems
	return s.stay(c, http.StatusUnprocessableEntity, w)
}
