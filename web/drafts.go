package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/task"
	"github.com/mailweir/mailweir/web/view"
)

// tablePath takes tables. The service bounds them, and reads what is too large to its
// end: a browser shows no answer to what it could not send.
const tablePath = "/batches/new"

func (s *Server) newBatch(c echo.Context) error {
	return s.render(c, http.StatusOK, view.NewBatchPage(s.page(c), view.NewBatch{}))
}

// takeTable takes a table and leads to what becomes of it.
func (s *Server) takeTable(c echo.Context) error {
	name, table, err := sentTable(c.Request())
	var f view.NewBatch
	var d task.Draft
	if err == nil {
		pasted := &kept{r: table, most: keptTable}
		d, err = s.svc.NewDraft(c.Request().Context(), name, pasted)
		if name == view.Texts(c.Request().Context()).BatchPasted && !pasted.more {
			f.Table = string(pasted.text)
		}
	}
	switch {
	case errors.Is(err, errNoFile):
		f.Problems = []string{view.Texts(c.Request().Context()).BatchMissing}
	case errors.Is(err, io.ErrUnexpectedEOF):
		f.Problems = []string{view.Texts(c.Request().Context()).BatchCut}
	case errors.Is(err, ErrInvalid):
		f.Problems = problems(err)
	case err != nil:
		return err
	default:
		s.log.Info("table taken", "draft", d.ID, "rows", d.Rows.All, "user", userOf(c))
		return c.Redirect(http.StatusSeeOther, "/drafts/"+d.ID)
	}
	return s.render(c, http.StatusUnprocessableEntity, view.NewBatchPage(s.page(c), f))
}

// sentTable is the table of a form, read as it arrives: the file, if one was chosen, and
// else what was pasted.
func sentTable(r *http.Request) (name string, table io.Reader, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, errNoFile
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return "", nil, errNoFile
		case err != nil:
			return "", nil, err
		case part.FormName() == "file" && part.FileName() != "":
			return view.Plain(path.Base(part.FileName())), part, nil
		case part.FormName() == "table":
			first := make([]byte, 1)
			for {
				if _, err := io.ReadFull(part, first); err != nil {
					break // nothing but blanks: there may be a file behind
				}
				if strings.TrimSpace(string(first)) != "" {
					return view.Texts(r.Context()).BatchPasted, io.MultiReader(strings.NewReader(string(first)), part), nil
				}
			}
		}
	}
}

// keptTable is how much of a pasted table is shown again when it can not be read.
const keptTable = 64 << 10

// kept keeps the beginning of what is read.
type kept struct {
	r    io.Reader
	most int
	text []byte
	more bool // than it has kept
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	room := k.most - len(k.text)
	k.text = append(k.text, p[:min(n, room)]...)
	k.more = k.more || n > room
	return n, err
}

// draftPage reads which page of a draft is meant.
func draftPage(v url.Values) (page int, wrong bool) {
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		page = n - 1
	}
	return page, v.Get("wrong") != ""
}

func (s *Server) showDraft(c echo.Context) error {
	edit := -1
	if n, err := strconv.Atoi(c.QueryParam("edit")); err == nil && n >= 0 {
		edit = n
	}
	page, wrong := draftPage(c.QueryParams())
	return s.renderDraft(c, http.StatusOK, view.Draft{Page: page, Wrong: wrong, Edit: edit})
}

func (s *Server) renderDraft(c echo.Context, status int, d view.Draft) error {
	ctx, id := c.Request().Context(), c.Param("draft")
	rows, err := s.svc.DraftRows(ctx, id, DraftQuery{Wrong: d.Wrong, Offset: d.Page * view.DraftSize, Limit: view.DraftSize})
	if err != nil {
		return err
	}
	for _, r := range rows {
		d.Rows = append(d.Rows, view.DraftRow(r))
	}
	if d.Draft, err = s.svc.Draft(ctx, id); err != nil {
		return err
	}
	if len(rows) == 0 && d.Page > 0 {
		return c.Redirect(http.StatusSeeOther, "/drafts/"+id)
	}
	return s.render(c, status, view.DraftPage(s.page(c), d))
}

// showDraftHead answers with what is known of the draft as a whole. Once its rows are
// stored there is none: the batch has them.
func (s *Server) showDraftHead(c echo.Context) error {
	d, err := s.svc.Draft(c.Request().Context(), c.Param("draft"))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, view.DraftHead(view.Draft{Draft: d}))
}

// decideDraft does to a draft what the pressed button says.
func (s *Server) decideDraft(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("draft")
	form, err := c.FormParams()
	if err != nil {
		return ErrInvalid
	}
	switch form.Get("do") {
	case "start":
		batch, err := s.svc.StartDraft(ctx, id, form.Get("run") != "")
		if errors.Is(err, ErrInvalid) {
			return s.renderDraft(c, http.StatusUnprocessableEntity, view.Draft{Edit: -1, Problem: strings.Join(problems(err), " ")})
		}
		if err != nil {
			return err
		}
		s.log.Info("batch started", "batch", batch, "user", userOf(c))
		return c.Redirect(http.StatusSeeOther, "/batches/"+batch)
	case "discard":
		if err := s.svc.DiscardDraft(ctx, id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/batches")
	case "test":
		var positions []int
		for _, text := range first(form["row"], view.DraftSize) {
			if n, err := strconv.Atoi(text); err == nil {
				positions = append(positions, n)
			}
		}
		if err := s.svc.TestDraftRows(ctx, id, positions); err != nil {
			return err
		}
		return s.backToDraft(c, form, "")
	}
	return s.noSuchButton(c)
}

// noSuchButton is for a form that asks for nothing that there is.
func (s *Server) noSuchButton(c echo.Context) error {
	if _, err := s.svc.Draft(c.Request().Context(), c.Param("draft")); err != nil {
		return err
	}
	return ErrInvalid
}

// decideRow does to a row of a draft what the pressed button says.
func (s *Server) decideRow(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("draft")
	position, err := strconv.Atoi(c.Param("row"))
	if err != nil || position < 0 {
		return ErrNotFound
	}
	form, err := c.FormParams()
	if err != nil {
		return ErrInvalid
	}
	switch form.Get("do") {
	case "test":
		err = s.svc.TestDraftRows(ctx, id, []int{position})
	case "remove":
		if err := s.svc.RemoveDraftRow(ctx, id, position); err != nil {
			return err
		}
		return s.backToDraft(c, form, "")
	case "save":
		cells := map[string]string{}
		for _, column := range view.DraftColumns() {
			if _, sent := form["cell-"+column]; sent {
				cells[column] = form.Get("cell-" + column)
			}
		}
		err = s.svc.ChangeDraftRow(ctx, id, position, cells)
		if errors.Is(err, ErrInvalid) {
			page, wrong := draftPage(form)
			return s.renderDraft(c, http.StatusUnprocessableEntity, view.Draft{
				Page: page, Wrong: wrong, Edit: position, Typed: cells, Problem: strings.Join(problems(err), " "),
			})
		}
	default:
		return s.noSuchButton(c)
	}
	if err != nil {
		return err
	}
	return s.backToDraft(c, form, "#row-"+strconv.Itoa(position))
}

// backToDraft leads back to the page of the draft that a form was on.
func (s *Server) backToDraft(c echo.Context, form url.Values, anchor string) error {
	page, wrong := draftPage(form)
	v := url.Values{}
	if page > 0 {
		v.Set("page", strconv.Itoa(page+1))
	}
	if wrong {
		v.Set("wrong", "yes")
	}
	to := "/drafts/" + c.Param("draft")
	if len(v) > 0 {
		to += "?" + v.Encode()
	}
	return c.Redirect(http.StatusSeeOther, to+anchor)
}
