package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

// codeTime is how long after the password the code may come.
const codeTime = 5 * time.Minute

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
	if f.Wait = s.throttle.attempt(address); f.Wait == 0 {
		f.Wait = s.guesses.attempt(f.Name, address)
	}
	if f.Wait > 0 {
		s.log.Warn("login throttled", "address", address, "wait", f.Wait)
		retryAfter(c, f.Wait)
		return s.render(c, http.StatusTooManyRequests, view.LoginPage(s.page(c), f))
	}
	u, err := s.checkLogin(c, f.Name, c.FormValue("password"))
	if errors.Is(err, ErrRefused) {
		// Not the name: people type their password into the wrong field.
		s.log.Warn("login refused", "address", address)
		f.Refused = true
		return s.render(c, http.StatusUnprocessableEntity, view.LoginPage(s.page(c), f))
	}
	if err != nil {
		return err
	}
	if u.TOTP {
		return s.awaitCode(c, u, f.Next)
	}
	if err := s.startSession(c, u); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, f.Next)
}

func retryAfter(c echo.Context, wait time.Duration) {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
}

func (s *Server) checkLogin(c echo.Context, name, password string) (access.User, error) {
	ctx := c.Request().Context()
	select {
	case s.throttle.slots <- struct{}{}:
		defer func() { <-s.throttle.slots }()
	case <-ctx.Done():
		return access.User{}, ctx.Err()
	}
	return s.svc.Login(ctx, name, password)
}

// awaitCode remembers whose password was right, in a session that opens nothing.
func (s *Server) awaitCode(c echo.Context, u access.User, next string) error {
	ctx := c.Request().Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, keyPending, u.ID)
	s.sessions.Put(ctx, keyPendingAt, time.Now().Unix())
	return c.Redirect(http.StatusSeeOther, "/login/code?next="+url.QueryEscape(next))
}

// pending is the ID of the user whose code is awaited, or "".
func (s *Server) pending(c echo.Context) string {
	ctx := c.Request().Context()
	if since := time.Since(time.Unix(s.sessions.GetInt64(ctx, keyPendingAt), 0)); since > codeTime {
		return ""
	}
	return s.sessions.GetString(ctx, keyPending)
}

func (s *Server) showCode(c echo.Context) error {
	if s.pending(c) == "" {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	return s.render(c, http.StatusOK, view.CodePage(s.page(c), view.LoginForm{Next: localPath(c.QueryParam("next"))}))
}

func (s *Server) enterCode(c echo.Context) error {
	id := s.pending(c)
	if id == "" {
		return c.Redirect(http.StatusSeeOther, "/login")
	}
	f := view.LoginForm{Next: localPath(c.FormValue("next"))}
	// For each user, whatever the address: whoever comes as far knows the password.
	if f.Wait = s.codes.attempt(id); f.Wait > 0 {
		retryAfter(c, f.Wait)
		return s.render(c, http.StatusTooManyRequests, view.CodePage(s.page(c), f))
	}
	ctx := c.Request().Context()
	good, err := s.svc.CheckCode(ctx, id, c.FormValue("code"))
	if err != nil {
		return err
	}
	if !good {
		s.log.Warn("code refused", "user", id, "address", c.RealIP())
		f.Refused = true
		return s.render(c, http.StatusUnprocessableEntity, view.CodePage(s.page(c), f))
	}
	s.codes.succeeded(id)
	u, err := s.svc.User(ctx, id)
	if err != nil {
		return err
	}
	if err := s.startSession(c, u); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, f.Next)
}

// startSession logs the user in. The browser gets a fresh session, so that a token
// planted before the login is worth nothing after it.
func (s *Server) startSession(c echo.Context, u access.User) error {
	ctx, address := c.Request().Context(), c.RealIP()
	if before := access.From(ctx); before.LoginID != "" {
		if err := s.svc.EndLogin(ctx, before.UserID, before.LoginID); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	id, err := s.svc.StartLogin(ctx, u.ID, address, c.Request().UserAgent(), time.Now().Add(sessionLifetime))
	if err != nil {
		return err
	}
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, keyLogin, id)
	s.throttle.succeeded(address)
	s.guesses.succeeded(u.Name, address)
	s.log.Info("logged in", "user", u.Name, "address", address)
	return nil
}

func (s *Server) logout(c echo.Context) error {
	ctx := c.Request().Context()
	if a := access.From(ctx); a.LoginID != "" {
		if err := s.svc.EndLogin(ctx, a.UserID, a.LoginID); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		s.svc.Note(ctx, access.Event{Deed: access.DeedLogout, Kind: "user", ObjectID: a.UserID, Object: a.Name})
	}
	if err := s.sessions.Destroy(ctx); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}
