package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyTime bounds how long the database may take to answer.
const readyTime = 3 * time.Second

// healthy says that the process answers.
func (s *Server) healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says whether the service can do its work. Why not is in the log: anybody may
// ask.
func (s *Server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyTime)
	defer cancel()
	if err := s.svc.Ready(ctx); err != nil {
		s.log.Warn("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready; the log says why\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

func (s *Server) metrics(c echo.Context) error {
	if s.opts.Metrics == nil {
		return ErrNotFound
	}
	s.opts.Metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}
