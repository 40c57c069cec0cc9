package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

// shownEvents is how many events a page of the audit trail has.
const shownEvents = 100

func (s *Server) showAudit(c echo.Context) error { return s.renderAudit(c, http.StatusOK) }

func (s *Server) renderAudit(c echo.Context, status int, faults ...string) error {
	ctx := c.Request().Context()
	a := view.Audit{Filter: readFilter(c.QueryParams()), Problems: faults}
	asked := a.Filter
	asked.Limit++ // to see whether there is more
	var err error
	if a.Events, err = s.svc.Events(ctx, asked); err != nil {
		return err
	}
	if len(a.Events) > shownEvents {
		a.Events = a.Events[:shownEvents]
		q := c.QueryParams()
		q.Set("before", strconv.FormatInt(a.Events[shownEvents-1].ID, 10))
		a.More = "/audit?" + q.Encode()
	}
	keep, err := s.svc.Retention(ctx)
	if err != nil {
		return err
	}
	a.Retention = int(keep / (24 * time.Hour))
	return s.render(c, status, view.AuditPage(s.page(c), a))
}

// readFilter reads what the form of the page sends; what makes no sense is left out.
func readFilter(q url.Values) access.Filter {
	f := access.Filter{
		Actor: access.UserName(q.Get("actor")), Object: strings.TrimSpace(q.Get("object")), Limit: shownEvents,
	}
	if d := access.Deed(q.Get("deed")); slices.Contains(access.Deeds(), d) {
		f.Deed = d
	}
	if before, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && before > 0 {
		f.Before = before
	}
	return f
}

func (s *Server) setRetention(c echo.Context) error {
	days, err := strconv.Atoi(strings.TrimSpace(c.FormValue("days")))
	if err != nil || days > 1_000_000 {
		days = 0
	}
	err = s.svc.SetRetention(c.Request().Context(), time.Duration(days)*24*time.Hour)
	if errors.Is(err, ErrInvalid) {
		return s.renderAudit(c, http.StatusUnprocessableEntity, problems(err)...)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/audit")
}

// showTimeline is the audit trail of one task, for whoever may see the task.
func (s *Server) showTimeline(c echo.Context) error {
	ctx := c.Request().Context()
	t, err := s.svc.Task(ctx, c.Param("task"))
	if err != nil {
		return err
	}
	events, err := s.svc.Events(ctx, access.Filter{Kind: "task", ID: t.ID, Limit: shownEvents})
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.TimelinePage(s.page(c), t, events))
}
