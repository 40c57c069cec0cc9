package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) showCodes(c echo.Context) error {
	return s.renderCodes(c, http.StatusOK, view.Codes{})
}

func (s *Server) renderCodes(c echo.Context, status int, shown view.Codes) error {
	ctx := c.Request().Context()
	id := access.From(ctx).UserID
	var err error
	if shown.User, err = s.svc.User(ctx, id); err != nil {
		return err
	}
	key, err := s.svc.PendingKey(ctx, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	shown.Secret = key.Secret
	return s.render(c, status, view.CodesPage(s.page(c), shown))
}

// showQR is an address of its own because the content policy allows no picture in
// the page.
func (s *Server) showQR(c echo.Context) error {
	key, err := s.svc.PendingKey(c.Request().Context(), access.From(c.Request().Context()).UserID)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/png", key.QR)
}

// changeCodes does what the pressed button says.
func (s *Server) changeCodes(c echo.Context) error {
	if c.FormValue("do") == "confirm" {
		return s.confirmKey(c)
	}
	ctx := c.Request().Context()
	id := access.From(ctx).UserID
	problem, err := s.knowsPassword(c, c.FormValue("old"))
	if err != nil {
		return err
	}
	if problem != "" {
		return s.renderCodes(c, http.StatusUnprocessableEntity, view.Codes{Problems: []string{problem}})
	}
	switch c.FormValue("do") {
	case "start":
		err = s.svc.NewKey(ctx, id)
	case "off":
		err = s.svc.RemoveKey(ctx, id)
		s.log.Info("codes turned off", "user", userOf(c))
	default:
		return echo.ErrBadRequest
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account/codes")
}

// confirmKey shows the recovery codes, which are nowhere else.
func (s *Server) confirmKey(c echo.Context) error {
	ctx := c.Request().Context()
	recovery, err := s.svc.ConfirmKey(ctx, access.From(ctx).UserID, c.FormValue("code"))
	if err != nil {
		return err
	}
	if recovery == nil {
		return s.renderCodes(c, http.StatusUnprocessableEntity, view.Codes{Problems: []string{view.Texts(c.Request().Context()).CodesWrong}})
	}
	s.log.Info("codes turned on", "user", userOf(c))
	return s.renderCodes(c, http.StatusOK, view.Codes{Recovery: recovery})
}
