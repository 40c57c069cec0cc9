package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// downloadFolders is the table of folders of an ended run.
func (s *Server) downloadFolders(c echo.Context) error {
	return s.downloadTable(c, "folders.csv", func(r *task.Report) [][]string {
		rows := [][]string{{"source", "folder", "target", "by", "found", "copied", "present", "skipped", "held", "failed", "bytes", "error"}}
		for _, f := range r.Folders {
			rows = append(rows, []string{
				f.Source, f.Folder, f.Target, f.By, digits(f.Counts.Source), digits(f.Copied), digits(f.Present), digits(f.Skipped),
				digits(f.Held), digits(f.Failed), digits(f.Bytes), f.Error,
			})
		}
		return rows
	})
}

// downloadListed is the messages of an ended run that were not copied.
func (s *Server) downloadListed(c echo.Context) error {
	return s.downloadTable(c, "messages.csv", func(r *task.Report) [][]string {
		rows := [][]string{{"fate", "source", "folder", "uid", "reason"}}
		for _, l := range r.Listed {
			rows = append(rows, []string{string(l.Fate), l.Source, l.Folder, strconv.FormatUint(uint64(l.UID), 10), l.Reason})
		}
		return rows
	})
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }

func (s *Server) downloadTable(c echo.Context, kind string, table func(*task.Report) [][]string) error {
	run, err := s.svc.Run(c.Request().Context(), c.Param("run"))
	if err != nil {
		return err
	}
	if run.Report == nil {
		return fmt.Errorf("report of run %s: %w", run.ID, ErrNotFound)
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // or spreadsheets take it for what their country once had
	w := csv.NewWriter(&b)
	w.UseCRLF = true // RFC 4180 section 2
	for _, row := range table(run.Report) {
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := w.Write(row); err != nil {
			return fmt.Errorf("table of run %s: %w", run.ID, err)
		}
	}
	w.Flush()
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+reportName(run, kind)+`"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// tableName is a file name that needs no quoting on any system.
func tableName(name, kind string) string {
	safe := strings.TrimSuffix(safeName(strings.TrimSuffix(name, ".csv")), "-")
	return strings.Trim("mailweir-"+safe, "-") + "-" + kind + ".csv"
}

// cell makes text of strangers harmless in a spreadsheet, which would compute what
// begins like a formula.
func cell(text string) string {
	text = view.Plain(text)
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
