package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"github.com/mailweir/mailweir/web/static"
	"github.com/mailweir/mailweir/web/view"
)

const (
	languageCookie = "mailweir-language"
	languagePath   = "/language"
	// maxWishes bounds how much of an Accept-Language header is read.
	maxWishes = 512
)

// spoken finds the language of the pages that suits best what somebody speaks.
var spoken = func() language.Matcher {
	var tags []language.Tag
	for _, l := range view.Languages() {
		tags = append(tags, language.MustParse(string(l)))
	}
	return language.NewMatcher(tags)
}()

// inLanguage puts into the request's context which language its pages speak: that of the
// cookie, else what the browser asks for, else English. Programs are always answered in
// English.
func inLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !forAPI(r) && !strings.HasPrefix(r.URL.Path, static.Prefix) {
			w.Header().Add("Vary", "Accept-Language, Cookie")
			r = r.WithContext(view.WithLanguage(r.Context(), languageOf(r)))
		}
		next.ServeHTTP(w, r)
	})
}

func languageOf(r *http.Request) view.Language {
	if l, ok := chosenLanguage(r); ok {
		return l
	}
	wishes := r.Header.Get("Accept-Language")
	if len(wishes) > maxWishes {
		return view.English
	}
	_, i := language.MatchStrings(spoken, wishes)
	return view.Languages()[i]
}

// chosenLanguage is the one of the cookie, if there is one that the pages speak.
func chosenLanguage(r *http.Request) (view.Language, bool) {
	cookie, err := r.Cookie(languageCookie)
	if err != nil {
		return "", false
	}
	l := view.Language(cookie.Value)
	return l, slices.Contains(view.Languages(), l)
}

// setLanguage keeps the choice in a cookie, as setTheme does. What is no language of the
// pages ends the choice: the browser's wish counts again.
func (s *Server) setLanguage(c echo.Context) error {
	cookie := http.Cookie{
		Name: languageCookie, Value: c.FormValue("language"), Path: "/",
		MaxAge: 365 * 24 * 60 * 60, HttpOnly: true, Secure: s.opts.Secure, SameSite: http.SameSiteLaxMode,
	}
	if !slices.Contains(view.Languages(), view.Language(cookie.Value)) {
		cookie.Value, cookie.MaxAge = "", -1
	}
	c.SetCookie(&cookie)
	return c.Redirect(http.StatusSeeOther, localPath(c.FormValue("next")))
}
