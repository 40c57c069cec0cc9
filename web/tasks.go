package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

// shownRuns is how many runs the page of a task lists.
const shownRuns = 50

func (s *Server) home(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, "/tasks")
}

func (s *Server) listTasks(c echo.Context) error {
	rows, err := s.taskRows(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.TaskListPage(s.page(c), rows))
}

func (s *Server) taskRows(ctx context.Context) ([]view.TaskRow, error) {
	rows, err := s.svc.Tasks(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]view.TaskRow, 0, len(rows))
	for _, r := range rows {
		if access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(r.Task)) {
			shown = append(shown, view.TaskRow(r))
		}
	}
	return shown, nil
}

func (s *Server) showTask(c echo.Context) error {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	runs, err := s.svc.Runs(ctx, t.ID, shownRuns)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.TaskPage(s.page(c), t, runs))
}

func (s *Server) confirmDelete(c echo.Context) error {
	t, err := s.svc.Task(c.Request().Context(), c.Param("task"))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DeletePage(s.page(c), t))
}

func (s *Server) deleteTask(c echo.Context) error {
	id := c.Param("task")
	if err := s.svc.DeleteTask(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("task deleted", "task", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks")
}

func (s *Server) pauseTask(c echo.Context) error {
	id := c.Param("task")
	if err := s.svc.PauseTask(c.Request().Context(), id, userOf(c)); err != nil {
		return err
	}
	s.log.Info("task paused", "task", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks/"+id)
}

func (s *Server) resumeTask(c echo.Context) error {
	id := c.Param("task")
	if err := s.svc.ResumeTask(c.Request().Context(), id); err != nil {
		return err
	}
	s.log.Info("task resumed", "task", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks/"+id)
}

func (s *Server) startRun(c echo.Context) error {
	run, err := s.svc.StartRun(c.Request().Context(), c.Param("task"))
	if err != nil {
		return err
	}
	s.log.Info("run started", "task", run.TaskID, "run", run.ID, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/runs/"+run.ID)
}

// listGap is the time between two looks at all tasks for one open list.
const listGap = 2 * time.Second

// watchTasks pushes the lines of the list that have changed.
func (s *Server) watchTasks(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(listGap)
		defer tick.Stop()
		var shown []view.TaskRow
		for {
			rows, err := s.taskRows(ctx)
			if err != nil {
				return err
			}
			if err := out.push(ctx, taskFragments(ctx, shown, rows)...); err != nil {
				return err
			}
			shown = rows
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

// taskFragments is the list as a whole when other tasks are in it than are shown,
// and its lines otherwise.
func taskFragments(ctx context.Context, shown, rows []view.TaskRow) []fragment {
	all := []fragment{
		{target: "#task-summary", body: view.TaskSummary(rows)},
		{target: "#favicon", body: view.Favicon(view.ListTone(ctx, rows))},
	}
	if !sameTasks(shown, rows) {
		return append(all, fragment{target: "#task-list", body: view.TaskList(rows)})
	}
	for i, row := range rows {
		all = append(all, fragment{target: lineTarget("#task-", i), body: view.TaskLine(i, row)})
	}
	return all
}

func sameTasks(a, b []view.TaskRow) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Task.ID != b[i].Task.ID {
			return false
		}
	}
	return true
}
