package web

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) listBatches(c echo.Context) error {
	rows, err := s.svc.Batches(c.Request().Context())
	if err != nil {
		return err
	}
	l := view.BatchList{}
	for _, r := range rows {
		l.Rows = append(l.Rows, view.BatchRow(r))
	}
	if l.Drafts, err = s.svc.Drafts(c.Request().Context()); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.BatchesPage(s.page(c), l))
}

func (s *Server) showBatch(c echo.Context) error {
	ctx := c.Request().Context()
	row, err := s.svc.Batch(ctx, c.Param("batch"))
	if err != nil {
		return err
	}
	q := readQuery(c.QueryParams())
	q.Batch = row.Batch.ID
	list, err := s.taskList(ctx, q)
	if err != nil {
		return err
	}
	if err := s.said(c, &list); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.BatchPage(s.page(c), view.BatchDetails{Row: view.BatchRow(row), List: list}))
}

// batchGap is the time between two looks at a batch for one open page.
const batchGap = 3 * time.Second

// watchBatch pushes what a batch has come to.
func (s *Server) watchBatch(c echo.Context) error {
	return s.stream(c, func(ctx context.Context, out *stream) error {
		tick := time.NewTicker(batchGap)
		defer tick.Stop()
		for {
			row, err := s.svc.Batch(ctx, c.Param("batch"))
			if err != nil {
				return err
			}
			if err := out.push(ctx, fragment{target: "#batch-totals", body: view.BatchTotals(view.BatchRow(row))}); err != nil {
				return err
			}
			if !out.wait(ctx, tick.C) {
				return nil
			}
		}
	})
}

// eachOfBatch calls do for the tasks of a batch that stand in one of some ways and
// that the actor may read, a page at a time.
func (s *Server) eachOfBatch(ctx context.Context, batch string, standings []task.Standing, do func(view.TaskRow) error) error {
	const atOnce = 500
	for offset := 0; ; offset += atOnce {
		rows, _, err := s.findTasks(ctx, task.Query{Batch: batch, Standings: standings, Offset: offset, Limit: atOnce})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(rows) < atOnce {
			return nil
		}
	}
}

// downloadFailures is the tasks of a batch that did not get everything, as a table that
// can be mended and brought again: there is no password in it.
func (s *Server) downloadFailures(c echo.Context) error {
	row, err := s.svc.Batch(c.Request().Context(), c.Param("batch"))
	if err != nil {
		return err
	}
	return s.sendTable(c, row.Batch, "failures", []string{"name", "source_name", "source", "destination", "error"}, func(write func(...string) error) error {
		return s.eachOfBatch(c.Request().Context(), row.Batch.ID, view.AttentionStandings(), func(r view.TaskRow) error {
			for _, src := range r.Task.Sources {
				if err := write(r.Task.Name, src.Name, accountCell(src.Account), accountCell(r.Task.Destination), view.Failure(c.Request().Context(), r)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// accountCell is an account as a table has it.
func accountCell(a task.Account) string {
	if a.Local != "" {
		return a.Local
	}
	return a.String()
}

// downloadLinks makes a link for each task of a batch that waits for a password.
func (s *Server) downloadLinks(c echo.Context) error {
	ctx := c.Request().Context()
	row, err := s.svc.Batch(ctx, c.Param("batch"))
	if err != nil {
		return err
	}
	var waiting []task.Task
	err = s.eachOfBatch(ctx, row.Batch.ID, []task.Standing{task.StandingWaiting}, func(r view.TaskRow) error {
		if access.Allowed(access.From(ctx), access.ChangeTask, access.OfTask(r.Task)) {
			waiting = append(waiting, r.Task)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.sendTable(c, row.Batch, "links", []string{"name", "mailbox", "link", "good_until"}, func(write func(...string) error) error {
		for _, t := range waiting {
			token, link, err := s.svc.MakeLink(ctx, t.ID, task.LinkTime)
			if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) {
				continue // it has gone, or been changed, meanwhile
			}
			if err != nil {
				return err
			}
			account, _ := t.AccountOf(t.Asked()[0])
			if err := write(t.Name, account.User, s.linkURL(c.Request(), token), link.Expires.UTC().Format(time.RFC3339)); err != nil {
				return err
			}
		}
		return nil
	})
}

// sendTable sends a table as it is made. One that breaks off says so in its last row.
func (s *Server) sendTable(c echo.Context, b task.Batch, kind string, header []string, rows func(write func(...string) error) error) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+tableName(b.Name, kind)+`"`)
	c.Response().WriteHeader(http.StatusOK)
	if _, err := c.Response().Write([]byte("\ufeff")); err != nil {
		return err
	}
	w := csv.NewWriter(c.Response())
	w.UseCRLF = true // RFC 4180 section 2
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		return w.Write(cells)
	}
	err := write(header...)
	if err == nil {
		err = rows(write)
	}
	if err != nil && c.Request().Context().Err() == nil {
		s.log.Error("table broke off", "batch", b.ID, "table", kind, "error", err)
		_ = write(view.Texts(c.Request().Context()).TableBroke)
	}
	w.Flush()
	return errors.Join(err, w.Error())
}
