package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// shownRuns is how many runs the page of a task lists.
const shownRuns = 50

func (s *Server) listTasks(c echo.Context) error {
	l, err := s.taskList(c.Request().Context(), readQuery(c.QueryParams()))
	if err != nil {
		return err
	}
	if err := s.said(c, &l); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.TaskListPage(s.page(c), l))
}

// taskList is a page of the list. One beyond its end is its last.
func (s *Server) taskList(ctx context.Context, q task.Query) (view.TaskList, error) {
	rows, total, err := s.findTasks(ctx, q)
	if last := max(0, total-1) / view.PageSize * view.PageSize; err == nil && q.Offset > last {
		q.Offset = last
		rows, total, err = s.findTasks(ctx, q)
	}
	if err != nil {
		return view.TaskList{}, err
	}
	sums, err := s.svc.SumTasks(ctx)
	return view.TaskList{Query: q, Rows: rows, Total: total, Sums: sums}, err
}

// findTasks asks for tasks, and makes sure that the actor may read each.
func (s *Server) findTasks(ctx context.Context, q task.Query) ([]view.TaskRow, int, error) {
	rows, total, err := s.svc.FindTasks(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	shown := make([]view.TaskRow, 0, len(rows))
	for _, r := range rows {
		if access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(r.Task)) {
			shown = append(shown, view.TaskRow(r))
		}
	}
	return shown, total, nil
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
	planned, err := s.planned(ctx, runs)
	if err != nil {
		return err
	}
	events, err := s.svc.Events(ctx, access.Filter{Kind: "task", ID: t.ID, Limit: view.ShownEvents})
	if err != nil {
		return err
	}
	link, err := s.linkOf(ctx, t.ID)
	if err != nil {
		return err
	}
	d := view.TaskDetails{Task: t, Runs: runs, Planned: planned, Events: events, Link: link}
	switch bound, err := s.svc.PlanInForce(ctx, t.ID); {
	case err == nil:
		d.InForce = &bound
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return s.render(c, http.StatusOK, view.TaskPage(s.page(c), d))
}

// planned is the run that tells best where each folder goes: the last dry run, or
// else one of the last runs that got as far as planning. nil is none of these.
func (s *Server) planned(ctx context.Context, runs []task.Run) (*task.Run, error) {
	dry := func(r task.Run) bool { return r.Report != nil && r.Report.DryRun }
	if at := slices.IndexFunc(runs, dry); at >= 0 {
		runs = runs[at:]
	}
	for _, r := range runs[:min(len(runs), lookedThrough)] {
		run, err := s.svc.Run(ctx, r.ID)
		if errors.Is(err, ErrNotFound) {
			continue // it has just been removed
		}
		if err != nil || len(view.FoldersOf(run)) > 0 {
			return &run, err
		}
	}
	return nil, nil
}

// lookedThrough is how many runs are asked for their folders at most.
const lookedThrough = 3

func (s *Server) confirmDelete(c echo.Context) error {
	t, err := s.svc.Task(c.Request().Context(), c.Param("task"))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DeletePage(s.page(c), t))
}

func (s *Server) deleteTask(c echo.Context) error {
	id := c.Param("task")
	if err := s.svc.DeleteTask(c.Request().Context(), id, ""); err != nil {
		return err
	}
	s.log.Info("task deleted", "task", id, "user", userOf(c))
	return c.Redirect(http.StatusSeeOther, "/tasks?"+url.Values{"did": {"delete"}, "n": {"1"}, "undo": {id}}.Encode())
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

// watchTasks pushes the lines of a page of the list that have changed.
func (s *Server) watchTasks(c echo.Context) error {
	q := readQuery(c.QueryParams())
	return s.stream(c, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(listGap)
		defer tick.Stop()
		var shown *view.TaskList
		for {
			l, err := s.taskList(ctx, q)
			if err != nil {
				return err
			}
			if err := out.push(ctx, taskFragments(ctx, shown, l)...); err != nil {
				return err
			}
			shown = &l
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

// taskFragments is the list as a whole when other tasks are in it than are shown,
// and its lines otherwise.
func taskFragments(ctx context.Context, shown *view.TaskList, l view.TaskList) []fragment {
	all := []fragment{
		{target: "#task-summary", body: view.TaskSummary(l.Sums)},
		{target: "#favicon", body: view.Favicon(view.ListTone(l.Sums))},
	}
	if shown == nil || shown.Total != l.Total || !sameTasks(shown.Rows, l.Rows) {
		return append(all, fragment{target: "#task-list", body: view.TaskLines(l)})
	}
	for i, row := range l.Rows {
		all = append(all, fragment{target: lineTarget("#task-", i), body: view.TaskLine(i, row)})
	}
	return all
}

func sameTasks(a, b []view.TaskRow) bool {
	return slices.EqualFunc(a, b, func(a, b view.TaskRow) bool { return a.Task.ID == b.Task.ID })
}
