package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

// The errors of a Service that the pages tell apart, with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
	ErrInvalid  = errors.New("invalid")
	ErrChanged  = errors.New("changed meanwhile") // by somebody else
	ErrRefused  = errors.New("refused")           // name or password is wrong
)

// errForbidden is for what somebody may see but not do.
var errForbidden = errors.New("forbidden")

// errLoginNeeded turns into a redirect to the login, or into 401 for a request
// that is not for a page.
var errLoginNeeded = errors.New("login needed")

// errTokenRefused is for a token that opens nothing.
var errTokenRefused = errors.New("token refused")

// failure is an error as a person shall see it.
type failure struct {
	status int
	text   string // "" is the text of the catalogue for the status
	ours   bool   // a fault of the program: logged with its cause, which is not shown
}

// failureOf is the one place where errors become statuses and words, those of x where
// the error does not bring its own.
func failureOf(x view.Catalogue, err error) failure {
	var he *echo.HTTPError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return failure{status: http.StatusRequestEntityTooLarge}
	case errors.Is(err, ErrNotFound):
		return failure{status: http.StatusNotFound}
	case errors.Is(err, errForbidden):
		return failure{status: http.StatusForbidden, text: x.RoleForbids}
	case errors.Is(err, ErrConflict):
		return failure{status: http.StatusConflict, text: view.Sentence(err, ErrConflict)}
	case errors.Is(err, ErrChanged):
		return failure{status: http.StatusPreconditionFailed, text: view.Sentence(err, ErrChanged)}
	case errors.Is(err, ErrInvalid):
		return failure{status: http.StatusUnprocessableEntity, text: view.Sentence(err, ErrInvalid)}
	case errors.As(err, &he) && he.Code < http.StatusInternalServerError:
		return failure{status: he.Code}
	}
	return failure{status: http.StatusInternalServerError, ours: true}
}

// handleError renders what a handler returned. It is echo's error handler.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		// A stream or a page broke off in the middle: nothing can be said any more.
		s.log.Debug("response broke off", "path", c.Path(), "error", err)
		return
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		return // the browser has gone
	}
	if forAPI(c.Request()) {
		s.sendProblem(c, err)
		return
	}
	if errors.Is(err, errLoginNeeded) {
		s.sendToLogin(c)
		return
	}
	if errors.Is(err, errTokenRefused) {
		c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750 section 3.1
		if err := c.String(http.StatusUnauthorized, view.Texts(c.Request().Context()).TokenRefused+"\n"); err != nil {
			s.log.Debug("answer broke off", "error", err)
		}
		return
	}
	f := failureOf(view.Texts(c.Request().Context()), err)
	if f.ours {
		s.log.Error("request failed", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	if err := s.render(c, f.status, view.ErrorPage(s.page(c), f.status, f.text)); err != nil {
		s.log.Debug("error page broke off", "error", err)
	}
}
