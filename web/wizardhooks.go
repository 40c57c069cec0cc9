package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// sketchScript is what the script of a sketch is called.
const sketchScript = "rules"

func isSketchScript(h task.Hook) bool { return h.Plugin == task.ScriptHook(sketchScript, 1) }

// wizardHooks is the form of the hooks of a sketch.
func (s *Server) wizardHooks(ctx context.Context, k *sketch) (*view.HooksForm, error) {
	f := &view.HooksForm{Faults: map[string]string{}, Source: &k.Script}
	var err error
	if f.Plugins, err = s.svc.TaskPlugins(ctx); err != nil {
		return nil, err
	}
	for i, h := range k.Hooks {
		f.Hooks = append(f.Hooks, hookEdit(strconv.Itoa(i+1), h, pluginOf(*f, h.Plugin)))
	}
	return f, nil
}

// typedHooks reads the form of the hooks. nil is a form that does not show them.
func (s *Server) typedHooks(c echo.Context, w *wizardStep, button string) (*view.HooksForm, error) {
	form := c.Request().PostForm
	if !form.Has("hooks") {
		return nil, nil
	}
	f, err := s.wizardHooks(c.Request().Context(), w.sketch)
	if err != nil {
		return nil, err
	}
	f.Hooks = nil
	readHooks(f, form, button)
	w.readScript(form)
	return f, nil
}

func (w *wizardStep) readScript(form url.Values) {
	if source := unixLines(form.Get("script")); form.Has("script") && source != w.Script {
		w.Script, w.Stale = source, w.Plan != nil
	}
}

// changeWizardHooks does what a button of the list of hooks asks for, and shows it
// again. What is wrong with the fields meanwhile stays as it is typed.
func (s *Server) changeWizardHooks(c echo.Context, w *wizardStep, do, argument string) error {
	button := strings.TrimSpace(do + " " + argument)
	f, err := s.typedHooks(c, w, button)
	if err != nil {
		return err
	}
	if f == nil {
		return s.stay(c, http.StatusOK, w)
	}
	if do == "add-script" {
		if !slices.ContainsFunc(f.Hooks, func(h view.HookEdit) bool { return isSketchScript(task.Hook{Plugin: h.Plugin}) }) {
			f.Hooks = append(f.Hooks, hookEdit(freeHookKey(f.Hooks), task.Hook{Plugin: task.ScriptHook(sketchScript, 1)}, nil))
		}
		if strings.TrimSpace(w.Script) == "" {
			w.Script = view.ScriptStart
		}
		f.Focus = "script"
	} else {
		changeHooks(f, button, c.FormValue("add"))
	}
	if hooks, ok := checkHooks(view.Texts(c.Request().Context()), f); ok {
		w.setHooks(hooks)
	}
	w.shown.Hooks = f
	plan := w.Plan
	changed, faults := w.takeRows(c)
	if len(faults) > 0 {
		return s.refuseStep(c, w, faults)
	}
	if changed {
		w.Plan, w.Stale = plan, true
	}
	return s.stay(c, http.StatusOK, w)
}

// takeHooks keeps the hooks as they are typed. Without ok it has answered with what is
// wrong with them.
func (s *Server) takeHooks(c echo.Context, w *wizardStep) (ok bool, err error) {
	f, err := s.typedHooks(c, w, "")
	if err != nil || f == nil {
		return err == nil, err
	}
	hooks, ok := checkHooks(view.Texts(c.Request().Context()), f)
	if ok {
		ok, err = s.checkConfigs(c.Request().Context(), f)
	}
	if err != nil {
		return false, err
	}
	if !ok {
		w.shown.Hooks = f
		return false, s.refuseStep(c, w, f.Problems)
	}
	w.setHooks(hooks)
	return true, nil
}

// setHooks changes the hooks. The plan is not that of the task any more then.
func (w *wizardStep) setHooks(hooks []task.Hook) {
	if !slices.EqualFunc(w.Hooks, hooks, sameHook) {
		w.Hooks, w.Stale = hooks, w.Plan != nil
	}
}

// sameHook reports whether two hooks mean the same: a form writes more than there has
// to be, and breaks lines.
func sameHook(a, b task.Hook) bool {
	return a.Plugin == b.Plugin && a.Digest == b.Digest && compact(a.Config) == compact(b.Config) &&
		cmp.Or(a.OnError, task.OnErrorHold) == cmp.Or(b.OnError, task.OnErrorHold) &&
		cmp.Or(a.Merges, task.MergesReport) == cmp.Or(b.Merges, task.MergesReport) &&
		slices.EqualFunc(a.Grants, b.Grants, func(a, b task.Grant) bool { return a.String() == b.String() })
}

func compact(config string) string {
	var out bytes.Buffer
	if json.Compact(&out, []byte(config)) != nil {
		return config // it is none, which is said elsewhere
	}
	return out.String()
}
