package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// newScript leads to the editor of a script that need not be there yet.
func (s *Server) newScript(c echo.Context) error {
	name := c.FormValue("name")
	if err := task.ValidScriptName(name); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return seeOther(c, "/tasks/"+c.Param("task")+"/scripts/"+name)
}

// scriptEdit has what the editor shows, but for the source.
func (s *Server) scriptEdit(c echo.Context) (view.ScriptEdit, error) {
	ctx := c.Request().Context()
	e := view.ScriptEdit{Name: c.Param("script"), Types: s.svc.ScriptTypes()}
	if task.ValidScriptName(e.Name) != nil {
		return e, ErrNotFound
	}
	var err error
	if e.Task, err = s.svc.Task(ctx, c.Param("task")); err != nil {
		return e, err
	}
	for _, h := range e.Task.Hooks {
		if name, version, ok := task.ParseScriptHook(h.Plugin); ok && name == e.Name {
			e.Used = version
		}
	}
	e.Versions, err = s.svc.Scripts(ctx, e.Task.ID, e.Name)
	return e, err
}

// showScript shows the version that is asked for, or else that of the task, or else
// the latest.
func (s *Server) showScript(c echo.Context) error {
	e, err := s.scriptEdit(c)
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(c.QueryParam("version"))
	switch {
	case version > 0:
	case e.Used > 0:
		version = e.Used
	case len(e.Versions) > 0:
		version = e.Versions[0].Version
	}
	if version == 0 {
		e.Source = view.ScriptStart
	} else {
		sc, err := s.svc.Script(c.Request().Context(), e.Task.ID, e.Name, version)
		if err != nil {
			return err
		}
		e.Source, e.Shown = sc.Source, sc.Version
	}
	return s.render(c, http.StatusOK, view.ScriptPage(s.page(c), e))
}

// editScript does what the pressed button says: try, read the mail to try it on, or
// save.
func (s *Server) editScript(c echo.Context) error {
	e, err := s.scriptEdit(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	e.Source = unixLines(c.FormValue("source"))
	switch c.FormValue("do") {
	case "save":
		sc, err := s.svc.SaveScript(ctx, e.Task.ID, e.Name, e.Source)
		if err == nil {
			s.log.Info("script saved", "task", e.Task.ID, "script", e.Name, "version", sc.Version, "user", userOf(c))
			if e, err = s.scriptEdit(c); err != nil {
				return err
			}
			e.Source, e.Shown, e.Notice = sc.Source, sc.Version, view.Texts(c.Request().Context()).ScriptSaved
			return s.showTried(c, http.StatusOK, e)
		}
		if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrConflict) {
			return err
		}
		e.Problems = problems(err)
		return s.showTried(c, http.StatusUnprocessableEntity, e)
	case "fetch":
		err := s.svc.FetchSample(ctx, e.Task.ID)
		if errors.Is(err, ErrInvalid) {
			e.Problems = problems(err)
			return s.showTried(c, http.StatusUnprocessableEntity, e)
		}
		if err != nil {
			return err
		}
	}
	return s.showTried(c, http.StatusOK, e)
}

// showTried shows the editor, and beside it what the script does.
func (s *Server) showTried(c echo.Context, status int, e view.ScriptEdit) error {
	result, err := s.svc.TryScript(c.Request().Context(), e.Task.ID, e.Name, e.Source)
	if err != nil {
		return err
	}
	e.Result = &result
	return s.render(c, status, view.ScriptPage(s.page(c), e))
}

// tryScript answers with the result alone, for the editor's script.
func (s *Server) tryScript(c echo.Context) error {
	if task.ValidScriptName(c.Param("script")) != nil {
		return ErrNotFound
	}
	result, err := s.svc.TryScript(c.Request().Context(), c.Param("task"), c.Param("script"), unixLines(c.FormValue("source")))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.TryFragment(result))
}

func (s *Server) useScript(c echo.Context) error {
	version, err := strconv.Atoi(c.FormValue("version"))
	if task.ValidScriptName(c.Param("script")) != nil {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	err = s.svc.UseScript(c.Request().Context(), c.Param("task"), c.Param("script"), version)
	if err != nil {
		return err
	}
	s.log.Info("script version chosen", "task", c.Param("task"), "script", c.Param("script"), "version", version, "user", userOf(c))
	return seeOther(c, "/tasks/"+c.Param("task")+"/scripts/"+c.Param("script"))
}

// unixLines undoes what forms do to the ends of lines.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
