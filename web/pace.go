package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// paceRun lets a run go slower or faster from now on.
func (s *Server) paceRun(c echo.Context) error {
	id := c.Param("run")
	step, err := strconv.Atoi(c.FormValue("step"))
	bytes, known := view.PaceOf(step)
	messages, messagesErr := strconv.ParseUint(c.FormValue("messages"), 10, 31)
	if err != nil || messagesErr != nil || !known {
		return fmt.Errorf("%w: there is no such pace", ErrInvalid)
	}
	pace := task.Pace{Bytes: bytes, Messages: int64(messages)}
	if err := s.svc.SetPace(c.Request().Context(), id, pace); err != nil {
		return err
	}
	s.log.Info("pace set", "run", id, "pace", pace.String(), "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+id)
}

// retryRun starts a run that looks only at what another one left undone.
func (s *Server) retryRun(c echo.Context) error {
	run, err := s.svc.RetryRun(c.Request().Context(), c.Param("run"))
	if err != nil {
		return err
	}
	s.log.Info("run started again", "task", run.TaskID, "run", run.ID, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+run.ID)
}
