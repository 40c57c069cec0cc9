package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// takeAccounts does what a button of the step about accounts says. Going on needs all
// accounts to open, unless somebody wants to go on all the same.
func (s *Server) takeAccounts(c echo.Context, w *wizardStep, do, argument string) error {
	ctx := c.Request().Context()
	prefix, argument, _ := strings.Cut(argument, " ")
	accounts := w.accounts()
	a, known := accounts[prefix]
	switch {
	case do == "add-source":
		if len(w.Values["source"]) < maxSources {
			w.addSource("")
			w.Plan = nil
		}
		return s.stay(c, http.StatusOK, w)
	case do == "remove-source":
		w.removeSource(prefix)
		return s.stay(c, http.StatusOK, w)
	case do == "find" && known:
		found, err := s.svc.FindServer(ctx, w.field(prefix, "address"))
		if err != nil {
			return err
		}
		w.shown.Sides[prefix] = view.WizardSide{Found: &found}
		return s.stay(c, http.StatusOK, w)
	case do == "use" && known:
		if found, err := task.ParseAccount(argument); err == nil && found.Kind == task.KindIMAP {
			w.hold(prefix, found)
		}
		return s.stay(c, http.StatusOK, w)
	case do == "preset" && known:
		s.fillPreset(ctx, w, prefix)
		return s.stay(c, http.StatusOK, w)
	case do == "search" && known:
		answer, err := s.svc.FindMailboxes(ctx, w.field(prefix, "query"))
		if err != nil {
			return err
		}
		w.Values.Set(view.FieldID(prefix, "pick"), view.PickLocal)
		w.forget(accounts)
		w.shown.Sides[prefix] = view.WizardSide{Answer: &answer}
		return s.stay(c, http.StatusOK, w)
	case do == "pick" && known:
		w.Values.Set(view.FieldID(prefix, "pick"), view.PickLocal)
		w.Values.Set(view.FieldID(prefix, "local"), argument)
		w.forget(accounts)
		return s.stay(c, http.StatusOK, w)
	case do == "test" && known:
		return s.testSide(c, w, prefix, a)
	}
	return s.leaveAccounts(c, w, do == "anyway")
}

// leaveAccounts looks at the folders of all accounts and goes on.
func (s *Server) leaveAccounts(c echo.Context, w *wizardStep, anyway bool) error {
	w.typed = w.sketch.typedIn(view.Texts(c.Request().Context()))
	s.checkAccounts(c.Request().Context(), w)
	if f := w.typed.form; len(f.Faults)+len(f.Problems) > 0 {
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	if w.Plan == nil || w.Plan.Incomplete && !anyway {
		problems, err := s.look(c, w)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return s.refuseStep(c, w, problems)
		}
		w.noteSides()
	}
	if w.Plan.Incomplete && !anyway {
		w.shown.Anyway = true
		return s.refuseStep(c, w, []string{view.Texts(c.Request().Context()).WizardOpenNot})
	}
	return s.goTo(c, w.sketch, view.StepMapping)
}

// noteSides notes as tests which accounts the plan could open.
func (w *wizardStep) noteSides() {
	w.Tests = map[string]view.AccountTest{}
	prefixes := map[string]string{"": view.DestinationPrefix}
	for _, src := range w.typed.form.Sources {
		prefixes[src.Name] = src.Prefix()
	}
	for _, side := range w.Plan.Sides {
		where := "destination"
		if side.Name != "" {
			where = "source " + side.Name
		}
		test := view.AccountTest{OK: side.Fault == "", Sentence: side.Fault}
		for _, f := range w.Plan.Findings {
			switch {
			case f.Where != where:
			case test.OK && f.Class == task.FindingFine && test.Sentence == "":
				test.Sentence = f.Text
			case !test.OK && f.Class == task.FindingStops:
				test.Hints = append(test.Hints, view.Hint{Remedy: f.Remedy})
			}
		}
		if prefix, ok := prefixes[side.Name]; ok && test.Sentence != "" {
			w.Tests[prefix] = test
		}
	}
}

// testSide logs in to one account, and says in words how that went.
func (s *Server) testSide(c echo.Context, w *wizardStep, prefix string, a task.Account) error {
	ctx := c.Request().Context()
	w.typed = w.sketch.typedIn(view.Texts(ctx))
	s.checkSide(ctx, w, prefix)
	if len(w.typed.form.Faults) > 0 {
		return s.stay(c, http.StatusUnprocessableEntity, w)
	}
	test, err := s.svc.TryAccount(ctx, a)
	if errors.Is(err, ErrInvalid) {
		return s.refuseStep(c, w, problems(err))
	}
	if err != nil {
		return err
	}
	if w.Tests == nil {
		w.Tests = map[string]view.AccountTest{}
	}
	w.Tests[prefix] = test
	return s.stay(c, http.StatusOK, w)
}

// fillPreset takes the server of the chosen provider, and the user as it wants it.
func (s *Server) fillPreset(ctx context.Context, w *wizardStep, prefix string) {
	form := typedAccount{form: view.StoredAccount{Address: w.field(prefix, "address"), Preset: w.field(prefix, "preset")}}
	form.form.Account.User = w.field(prefix, "user")
	form.fill(s.svc.Providers(ctx))
	if f := form.form.Account; f.Host != "" {
		a := account(f)
		w.hold(prefix, a)
	}
}

// checkAccounts finds what is wrong with the fields of the step about accounts.
func (s *Server) checkAccounts(ctx context.Context, w *wizardStep) {
	f, x := &w.typed.form, view.Texts(ctx)
	if strings.TrimSpace(f.Name) == "" {
		w.typed.fault("name", x.FaultName)
	}
	switch {
	case len(f.Sources) == 0:
		f.Problems = append(f.Problems, x.FaultNoSource)
	case len(f.Sources) > maxSources:
		f.Problems = append(f.Problems, x.FaultTooMany)
	}
	seen := map[string]bool{}
	for _, src := range f.Sources {
		id := view.FieldID(src.Prefix(), "name")
		switch {
		case task.ValidSourceName(src.Name) != nil:
			w.typed.fault(id, x.FaultSourceName)
		case seen[src.Name]:
			w.typed.fault(id, x.FaultSourceTwice)
		}
		seen[src.Name] = true
		s.checkSide(ctx, w, src.Prefix())
	}
	s.checkSide(ctx, w, view.DestinationPrefix)
}

// checkSide finds what is wrong with the fields of one account. What its owner may not
// have, the service says.
func (s *Server) checkSide(ctx context.Context, w *wizardStep, prefix string) {
	x := view.Texts(ctx)
	pick := w.field(prefix, "pick")
	id, stored := strings.CutPrefix(pick, view.PickStored(""))
	switch {
	case stored:
		all, err := s.pickable(ctx)
		if err != nil || !slices.ContainsFunc(all, func(a task.StoredAccount) bool { return a.ID == id }) {
			w.typed.fault(view.FieldID(prefix, "pick"), x.WizardFaultPick)
		}
	case pick == view.PickLocal:
		if task.DomainOf(w.field(prefix, "local")) == "" {
			w.typed.fault(view.FieldID(prefix, "local"), x.WizardFaultLocal)
		}
	default:
		form := w.typed.form.Destination
		for _, src := range w.typed.form.Sources {
			if src.Prefix() == prefix {
				form = src.Account
			}
		}
		w.typed.checkAccount(x, prefix, form, task.Account{}, x.FaultPassword)
	}
}

// takeRows takes what was typed into rows of the plan, if they are those that are shown.
// It reports whether anything has changed; what can not be is returned as faults.
func (w *wizardStep) takeRows(c echo.Context) (changed bool, faults []string) {
	if w.Plan == nil || !c.Request().PostForm.Has(view.PlanRowID("target", 0)) {
		return false, nil
	}
	t := w.task()
	edits := readRows(c, *w.Plan)
	overrides, faults := handSet(view.Texts(c.Request().Context()), t, *w.Plan, edits)
	if len(faults) == 0 {
		if err := task.ValidateOverrides(overrides); err != nil {
			faults = problems(err)
		}
	}
	if len(faults) > 0 {
		w.shown.Edits = edits
		return false, faults
	}
	if slices.Equal(overrides, t.Overrides) {
		return false, nil
	}
	w.Overrides, w.Plan = overrides, nil
	return true, nil
}

// takeMapping keeps what was set by hand, and makes a new plan if that changes it.
func (s *Server) takeMapping(c echo.Context, w *wizardStep, do, argument string) error {
	if do != "look" && do != "next" && do != "go" && do != "" {
		return s.changeWizardHooks(c, w, do, argument)
	}
	if ok, err := s.takeHooks(c, w); !ok || err != nil {
		return err
	}
	changed, faults := w.takeRows(c)
	if len(faults) > 0 {
		return s.refuseStep(c, w, faults)
	}
	if changed || do == "look" || w.Plan == nil || w.Stale {
		problems, err := s.look(c, w)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return s.refuseStep(c, w, problems)
		}
	}
	if do == "look" {
		return s.goTo(c, w.sketch, view.StepMapping)
	}
	return s.goTo(c, w.sketch, view.StepSafety)
}
