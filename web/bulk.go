package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// bulk is what can be done to several tasks, each with the action that decides for
// every single one of them.
var bulk = map[string]access.Action{
	"run": access.RunTask, "stop": access.RunTask, "pause": access.PauseTask, "resume": access.PauseTask, "delete": access.DeleteTask,
}

// bulkTasks does to all chosen tasks what the pressed button says. Those to which it
// can not be done, or not by this person, are passed over and counted.
func (s *Server) bulkTasks(c echo.Context) error {
	ctx := c.Request().Context()
	if err := c.Request().ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	do := c.FormValue("do")
	action, known := bulk[do]
	if !known {
		return fmt.Errorf("%w: %q can not be done to tasks", ErrInvalid, do)
	}
	rows, err := s.chosenTasks(ctx, c.Request().PostForm)
	if err != nil {
		return err
	}
	back, _ := url.ParseQuery(c.FormValue("list")) // what can not be read is no filter
	list := view.ListQuery(readQuery(back))
	if len(rows) == 0 {
		list.Set("chose", "none")
		return c.Redirect(http.StatusSeeOther, listOf(list)+list.Encode())
	}
	allowed := slices.DeleteFunc(slices.Clone(rows), func(r TaskRow) bool {
		return !access.Allowed(access.From(ctx), action, access.OfTask(r.Task))
	})
	if typed, asked := c.Request().PostForm["word"]; do == "delete" && len(allowed) > 0 && (!asked || typed[0] != view.Texts(c.Request().Context()).BulkWord) {
		return s.confirmBulk(c, allowed, asked)
	}
	n, deletion := 0, ""
	if do == "delete" {
		deletion = strings.ToLower(rand.Text())
		list.Set("undo", deletion)
	}
	for _, r := range allowed {
		done, err := s.doTo(ctx, do, deletion, r)
		if err != nil {
			return err
		}
		if done {
			n++
			s.log.Info("done to several tasks", "do", do, "task", r.Task.ID, "user", userOf(c))
		}
	}
	list.Set("did", do)
	list.Set("n", strconv.Itoa(n))
	list.Set("passed", strconv.Itoa(len(rows)-n))
	return c.Redirect(http.StatusSeeOther, listOf(list)+list.Encode())
}

// listOf is the page that shows a list: that of a batch shows its tasks.
func listOf(list url.Values) string {
	if batch := list.Get("batch"); batch != "" {
		return "/batches/" + url.PathEscape(batch) + "?"
	}
	return "/tasks?"
}

func (s *Server) confirmBulk(c echo.Context, rows []TaskRow, mistyped bool) error {
	d := view.BulkDelete{Mistyped: mistyped}
	for _, r := range rows {
		d.Tasks = append(d.Tasks, r.Task)
	}
	status := http.StatusOK
	if mistyped {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, view.BulkDeletePage(s.page(c), d))
}

// chosenTasks are the tasks that were ticked, or all that the list finds. What has
// gone meanwhile is left out.
func (s *Server) chosenTasks(ctx context.Context, form url.Values) ([]TaskRow, error) {
	if form.Get("all") != "" {
		q, _ := url.ParseQuery(form.Get("list"))
		query := readQuery(q)
		query.Offset, query.Limit = 0, 0
		rows, _, err := s.svc.FindTasks(ctx, query)
		return rows, err
	}
	var rows []TaskRow
	for _, id := range slices.Compact(slices.Sorted(slices.Values(form["task"]))) {
		t, err := s.svc.Task(ctx, id)
		if errors.Is(err, ErrNotFound) || err == nil && !access.Allowed(access.From(ctx), access.ReadTask, access.OfTask(t)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, TaskRow{Task: t})
	}
	return rows, nil
}

// doTo does one thing to one task, and reports whether there was something to do. What
// is deleted at once has the same deletion.
func (s *Server) doTo(ctx context.Context, do, deletion string, r TaskRow) (bool, error) {
	id, paused := r.Task.ID, !r.Task.Pause.At.IsZero()
	var err error
	switch do {
	case "run":
		_, err = s.svc.StartRun(ctx, id)
	case "stop":
		runs, listErr := s.svc.Runs(ctx, id, 1)
		if listErr != nil || len(runs) == 0 || !active(runs[0]) || runs[0].Stopping {
			return false, listErr
		}
		err = s.svc.StopRun(ctx, runs[0].ID)
	case "pause":
		if paused || r.Task.Schedule.ByHand() {
			return false, nil
		}
		err = s.svc.PauseTask(ctx, id, access.From(ctx).Name)
	case "resume":
		if !paused {
			return false, nil
		}
		err = s.svc.ResumeTask(ctx, id)
	case "delete":
		err = s.svc.DeleteTask(ctx, id, deletion)
	}
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// readQuery reads the address of a list; what makes no sense is left out.
func readQuery(v url.Values) task.Query {
	q := task.Query{Text: v.Get("q"), Owner: access.UserName(v.Get("owner")), Batch: v.Get("batch"), Limit: view.PageSize}
	if len(q.Text) > 200 {
		q.Text = ""
	}
	switch state := v.Get("state"); {
	case state == "attention":
		q.Standings = view.AttentionStandings()
	case state == "paused":
		q.Paused = true
	case slices.Contains(task.Standings(), task.Standing(state)):
		q.Standings = []task.Standing{task.Standing(state)}
	}
	switch o := task.Order(v.Get("sort")); o {
	case task.OrderState, task.OrderLatest, task.OrderNext:
		q.Order = o
	}
	if page, err := strconv.Atoi(v.Get("page")); err == nil && page > 1 && page < 1_000_000 {
		q.Offset = (page - 1) * view.PageSize
	}
	return q
}

// said reads what became of what was done to several tasks. What was deleted can be
// restored from there.
func (s *Server) said(c echo.Context, l *view.TaskList) error {
	said(view.Texts(c.Request().Context()), c.QueryParams(), l)
	undo := c.QueryParam("undo")
	if undo == "" || c.QueryParam("did") != "delete" {
		return nil
	}
	tasks, err := s.deletion(c.Request().Context(), undo)
	l.Deleted = tasks
	return err
}

func said(x view.Catalogue, v url.Values, l *view.TaskList) {
	if v.Get("chose") == "none" {
		l.Problem = x.BulkNone
	}
	n, err := strconv.Atoi(v.Get("n"))
	words, known := x.BulkDone[v.Get("did")]
	if !known || err != nil || n < 0 {
		return
	}
	if n > 0 {
		l.Said = words(n)
	}
	if passed, err := strconv.Atoi(v.Get("passed")); err == nil && passed > 0 {
		l.Passed = x.BulkPassed(passed)
	}
}
