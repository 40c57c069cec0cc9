package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
	"github.com/mailweir/mailweir/web/view"
)

// idleShown is how long after its last use a session is still listed: it is known
// to the minute when that was.
const idleShown = sessionIdle + time.Minute

func (s *Server) showAccount(c echo.Context) error {
	return s.renderAccount(c, http.StatusOK, view.Account{Token: view.TokenForm{Scopes: []access.Scope{access.ScopeRead}, Days: "365"}})
}

// renderAccount shows the account of the actor; shown holds what is typed.
func (s *Server) renderAccount(c echo.Context, status int, shown view.Account) error {
	ctx := c.Request().Context()
	a := access.From(ctx)
	var err error
	if shown.User, err = s.svc.User(ctx, a.UserID); err != nil {
		return err
	}
	if shown.Logins, err = s.svc.Logins(ctx, a.UserID); err != nil {
		return err
	}
	shown.Current = a.LoginID
	shown.Logins = slices.DeleteFunc(shown.Logins, func(l access.Login) bool {
		return l.ID != a.LoginID && time.Since(l.Seen) > idleShown
	})
	shown.Language, _ = chosenLanguage(c.Request())
	if shown.Tokens, err = s.svc.Tokens(ctx, a.UserID); err != nil {
		return err
	}
	return s.render(c, status, view.AccountPage(s.page(c), shown))
}

// knowsPassword checks the password of who is logged in already. Somebody who has
// found a browser open can not guess it at leisure.
func (s *Server) knowsPassword(c echo.Context, password string) (problem string, err error) {
	a := access.From(c.Request().Context())
	key := "password of " + a.UserID
	x := view.Texts(c.Request().Context())
	if wait := s.codes.attempt(key); wait > 0 {
		return x.LoginWait(x.Duration(wait)), nil
	}
	right, err := s.svc.CheckPassword(c.Request().Context(), a.UserID, password)
	if err != nil {
		return "", err
	}
	if !right {
		return view.Texts(c.Request().Context()).PasswordWrong, nil
	}
	s.codes.succeeded(key)
	return "", nil
}

func (s *Server) changePassword(c echo.Context) error {
	ctx := c.Request().Context()
	a := access.From(ctx)
	refuse := func(text ...string) error {
		return s.renderAccount(c, http.StatusUnprocessableEntity, view.Account{Password: view.PasswordForm{Problems: text}})
	}
	problem, err := s.knowsPassword(c, c.FormValue("old"))
	if err != nil {
		return err
	}
	if problem != "" {
		return refuse(problem)
	}
	password := c.FormValue("password")
	if password != c.FormValue("again") {
		return refuse(view.Texts(c.Request().Context()).PasswordsDiffer)
	}
	err = s.svc.SetPassword(ctx, a.UserID, password, a.LoginID)
	if errors.Is(err, ErrInvalid) {
		return refuse(problems(err)...)
	}
	if err != nil {
		return err
	}
	if err := s.sessions.RenewToken(ctx); err != nil { // whoever has copied the cookie is out, too
		return err
	}
	s.log.Info("password changed", "user", a.Name)
	return s.renderAccount(c, http.StatusOK, view.Account{Password: view.PasswordForm{Done: true}})
}

func (s *Server) endOtherSessions(c echo.Context) error {
	a := access.From(c.Request().Context())
	if err := s.svc.EndOtherLogins(c.Request().Context(), a.UserID, a.LoginID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

func (s *Server) endSession(c echo.Context) error {
	a := access.From(c.Request().Context())
	if err := s.svc.EndLogin(c.Request().Context(), a.UserID, c.Param("session")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

// longestToken bounds how long a token is valid, unless it is valid for ever.
const longestToken = 3650 // days

// makeToken shows the page again with the secret, which is nowhere else.
func (s *Server) makeToken(c echo.Context) error {
	ctx := c.Request().Context()
	if err := c.Request().ParseForm(); err != nil {
		return errors.Join(ErrInvalid, err)
	}
	f := view.TokenForm{Name: strings.TrimSpace(c.FormValue("name")), Days: strings.TrimSpace(c.FormValue("days"))}
	for _, sc := range c.Request().PostForm["scope"] {
		f.Scopes = append(f.Scopes, access.Scope(sc))
	}
	t := access.Token{UserID: access.From(ctx).UserID, Name: f.Name, Scopes: f.Scopes}
	if f.Days != "" {
		n, err := strconv.Atoi(f.Days)
		if err != nil || n < 1 || n > longestToken {
			f.Problems = []string{view.Texts(c.Request().Context()).TokenDaysFault}
			return s.renderAccount(c, http.StatusUnprocessableEntity, view.Account{Token: f})
		}
		t.Expires = time.Now().AddDate(0, 0, n)
	}
	secret, err := s.svc.AddToken(ctx, t)
	if errors.Is(err, ErrInvalid) {
		f.Problems = problems(err)
		return s.renderAccount(c, http.StatusUnprocessableEntity, view.Account{Token: f})
	}
	if err != nil {
		return err
	}
	s.log.Info("token made", "user", userOf(c), "name", t.Name)
	return s.renderAccount(c, http.StatusOK, view.Account{Secret: secret, Token: view.TokenForm{Scopes: []access.Scope{access.ScopeRead}, Days: "365"}})
}

func (s *Server) revokeToken(c echo.Context) error {
	if err := s.svc.RevokeToken(c.Request().Context(), access.From(c.Request().Context()).UserID, c.Param("token")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}
