package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/web/view"
)

const (
	themeCookie = "mailweir-theme"
	themePath   = "/theme"
)

// setTheme keeps the choice in a cookie of its own: it holds no secret and
// outlives the session.
func (s *Server) setTheme(c echo.Context) error {
	cookie := http.Cookie{
		Name: themeCookie, Value: string(view.ThemeOf(c.FormValue("theme"))), Path: "/",
		MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, Secure: s.opts.Secure, SameSite: http.SameSiteLaxMode,
	}
	c.SetCookie(&cookie)
	return c.Redirect(http.StatusSeeOther, localPath(c.FormValue("next")))
}

func themeOf(r *http.Request) view.Theme {
	cookie, err := r.Cookie(themeCookie)
	if err != nil {
		return view.ThemeSystem
	}
	return view.ThemeOf(cookie.Value)
}
