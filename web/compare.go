package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

// compareRuns shows what differs between a run and the one before it, or another one.
func (s *Server) compareRuns(c echo.Context) error {
	ctx := c.Request().Context()
	compared, err := s.svc.CompareRuns(ctx, c.Param("run"), c.QueryParam("with"))
	if err != nil {
		return err
	}
	runs, err := s.svc.Runs(ctx, compared.After.TaskID, shownRuns)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.ComparePage(s.page(c), compared, runs))
}
