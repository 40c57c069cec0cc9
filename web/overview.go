package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// longWait is how long a run may wait for a free place before the overview says so.
const longWait = 2 * time.Minute

func (s *Server) showOverview(c echo.Context) error {
	o, err := s.overview(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.OverviewPage(s.page(c), o))
}

func (s *Server) overview(ctx context.Context) (o view.Overview, err error) {
	if o.Sums, err = s.svc.SumTasks(ctx); err != nil || o.Sums.All == 0 {
		return o, err
	}
	some := func(all ...task.Standing) bool {
		return slices.ContainsFunc(all, func(s task.Standing) bool { return o.Sums.Of[s] > 0 })
	}
	for _, part := range []struct {
		wanted bool // else it is known that there is none
		into   *[]view.TaskRow
		query  task.Query
	}{
		{some(view.AttentionStandings()...), &o.Attention, task.Query{Standings: view.AttentionStandings(), Order: task.OrderState, Limit: view.ShownHere, Uncounted: true}},
		{some(task.StandingActive), &o.Running, task.Query{Standings: []task.Standing{task.StandingActive}, Order: task.OrderLatest, Limit: view.ShownHere, Uncounted: true}},
		{true, &o.Next, task.Query{Due: true, Order: task.OrderNext, Limit: view.ShownHere, Uncounted: true}},
		{true, &o.Latest, task.Query{Order: task.OrderLatest, Limit: 2 * view.ShownHere, Uncounted: true}},
	} {
		if !part.wanted {
			continue
		}
		if *part.into, _, err = s.findTasks(ctx, part.query); err != nil {
			return o, err
		}
	}
	h, err := s.svc.Health(ctx)
	if err != nil {
		return o, err
	}
	x := view.Texts(ctx)
	if h.Longest > longWait {
		o.Waits = x.HealthWaits(h.Waiting, x.Duration(h.Longest))
	}
	if access.ExtentOf(access.From(ctx), access.ReadTask) == access.ExtentAll {
		o.Health = x.Health(o.Sums.All, h.Running, h.Waiting, h.Nodes, answerTime(x, h.Database))
	}
	return o, nil
}

// answerTime is rounded up so that it does not change with each look.
func answerTime(x view.Catalogue, d time.Duration) string {
	for _, ms := range []int{10, 50, 100, 250, 500} {
		if d < time.Duration(ms)*time.Millisecond {
			return x.LessThan(ms)
		}
	}
	return x.Duration(d)
}

// watchOverview pushes the parts of the overview that have changed.
func (s *Server) watchOverview(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(listGap)
		defer tick.Stop()
		shown := -1 // tasks that there were
		for {
			o, err := s.overview(ctx)
			if err != nil {
				return err
			}
			if err := out.push(ctx, overviewFragments(o, shown)...); err != nil {
				return err
			}
			shown = o.Sums.All
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

// overviewFragments is the overview by its parts, or as a whole when it has other
// parts than before.
func overviewFragments(o view.Overview, before int) []fragment {
	all := []fragment{
		{target: "#task-summary", body: view.TaskSummary(o.Sums)},
		{target: "#favicon", body: view.Favicon(view.ListTone(o.Sums))},
		{target: "#health", body: view.OverviewHealth(o)},
	}
	if o.Sums.All == 0 || before <= 0 {
		return append(all, fragment{target: "#overview", body: view.OverviewBody(o)})
	}
	return append(all,
		fragment{target: "#attention", body: view.OverviewAttention(o)},
		fragment{target: "#running-now", body: view.OverviewRunning(o)},
		fragment{target: "#next-runs", body: view.OverviewNext(o)},
		fragment{target: "#latest-runs", body: view.OverviewLatest(o)},
	)
}
