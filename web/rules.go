package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listRules(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.svc.Rules(ctx)
	if err != nil {
		return err
	}
	directories, err := s.svc.Directories(ctx)
	if err != nil {
		return err
	}
	accounts, err := s.svc.StoredAccounts(ctx)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.RulesPage(s.page(c), all, directories, accounts))
}

func (s *Server) newRule(c echo.Context) error {
	return s.showRuleForm(c, http.StatusOK, view.NewRuleForm())
}

func (s *Server) showRule(c echo.Context) error {
	r, err := s.svc.Rule(c.Request().Context(), c.Param("rule"))
	if err != nil {
		return err
	}
	f := view.RuleFormOf(r)
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).RuleSaved
	}
	return s.showRuleForm(c, http.StatusOK, f)
}

// showRuleForm fills in what can be chosen, and when the tasks would run.
func (s *Server) showRuleForm(c echo.Context, status int, f view.RuleForm) (err error) {
	ctx := c.Request().Context()
	if f.Directories, err = s.svc.Directories(ctx); err != nil {
		return err
	}
	if f.Accounts, err = s.svc.StoredAccounts(ctx); err != nil {
		return err
	}
	f.Preview = view.TaskForm{Schedule: f.Schedule}
	if err := s.preview(ctx, &f.Preview, task.Task{}); err != nil {
		return err
	}
	return s.render(c, status, view.RulePage(s.page(c), f))
}

// saveRule says who would get a task by what was typed, or stores it.
func (s *Server) saveRule(c echo.Context) error {
	ctx := c.Request().Context()
	var stored task.Rule
	if id := c.Param("rule"); id != "" {
		var err error
		if stored, err = s.svc.Rule(ctx, id); err != nil {
			return err
		}
	}
	if err := parseForm(c); err != nil {
		return err
	}
	f := readRuleForm(c.Request().PostForm, stored)
	refuse := func(faults ...string) error {
		f.Problems = faults
		return s.showRuleForm(c, http.StatusUnprocessableEntity, f)
	}
	do := c.FormValue("do")
	if do == "preview" {
		_, wrong := scheduleOf(f.Schedule, view.Texts(c.Request().Context()))
		var faults faults
		for _, w := range wrong {
			faults.add(w[0], w[1])
		}
		f.Faults, f.Focus = faults.texts, "preview"
		if faults.first != "" {
			f.Focus = faults.first
		}
		return s.showRuleForm(c, http.StatusOK, f)
	}
	r, ok, err := s.ruleOf(ctx, &f, do == "who")
	switch {
	case err != nil:
		return err
	case !ok:
		return refuse()
	}
	if do == "who" {
		who, err := s.svc.PreviewRule(ctx, r)
		if errors.Is(err, ErrInvalid) {
			return refuse(problems(err)...)
		}
		if err != nil {
			return err
		}
		f.Who = &who
		return s.showRuleForm(c, http.StatusOK, f)
	}
	saved, err := s.svc.SaveRule(ctx, r)
	if errors.Is(err, ErrInvalid) {
		return refuse(problems(err)...)
	}
	if err != nil {
		return err
	}
	s.log.Info("rule saved", "rule", saved.ID, "user", userOf(c))
	return seeOther(c, "/rules/"+saved.ID+"?saved=1")
}

// readRuleForm takes what was typed as it is.
func readRuleForm(v url.Values, stored task.Rule) view.RuleForm {
	get := func(field string) string { return strings.TrimSpace(v.Get(field)) }
	side := func(id string) view.SideForm {
		return view.SideForm{Kind: get(id + "-kind"), Address: get(id + "-address"), Account: get(id + "-account"), Dir: get(id + "-dir"), Root: get(id + "-root")}
	}
	return view.RuleForm{
		Rule: stored, Name: get("name"), Group: get("group"), Of: get("directory"), From: side("from"), To: side("to"),
		Schedule: readSchedule(v), Like: get("like"), NoHooks: v.Get("no-hooks") != "",
	}
}

// ruleOf is what was typed as a rule, unless something is wrong with single fields,
// which is noted in the form. A preview needs no name.
func (s *Server) ruleOf(ctx context.Context, f *view.RuleForm, preview bool) (r task.Rule, ok bool, err error) {
	x := view.Texts(ctx)
	var faults faults
	r = f.Rule
	r.Name, r.Group, r.Directory = f.Name, f.Group, f.Of
	if preview && r.Name == "" {
		r.Name = x.NewRule
	}
	if r.Name == "" || len(r.Name) > 100 {
		faults.add("name", x.FaultRuleName)
	}
	if r.Directory == "" {
		faults.add("directory", x.FaultRuleDirectory)
	}
	r.Source, r.Destination = f.From.Side(), f.To.Side()
	for id, side := range map[string]view.SideForm{"from": f.From, "to": f.To} {
		switch {
		case side.Kind == view.SideAccount && side.Account == "":
			faults.add(id+"-account", x.FaultSide)
		case side.Kind == view.SideMaildir && !filepath.IsAbs(side.Dir):
			faults.add(id+"-dir", x.FaultDirPath)
		case side.Kind != view.SideAccount && side.Kind != view.SideMaildir && side.Address == "":
			faults.add(id+"-address", x.FaultSide)
		}
	}
	schedule, wrong := scheduleOf(f.Schedule, x)
	for _, w := range wrong {
		faults.add(w[0], w[1])
	}
	r.Schedule = schedule
	if f.NoHooks {
		r.Hooks = nil
	}
	if f.Like != "" {
		like, found, err := s.taskNamed(ctx, f.Like)
		if err != nil {
			return r, false, err
		}
		if !found {
			faults.add("like", x.FaultLike)
		}
		r.Hooks = like.Hooks
	}
	f.Faults, f.Focus = faults.texts, faults.first
	return r, len(f.Faults) == 0, nil
}

// taskNamed finds the task of a name that the actor may see.
func (s *Server) taskNamed(ctx context.Context, name string) (task.Task, bool, error) {
	rows, _, err := s.findTasks(ctx, task.Query{Names: []string{name}, OnlyLast: true, Uncounted: true})
	if err != nil || len(rows) == 0 {
		return task.Task{}, false, err
	}
	return rows[0].Task, true, nil
}

func (s *Server) applyRule(c echo.Context) error {
	ctx := c.Request().Context()
	id := c.Param("rule")
	result, err := s.svc.ApplyRule(ctx, id, c.FormValue("many") != "")
	if err != nil && !errors.Is(err, ErrConflict) && !errors.Is(err, ErrInvalid) {
		return err
	}
	r, again := s.svc.Rule(ctx, id)
	if again != nil {
		return again
	}
	f := view.RuleFormOf(r)
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrConflict):
		f.AskMany, f.Problems, status = true, problems(err), http.StatusConflict
	case err != nil:
		f.Problems, status = problems(err), http.StatusUnprocessableEntity
	default:
		f.Result = &result
		s.log.Info("rule applied", "rule", r.ID, "users", result.Users, "made", result.Made, "paused", result.Paused, "user", userOf(c))
	}
	return s.showRuleForm(c, status, f)
}

func (s *Server) removeRule(c echo.Context) error {
	id := c.Param("rule")
	if err := s.svc.DeleteRule(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("rule removed", "rule", id, "user", userOf(c))
	return seeOther(c, "/rules")
}
