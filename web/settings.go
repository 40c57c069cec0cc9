package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) showSettings(c echo.Context) error {
	f := view.SettingsForm{}
	if c.QueryParam("saved") != "" {
		f.Notice = view.Texts(c.Request().Context()).SettingSaved
	}
	return s.renderSettings(c, http.StatusOK, f, nil)
}

// renderSettings shows the limits as typed, or as stored if typed is nil.
func (s *Server) renderSettings(c echo.Context, status int, f view.SettingsForm, typed map[string]string) error {
	var err error
	if f.Settings, err = s.svc.Settings(c.Request().Context()); err != nil {
		return err
	}
	for id, field := range map[string]struct {
		to  *string
		now int
	}{
		"runs": {&f.Runs, f.Limits.Runs}, "per-host": {&f.PerHost, f.Limits.PerHost}, "per-account": {&f.PerAccount, f.Limits.PerAccount},
	} {
		switch {
		case typed != nil:
			*field.to = typed[id]
		case field.now > 0:
			*field.to = strconv.Itoa(field.now)
		}
	}
	return s.render(c, status, view.SettingsPage(s.page(c), f))
}

// changeSettings stores the limits.
func (s *Server) changeSettings(c echo.Context) error {
	var l Limits
	var faults faults
	typed := map[string]string{}
	for _, field := range []struct {
		id string
		to *int
	}{{"runs", &l.Runs}, {"per-host", &l.PerHost}, {"per-account", &l.PerAccount}} {
		text := strings.TrimSpace(c.FormValue(field.id))
		typed[field.id] = text
		n, err := strconv.ParseUint(text, 10, 31)
		if text != "" && (err != nil || n == 0) {
			faults.add(field.id, view.Texts(c.Request().Context()).FaultLimit)
		}
		*field.to = int(n)
	}
	f := view.SettingsForm{Faults: faults.texts, Focus: faults.first}
	if len(f.Faults) > 0 {
		return s.renderSettings(c, http.StatusUnprocessableEntity, f, typed)
	}
	err := s.svc.SetLimits(c.Request().Context(), l)
	if errors.Is(err, ErrInvalid) {
		f.Problems = problems(err)
		return s.renderSettings(c, http.StatusUnprocessableEntity, f, typed)
	}
	if err != nil {
		return err
	}
	s.log.Info("limits changed", "runs", l.Runs, "per_host", l.PerHost, "per_account", l.PerAccount, "user", userOf(c))
	return seeOther(c, "/settings?saved=1")
}
