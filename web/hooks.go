package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/sdk/abi"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) editHooks(c echo.Context) error {
	f, err := s.hooksForm(c)
	if err != nil {
		return err
	}
	for i, h := range f.Task.Hooks {
		f.Hooks = append(f.Hooks, hookEdit(strconv.Itoa(i+1), h, pluginOf(f, h.Plugin)))
	}
	return s.render(c, http.StatusOK, view.HooksPage(s.page(c), f))
}

// hooksForm has what the form needs to know, and no hooks.
func (s *Server) hooksForm(c echo.Context) (view.HooksForm, error) {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return view.HooksForm{}, err
	}
	all, err := s.svc.TaskPlugins(ctx)
	return view.HooksForm{Task: t, Plugins: all, Faults: map[string]string{}}, err
}

func pluginOf(f view.HooksForm, id string) *Plugin {
	i := slices.IndexFunc(f.Plugins, func(p Plugin) bool { return p.Manifest.ID == id })
	if i < 0 {
		return nil
	}
	return &f.Plugins[i]
}

// manifestOf is the manifest of a plugin; nil has an empty one.
func manifestOf(p *Plugin) abi.Manifest {
	if p == nil {
		return abi.Manifest{}
	}
	return p.Manifest
}

// hookEdit is the form of a stored hook.
func hookEdit(key string, h task.Hook, p *Plugin) view.HookEdit {
	e := view.HookEdit{Key: key, Plugin: h.Plugin, Digest: h.Digest, OnError: h.OnError, Merges: h.Merges, Grants: h.Grants}
	m := manifestOf(p)
	e.More = view.OtherGrants(e.Prefix(), &m, h.Grants)
	e.Config = view.NewConfigForm(view.FieldID(e.Prefix(), "config"), m.Config, h.Config, false)
	return e
}

// saveHooks does what the pressed button says: it changes the form and shows it
// again, or stores the hooks.
func (s *Server) saveHooks(c echo.Context) error {
	if err := c.Request().ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	f, err := s.hooksForm(c)
	if err != nil {
		return err
	}
	button := c.FormValue("do")
	readHooks(&f, c.Request().PostForm, button)
	if changeHooks(&f, button, c.FormValue("add")) {
		return s.render(c, http.StatusOK, view.HooksPage(s.page(c), f))
	}
	hooks, ok := checkHooks(view.Texts(c.Request().Context()), &f)
	if ok {
		ok, err = s.checkConfigs(c.Request().Context(), &f)
	}
	if err != nil {
		return err
	}
	if ok {
		f.Task.Hooks = hooks
		saved, err := s.svc.SaveTask(c.Request().Context(), f.Task)
		if err == nil {
			s.log.Info("hooks saved", "task", saved.ID, "user", userOf(c))
			f.Saved = true
			return s.render(c, http.StatusOK, view.HooksPage(s.page(c), f))
		}
		if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrConflict) {
			return err
		}
		f.Problems = problems(err)
	}
	return s.render(c, http.StatusUnprocessableEntity, view.HooksPage(s.page(c), f))
}

// readHooks takes what was typed as it is.
func readHooks(f *view.HooksForm, v url.Values, button string) {
	for _, key := range first(v["hook"], maxHooks+1) {
		e := view.HookEdit{Key: safeKey(key)}
		get := func(field string) string { return v.Get(view.FieldID(e.Prefix(), field)) }
		e.Plugin, e.OnError, e.Merges = get("plugin"), task.OnError(get("on-error")), task.Merges(get("merges"))
		p := pluginOf(*f, e.Plugin)
		m := manifestOf(p)
		switch e.Digest = get("digest"); {
		case p == nil:
		case get("pin") == "":
			e.Digest = ""
		case e.Digest == "":
			e.Digest = p.Digest
		}
		for _, ask := range m.Asks {
			for _, sw := range view.Switches(e.Prefix(), ask, nil) {
				if v.Get(sw.ID) != "" {
					e.Grants = append(e.Grants, sw.Grant)
				}
			}
		}
		e.More = get("grants")
		e.Config = view.ReadConfigForm(view.FieldID(e.Prefix(), "config"), m.Config, v, button)
		f.Hooks = append(f.Hooks, e)
	}
}

// changeHooks does what a button other than "save" asks for, and reports whether it
// was one.
func changeHooks(f *view.HooksForm, button, add string) bool {
	what, key, _ := strings.Cut(button, " ")
	at := slices.IndexFunc(f.Hooks, func(h view.HookEdit) bool { return h.Key == key })
	switch {
	case what == "" || what == "save":
		return false
	case what == "add-hook":
		if pluginOf(*f, add) != nil && len(f.Hooks) < maxHooks {
			f.Hooks = append(f.Hooks, hookEdit(freeHookKey(f.Hooks), task.Hook{Plugin: add}, pluginOf(*f, add)))
		}
	case at < 0:
	case what == "remove-hook":
		f.Hooks = slices.Delete(f.Hooks, at, at+1)
	case what == "up-hook" && at > 0:
		f.Hooks[at-1], f.Hooks[at] = f.Hooks[at], f.Hooks[at-1]
	case what == "down-hook" && at < len(f.Hooks)-1:
		f.Hooks[at+1], f.Hooks[at] = f.Hooks[at], f.Hooks[at+1]
	case what == "upgrade":
		if p := pluginOf(*f, f.Hooks[at].Plugin); p != nil {
			f.Hooks[at].Digest = p.Digest
		}
	case what == "raw" || what == "form":
		h := &f.Hooks[at]
		h.Config = view.NewConfigForm(h.Config.Prefix, manifestOf(pluginOf(*f, h.Plugin)).Config, h.Config.Text, what == "raw")
	}
	return true
}

func freeHookKey(hooks []view.HookEdit) string {
	highest := 0
	for _, h := range hooks {
		n, _ := strconv.Atoi(h.Key) // safeKey has made it
		highest = max(highest, n)
	}
	return strconv.Itoa(highest + 1)
}

// checkHooks makes hooks of what was typed, and finds what is wrong with single
// fields.
func checkHooks(x view.Catalogue, f *view.HooksForm) (hooks []task.Hook, ok bool) {
	ok = true
	if len(f.Hooks) > maxHooks {
		f.Problems, ok = append(f.Problems, x.FaultTooMany), false
	}
	for _, e := range f.Hooks {
		h := task.Hook{Plugin: e.Plugin, Digest: e.Digest, OnError: e.OnError, Merges: e.Merges, Grants: slices.Clone(e.Grants)}
		more, err := view.ParseGrantLines(e.More)
		if err != nil {
			f.Faults[view.FieldID(e.Prefix(), "grants")], ok = x.FaultGrant+err.Error(), false
		}
		for _, g := range more {
			if !slices.ContainsFunc(h.Grants, func(o task.Grant) bool { return o.String() == g.String() }) {
				h.Grants = append(h.Grants, g)
			}
		}
		if e.Config.Broken != "" {
			e.Config.Blame(nil, x.FaultJSON+e.Config.Broken)
			ok = false
		}
		h.Config = strings.TrimSpace(e.Config.Text)
		hooks = append(hooks, h)
	}
	return hooks, ok
}

// checkConfigs shows at the fields what is wrong with configurations by the schemas
// of their plugins.
func (s *Server) checkConfigs(ctx context.Context, f *view.HooksForm) (ok bool, err error) {
	ok = true
	for _, e := range f.Hooks {
		schema := manifestOf(pluginOf(*f, e.Plugin)).Config
		if len(schema) == 0 {
			continue
		}
		faults, err := s.svc.ConfigFaults(ctx, schema, []byte(e.Config.Text))
		if err != nil {
			return false, err
		}
		for _, fault := range faults {
			e.Config.Blame(fault.At, fault.Text)
			ok = false
		}
	}
	if !ok {
		f.Problems = append(f.Problems, view.Texts(ctx).FaultSettings)
	}
	return ok, nil
}
