package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/labstack/echo/v4"

	"github.com/mailweir/mailweir/host/access"
)

const (
	sessionIdle     = 30 * time.Minute
	sessionLifetime = 12 * time.Hour

	// In the session:
	keyLogin     = "login"    // ID of the login, which says who it is
	keyPending   = "pending"  // ID of the user whose password was right, and whose code is awaited
	keyPendingAt = "pending@" // Unix time
)

// newSessions does without scs.New, which starts a goroutine that sweeps a store of
// its own, and which can not be stopped without a race (scs v2.9.0).
func newSessions(opts Options) *scs.SessionManager {
	m := &scs.SessionManager{
		IdleTimeout:      sessionIdle,
		Lifetime:         sessionLifetime,
		Store:            opts.Sessions,
		Codec:            scs.GobCodec{},
		HashTokenInStore: true, // a copy of the database opens no session
		Cookie: scs.SessionCookie{
			Name: "mailweir", Path: "/", HttpOnly: true, Secure: opts.Secure, SameSite: http.SameSiteLaxMode,
			Persist: false, // gone with the browser
		},
	}
	if m.Store == nil {
		m.Store = memstore.NewWithCleanupInterval(0)
	}
	if opts.Secure {
		// RFC 6265bis section 4.1.3.2: such a cookie can come from this host only.
		m.Cookie.Name = "__Host-mailweir"
	}
	return m
}

// loadSession loads the session for the handler, and stores it with a new idle time
// before the first byte of the answer.
func (s *Server) loadSession(c echo.Context) error {
	ctx, err := s.sessions.Load(c.Request().Context(), s.sessionToken(c))
	if err != nil {
		return fmt.Errorf("load session: %w", err)
	}
	c.SetRequest(c.Request().WithContext(ctx))
	c.Response().Before(func() {
		if err := s.storeSession(ctx, c.Response()); err != nil {
			s.log.Error("session not stored", "error", err)
		}
	})
	return nil
}

func (s *Server) storeSession(ctx context.Context, w http.ResponseWriter) error {
	switch s.sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := s.sessions.Commit(ctx)
		if err != nil {
			return err
		}
		s.sessions.WriteSessionCookie(ctx, w, token, expiry)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(ctx, w, "", time.Time{})
	}
	return nil
}

// sessionToken is what the browser's cookie says, or "".
func (s *Server) sessionToken(c echo.Context) string {
	cookie, err := c.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// userOf is the name of who is logged in, or "".
func userOf(c echo.Context) string { return access.From(c.Request().Context()).Name }

// sendToLogin answers a request that needs a login: with the login page that
// leads back here, or with 401 where no person would see that page.
func (s *Server) sendToLogin(c echo.Context) {
	r := c.Request()
	var err error
	switch {
	case isFragment(r):
		err = c.NoContent(http.StatusUnauthorized)
	case r.URL.Path == consentPath: // what stands behind it opens nothing in another session
		err = c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(consentPath))
	case r.Method == http.MethodGet && r.URL.Path != "/":
		err = c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(r.URL.RequestURI()))
	default:
		err = c.Redirect(http.StatusSeeOther, "/login")
	}
	if err != nil {
		s.log.Debug("redirect broke off", "error", err)
	}
}

// isFragment reports whether a script asks, for a stream or a part of a page.
func isFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// localPath returns next if it is a path on this server, and "/" otherwise: a
// login must not lead to another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
