package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// listDeleted shows the tasks that can be restored.
func (s *Server) listDeleted(c echo.Context) error {
	all, err := s.svc.DeletedTasks(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DeletedPage(s.page(c), all))
}

// deletion are the tasks that were deleted at once, as far as the actor can restore
// them.
func (s *Server) deletion(ctx context.Context, id string) ([]task.Deleted, error) {
	all, err := s.svc.DeletedTasks(ctx)
	return slices.DeleteFunc(all, func(d task.Deleted) bool { return d.Deletion != id }), err
}

// restoreDeleted restores what was deleted at once, or of it the task that the form
// names.
func (s *Server) restoreDeleted(c echo.Context) error {
	ctx := c.Request().Context()
	tasks, err := s.deletion(ctx, c.Param("deletion"))
	if err != nil {
		return err
	}
	if one := c.FormValue("task"); one != "" {
		tasks = slices.DeleteFunc(tasks, func(d task.Deleted) bool { return d.Task.ID != one })
	}
	var restored []string
	var fault error
	for _, d := range tasks {
		t, err := s.svc.RestoreTask(ctx, d.Task.ID)
		if err != nil {
			fault = err
			continue
		}
		restored = append(restored, t.ID)
		s.log.Info("task restored", "task", t.ID, "user", userOf(c))
	}
	switch {
	case len(tasks) == 0:
		return ErrNotFound
	case len(restored) == 0:
		return fault
	case len(tasks) == 1:
		return c.Redirect(http.StatusSeeOther, "/tasks/"+restored[0])
	}
	did := url.Values{"did": {"restore"}, "n": {strconv.Itoa(len(restored))}, "passed": {strconv.Itoa(len(tasks) - len(restored))}}
	return c.Redirect(http.StatusSeeOther, "/tasks?"+did.Encode())
}
