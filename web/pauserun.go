package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

func (s *Server) pauseRun(c echo.Context) error {
	id := c.Param("run")
	if err := s.svc.PauseRun(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("run paused", "run", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+id)
}

func (s *Server) resumeRun(c echo.Context) error {
	id := c.Param("run")
	if err := s.svc.ResumeRun(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("run resumed", "run", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+id)
}
