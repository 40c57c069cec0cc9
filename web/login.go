package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

func (s *Server) showLogin(c echo.Context) error {
	next := localPath(c.QueryParam("next"))
	if userOf(c) != "" {
		return c.Redirect(http.StatusSeeOther, next)
	}
	return s.render(c, http.StatusOK, view.LoginPage(s.page(c), view.LoginForm{Next: next}))
}

func (s *Server) login(c echo.Context) error {
	f := view.LoginForm{Name: c.FormValue("name"), Next: localPath(c.FormValue("next"))}
	address := c.RealIP()
	if f.Wait = s.throttle.attempt(address); f.Wait > 0 {
		s.log.Warn("login throttled", "address", address, "wait", f.Wait)
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(f.Wait/time.Second)+1))
		return s.render(c, http.StatusTooManyRequests, view.LoginPage(s.page(c), f))
	}
	ok, err := s.checkPassword(c, f.Name, c.FormValue("password"))
	if err != nil {
		return err
	}
	if !ok {
		// Not the name: people type their password into the wrong field.
		s.log.Warn("login refused", "address", address)
		f.Refused = true
		return s.render(c, http.StatusUnprocessableEntity, view.LoginPage(s.page(c), f))
	}
	s.throttle.succeeded(address)
	if err := s.startSession(c, f.Name); err != nil {
		return err
	}
	s.log.Info("logged in", "user", f.Name, "address", address)
	return c.Redirect(http.StatusSeeOther, f.Next)
}

func (s *Server) checkPassword(c echo.Context, name, password string) (bool, error) {
	ctx := c.Request().Context()
	select {
	case s.throttle.slots <- struct{}{}:
		defer func() { <-s.throttle.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return s.svc.Login(ctx, name, password)
}

// startSession gives the browser a fresh session, so that a token planted before
// the login is worth nothing after it.
func (s *Server) startSession(c echo.Context, user string) error {
	ctx := c.Request().Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, keyUser, user)
	return nil
}

func (s *Server) logout(c echo.Context) error {
	if err := s.sessions.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}
